// See export_rounding.h.
#include "core/score/export_rounding.h"

#include "core/interop/gguf_blocks.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>

namespace athanor::score {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::score", text); }

torch::Tensor through(const torch::Tensor &value, at::ScalarType type) { return value.to(type).to(value.scalar_type()); }

/// Rows of 32 through blocks and back, then f16. False when a number is not finite.
bool throughBlocks(torch::Tensor value)
{
    const interop::GgufType *type = interop::ggufType(QStringLiteral("Q8_0"));
    torch::Tensor numbers = value.to(torch::kFloat).contiguous();
    const qint64 blocks = numbers.numel() / interop::kQ8BlockElements;
    QByteArray bytes(blocks * interop::kQ8BlockBytes, Qt::Uninitialized);
    if (!interop::quantizeQ8(numbers.data_ptr<float>(), blocks, bytes.data()))
        return false;
    interop::ggufToF32(*type, bytes.constData(), 0, numbers.numel(), numbers.data_ptr<float>());
    value.copy_(through(numbers, torch::kHalf));
    return true;
}

bool roundOne(torch::Tensor value, const ExportNumbers &numbers)
{
    const bool isGguf = numbers.format == QLatin1String("gguf");
    if (numbers.dtype == QLatin1String("f32") || (isGguf && value.dim() < 2))
        return true;
    if (numbers.dtype == QLatin1String("bf16"))
        return value.copy_(through(value, torch::kBFloat16)), true;
    if (numbers.dtype == QLatin1String("f16") || value.size(-1) % interop::kQ8BlockElements != 0)
        return value.copy_(through(value, torch::kHalf)), true;
    return throughBlocks(value);
}

}  // namespace

Status roundLikeExport(network::Model &model, const ExportNumbers &numbers)
{
    static const QStringList known{QStringLiteral("f32"), QStringLiteral("f16"), QStringLiteral("bf16"), QStringLiteral("q8_0")};
    if (!known.contains(numbers.dtype))
        return fail(ErrorCode::InvalidInput, tr("There is no number format “%1”.").arg(numbers.dtype), tr("Possible are: %1.").arg(known.join(u", ")));
    for (const network::NamedParameter &parameter : model.parameters()) {
        bool isFinite = true;
        ATHANOR_TRY(tensor::guarded(tr("rounding weights"), [&] {
            torch::NoGradGuard noGradients;
            isFinite = roundOne(parameter.value.detach(), numbers);
        }));
        if (!isFinite)
            return fail(ErrorCode::Diverged, tr("The weights “%1” hold a number that is not finite.").arg(QString::fromStdString(parameter.name)),
                        tr("Export an earlier checkpoint."));
    }
    return {};
}

ExportTolerance exportTolerance(const QString &dtype)
{
    if (dtype == QLatin1String("f32"))
        return {1e-4, 1e-4};
    return {1e-4, dtype == QLatin1String("f16") ? 0.001 : 0.01};
}

}  // namespace athanor::score
