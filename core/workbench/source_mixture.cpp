#include "core/workbench/source_mixture.h"

#include "core/base/format.h"
#include "core/job/folder.h"
#include "core/model/rules_of_thumb.h"
#include "core/model/training_settings.h"
#include "core/workbench/estimate.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace athanor::workbench {

namespace {

constexpr int kPageRows = 5000;
const auto kSources = QStringLiteral("sources");  // of a training job

QString tr(const char *text) { return QCoreApplication::translate("athanor", text); }

QString text(const QJsonObject &object, const char *key) { return object.value(QLatin1String(key)).toString(); }

/// Documents and bytes by source, as the corpus counted them.
QMap<QString, DatasetSource> countedSources(const project::Dataset &dataset)
{
    const QJsonObject train = dataset.facts.value(QLatin1String("splits")).toObject().value(QLatin1String("train")).toObject();
    const QJsonObject counts = train.value(QLatin1String("sources")).toObject();
    QMap<QString, DatasetSource> sources;
    for (auto it = counts.begin(); it != counts.end(); ++it) {
        const QJsonObject count = it.value().toObject();
        sources.insert(it.key(), {it.key(), {}, {}, count.value(QLatin1String("documents")).toInteger(), count.value(QLatin1String("bytes")).toInteger()});
    }
    return sources;
}

/// The same from the list of documents, for datasets that were made before sources were counted.
Result<QMap<QString, DatasetSource>> listedSources(const project::Project &project, const project::Dataset &dataset)
{
    project::DocumentFilter filter;
    filter.dataset = dataset.rowId;
    filter.status = QStringLiteral("kept");
    filter.split = QStringLiteral("train");
    QMap<QString, DatasetSource> sources;
    for (qint64 next = 0; next >= 0;) {
        ATHANOR_ASSIGN(const project::DocumentPage page, project.documents(filter, next, kPageRows));
        for (const project::Document &row : page.rows) {
            DatasetSource &source = sources[row.source];
            source.id = row.source;
            ++source.documents;
            source.bytes += row.bytes;
        }
        next = page.next;
    }
    return sources;
}

/// Places of the dataset's sources by id: those that it was curated from, which the project may not have any more.
QHash<QString, QString> locationsOf(const project::Project &project, const project::Dataset &dataset)
{
    QHash<QString, QString> locations;
    if (const auto folder = job::Folder::open(project.path(), dataset.jobId))
        for (const QJsonValue &value : folder->spec().parameters.value(QLatin1String("sources")).toArray())
            locations.insert(text(value.toObject(), "id"), text(value.toObject(), "location"));
    return locations;
}

QJsonArray arrayOf(const QList<model::SourceName> &names)
{
    QJsonArray array;
    for (const model::SourceName &name : names)
        array += QJsonObject{{QStringLiteral("id"), name.id}, {QStringLiteral("name"), name.name}};
    return array;
}

QString timesText(const MixturePlan &plan)
{
    QStringList parts;
    for (qsizetype i = 0; i < plan.sources.size(); ++i)
        parts += tr("%1 %2 times").arg(plan.sources[i].name, formatReal(plan.passes[static_cast<size_t>(i)], 2));
    return parts.join(QStringLiteral(", "));
}

}  // namespace

QHash<QString, QString> sourceNames(const project::Project &project)
{
    QStringList ids, locations;
    for (const project::Source &source : project.sources().value_or(QList<project::Source>())) {
        ids += source.id;
        locations += source.location;
    }
    const QStringList names = model::shortNames(locations);
    QHash<QString, QString> byId;
    for (qsizetype i = 0; i < ids.size(); ++i)
        byId.insert(ids[i], names[i].isEmpty() || names.count(names[i]) > 1 ? ids[i] : names[i]);
    return byId;
}

Result<QList<DatasetSource>> datasetSources(const project::Project &project, const project::Dataset &dataset)
{
    QMap<QString, DatasetSource> found = countedSources(dataset);
    if (found.isEmpty()) {
        ATHANOR_ASSIGN(found, listedSources(project, dataset));
    }
    const QHash<QString, QString> names = sourceNames(project), locations = locationsOf(project, dataset);
    QList<DatasetSource> sources;
    for (DatasetSource source : std::as_const(found)) {
        source.location = locations.value(source.id);
        const QString gone = model::shortNames({source.location}).first();
        source.name = names.value(source.id, gone.isEmpty() || names.values().contains(gone) ? source.id : gone);
        sources += source;
    }
    std::stable_sort(sources.begin(), sources.end(), [](const DatasetSource &a, const DatasetSource &b) { return a.bytes > b.bytes; });
    return sources;
}

