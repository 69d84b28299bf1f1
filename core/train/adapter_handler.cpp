// Job kind "adapter": an adapter into its model, or one of PEFT on a model of ours. See handlers.h.
#include "core/adapt/adapter_files.h"
#include "core/adapt/family_names.h"
#include "core/adapt/peft.h"
#include "core/adapt/peft_head.h"
#include "core/adapt/tensor_file.h"
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/generate/checkpoint_model.h"
#include "core/interop/import_source.h"
#include "core/model/label_head.h"
#include "core/train/handlers.h"
#include "core/train/run_checkpoints.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

using Tensors = std::vector<std::pair<QString, torch::Tensor>>;

Tensors tensorsOf(const std::vector<network::NamedParameter> &parameters)
{
    Tensors tensors;
    for (const network::NamedParameter &parameter : parameters)
        tensors.emplace_back(QString::fromStdString(parameter.name), parameter.value.detach());
    return tensors;
}

/// Architecture, tokenizer and how to talk to the model, from one folder to another.
Status copyFacts(const QString &from, const QString &to)
{
    QStringList files = filesOfBase(from);
    files += QStringLiteral("architecture.json");
    ATHANOR_ASSIGN(const QString tokenizerFile, tokenizer::findTokenizer(from));
    files += QFileInfo(tokenizerFile).fileName();
    for (const QString &file : files) {
        ATHANOR_ASSIGN(const QByteArray bytes, readFile(from + QLatin1Char('/') + file));
        const QString target = to + QLatin1Char('/') + file;
        ATHANOR_TRY(makeFolder(QFileInfo(target).path()));
        ATHANOR_TRY(writeFileAtomically(target, bytes));
    }
    return {};
}

QJsonObject resultOf(const job::Context &context, const QString &folder, const QString &sha256, qint64 parameters)
{
    return {{QStringLiteral("checkpoint"), QDir(context.projectPath()).relativeFilePath(folder)},
            {QStringLiteral("weightsSha256"), sha256},
            {QStringLiteral("parameters"), parameters}};
}

Result<QJsonObject> merge(job::Context &context, const QString &folder)
{
    context.report({tr("Merging the adapter"), 0, 0, {}});
    const QString checkpoint = context.spec().parameters.value(QLatin1String("checkpoint")).toString();
    ATHANOR_ASSIGN(const QString source, generate::resolvePath(context.projectPath(), checkpoint));
    if (!adapt::isAdapterFolder(source))
        return fail(ErrorCode::InvalidInput, tr("“%1” has no adapter to merge.").arg(checkpoint),
                    tr("Choose a checkpoint of a run that trained an adapter."));
    ATHANOR_ASSIGN(const generate::LoadedModel loaded, generate::loadModel(context.plugins(), source));
    ATHANOR_TRY(adapt::mergeAdapters(*loaded.model));
    ATHANOR_TRY(copyFacts(source, folder));
    ATHANOR_ASSIGN(const QString sha256, adapt::writeTensorFile(folder + QStringLiteral("/model.safetensors"),
                                                                tensorsOf(loaded.model->parameters())));
    return resultOf(context, folder, sha256, loaded.model->parameterCount());
}

QString textOf(const QJsonObject &object, const char *key) { return object.value(QLatin1String(key)).toString(); }

/// The base's card with the adapter's name and place: what the folder says of itself later.
Result<QJsonObject> cardOf(const QJsonObject &parameters, const QString &source, const QString &base, const QJsonObject &hashes)
{
    QJsonObject card;
    if (const QString path = base + QStringLiteral("/model.json"); QFileInfo::exists(path)) {
        ATHANOR_ASSIGN(card, readJsonFile(path));
    }
    if (textOf(card.value(QLatin1String("source")).toObject(), "kind") == QLatin1String("gguf"))
        card.remove(QStringLiteral("config"));  // keys of a GGUF file, which no config.json has
    card.insert(QStringLiteral("format"), 1);
    card.insert(QStringLiteral("name"), textOf(parameters, "name"));
    if (!textOf(parameters, "licence").isEmpty())
        card.insert(QStringLiteral("licence"), textOf(parameters, "licence"));
    const QJsonValue origin = parameters.value(QLatin1String("origin"));
    QJsonObject from{{QStringLiteral("kind"), QStringLiteral("adapter")}, {QStringLiteral("location"), origin.isString() ? origin.toString() : source},
                     {QStringLiteral("sha256"), hashes}};
    const QJsonObject details = origin.toObject();  // of a download
    for (auto it = details.begin(); it != details.end(); ++it)
        from.insert(it.key(), it.value());
    card.insert(QStringLiteral("source"), from);
    return card;
}

