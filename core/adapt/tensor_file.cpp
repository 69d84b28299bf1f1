// See tensor_file.h.
#include "core/adapt/tensor_file.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>

#include <cstring>

namespace athanor::adapt {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::adapt", text); }

Result<at::ScalarType> torchType(const interop::TensorEntry &entry)
{
    switch (entry.type) {
    case interop::ElementType::F32: return at::kFloat;
    case interop::ElementType::BF16: return at::kBFloat16;
    case interop::ElementType::F16: return at::kHalf;
    case interop::ElementType::F64: return at::kDouble;
    default: break;
    }
    return fail(ErrorCode::Unsupported, tr("The weights “%1” are stored as %2, which is no floating-point format.")
                                            .arg(entry.name, interop::elementTypeName(entry.type)));
}

QString shapeText(const std::vector<qint64> &shape)
{
    QStringList parts;
    for (const qint64 size : shape)
        parts += QString::number(size);
    return QLatin1Char('(') + parts.join(QStringLiteral(", ")) + QLatin1Char(')');
}

}  // namespace

Result<torch::Tensor> readTensor(const interop::SafetensorsReader &file, const interop::TensorEntry &entry)
{
    ATHANOR_ASSIGN(const at::ScalarType type, torchType(entry));
    const QByteArrayView bytes = file.bytes(entry);
    return tensor::guarded(tr("reading the weights “%1”").arg(entry.name), [&] {
        torch::NoGradGuard noGradients;
        const std::vector<int64_t> shape(entry.shape.begin(), entry.shape.end());
        torch::Tensor raw = torch::empty(shape, torch::dtype(type));
        if (!bytes.isEmpty())
            std::memcpy(raw.data_ptr(), bytes.data(), size_t(bytes.size()));
        return raw.to(torch::kFloat);
    });
}

Status readTensorInto(const interop::SafetensorsReader &file, const interop::TensorEntry &entry, torch::Tensor destination)
{
    const std::vector<qint64> wanted(destination.sizes().begin(), destination.sizes().end());
    if (entry.shape != wanted)
        return fail(ErrorCode::Corrupt, tr("“%1” has the shape %2 in “%3”, and the model needs %4.")
                                            .arg(entry.name, shapeText(entry.shape), file.path(), shapeText(wanted)),
                    tr("The file belongs to another model."));
    ATHANOR_ASSIGN(const torch::Tensor values, readTensor(file, entry));
    return tensor::guarded(tr("copying weights"), [&] {
        torch::NoGradGuard noGradients;
        destination.copy_(values);
    });
}

Result<QString> writeTensorFile(const QString &path, const std::vector<std::pair<QString, torch::Tensor>> &tensors)
{
    std::vector<interop::SafetensorsWriter::Declaration> declarations;
    for (const auto &[name, value] : tensors)
        declarations.push_back({name, interop::ElementType::F32, {value.sizes().begin(), value.sizes().end()}});
    ATHANOR_ASSIGN(interop::SafetensorsWriter writer,
                   interop::SafetensorsWriter::create(path, declarations, {{QStringLiteral("format"), QStringLiteral("pt")}}));
    for (const auto &[name, value] : tensors) {
        const torch::Tensor plain = value.detach().to(torch::kFloat).cpu().contiguous();
        ATHANOR_TRY(writer.write({static_cast<const char *>(plain.data_ptr()), qsizetype(plain.nbytes())}));
    }
    return writer.finish();
}

}  // namespace athanor::adapt
