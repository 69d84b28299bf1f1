// See mixture_inputs.h.
#include "core/train/mixture_inputs.h"

#include "core/base/format.h"
#include "core/model/architecture.h"
#include "core/model/rules_of_thumb.h"
#include "core/train/record_inputs.h"

#include <algorithm>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

/// "sources" of the job: [{"id", "name"}], as the project calls them.
QList<model::SourceName> namesOf(const QJsonObject &parameters)
{
    QList<model::SourceName> names;
    for (const QJsonValue &value : parameters.value(QLatin1String("sources")).toArray()) {
        const QJsonObject source = value.toObject();
        names += {source.value(QLatin1String("id")).toString(), source.value(QLatin1String("name")).toString()};
    }
    return names;
}

/// Those that have training text first, in the order of the streams; then those that have none.
QList<model::SourceName> ordered(const QStringList &streams, QList<model::SourceName> known)
{
    QList<model::SourceName> all;
    for (const QString &id : streams) {
        const auto found = std::find_if(known.begin(), known.end(), [&](const model::SourceName &name) { return name.id == id; });
        all += found != known.end() ? *found : model::SourceName{id, id};
        if (found != known.end())
            known.erase(found);
    }
    return all + known;
}

std::vector<size_t> sourcesOf(const adapt::Records &records, const tokenizer::DocumentSources &sources)
{
    std::vector<size_t> all;
    for (qint64 record = 0; record < records.count(); ++record)
        all.push_back(size_t(sources.sourceOf(records.document(record))));
    return all;
}

}  // namespace

Status checkReading(const RunInputs &inputs)
{
    if (inputs.settings.sequenceWarmup.share > 0 && (inputs.teachesRecords() || !model::continuesText(inputs.architecture)))
        return fail(ErrorCode::InvalidInput, tr("Only a model that learns to continue documents can read short sequences first."),
                    tr("Set “sequence_warmup” to 0."));
    return {};
}

Status openMixture(job::Context &context, const QString &folder, RunInputs &inputs)
{
    if (inputs.settings.mixture.trimmed().isEmpty())
        return {};
    UntilPaused progress(context);
    const auto sources = tokenizer::documentSources(folder, *inputs.corpus, QStringLiteral("train"), progress, progress.stop());
    if (!sources && sources.error().code == ErrorCode::Cancelled)
        return job::stoppedHere(tr("Training had not begun; nothing is lost."));
    if (!sources)
        return fail(sources.error());
    const QStringList ids = sources->ids();
    const QList<model::SourceName> names = ordered(ids, namesOf(context.spec().parameters));
    ATHANOR_ASSIGN(const model::Mixture mixture, model::parseMixture(inputs.settings.mixture, names));
    if (mixture.isAsTheyAre())
        return {};
    QStringList shown;
    for (qsizetype i = 0; i < ids.size(); ++i)
        shown += names[i].name;
    std::vector<model::MixtureStage> stages = model::stairsOf(mixture, inputs.settings.mixtureChange);
    for (model::MixtureStage &stage : stages)
        stage.weights.resize(size_t(ids.size()));
    if (inputs.teachesRecords())
        inputs.recordMixture = std::make_unique<RecordMixture>(RecordMixture{sourcesOf(inputs.trainRecords->records, *sources), ids, shown, std::move(stages)});
    else
        inputs.mixture = std::make_unique<SourceMixture>(SourceMixture{tokenizer::SourceStreams(*inputs.trainTokens, *sources), shown, std::move(stages)});
    return {};
}

void tellMixture(job::Context &context, const RunInputs &inputs, double tokens)
{
    if (!inputs.mixture && !inputs.recordMixture)
        return;
    std::vector<double> sizes;
    for (size_t i = 0; inputs.mixture && i < inputs.mixture->streams.count(); ++i)
        sizes.push_back(double(inputs.mixture->streams.tokenCount(i)));
    if (inputs.recordMixture)
        sizes = tokensBySource(inputs.trainRecords->records, *inputs.recordMixture, inputs.recordSettings.length);
    const QStringList &names = inputs.mixture ? inputs.mixture->names : inputs.recordMixture->names;
    const std::vector<double> passes = model::passesOf(inputs.mixture ? inputs.mixture->stages : inputs.recordMixture->stages, sizes, tokens);
    QStringList parts;
    for (size_t i = 0; i < passes.size(); ++i)
        parts += tr("%1 %2 times").arg(names[qsizetype(i)], formatReal(passes[i], 2));
    const bool isTooOften = std::any_of(passes.begin(), passes.end(), [](double count) { return count > model::kUsefulPasses; });
    context.log(isTooOften ? QStringLiteral("warning") : QStringLiteral("info"),
                isTooOften ? tr("The run reads %1. Beyond %2 times a source teaches little more and is recited.").arg(parts.join(QStringLiteral(", "))).arg(model::kUsefulPasses)
                           : tr("The run reads %1.").arg(parts.join(QStringLiteral(", "))));
}

}  // namespace athanor::train