Result<QJsonObject> tokenizerFacts(const job::Context &context, const QString &folder)
{
    ATHANOR_ASSIGN(const QString file, tokenizer::findTokenizer(folder));
    ATHANOR_ASSIGN(const auto tokenizer, tokenizer::readTokenizer(file));
    return QJsonObject{{QStringLiteral("path"), QDir(context.projectPath()).relativeFilePath(file)},
                       {QStringLiteral("sha256"), tokenizer->sha256()},
                       {QStringLiteral("type"), tokenizer->typeName()},
                       {QStringLiteral("vocabulary"), tokenizer->vocabularySize()},
                       {QStringLiteral("lossless"), tokenizer->isLossless()}};
}

struct BaseOfAdapter {
    std::shared_ptr<network::Model> model;
    std::vector<network::NamedParameter> head;  // for labels, which the adapter brings along
};

/// The model below an adapter of PEFT, with a head for labels where the adapter was taught some.
Result<BaseOfAdapter> baseFor(job::Context &context, const QString &source, const QString &base)
{
    BaseOfAdapter below;
    ATHANOR_ASSIGN(QJsonObject architecture, readJsonFile(base + QStringLiteral("/architecture.json")));
    ATHANOR_ASSIGN(const QString weights, interop::adapterWeightsIn(source));
    ATHANOR_ASSIGN(const auto file, interop::openWeights(weights));
    ATHANOR_ASSIGN(const QStringList labels, adapt::labelsOfPeft(context.plugins(), source, *file, architecture));
    if (labels.isEmpty()) {
        ATHANOR_ASSIGN(const generate::LoadedModel loaded, generate::loadModel(context.plugins(), base));
        ATHANOR_TRY(adapt::mergeAdapters(*loaded.model));  // of a base that is an adapter itself
        below.model = loaded.model;
        return below;
    }
    ATHANOR_ASSIGN(architecture, model::withLabelHead(architecture, labels));
    ATHANOR_ASSIGN(below.model, network::Model::build(context.plugins(), architecture, {}));
    const QStringList layers = model::labelHeadLayers(architecture);
    for (const network::NamedParameter &parameter : below.model->parameters())
        if (layers.contains(QString::fromStdString(parameter.name).section(QLatin1Char('.'), 0, 0)))
            below.head.push_back(parameter);
    ATHANOR_ASSIGN(const adapt::FamilyHead words, adapt::familyLabelHead(context.plugins(), architecture));
    QSet<QString> own, brought;
    for (const network::NamedParameter &parameter : below.model->parameters())
        own.insert(QString::fromStdString(parameter.name));
    for (const auto &[ours, theirs] : words.tensors)
        if (file->find(QLatin1String(adapt::kPeftPrefix) + theirs))
            brought.insert(ours);
    // The base's own head goes; what the adapter does not bring must be there.
    std::vector<network::NamedParameter> wanted = below.model->parameters();
    std::erase_if(wanted, [&](const auto &parameter) { return brought.contains(QString::fromStdString(parameter.name)); });
    const auto mayDiffer = [&](const QString &name) { return !own.contains(name) || brought.contains(name); };
    ATHANOR_TRY(generate::loadBaseWeights(context.plugins(), base, wanted, mayDiffer));
    return below;
}

/// The same pieces under the same numbers; trainers write the file anew, with their own padding in it.
bool hasSameTokenizer(const QString &one, const QString &other)
{
    const auto file = tokenizer::findTokenizer(one), otherFile = tokenizer::findTokenizer(other);
    const auto read = file ? tokenizer::readTokenizer(*file) : Result<std::shared_ptr<const tokenizer::Tokenizer>>(fail(file.error()));
    const auto otherRead = otherFile ? tokenizer::readTokenizer(*otherFile) : Result<std::shared_ptr<const tokenizer::Tokenizer>>(fail(otherFile.error()));
    if (!read || !otherRead || (*read)->vocabularySize() != (*otherRead)->vocabularySize())
        return false;
    for (qint64 id = 0; id < (*read)->vocabularySize(); ++id)
        if ((*read)->tokenText(tokenizer::TokenId(id)) != (*otherRead)->tokenText(tokenizer::TokenId(id)))
            return false;
    return true;
}

/// How the adapter was taught to converse and where its texts were cut stands beside it; the base's words give way. With
/// a tokenizer other than the base's they would name tokens that are not there. What was left out.
Result<QStringList> takeManners(const QString &source, const QString &folder)
{
    const QString name = QStringLiteral("/tokenizer_config.json");
    const QJsonObject theirs = readJsonFile(source + name).value_or(QJsonObject());
    QStringList files = tokenizer::chatTemplateFiles(source), keys;
    for (const QString &key : {QStringLiteral("chat_template"), QStringLiteral("model_max_length"), QStringLiteral("truncation_side")})
        if (!theirs.value(key).isUndefined() && !theirs.value(key).isNull())
            keys += key;
    if (tokenizer::findTokenizer(source) && !hasSameTokenizer(source, folder))
        return files + keys;
    QJsonObject config = readJsonFile(folder + name).value_or(QJsonObject());
    if (!files.isEmpty() || keys.contains(QLatin1String("chat_template"))) {
        for (const QString &file : tokenizer::chatTemplateFiles(folder))
            QFile::remove(folder + QLatin1Char('/') + file);
        config.remove(QStringLiteral("chat_template"));
    }
    for (const QString &key : keys)
        config.insert(key, theirs.value(key));
    if (!config.isEmpty())
        ATHANOR_TRY(writeJsonFile(folder + name, config));
    ATHANOR_TRY(tokenizer::copyChatTemplates(source, folder));
    return QStringList();
}

