// See checkpoint_model.h.
#include "core/generate/checkpoint_model.h"

#include "core/base/atomic_file.h"
#include "core/base/machine.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace athanor::generate {
namespace {

constexpr int kStateFormat = 1;

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

QString shapeText(const std::vector<qint64> &shape)
{
    QStringList parts;
    for (qint64 size : shape)
        parts += QString::number(size);
    return QLatin1Char('(') + parts.join(QStringLiteral(", ")) + QLatin1Char(')');
}

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

Status checkFormat(const QJsonObject &state, const QString &folder)
{
    const int format = state.value(QLatin1String("format")).toInt(kStateFormat);
    if (format > kStateFormat)
        return fail(ErrorCode::NewerVersion, tr("The checkpoint “%1” was written by a newer Athanor.").arg(folder),
                    tr("Install the newer version to use it."));
    return {};
}

at::ScalarType chooseType(LoadPrecision precision, const QJsonObject &state)
{
    const bool trainedInBf16 = state.value(QLatin1String("precision")).toString() == QLatin1String("bf16");
    const bool wantsBf16 = precision == LoadPrecision::AsTrained && trainedInBf16 && machineFacts().hasBf16;
    return wantsBf16 ? at::kBFloat16 : at::kFloat;
}

/// A failing tokenizer must not cost the model: its absence is an error of its own with its own hint.
Status readTokenizerOf(LoadedModel &loaded)
{
    const Result<QString> path = tokenizer::findTokenizer(loaded.folder);
    if (!path)
        return fail(ErrorCode::NotFound, tr("The checkpoint “%1” has no tokenizer.json and no tokenizer.model.").arg(loaded.folder),
                    tr("Copy the tokenizer that the model was trained with into the folder."));
    ATHANOR_ASSIGN(loaded.tokenizer, tokenizer::readTokenizer(*path));
    const qint64 room = loaded.model->dimensions().vocabulary;
    if (loaded.tokenizer->vocabularySize() > room)
        return fail(ErrorCode::InvalidInput,
                    tr("The tokenizer has %1 pieces and the model only %2.")
                        .arg(loaded.tokenizer->vocabularySize()).arg(room),
                    tr("Use the tokenizer that the model was trained with."));
    return {};
}

}  // namespace

Status copyTensor(const interop::SafetensorsReader &file, const interop::TensorEntry &entry, torch::Tensor destination)
{
    const std::vector<qint64> wanted(destination.sizes().begin(), destination.sizes().end());
    if (entry.shape != wanted)
        return fail(ErrorCode::Corrupt, tr("“%1” has the shape %2 in “%3”, and the model needs %4.")
                                            .arg(entry.name, shapeText(entry.shape), file.path(), shapeText(wanted)),
                    tr("The weights belong to another architecture."));
    ATHANOR_ASSIGN(const at::ScalarType type, torchType(entry));
    const QByteArrayView bytes = file.bytes(entry);
    return tensor::guarded(tr("reading the weights “%1”").arg(entry.name), [&] {
        torch::NoGradGuard noGradients;
        // The map is read-only and may lie on any byte: memcpy into a tensor of the same type, then convert.
        torch::Tensor raw = torch::empty(destination.sizes(), torch::dtype(type));
        if (!bytes.isEmpty())
            std::memcpy(raw.data_ptr(), bytes.data(), size_t(bytes.size()));
        destination.copy_(raw);
    });
}

Status loadWeights(const interop::SafetensorsReader &file, const std::vector<network::NamedParameter> &parameters)
{
    QStringList missing;
    QSet<QString> used;
    for (const network::NamedParameter &parameter : parameters) {
        const QString name = QString::fromStdString(parameter.name);
        used.insert(name);
        if (!file.find(name))
            missing += name;
    }
    if (!missing.isEmpty())
        return fail(ErrorCode::Corrupt, tr("“%1” lacks %2 of the model's weights: %3 …")
                                            .arg(file.path()).arg(missing.size()).arg(missing.mid(0, 3).join(u", ")),
                    tr("The file belongs to another architecture."));
    for (const interop::TensorEntry &entry : file.tensors()) {
        if (!used.contains(entry.name))
            return fail(ErrorCode::Corrupt, tr("“%1” holds “%2”, which the model does not have.")
                                                .arg(file.path(), entry.name),
                        tr("The file belongs to another architecture."));
    }
    for (const network::NamedParameter &parameter : parameters)
        ATHANOR_TRY(copyTensor(file, *file.find(QString::fromStdString(parameter.name)), parameter.value.detach()));
    return {};
}

Result<LoadedModel> loadModel(plugin::Catalogue &plugins, const QString &folder, LoadPrecision precision)
{
    LoadedModel loaded;
    loaded.folder = QFileInfo(folder).absoluteFilePath();
    if (!QFileInfo(loaded.folder).isDir())
        return fail(ErrorCode::NotFound, tr("There is no checkpoint “%1”.").arg(folder),
                    tr("Choose another one; a run's folder “checkpoints” holds those that were kept."));
    ATHANOR_ASSIGN(const QJsonObject architecture, readJsonFile(loaded.folder + QStringLiteral("/architecture.json")));
    const QString statePath = loaded.folder + QStringLiteral("/state.json");
    if (QFileInfo::exists(statePath)) {
        ATHANOR_ASSIGN(loaded.state, readJsonFile(statePath));
    }
    ATHANOR_TRY(checkFormat(loaded.state, loaded.folder));
    ATHANOR_ASSIGN(const interop::SafetensorsReader weights,
                   interop::SafetensorsReader::open(loaded.folder + QStringLiteral("/model.safetensors")));
    network::BuildOptions options;
    options.dtype = chooseType(precision, loaded.state);
    ATHANOR_ASSIGN(loaded.model, network::Model::build(plugins, architecture, options));
    ATHANOR_TRY(loadWeights(weights, loaded.model->parameters()));
    ATHANOR_TRY(readTokenizerOf(loaded));
    return loaded;
}

Result<QString> resolvePath(const QString &projectPath, const QString &path)
{
    if (path.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("No checkpoint or file was named."));
    if (QDir::isAbsolutePath(path))
        return QDir::cleanPath(path);
    const QString root = QDir::cleanPath(projectPath);
    const QString inside = QDir::cleanPath(root + QLatin1Char('/') + path);
    if (!inside.startsWith(root + QLatin1Char('/')))
        return fail(ErrorCode::InvalidInput, tr("“%1” leads out of the project.").arg(path));
    return inside;
}

}  // namespace athanor::generate
