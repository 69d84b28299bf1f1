// See peft.h.
#include "core/adapt/peft.h"

#include "core/adapt/peft_head.h"
#include "core/adapt/tensor_file.h"
#include "core/base/atomic_file.h"
#include "core/interop/import_source.h"
#include "core/model/architecture.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>
#include <QSet>

namespace athanor::adapt {

namespace {

using interop::kAdapterConfig;
using interop::kAdapterWeights;  // what is written; what is read may be a pickle
const QString kPrefix = QLatin1String(kPeftPrefix);
const QString kA = QStringLiteral(".lora_A.weight");
const QString kB = QStringLiteral(".lora_B.weight");
const QString kMagnitude = QStringLiteral(".lora_magnitude_vector");

QString tr(const char *text) { return QCoreApplication::translate("athanor::adapt", text); }

Status checkConfig(const QJsonObject &config, const QString &folder)
{
    const auto refuse = [&](const QString &what) {
        return fail(ErrorCode::Unsupported, tr("The adapter “%1” cannot be read: %2.").arg(folder, what),
                    tr("Merge it with the library that made it, and bring the merged model in."));
    };
    const QString type = config.value(QLatin1String("peft_type")).toString();
    if (type != QLatin1String("LORA"))
        return refuse(tr("its method is %1, not LoRA").arg(type.isEmpty() ? tr("not named") : type));
    if (!config.value(QLatin1String("rank_pattern")).toObject().isEmpty()
        || !config.value(QLatin1String("alpha_pattern")).toObject().isEmpty())
        return refuse(tr("its ranks differ from matrix to matrix"));
    // These change the base's weights before the adapter learns; on the base as it is, the adapter means something else.
    const QString beginning = config.value(QLatin1String("init_lora_weights")).toString().toLower();
    for (const char *changing : {"pissa", "olora", "corda", "loftq", "lora_ga"})
        if (beginning.startsWith(QLatin1String(changing)))
            return refuse(tr("it began with %1, which changes the model below it").arg(beginning));
    const QString bias = config.value(QLatin1String("bias")).toString(QStringLiteral("none"));
    if (bias != QLatin1String("none") || config.value(QLatin1String("lora_bias")).toBool())
        return refuse(tr("it trained biases too"));
    return {};
}

QString existingPaths(const std::vector<Module> &modules)
{
    QStringList names;
    for (const Module &module : modules)
        if (!module.path.isEmpty() && names.size() < 8)
            names += module.path;
    return names.join(QStringLiteral(", "));
}

// Paths of modules that the file has an A for.
QStringList pathsIn(const interop::WeightSource &file)
{
    QStringList paths;
    for (const interop::WeightEntry &entry : file.entries())
        if (entry.name.startsWith(kPrefix) && entry.name.endsWith(kA))
            paths += entry.name.mid(kPrefix.size(), entry.name.size() - kPrefix.size() - kA.size());
    return paths;
}

torch::Tensor rowsInTheirOrder(const torch::Tensor &ours, const std::vector<int64_t> &order)
{
    if (order.empty())
        return ours;
    torch::Tensor theirs = torch::empty_like(ours);
    theirs.index_copy_(0, torch::tensor(order, torch::kInt64), ours);
    return theirs;
}

torch::Tensor rowsInOurOrder(const torch::Tensor &theirs, const std::vector<int64_t> &order)
{
    return order.empty() ? theirs : theirs.index_select(0, torch::tensor(order, torch::kInt64));
}

Status fill(const interop::WeightSource &file, const Module &module, network::Adapter &adapter, QSet<QString> &used)
{
    const auto find = [&](std::initializer_list<QString> suffixes) -> const interop::WeightEntry * {
        for (const QString &suffix : suffixes)
            if (const interop::WeightEntry *entry = file.find(kPrefix + module.path + suffix))
                return entry;
        return nullptr;
    };
    struct Part {
        const interop::WeightEntry *entry;
        torch::Tensor *tensor;
        bool hasRows;
    };
    std::vector<Part> parts{{find({kA}), &adapter.a, false}, {find({kB}), &adapter.b, true}};
    if (adapter.magnitude.defined())
        parts.push_back({find({kMagnitude, kMagnitude + QStringLiteral(".weight")}), &adapter.magnitude, true});
    for (const Part &part : parts) {
        if (!part.entry)
            return fail(ErrorCode::Corrupt, tr("“%1” holds only a part of the adapter of “%2”.").arg(file.files().value(0), module.path));
        used.insert(part.entry->name);
        ATHANOR_ASSIGN(torch::Tensor values, readTensor(file, *part.entry));
        if (values.numel() == part.tensor->numel() && part.tensor->dim() == 1)
            values = values.reshape(part.tensor->sizes());
        if (values.sizes() != part.tensor->sizes())
            return fail(ErrorCode::Corrupt, tr("“%1” does not fit the matrix “%2”.").arg(part.entry->name, module.path),
                        tr("The adapter belongs to another model."));
        ATHANOR_TRY(tensor::guarded(tr("copying an adapter"), [&] {
            torch::NoGradGuard noGradients;
            part.tensor->copy_(part.hasRows ? rowsInOurOrder(values, module.rowOrder) : values);
        }));
    }
    return {};
}

// A change that would be lost without a word is refused instead.
Status checkAllUsed(const interop::WeightSource &file, const QSet<QString> &used)
{
    for (const interop::WeightEntry &entry : file.entries())
        if (!used.contains(entry.name))
            return fail(ErrorCode::Unsupported, tr("The adapter also changes “%1”.").arg(entry.name),
                        tr("Only low-rank changes of matrices can be brought in; merge the adapter where it was made, and bring the whole model in."));
    return {};
}

// Names where they mean exactly the modules that have an adapter, else whole paths.
QStringList targetsOf(const std::vector<Module> &modules, const QSet<QString> &paths)
{
    QSet<QString> names, others;
    for (const Module &module : modules)
        (paths.contains(module.path) ? names : others).insert(QString::fromStdString(module.name));
    QStringList targets = names.intersects(others) ? QStringList(paths.begin(), paths.end())
                                                   : QStringList(names.begin(), names.end());
    targets.sort();
    return targets;
}

// `saved`: the modules of a head for labels.
QJsonObject configOf(const AdapterSettings &settings, const QStringList &targets, const QString &base, bool isTransposed,
                     const QStringList &saved)
{
    const bool hasLabels = !saved.isEmpty();
    return {{QStringLiteral("peft_type"), QStringLiteral("LORA")},
            {QStringLiteral("task_type"), hasLabels ? QStringLiteral("SEQ_CLS") : QStringLiteral("CAUSAL_LM")},
            {QStringLiteral("base_model_name_or_path"), base},
            {QStringLiteral("r"), qint64(settings.rank)},
            {QStringLiteral("lora_alpha"), settings.alpha},
            {QStringLiteral("lora_dropout"), settings.dropout},
            {QStringLiteral("use_rslora"), settings.rslora},
            {QStringLiteral("use_dora"), settings.dora},
            {QStringLiteral("target_modules"), QJsonArray::fromStringList(targets)},
            {QStringLiteral("modules_to_save"), hasLabels ? QJsonValue(QJsonArray::fromStringList(saved)) : QJsonValue()},
            {QStringLiteral("fan_in_fan_out"), isTransposed},
            {QStringLiteral("bias"), QStringLiteral("none")},
            {QStringLiteral("inference_mode"), true},
            {QStringLiteral("init_lora_weights"), true},
            {QStringLiteral("rank_pattern"), QJsonObject()},
            {QStringLiteral("alpha_pattern"), QJsonObject()}};
}

const network::Adapter *adapterOf(const network::Model &model, const Module &module)
{
    for (const network::Adapter &adapter : model.projections()[module.projection].projection->adapters())
        if (adapter.rowBegin == module.rowBegin && adapter.rowEnd == module.rowEnd)
            return &adapter;
    return nullptr;
}

using Tensors = std::vector<std::pair<QString, torch::Tensor>>;

}  // namespace

Result<AdapterSettings> readPeft(const QString &folder, network::Model &model, const std::vector<Module> &modules,
                                 const FamilyHead &head)
{
    ATHANOR_ASSIGN(const QJsonObject config, readJsonFile(folder + QLatin1String(kAdapterConfig)));
    ATHANOR_TRY(checkConfig(config, folder));
    ATHANOR_ASSIGN(const QString weights, interop::adapterWeightsIn(folder));
    ATHANOR_ASSIGN(const auto opened, interop::openWeights(weights));
    const interop::WeightSource &file = *opened;
    AdapterSettings settings;
    settings.rank = config.value(QLatin1String("r")).toInteger(8);
    settings.alpha = config.value(QLatin1String("lora_alpha")).toDouble(8);
    settings.dropout = config.value(QLatin1String("lora_dropout")).toDouble(0);
    settings.rslora = config.value(QLatin1String("use_rslora")).toBool(false);
    settings.dora = config.value(QLatin1String("use_dora")).toBool(false);
    const QStringList paths = pathsIn(file);
    QSet<QString> known;
    for (const Module &module : modules)
        known.insert(module.path);
    for (const QString &path : paths)
        if (!known.contains(path))
            return fail(ErrorCode::InvalidInput, tr("The adapter changes “%1”, which the model does not have.").arg(path),
                        tr("The model has: %1 …").arg(existingPaths(modules)));
    settings.targets = targetsOf(modules, QSet<QString>(paths.begin(), paths.end()));
    // Settings from outside go through the same limits as a person's.
    ATHANOR_ASSIGN(settings, AdapterSettings::fromJson(settings.toJson()));
    ATHANOR_ASSIGN(const std::vector<Module> placed, placeAdapters(model, modules, settings, 0));
    QSet<QString> used;
    for (const Module &module : placed) {
        network::Projection &projection = *model.projections()[module.projection].projection;
        for (network::Adapter &adapter : projection.adapters())
            if (adapter.rowBegin == module.rowBegin && adapter.rowEnd == module.rowEnd)
                ATHANOR_TRY(fill(file, module, adapter, used));
    }
    ATHANOR_TRY(readPeftHead(file, head, model, used));
    ATHANOR_TRY(checkAllUsed(file, used));
    return settings;
}

Status writePeft(const QString &folder, const network::Model &model, const std::vector<Module> &modules,
                 const AdapterSettings &settings, const QString &base, const FamilyHead &head)
{
    Tensors tensors;
    QSet<QString> paths;
    bool isTransposed = false;
    for (const Module &module : modules) {
        const network::Adapter *adapter = adapterOf(model, module);
        if (!adapter)
            continue;
        if (module.path.isEmpty())
            return fail(ErrorCode::InvalidInput, tr("The matrix “%1” has no name in the Hugging Face format of this family.")
                                                     .arg(QString::fromStdString(model.projections()[module.projection].name)),
                        tr("Merge the adapter instead."));
        paths.insert(module.path);
        isTransposed = isTransposed || module.isTransposed;
        tensors.emplace_back(kPrefix + module.path + kA, adapter->a);
        ATHANOR_TRY(tensor::guarded(tr("ordering an adapter's rows"), [&] {
            torch::NoGradGuard noGradients;
            tensors.emplace_back(kPrefix + module.path + kB, rowsInTheirOrder(adapter->b.detach(), module.rowOrder));
            if (adapter->magnitude.defined())
                tensors.emplace_back(kPrefix + module.path + kMagnitude,
                                     rowsInTheirOrder(adapter->magnitude.detach(), module.rowOrder));
        }));
    }
    if (tensors.empty())
        return fail(ErrorCode::InvalidInput, tr("The model has no adapter."), tr("Export the whole model instead."));
    const QStringList labels = model::labelsOf(model.architecture());
    if (!labels.isEmpty()) {
        ATHANOR_ASSIGN(const Tensors ofHead, peftHead(head, model));
        tensors.insert(tensors.end(), ofHead.begin(), ofHead.end());
    }
    ATHANOR_TRY(makeFolder(folder));
    if (!labels.isEmpty())
        ATHANOR_TRY(writeJsonFile(folder + QLatin1String(kLabelNames), {{QStringLiteral("format"), 1}, {QStringLiteral("labels"), QJsonArray::fromStringList(labels)}}));
    ATHANOR_TRY(writeTensorFile(folder + QLatin1String(kAdapterWeights), tensors));
    return writeJsonFile(folder + QLatin1String(kAdapterConfig),
                         configOf(settings, targetsOf(modules, paths), base, isTransposed, labels.isEmpty() ? QStringList() : head.modules));
}

}  // namespace athanor::adapt
