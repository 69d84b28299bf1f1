// The rail: how each stage stands. Role: compares what the newest result of a stage stood on with what there is now.
#include "core/base/format.h"
#include "core/base/hash.h"
#include "core/project/project_impl.h"

#include <algorithm>

namespace athanor::project {

namespace {

struct LastJob {
    QString state;    // empty: there was none
    QString message;
    QString title;
};

/// Everything that the stages are judged by, read once.
struct Facts {
    QList<Source> sources;
    QString sourcesHash;
    QList<Dataset> datasets;
    QList<Tokenizer> tokenizers;
    QList<Model> models;
    QList<Run> runs;
    QList<Evaluation> evaluations;
    std::map<QString, LastJob> lastJobs;  // by kind
    QString wantedRecipeHash;             // of the newest dataset; empty when none was set
    bool hasObjective = false;
    QString sourceChanges;                // of the newest dataset, since it was curated

    LastJob last(const char *kind) const
    {
        const auto found = lastJobs.find(QLatin1String(kind));
        return found == lastJobs.end() ? LastJob() : found->second;
    }
    const Run *lastGoodRun(bool thatContinuesText = false) const
    {
        for (const Run &run : runs)
            if ((!run.bestCheckpoint.isEmpty() || !run.lastCheckpoint.isEmpty()) && (run.continuesText || !thatContinuesText))
                return &run;
        return nullptr;
    }
};

bool isUnderWay(const QString &state)
{
    static const QStringList kStates{QStringLiteral("queued"), QStringLiteral("starting"), QStringLiteral("running"),
                                     QStringLiteral("pausing"), QStringLiteral("cancelling")};
    return kStates.contains(state);
}

bool isTroubled(const QString &state)
{
    return state == QLatin1String("failed") || state == QLatin1String("lost");
}

// What a job under way, lost or failed says about its stage; nothing when the results speak.
std::optional<StageStatus> fromJob(Stage stage, const LastJob &job)
{
    if (isUnderWay(job.state))
        return StageStatus{stage, StageState::Running,
                           job.state == QLatin1String("queued") ? tr("Waiting for its turn") : job.title, {}};
    if (job.state == QLatin1String("paused"))
        return StageStatus{stage, StageState::NeedsAttention, tr("Paused"), tr("Resume it in the job drawer.")};
    if (job.state == QLatin1String("lost"))
        return StageStatus{stage, StageState::NeedsAttention, tr("Interrupted"),
                           tr("The process is gone. Resume it in the job drawer: what was kept is used.")};
    if (isTroubled(job.state))
        return StageStatus{stage, StageState::NeedsAttention, tr("Failed"), job.message};
    return std::nullopt;
}

StageStatus outOfDate(Stage stage, const QString &text, const QString &hint)
{
    return {stage, StageState::OutOfDate, text, hint};
}

StageStatus projectStage(const Facts &facts)
{
    if (facts.hasObjective)
        return {Stage::Project, StageState::Done, tr("Objective set"), {}};
    return {Stage::Project, StageState::Ready, tr("Say what the model is for"), {}};
}

StageStatus dataStage(const Facts &facts)
{
    if (const auto job = fromJob(Stage::Data, facts.last("curate")))
        return *job;
    if (facts.datasets.isEmpty())
        return facts.sources.isEmpty() ? StageStatus{Stage::Data, StageState::Nothing, tr("No documents yet"), {}}
                                       : StageStatus{Stage::Data, StageState::Ready, tr("Ready to curate"), {}};
    const Dataset &dataset = facts.datasets.first();
    const QString count = tr("%1 documents kept").arg(formatInteger(dataset.kept));
    if (!facts.wantedRecipeHash.isEmpty() && facts.wantedRecipeHash != dataset.recipeHash)
        return outOfDate(Stage::Data, tr("The recipe has changed"), tr("Curate “%1” again.").arg(dataset.name));
    if (!facts.sources.isEmpty() && facts.sourcesHash != dataset.sourcesHash)
        return outOfDate(Stage::Data, tr("The sources have changed"), tr("Curate “%1” again.").arg(dataset.name));
    return {Stage::Data, StageState::Done, count, {}};
}

// Files changed on the disk: the dataset is as it was, so nothing that stands on it is old before it is prepared again.
StageStatus withFiles(const StageStatus &data, const Facts &facts)
{
    if (data.state != StageState::Done || facts.sourceChanges.isEmpty())
        return data;
    return outOfDate(Stage::Data, facts.sourceChanges, tr("Curate “%1” again: only these files are read.").arg(facts.datasets.first().name));
}

// The corpus of a dataset of which there is a newer version, or a corpus that no dataset has any more.
bool isOldCorpus(const Facts &facts, const QString &corpus)
{
    const Dataset *own = nullptr;
    for (const Dataset &one : facts.datasets)
        if (one.corpusSha256 == corpus && (!own || one.version > own->version))
            own = &one;
    if (!own)
        return true;
    return std::any_of(facts.datasets.begin(), facts.datasets.end(), [own](const Dataset &one) {
        return one.name == own->name && one.version > own->version;
    });
}

StageStatus tokenizerStage(const Facts &facts, bool dataIsOld)
{
    if (const auto job = fromJob(Stage::Tokenizer, facts.last("tokenizer")))
        return *job;
    if (facts.tokenizers.isEmpty())
        return facts.datasets.isEmpty() ? StageStatus{Stage::Tokenizer, StageState::Nothing, tr("Needs documents"), {}}
                                        : StageStatus{Stage::Tokenizer, StageState::Ready, tr("Ready to train"), {}};
    const Tokenizer &tokenizer = facts.tokenizers.first();
    const bool isImported = tokenizer.corpusSha256.isEmpty();
    if (!isImported && (dataIsOld || isOldCorpus(facts, tokenizer.corpusSha256)))
        return outOfDate(Stage::Tokenizer, tr("The documents have changed"),
                         dataIsOld ? tr("Curate first, then train “%1” again.").arg(tokenizer.name)
                                   : tr("Train “%1” again on the new version.").arg(tokenizer.name));
    return {Stage::Tokenizer, StageState::Done, tr("%1 tokens").arg(formatInteger(tokenizer.vocabulary)), {}};
}

StageStatus architectureStage(const Facts &facts, bool tokenizerIsOld)
{
    if (facts.models.isEmpty())
        return facts.tokenizers.isEmpty()
                   ? StageStatus{Stage::Architecture, StageState::Nothing, tr("Needs a tokenizer"), {}}
                   : StageStatus{Stage::Architecture, StageState::Ready, tr("Ready to choose"), {}};
    const Model &model = facts.models.first();
    for (const Tokenizer &tokenizer : facts.tokenizers)
        if (tokenizer.name == model.tokenizer && tokenizer.sha256 != model.tokenizerSha256)
            return outOfDate(Stage::Architecture, tr("The tokenizer has changed"),
                             tr("Make the model again with the new “%1”.").arg(tokenizer.name));
    if (tokenizerIsOld)
        return outOfDate(Stage::Architecture, tr("The tokenizer is out of date"), tr("Bring the tokenizer up to date first."));
    return {Stage::Architecture, StageState::Done,
            tr("%1, %2 parameters").arg(model.name, formatCount(static_cast<double>(model.parameters))), {}};
}

StageStatus trainingStage(const Facts &facts, bool upstreamIsOld)
{
    if (const auto job = fromJob(Stage::Training, facts.last("train")))
        return *job;
    if (facts.runs.isEmpty())
        return facts.models.isEmpty() || facts.datasets.isEmpty()
                   ? StageStatus{Stage::Training, StageState::Nothing, tr("Needs a model"), {}}
                   : StageStatus{Stage::Training, StageState::Ready, tr("Ready to start"), {}};
    const Run &run = facts.runs.first();
    const QString hint = tr("Start a new run; the finished one stays as it is.");
    if (isOldCorpus(facts, run.corpusSha256))
        return outOfDate(Stage::Training, tr("The documents have changed"), hint);
    for (const Model &model : facts.models)
        if (model.name == run.model && model.tokenizerSha256 != run.tokenizerSha256)
            return outOfDate(Stage::Training, tr("The model has changed"), hint);
    if (upstreamIsOld)
        return outOfDate(Stage::Training, tr("An earlier stage is out of date"), tr("Bring the earlier stages up to date first."));
    return {Stage::Training, StageState::Done,
            std::isnan(run.bitsPerByte) ? run.title : tr("%1 bits per byte").arg(run.bitsPerByte, 0, 'f', 3), {}};
}

StageStatus evaluationStage(const Facts &facts, bool trainingIsOld)
{
    if (const auto job = fromJob(Stage::Evaluation, facts.last("evaluate")))
        return *job;
    const Run *run = facts.lastGoodRun(true);
    if (!run)
        return {Stage::Evaluation, StageState::Nothing, facts.lastGoodRun() ? tr("Needs a model that continues text") : tr("Needs a trained model"), {}};
    const auto whole = std::find_if(facts.evaluations.begin(), facts.evaluations.end(), [](const Evaluation &each) { return !each.isLimited(); });
    if (whole == facts.evaluations.end())
        return {Stage::Evaluation, StageState::Ready, tr("Ready to measure"), {}};
    const Evaluation &evaluation = *whole;
    if (evaluation.runId != run->id)
        return outOfDate(Stage::Evaluation, tr("There is a newer run"), tr("Evaluate “%1”.").arg(run->title));
    if (trainingIsOld)
        return outOfDate(Stage::Evaluation, tr("Training is out of date"), tr("Train again, then evaluate."));
    return {Stage::Evaluation, StageState::Done, tr("%1 bits per byte").arg(evaluation.bitsPerByte, 0, 'f', 3), {}};
}

StageStatus chatStage(const Facts &facts)
{
    if (isUnderWay(facts.last("chat").state))
        return {Stage::Chat, StageState::Running, tr("Open"), {}};
    if (facts.lastGoodRun())
        return {Stage::Chat, StageState::Ready, tr("Try the model"), {}};
    return {Stage::Chat, StageState::Nothing, tr("Needs a trained model"), {}};
}

Result<std::map<QString, LastJob>> lastJobs(const Database &database)
{
    ATHANOR_ASSIGN(Statement statement,
                   database.prepare("SELECT kind, state, message, title FROM jobs WHERE state <> 'cancelled' "
                                    "AND id IN (SELECT max(id) FROM jobs WHERE state <> 'cancelled' GROUP BY kind)"));
    std::map<QString, LastJob> last;
    for (;;) {
        ATHANOR_ASSIGN(const bool hasRow, statement.step());
        if (!hasRow)
            return last;
        last[statement.text(0)] = {statement.text(1), statement.text(2), statement.text(3)};
    }
}

}  // namespace

bool Project::noteSourceChanges(const QString &jobId, const QString &text)
{
    const bool isNews = text != (jobId == m_impl->lookedAtJob ? m_impl->sourceChanges : QString());
    m_impl->lookedAtJob = jobId;
    m_impl->sourceChanges = text;
    return isNews;
}

Result<QList<StageStatus>> Project::stages() const
{
    Facts facts;
    ATHANOR_ASSIGN(facts.sources, sources());
    ATHANOR_ASSIGN(const QJsonArray specSources, sourcesForSpec());
    facts.sourcesHash = sha256(toText(QJsonObject{{QStringLiteral("sources"), specSources}}).toUtf8());
    ATHANOR_ASSIGN(facts.datasets, datasets());
    ATHANOR_ASSIGN(facts.tokenizers, tokenizers());
    ATHANOR_ASSIGN(facts.models, models());
    ATHANOR_ASSIGN(facts.runs, runs());
    ATHANOR_ASSIGN(facts.evaluations, evaluations());
    ATHANOR_ASSIGN(facts.lastJobs, lastJobs(m_impl->database));
    facts.hasObjective = objective().contains(QLatin1String("task"));  // a preset alone says nothing
    if (!facts.datasets.isEmpty() && facts.datasets.first().jobId == m_impl->lookedAtJob)
        facts.sourceChanges = m_impl->sourceChanges;
    if (!facts.datasets.isEmpty())
        if (const QJsonObject wanted = recipe(facts.datasets.first().name); !wanted.isEmpty())
            facts.wantedRecipeHash = sha256(toText(wanted).toUtf8());

    const auto isOld = [](const StageStatus &status) { return status.state == StageState::OutOfDate; };
    const StageStatus data = dataStage(facts);
    const StageStatus tokenizer = tokenizerStage(facts, isOld(data));
    const StageStatus architecture = architectureStage(facts, isOld(tokenizer));
    const StageStatus training = trainingStage(facts, isOld(data) || isOld(architecture));
    const StageStatus evaluation = evaluationStage(facts, isOld(training));
    return QList<StageStatus>{projectStage(facts), withFiles(data, facts), tokenizer, architecture, training, evaluation, chatStage(facts)};
}

}  // namespace athanor::project
