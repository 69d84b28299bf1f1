#include "core/tensor/dtype.h"

#include <QCoreApplication>

namespace athanor::tensor {

Result<at::ScalarType> dtypeFromName(const QString &name)
{
    if (name == QLatin1String("f32"))
        return at::kFloat;
    if (name == QLatin1String("bf16"))
        return at::kBFloat16;
    if (name == QLatin1String("f16"))
        return at::kHalf;
    return fail(ErrorCode::InvalidInput,
                QCoreApplication::translate("athanor", "“%1” is not a number format that models can have.").arg(name),
                QCoreApplication::translate("athanor", "Choose f32, bf16 or, on a graphics card, f16."));
}

QString dtypeName(at::ScalarType dtype)
{
    return dtype == at::kBFloat16 ? QStringLiteral("bf16") : dtype == at::kHalf ? QStringLiteral("f16") : QStringLiteral("f32");
}

}  // namespace athanor::tensor
