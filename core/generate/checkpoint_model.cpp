// See checkpoint_model.h.
#include "core/generate/checkpoint_model.h"

#include "core/adapt/adapter_files.h"
#include "core/adapt/family_names.h"
#include "core/base/atomic_file.h"
#include "core/base/machine.h"
#include "core/generate/mapped_weights.h"
#include "core/interop/checkpoint_seal.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace athanor::generate {
namespace {

constexpr int kStateFormat = 1;
constexpr int kMostBases = 8;  // adapters that stand on one another

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

QString shapeText(const std::vector<qint64> &shape)
{
    QStringList parts;
    for (qint64 size : shape)
        parts += QString::number(size);
    return QLatin1Char('(') + parts.join(QStringLiteral(", ")) + QLatin1Char(')');
}

Result<at::ScalarType> torchType(const interop::TensorEntry &entry, at::ScalarType wanted)
{
    if (wanted == at::kByte && entry.type == interop::ElementType::U8)
        return at::kByte;  // codes of an optimizer's memory: neither widened nor rounded
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

at::ScalarType chooseType(LoadPrecision precision, const QJsonObject &state, at::Device device)
{
    const QString trainedIn = state.value(QLatin1String("precision")).toString();
    if (precision == LoadPrecision::AsTrained && trainedIn == QLatin1String("f16") && !device.is_cpu())
        return at::kHalf;
    const bool wantsBf16 = precision == LoadPrecision::AsTrained && trainedIn == QLatin1String("bf16")
                           && (machineFacts().hasBf16 || !device.is_cpu());
    return wantsBf16 || precision == LoadPrecision::Bf16 ? at::kBFloat16 : at::kFloat;
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
    ATHANOR_ASSIGN(const at::ScalarType type, torchType(entry, destination.scalar_type()));
    const QByteArrayView bytes = file.bytes(entry);
    return tensor::guarded(tr("reading the weights “%1”").arg(entry.name), [&] {
        torch::NoGradGuard noGradients;
        // The map may lie on any byte: where it is not aligned, memcpy into a tensor of the same type first.
        const bool isAligned = reinterpret_cast<quintptr>(bytes.data()) % c10::elementSize(type) == 0 && !bytes.isEmpty();
        torch::Tensor raw = isAligned ? torch::from_blob(const_cast<char *>(bytes.data()), destination.sizes(), torch::dtype(type))
                                      : torch::empty(destination.sizes(), torch::dtype(type));
        if (!isAligned && !bytes.isEmpty())
            std::memcpy(raw.data_ptr(), bytes.data(), size_t(bytes.size()));
        destination.copy_(raw);
    });
}

namespace {

using Differs = std::function<bool(const QString &)>;

Status loadFile(const interop::SafetensorsReader &file, const std::vector<network::NamedParameter> &parameters,
                const Differs &mayDiffer)
{
    ATHANOR_TRY(checkNames(file, parameters, mayDiffer));
    for (const network::NamedParameter &parameter : parameters) {
        if (const interop::TensorEntry *entry = file.find(QString::fromStdString(parameter.name)))
            ATHANOR_TRY(copyTensor(file, *entry, parameter.value.detach()));
    }
    return {};
}

// How a model is to be in memory, and how many adapters stand on this one.
struct Loading {
    at::ScalarType dtype = at::kFloat;
    at::Device device = at::kCPU;
    int depth = 0;
};

Result<std::shared_ptr<network::Model>> loadFolder(plugin::Catalogue &plugins, const QString &folder, const Loading &how);

Status loadBase(plugin::Catalogue &plugins, const QString &folder, const std::vector<network::NamedParameter> &destinations,
                const Differs &mayDiffer, int depth)
{
    if (!adapt::isAdapterFolder(folder)) {
        ATHANOR_ASSIGN(const interop::SafetensorsReader file,
                       interop::SafetensorsReader::open(folder + QStringLiteral("/model.safetensors")));
        return loadFile(file, destinations, mayDiffer);
    }
    ATHANOR_ASSIGN(const auto merged, loadFolder(plugins, folder, {at::kFloat, at::kCPU, depth + 1}));
    ATHANOR_TRY(adapt::mergeAdapters(*merged));
    std::map<std::string, torch::Tensor> known;
    for (const network::NamedParameter &parameter : merged->parameters())
        known.emplace(parameter.name, parameter.value.detach());
    for (const network::NamedParameter &destination : destinations) {
        const auto found = known.find(destination.name);
        if (found != known.end() && found->second.sizes() == destination.value.sizes())
            ATHANOR_TRY(tensor::guarded(tr("copying weights"), [&] {
                torch::NoGradGuard noGradients;
                destination.value.detach().copy_(found->second);
            }));
        else if (!mayDiffer || !mayDiffer(QString::fromStdString(destination.name)))
            return fail(ErrorCode::Corrupt, tr("“%1” has no weights that fit “%2”.").arg(folder, QString::fromStdString(destination.name)),
                        tr("The folder belongs to another architecture."));
    }
    return {};
}

/// Base weights, then the adapter over them; what the adapter's file holds itself (a new head) the base may lack.
Status loadAdapter(plugin::Catalogue &plugins, const QString &folder, network::Model &model, int depth)
{
    if (depth > kMostBases)
        return fail(ErrorCode::Corrupt, tr("“%1” stands on more than %2 adapters.").arg(folder).arg(kMostBases),
                    tr("Merge them into one model."));
    ATHANOR_ASSIGN(const adapt::AdapterFacts facts, adapt::readAdapterFacts(folder));
    ATHANOR_ASSIGN(const QString base, adapt::findBase(folder, facts));
    ATHANOR_TRY(adapt::checkBase(base, facts));
    ATHANOR_ASSIGN(const interop::SafetensorsReader file,
                   interop::SafetensorsReader::open(folder + QLatin1String(adapt::kAdapterWeights)));
    ATHANOR_ASSIGN(const QJsonObject baseArchitecture, readJsonFile(base + QStringLiteral("/architecture.json")));
    const bool isSameModel = baseArchitecture.value(QLatin1String("layers")) == model.architecture().value(QLatin1String("layers"));
    const auto mayDiffer = [&](const QString &name) { return file.find(name) != nullptr || !isSameModel; };
    ATHANOR_TRY(loadBase(plugins, base, model.parameters(), mayDiffer, depth));
    ATHANOR_ASSIGN(const auto family, adapt::familyMatrices(plugins, model.architecture()));
    ATHANOR_TRY(adapt::placeAdapters(model, adapt::modulesOf(model, family), facts.settings, 0));
    model.setTrainable([&](const network::NamedParameter &parameter) {
        return file.find(QString::fromStdString(parameter.name)) != nullptr;
    });
    return adapt::readAdapterWeights(folder, model.trainable());
}

Result<std::shared_ptr<network::Model>> loadFolder(plugin::Catalogue &plugins, const QString &folder, const Loading &how)
{
    if (!adapt::isAdapterFolder(folder))
        return loadModelWeights(plugins, folder, how.dtype, how.device);
    ATHANOR_ASSIGN(const QJsonObject architecture, readJsonFile(folder + QStringLiteral("/architecture.json")));
    network::BuildOptions options;
    options.dtype = how.dtype;
    options.device = how.device;
    ATHANOR_ASSIGN(const auto model, network::Model::build(plugins, architecture, options));
    ATHANOR_TRY(loadAdapter(plugins, folder, *model, how.depth));
    return model;
}

}  // namespace

Status loadWeights(const interop::SafetensorsReader &file, const std::vector<network::NamedParameter> &parameters)
{
    return loadFile(file, parameters, {});
}

Status loadBaseWeights(plugin::Catalogue &plugins, const QString &folder,
                       const std::vector<network::NamedParameter> &destinations,
                       const std::function<bool(const QString &)> &mayDiffer)
{
    ATHANOR_TRY(interop::checkModelFiles(folder));
    return loadBase(plugins, folder, destinations, mayDiffer, 0);
}

Result<LoadedModel> loadModel(plugin::Catalogue &plugins, const QString &folder, LoadPrecision precision, at::Device device)
{
    LoadedModel loaded;
    loaded.folder = QFileInfo(folder).absoluteFilePath();
    if (!QFileInfo(loaded.folder).isDir())
        return fail(ErrorCode::NotFound, tr("There is no checkpoint “%1”.").arg(folder),
                    tr("Choose another one; a run's folder “checkpoints” holds those that were kept."));
    ATHANOR_ASSIGN(loaded.state, interop::checkModelFiles(loaded.folder));
    ATHANOR_TRY(checkFormat(loaded.state, loaded.folder));
    ATHANOR_ASSIGN(loaded.model, loadFolder(plugins, loaded.folder, {chooseType(precision, loaded.state, device), device, 0}));
    if (adapt::isAdapterFolder(loaded.folder)) {
        ATHANOR_ASSIGN(const adapt::AdapterFacts facts, adapt::readAdapterFacts(loaded.folder));
        ATHANOR_ASSIGN(loaded.base, adapt::findBase(loaded.folder, facts));
    }
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
