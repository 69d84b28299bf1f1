#include "core/workbench/card_facts.h"

#include <QSet>

#include <cmath>

namespace athanor::workbench {

namespace {

constexpr int kLongestLine = 100;  // runs that start from each other's checkpoints

void putText(QJsonObject &object, const char *key, const QString &value)
{
    if (!value.isEmpty())
        object.insert(QLatin1String(key), value);
}

void putReal(QJsonObject &object, const char *key, double value)
{
    if (std::isfinite(value))
        object.insert(QLatin1String(key), value);
}

void putCount(QJsonObject &object, const char *key, qint64 value)
{
    if (value >= 0)
        object.insert(QLatin1String(key), value);
}

QJsonObject baseFacts(const project::Model &model)
{
    QJsonObject base{{QStringLiteral("name"), model.name}};
    putText(base, "licence", model.facts.value(QLatin1String("licence")).toString());
    putText(base, "family", model.facts.value(QLatin1String("family")).toString());
    putText(base, "weightsSha256", model.baseSha256);
    if (model.facts.contains(QLatin1String("source")))
        base.insert(QStringLiteral("source"), model.facts.value(QLatin1String("source")));
    return base;
}

// Licences as the sources name them; documents of sources without one are counted.
QJsonObject dataFacts(const project::Project &project, const project::Run &run)
{
    QJsonObject data;
    const auto dataset = project.datasetOfCorpus(run.corpusSha256);
    putText(data, "dataset", dataset ? dataset->name : run.parameters.value(QLatin1String("dataset")).toString());
    putText(data, "corpusSha256", run.corpusSha256);
    if (!dataset)
        return data;
    data.insert(QStringLiteral("version"), dataset->version);
    data.insert(QStringLiteral("documents"), dataset->kept);
    const QJsonObject splits = dataset->facts.value(QLatin1String("splits")).toObject();
    data.insert(QStringLiteral("bytes"), splits.value(QLatin1String("train")).toObject().value(QLatin1String("bytes")));
    const auto licences = project.licences(dataset->rowId);
    if (!licences)
        return data;
    QJsonArray named;
    qint64 unnamed = 0;
    for (const project::LicenceCount &licence : *licences) {
        if (licence.licence.isEmpty())
            unnamed += licence.count;
        else
            named += QJsonObject{{QStringLiteral("licence"), licence.licence}, {QStringLiteral("documents"), licence.count}};
    }
    data.insert(QStringLiteral("licences"), named);
    data.insert(QStringLiteral("unlicensed"), unnamed);
    return data;
}

QJsonObject runFacts(const project::Run &run)
{
    QJsonObject facts{{QStringLiteral("id"), run.id}, {QStringLiteral("title"), run.title}};
    putCount(facts, "steps", run.steps);
    putCount(facts, "tokens", run.tokens);
    putReal(facts, "seconds", run.seconds);
    if (run.started.isValid())
        facts.insert(QStringLiteral("started"), run.started.toString(Qt::ISODate));
    for (const char *key : {"settings", "adapter", "teaching", "learns"})
        if (const QJsonValue value = run.parameters.value(QLatin1String(key)); !value.isUndefined())
            facts.insert(QLatin1String(key), value);
    return facts;
}

QJsonObject resultFacts(const project::Run &run, const project::Checkpoint &checkpoint)
{
    QJsonObject results{{QStringLiteral("step"), checkpoint.step}};
    putReal(results, "bitsPerByte", checkpoint.bitsPerByte);
    putReal(results, "validationLoss", checkpoint.loss);
    putReal(results, "startBitsPerByte", run.facts.value(QLatin1String("startBitsPerByte")).toDouble(project::kUnknown));
    return results;
}

QJsonArray evaluationFacts(const project::Project &project, const QString &checkpoint)
{
    QJsonArray array;
    const auto evaluations = project.evaluations();
    if (!evaluations)
        return array;
    for (const project::Evaluation &one : *evaluations) {
        if (one.checkpoint != checkpoint || one.isLimited())
            continue;
        QJsonObject facts;
        putText(facts, "file", one.file.section(QLatin1Char('/'), -1));
        putText(facts, "split", one.split);
        const auto dataset = project.datasetOfCorpus(one.corpusSha256);
        putText(facts, "dataset", dataset ? dataset->name : QString());
        putReal(facts, "bitsPerByte", one.bitsPerByte);
        putReal(facts, "perplexity", one.perplexity);
        array += facts;
    }
    return array;
}

QJsonObject tokenizerFacts(const project::Project &project, const QString &sha256)
{
    QJsonObject facts;
    putText(facts, "sha256", sha256);
    if (const auto tokenizer = project.tokenizer(sha256)) {
        facts.insert(QStringLiteral("name"), tokenizer->name);
        facts.insert(QStringLiteral("type"), tokenizer->type);
        facts.insert(QStringLiteral("vocabulary"), tokenizer->vocabulary);
    }
    return facts;
}

std::optional<project::Model> modelOfBase(const project::Project &project, const QString &folder)
{
    const auto models = project.models();
    for (const project::Model &model : models ? *models : QList<project::Model>())
        if (!folder.isEmpty() && model.base == folder)
            return model;
    return std::nullopt;
}

QJsonObject architectureFacts(const QJsonObject &architecture, qint64 parameters)
{
    const QJsonObject dimensions = architecture.value(QLatin1String("dimensions")).toObject();
    QJsonObject facts;
    putText(facts, "family", architecture.value(QLatin1String("architecture")).toString());
    putCount(facts, "parameters", parameters > 0 ? parameters : -1);
    putCount(facts, "context", dimensions.value(QLatin1String("context")).toInteger(-1));
    putCount(facts, "vocabulary", dimensions.value(QLatin1String("vocabulary")).toInteger(-1));
    return facts;
}

}  // namespace

QJsonObject cardFacts(const project::Project &project, const QString &checkpoint)
{
    QJsonObject facts;
    QJsonArray runs;
    QJsonArray data;
    QString tokenizerSha;
    QString folder = checkpoint;
    QSet<QString> corpora;
    for (int i = 0; i < kLongestLine && !folder.isEmpty(); ++i) {
        const auto row = project.checkpoint(folder);
        const auto run = row ? project.run(row->runId) : Result<project::Run>(fail(ErrorCode::NotFound, {}));
        if (!run)
            break;
        runs.prepend(runFacts(*run));
        if (!run->corpusSha256.isEmpty() && !corpora.contains(run->corpusSha256))
            data.prepend(dataFacts(project, *run));
        corpora.insert(run->corpusSha256);
        if (folder == checkpoint) {
            tokenizerSha = run->tokenizerSha256;
            facts.insert(QStringLiteral("name"), run->model);
            facts.insert(QStringLiteral("results"), resultFacts(*run, *row));
            const auto model = project.model(run->model);
            facts.insert(QStringLiteral("architecture"),
                         architectureFacts(run->parameters.value(QLatin1String("architecture")).toObject(), model ? model->parameters : -1));
        }
        folder = run->parameters.value(QLatin1String("from")).toString();
    }
    if (const auto base = modelOfBase(project, folder)) {
        facts.insert(QStringLiteral("base"), baseFacts(*base));
        if (!facts.contains(QLatin1String("name"))) {
            facts.insert(QStringLiteral("name"), base->name);
            facts.insert(QStringLiteral("architecture"), architectureFacts(base->architecture, base->parameters));
            tokenizerSha = base->tokenizerSha256;
        }
    }
    if (const QJsonArray languages = project.objective().value(QLatin1String("languages")).toArray(); !languages.isEmpty() && !runs.isEmpty())
        facts.insert(QStringLiteral("languages"), languages);
    if (!runs.isEmpty()) {
        facts.insert(QStringLiteral("about"), project.objective().value(QLatin1String("domain")));
        facts.insert(QStringLiteral("personalData"), project.objective().value(QLatin1String("personalData")).toBool());
    }
    facts.insert(QStringLiteral("runs"), runs);
    facts.insert(QStringLiteral("data"), data);
    facts.insert(QStringLiteral("tokenizer"), tokenizerFacts(project, tokenizerSha));
    facts.insert(QStringLiteral("evaluations"), evaluationFacts(project, checkpoint));
    return facts;
}

}  // namespace athanor::workbench