Result<QJsonObject> bringIn(job::Context &context, const QString &folder)
{
    context.report({tr("Bringing the adapter in"), 0, 0, {}});
    const QJsonObject parameters = context.spec().parameters;
    const QString source = QDir::cleanPath(QDir(context.projectPath()).absoluteFilePath(textOf(parameters, "source")));
    ATHANOR_ASSIGN(const QString base, generate::resolvePath(context.projectPath(), textOf(parameters, "base")));
    ATHANOR_ASSIGN(const BaseOfAdapter below, baseFor(context, source, base));
    network::Model &model = *below.model;
    const QJsonObject &architecture = model.architecture();
    ATHANOR_ASSIGN(const auto family, adapt::familyMatrices(context.plugins(), architecture));
    ATHANOR_ASSIGN(const adapt::FamilyHead head, adapt::familyLabelHead(context.plugins(), architecture));
    adapt::AdapterFacts facts;
    ATHANOR_ASSIGN(facts.settings, adapt::readPeft(source, model, adapt::modulesOf(model, family), head));
    const QString inside = QDir(context.projectPath()).relativeFilePath(base);
    facts.base = inside.startsWith(QLatin1String("..")) ? base : inside;
    ATHANOR_ASSIGN(facts.baseWeightsSha256, sha256OfFile(adapt::weightsFileOf(base)));
    ATHANOR_TRY(copyFacts(base, folder));
    ATHANOR_ASSIGN(const QStringList leftOut, takeManners(source, folder));
    QStringList warnings;
    if (!leftOut.isEmpty())
        warnings += tr("The tokenizer beside the adapter is not that of its base, so this was left out: %1.").arg(leftOut.join(QStringLiteral(", ")));
    for (const QString &warning : warnings)
        context.log(QStringLiteral("warning"), warning);
    ATHANOR_TRY(writeJsonFile(folder + QStringLiteral("/architecture.json"), architecture));  // with its own head for labels
    Tensors tensors = tensorsOf(adapt::adapterTensors(model));
    for (const network::NamedParameter &parameter : below.head)
        tensors.emplace_back(QString::fromStdString(parameter.name), parameter.value.detach());
    ATHANOR_ASSIGN(const QString sha256, adapt::writeTensorFile(folder + QLatin1String(adapt::kAdapterWeights), tensors));
    ATHANOR_TRY(writeJsonFile(folder + QLatin1String(adapt::kAdapterFacts), adapt::toJson(facts)));
    ATHANOR_ASSIGN(const QString weights, interop::adapterWeightsIn(source));
    ATHANOR_ASSIGN(const QString adapterSha, sha256OfFile(weights));
    ATHANOR_ASSIGN(const QJsonObject card, cardOf(parameters, source, base, {{QFileInfo(weights).fileName(), adapterSha}}));
    ATHANOR_TRY(writeJsonFile(folder + QStringLiteral("/model.json"), card));
    ATHANOR_ASSIGN(const QJsonObject tokenizer, tokenizerFacts(context, folder));
    QJsonObject result = resultOf(context, folder, sha256, model.parameterCount());
    result.insert(QStringLiteral("name"), textOf(parameters, "name"));
    result.insert(QStringLiteral("family"), architecture.value(QLatin1String("architecture")));
    result.insert(QStringLiteral("architecture"), architecture);
    result.insert(QStringLiteral("licence"), card.value(QLatin1String("licence")).toString());
    result.insert(QStringLiteral("hasChatTemplate"), tokenizer::ChatTemplate::read(folder).has_value());
    result.insert(QStringLiteral("tokenizer"), tokenizer);
    result.insert(QStringLiteral("base"), facts.base);
    result.insert(QStringLiteral("warnings"), QJsonArray::fromStringList(warnings));
    return result;
}

}  // namespace

Result<QJsonObject> AdapterHandler::run(job::Context &context)
{
    const QString action = context.spec().parameters.value(QLatin1String("action")).toString();
    if (action != QLatin1String("merge") && action != QLatin1String("import"))
        return fail(ErrorCode::InvalidInput, tr("An adapter can be merged or imported, not “%1”.").arg(action));
    const QString folder = context.jobPath() + QStringLiteral("/model");
    QDir(folder).removeRecursively();  // of an attempt that was killed
    ATHANOR_TRY(makeFolder(folder));
    const auto done = action == QLatin1String("merge") ? merge(context, folder) : bringIn(context, folder);
    if (!done)
        QDir(folder).removeRecursively();
    return done;
}

}  // namespace athanor::train