QList<model::SourceName> namesOf(const QList<DatasetSource> &sources)
{
    QList<model::SourceName> names;
    for (const DatasetSource &source : sources)
        names += {source.id, source.name};
    return names;
}

double bytesPerToken(const project::Project &project, const QString &tokenizer)
{
    const auto found = project.tokenizer(tokenizer);
    return found && found->bytesPerToken > 0 ? found->bytesPerToken : kTypicalBytesPerToken;
}

Result<MixturePlan> planMixture(const QList<DatasetSource> &sources, const QJsonObject &settings, double bytesPerToken, double tokens)
{
    MixturePlan plan;
    plan.sources = sources;
    for (const DatasetSource &source : sources)
        plan.tokens.push_back(static_cast<double>(source.bytes) / bytesPerToken + static_cast<double>(source.documents));
    ATHANOR_ASSIGN(plan.mixture, model::parseMixture(text(settings, "mixture"), namesOf(sources)));
    const bool isGradual = text(settings, "mixture_change") == QLatin1String("gradual");
    std::vector<model::MixtureStage> stages = model::stairsOf(plan.mixture, isGradual ? model::MixtureChange::Gradual : model::MixtureChange::Step);
    if (stages.empty())
        stages = {{0, std::vector<double>(plan.tokens.size(), 1.0)}};
    plan.passes = model::passesOf(stages, plan.tokens, tokens);
    const std::vector<double> ofOneToken = model::passesOf(stages, plan.tokens, 1);
    for (size_t i = 0; i < plan.tokens.size(); ++i)
        plan.shares.push_back(ofOneToken[i] * plan.tokens[i]);
    return plan;
}

Status addMixture(const project::Project &project, const project::Dataset &dataset, const QJsonObject &settings, double bytesPerToken, model::Plan &plan)
{
    if (text(settings, "mixture").trimmed().isEmpty())
        return {};
    ATHANOR_ASSIGN(const QList<DatasetSource> sources, datasetSources(project, dataset));
    ATHANOR_ASSIGN(const MixturePlan mixed, planMixture(sources, settings, bytesPerToken, static_cast<double>(plan.tokens)));
    if (mixed.mixture.isAsTheyAre() || plan.tokens <= 0)
        return {};
    const bool isTooOften = std::any_of(mixed.passes.begin(), mixed.passes.end(), [](double count) { return count > model::kUsefulPasses; });
    if (isTooOften)
        plan.lines.append({model::PlanLine::Level::Attention,
                           tr("reads %1; beyond %2 times a source teaches little more and is recited").arg(timesText(mixed)).arg(model::kUsefulPasses),
                           tr("Give it a smaller weight, add documents to it, or train for less.")});
    else
        plan.lines.append({model::PlanLine::Level::Good, tr("reads %1").arg(timesText(mixed)), {}});
    return {};
}

Status checkReading(const QJsonObject &settings, const QJsonObject &teaching, const QJsonObject &architecture)
{
    ATHANOR_TRY(model::checkSequence(settings, architecture));
    const bool warmsUp = settings.value(QLatin1String("sequence_warmup")).toDouble() > 0;
    if (warmsUp && (!teaching.isEmpty() || !model::continuesText(architecture)))
        return fail(ErrorCode::InvalidInput, tr("Only a model that learns to continue documents can read short sequences first."),
                    tr("Set “sequence_warmup” to 0."));
    return {};
}

Result<QJsonObject> mixtureParameters(const project::Project &project, const project::Dataset &dataset, const QJsonObject &settings)
{
    if (text(settings, "mixture").trimmed().isEmpty())
        return QJsonObject();
    ATHANOR_ASSIGN(const QList<DatasetSource> sources, datasetSources(project, dataset));
    return QJsonObject{{kSources, arrayOf(namesOf(sources))}};
}

Status addMixtureParameters(const project::Project &project, const QJsonObject &settings, QJsonObject &parameters)
{
    if (text(settings, "mixture").trimmed().isEmpty())
        return {};
    QList<model::SourceName> names;
    const QHash<QString, QString> byId = sourceNames(project);
    for (auto it = byId.begin(); it != byId.end(); ++it)
        names += {it.key(), it.value()};
    ATHANOR_TRY(model::parseMixture(text(settings, "mixture"), names));
    parameters.insert(kSources, arrayOf(names));
    return {};
}

}  // namespace athanor::workbench
