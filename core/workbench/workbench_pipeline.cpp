// The way with one click: a recommendation, and the whole chain queued at once.
#include "core/base/identifier.h"
#include "core/corpus/recipe.h"
#include "core/model/rules_of_thumb.h"
#include "core/model/training_settings.h"
#include "core/workbench/estimate.h"
#include "core/workbench/source_mixture.h"
#include "core/workbench/specs.h"

#include "core/base/format.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFileInfo>

#include <cmath>

namespace athanor::workbench {

namespace {

constexpr double kWizardMinutes = 10;
constexpr double kUsualShare = 0.5;  // of the full rate, for the small models that ten minutes allow
constexpr double kLargerIsWorthIt = 4;  // the sample: 4.3 M parameters on 1.2 M tokens pass xz -9e by 15 %

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// Compute C = 6·N·D with D = 20·N is best used at N = sqrt(C / 120) (Hoffmann 2022); with so little text that D would
// be more than four passes, a larger model gets more out of the same time.
double suitableParameters(double flops, double dataTokens)
{
    const double computeBound = std::sqrt(flops / (model::kFlopsPerParameter * model::kTokensPerParameter));
    const double dataBound = flops / (model::kFlopsPerParameter * model::kUsefulPasses * std::max(1.0, dataTokens));
    return std::max(kLargerIsWorthIt * computeBound, std::min(dataBound, 3 * computeBound));
}

/// The preset nearest in size among those that write fast enough; the smallest where none does.
model::Preset nearestPreset(const QList<model::Preset> &presets, double parameters, double writesTokensPerSecond)
{
    model::Preset best = *std::min_element(presets.begin(), presets.end(), [](const model::Preset &a, const model::Preset &b) {
        return a.approximateParameters < b.approximateParameters;
    });
    double bestDistance = HUGE_VAL;
    for (const model::Preset &preset : presets) {
        if (guessedWritingSpeed(static_cast<double>(preset.approximateParameters)) < writesTokensPerSecond)
            continue;
        const double distance = std::fabs(std::log(static_cast<double>(preset.approximateParameters) / parameters));
        if (distance < bestDistance) {
            bestDistance = distance;
            best = preset;
        }
    }
    return best;
}

qint64 vocabularyFor(qint64 documentBytes)
{
    if (documentBytes < 300000)
        return 1024;
    if (documentBytes < 3000000)
        return 2048;
    return documentBytes < 100000000 ? 4096 : 16384;
}

// With less text than this, weights that can write already are worth more than any new model.
constexpr qint64 kFewTokens = 20000000;
constexpr int kMostFilesLookedAt = 20000;  // of a folder, for examples

std::optional<project::Model> modelWithWeights(const project::Project &project)
{
    for (const project::Model &model : project.models().value_or(QList<project::Model>()))
        if (!model.base.isEmpty())
            return model;
    return std::nullopt;
}

// Of runs on plain text: examples are taught from the Data and Training pages.
std::optional<project::Run> newestWithCheckpoint(const project::Project &project)
{
    for (const project::Run &run : project.runs().value_or(QList<project::Run>()))
        if (!run.bestCheckpoint.isEmpty() && run.parameters.value(QLatin1String("teaching")).toObject().isEmpty()
            && run.parameters.value(QLatin1String("adapter")).toObject().isEmpty())
            return run;
    return std::nullopt;
}

bool isRecordsFile(const QString &path)
{
    static const QStringList endings{QStringLiteral("jsonl"), QStringLiteral("csv"), QStringLiteral("tsv"), QStringLiteral("json")};
    return endings.contains(QFileInfo(path).suffix().toLower());
}

bool holdsRecords(const project::Source &source)
{
    if (!QFileInfo(source.location).isDir())
        return isRecordsFile(source.location);
    QDirIterator files(source.location, QDir::Files | QDir::Readable, QDirIterator::Subdirectories);
    for (int i = 0; files.hasNext() && i < kMostFilesLookedAt; ++i)
        if (isRecordsFile(files.next()))
            return true;
    return false;
}

bool holdsRecords(const project::Project &project)
{
    const auto sources = project.sources();
    return sources && std::any_of(sources->begin(), sources->end(), [](const project::Source &source) { return holdsRecords(source); });
}

QString scratchSummary(qint64 tokens)
{
    if (tokens < 20000000)
        return tr("%1 tokens from scratch learn the style, not the facts.").arg(formatCount(static_cast<double>(tokens)));
    if (tokens < 2000000000)
        return tr("%1 tokens from scratch learn the language of your field and some of its facts.").arg(formatCount(static_cast<double>(tokens)));
    return tr("%1 tokens are enough for a capable small model.").arg(formatCount(static_cast<double>(tokens)));
}

job::Spec evaluationAfter(const QString &trainJob, const QString &model, const QString &dataset, const TrainInputs &inputs)
{
    job::Spec evaluation = evaluateSpec(tr("Evaluating %1").arg(model), job::resultOf(trainJob, QStringLiteral("bestCheckpoint")));
    evaluation.after = {trainJob};
    evaluation.parameters.insert(QStringLiteral("corpus"), inputs.corpus);
    evaluation.parameters.insert(QStringLiteral("corpusSha256"), inputs.corpusSha256);
    evaluation.parameters.insert(QStringLiteral("split"), QStringLiteral("validation"));
    evaluation.command = evaluateCommand(model, dataset);
    return evaluation;
}

}  // namespace

Result<Recommendation> Workbench::recommend(qint64 documentBytes, const Wishes &wishes) const
{
    const QList<model::Preset> presets = model::presets(*m_plugins);
    if (presets.isEmpty())
        return fail(ErrorCode::NotFound, tr("No architecture plugin is installed."), tr("Install Athanor again."));
    const MachineFacts machine = machineFacts();
    Recommendation result;
    result.estimatedTokens = static_cast<qint64>(static_cast<double>(documentBytes) / kTypicalBytesPerToken);
    result.vocabulary = vocabularyFor(documentBytes);
    const double flops = kUsualShare * guessedSpeed(machine, machine.prefersBf16()) * kWizardMinutes * 60;
    result.preset = nearestPreset(presets, suitableParameters(flops, static_cast<double>(result.estimatedTokens)),
                                  wishes.writesTokensPerSecond);
    if (const auto chosen = chosenPreset())
        result.preset = *chosen;
    QJsonObject settings = samplePipeline().trainingSettings;
    settings.insert(QStringLiteral("budget"), kWizardMinutes);
    settings.remove(QStringLiteral("sample_prompt"));
    ATHANOR_ASSIGN(result.trainingSettings, model::trainingSettings(*m_plugins).validate(settings));
    ATHANOR_ASSIGN(const QJsonObject architecture,
                   model::newArchitecture(*m_plugins, result.preset.architecture, result.preset.choices, result.vocabulary));
    model::PlanInput input = planInput(*m_plugins, architecture, result.trainingSettings, path());
    input.trainTokens = result.estimatedTokens;
    ATHANOR_ASSIGN(result.plan, planOf(*m_project, *m_plugins, result.trainingSettings, input));

    Approach scratch{QStringLiteral("scratch"), tr("From scratch"), scratchSummary(result.estimatedTokens), true, true,
                     result.plan.seconds, result.plan.accounting.trainingBytes, result.plan.diskBytes,
                     guessedWritingSpeed(static_cast<double>(result.plan.accounting.parameters)), {}, {}, {}, {}};
    result.approaches += scratch;
    if (const auto run = newestWithCheckpoint(*m_project))
        recommendContinuing(result, *run);
    recommendTeaching(result, wishes);
    return result;
}

// The newest run's best checkpoint, with its own settings and the documents that are there now.
void Workbench::recommendContinuing(Recommendation &result, const project::Run &run) const
{
    const auto model = m_project->model(run.model);
    if (!model)
        return;
    const QJsonObject settings = run.parameters.value(QLatin1String("settings")).toObject();
    const auto plan = planArchitecture(model->architecture, model->tokenizer, run.dataset, settings);
    if (!plan)
        return;
    Approach further;
    further.id = QStringLiteral("continue");
    further.title = tr("Continue %1, a model of this project").arg(run.model);
    further.summary = tr("Goes on from its best checkpoint with all documents that are there now: it keeps what it has learned.");
    further.worksToday = true;
    further.seconds = plan->seconds;
    further.memoryBytes = plan->accounting.trainingBytes;
    further.diskBytes = plan->diskBytes;
    further.writesTokensPerSecond = guessedWritingSpeed(static_cast<double>(plan->accounting.parameters));
    further.model = run.model;
    further.from = run.bestCheckpoint;
    further.dataset = run.dataset;
    further.settings = settings;
    result.approaches += further;
}

// What a model that came with weights makes possible.
void Workbench::recommendTeaching(Recommendation &result, const Wishes &wishes) const
{
    const auto base = modelWithWeights(*m_project);
    const bool hasRecords = holdsRecords(*m_project);
    if (wishes.answers && !hasRecords)
        result.missing = tr("To answer, it needs examples among your files: questions with answers, conversations or labelled texts, as JSON Lines, CSV or TSV. From documents alone it learns to continue text.");
    else if (wishes.answers && !base)
        result.missing = tr("To answer as in your examples, it has to start from a model that can write already: choose one below. From scratch it learns to continue text.");
    if (!base)
        return;
    QJsonObject settings = result.trainingSettings;
    settings.insert(QStringLiteral("sequence"), model::taughtSequence(base->architecture));
    settings.insert(QStringLiteral("batch"), 4);
    const auto plan = planArchitecture(base->architecture, base->tokenizer, {}, settings);
    if (!plan)
        return;
    Approach teach = result.approaches.first();
    teach.id = QStringLiteral("teach");
    teach.title = tr("Teach %1 your documents").arg(base->name);
    teach.summary = tr("It can write already; your %1 tokens are added to what it knows. Best where documents are few.")
                        .arg(formatCount(static_cast<double>(result.estimatedTokens)));
    teach.memoryBytes = plan->accounting.trainingBytes;
    teach.diskBytes = plan->diskBytes;
    teach.writesTokensPerSecond = guessedWritingSpeed(static_cast<double>(plan->accounting.parameters));
    teach.model = base->name;
    const bool mayTeach = plan->canStart && teach.writesTokensPerSecond >= wishes.writesTokensPerSecond;
    Approach examples = teach;
    examples.id = QStringLiteral("fine-tune");
    examples.title = tr("Teach %1 to answer from examples").arg(base->name);
    examples.summary = tr("Questions with answers, conversations or labelled texts among your files become examples that it learns from.");
    examples.recommended = hasRecords && mayTeach && wishes.answers;
    teach.recommended = !examples.recommended && mayTeach && result.estimatedTokens < kFewTokens;
    result.approaches.first().recommended = !teach.recommended && !examples.recommended;
    result.approaches += teach;
    if (hasRecords)
        result.approaches += examples;
}

Result<QJsonObject> Workbench::architectureOf(const PipelineRequest &request) const
{
    if (!request.base.isEmpty()) {
        ATHANOR_ASSIGN(const project::Model base, m_project->model(request.base));
        return base.architecture;
    }
    const plugin::Metadata *method = m_plugins->find(request.tokenizerPlugin);
    if (!method)
        return fail(ErrorCode::NotFound, tr("There is no tokenizer method “%1”.").arg(request.tokenizerPlugin));
    ATHANOR_ASSIGN(const QJsonObject settings, method->parameters.validate(request.tokenizerSettings));
    return model::newArchitecture(*m_plugins, request.architecture, request.architectureChoices, settings.value(QLatin1String("vocabulary")).toInteger());
}

Result<model::Plan> Workbench::plan(const PipelineRequest &request) const
{
    ATHANOR_ASSIGN(const QJsonObject settings, model::trainingSettings(*m_plugins).validate(request.trainingSettings));
    QJsonObject named;
    ATHANOR_TRY(addMixtureParameters(*m_project, settings, named));  // refused before anything is queued
    ATHANOR_ASSIGN(const QJsonObject architecture, architectureOf(request));
    ATHANOR_TRY(model::checkSequence(settings, architecture));
    model::PlanInput input = planInput(*m_plugins, architecture, settings, path());
    input.trainTokens = static_cast<qint64>(static_cast<double>(request.documentBytes) / kTypicalBytesPerToken);
    return planOf(*m_project, *m_plugins, settings, input);
}

// Documents, then a run that goes on from weights, its own or a checkpoint's, then its evaluation; the tokenizer is the model's.
Result<Pipeline> Workbench::startTeaching(const PipelineRequest &request, const model::Plan &forecast)
{
    ATHANOR_ASSIGN(const project::Model base, m_project->model(request.base));
    const QString from = request.from.isEmpty() ? base.base : request.from;
    if (from.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("The model “%1” has no weights yet.").arg(base.name), tr("Train it from scratch, or bring in a model that exists."));
    ATHANOR_ASSIGN(const project::Tokenizer tokenizer, m_project->tokenizer(base.tokenizerSha256.isEmpty() ? base.tokenizer : base.tokenizerSha256));
    ATHANOR_ASSIGN(const QJsonObject settings, model::trainingSettings(*m_plugins).validate(request.trainingSettings));
    RunRequest run;
    run.model = base.name;
    run.dataset = request.dataset;
    run.from = from;
    ATHANOR_TRY(checkCanLearn(*m_plugins, run, base));
    Pipeline pipeline;
    ATHANOR_ASSIGN(const job::Folder curated, curate(request.dataset, request.recipe));
    pipeline.curateJob = curated.spec().id;
    TrainInputs inputs;
    inputs.dataset = request.dataset;
    inputs.corpus = job::resultOf(pipeline.curateJob, QStringLiteral("corpus"));
    inputs.corpusSha256 = job::resultOf(pipeline.curateJob, QStringLiteral("corpusSha256"));
    inputs.tokenizer = tokenizer.path;
    inputs.tokenizerSha256 = tokenizer.sha256;
    job::Spec train = trainSpec(*m_plugins, run, base.architecture, inputs, settings);
    ATHANOR_TRY(addMixtureParameters(*m_project, settings, train.parameters));
    train.parameters.insert(QStringLiteral("forecast"), model::toJson(forecast));
    train.after = {pipeline.curateJob};
    ATHANOR_ASSIGN(const job::Folder trained, m_queue->add(train));
    pipeline.trainJob = trained.spec().id;
    if (!model::continuesText(base.architecture))
        return pipeline;  // its own figure is measured at the end of the run
    ATHANOR_ASSIGN(const job::Folder evaluated, m_queue->add(evaluationAfter(pipeline.trainJob, base.name, request.dataset, inputs)));
    pipeline.evaluateJob = evaluated.spec().id;
    return pipeline;
}

Result<Pipeline> Workbench::startPipeline(const PipelineRequest &request)
{
    if (request.base.isEmpty())
        for (const QString &name : {request.dataset, request.tokenizer, request.model})
            ATHANOR_TRY(checkName(name));
    ATHANOR_ASSIGN(const model::Plan forecast, plan(request));
    if (!forecast.canStart)
        return refused(forecast);
    if (!request.base.isEmpty())
        return startTeaching(request, forecast);
    const plugin::Metadata *tokenizerMethod = m_plugins->find(request.tokenizerPlugin);
    ATHANOR_ASSIGN(const QJsonObject tokenizerSettings, tokenizerMethod->parameters.validate(request.tokenizerSettings));
    ATHANOR_ASSIGN(const QJsonObject trainingSettings, model::trainingSettings(*m_plugins).validate(request.trainingSettings));
    ATHANOR_ASSIGN(QJsonObject architecture, architectureOf(request));
    architecture.insert(QStringLiteral("name"), request.model);
    project::Model stored;
    stored.name = request.model;
    stored.architecture = architecture;
    stored.tokenizer = request.tokenizer;
    stored.parameters = forecast.accounting.parameters;
    stored.created = QDateTime::currentDateTimeUtc();
    ATHANOR_TRY(m_project->addModel(stored));

    Pipeline pipeline;
    ATHANOR_ASSIGN(const job::Folder curated, curate(request.dataset, request.recipe));
    pipeline.curateJob = curated.spec().id;

    job::Spec tokenizerJob = tokenizerSpec(request.tokenizer, request.tokenizerPlugin, tokenizerSettings,
                                           job::resultOf(pipeline.curateJob, QStringLiteral("corpus")));
    tokenizerJob.after = {pipeline.curateJob};
    tokenizerJob.command = trainTokenizerCommand(request.tokenizer, request.dataset, *tokenizerMethod, tokenizerSettings);
    ATHANOR_ASSIGN(const job::Folder tokenized, m_queue->add(tokenizerJob));
    pipeline.tokenizerJob = tokenized.spec().id;

    RunRequest run;
    run.model = request.model;
    run.dataset = request.dataset;
    TrainInputs inputs;
    inputs.dataset = request.dataset;
    inputs.corpus = job::resultOf(pipeline.curateJob, QStringLiteral("corpus"));
    inputs.corpusSha256 = job::resultOf(pipeline.curateJob, QStringLiteral("corpusSha256"));
    inputs.tokenizer = job::resultOf(pipeline.tokenizerJob, QStringLiteral("tokenizer"));
    inputs.tokenizerSha256 = job::resultOf(pipeline.tokenizerJob, QStringLiteral("tokenizerSha256"));
    job::Spec trainJob = trainSpec(*m_plugins, run, architecture, inputs, trainingSettings);
    ATHANOR_TRY(addMixtureParameters(*m_project, trainingSettings, trainJob.parameters));
    trainJob.parameters.insert(QStringLiteral("forecast"), model::toJson(forecast));
    trainJob.after = {pipeline.curateJob, pipeline.tokenizerJob};
    ATHANOR_ASSIGN(const job::Folder trained, m_queue->add(trainJob));
    pipeline.trainJob = trained.spec().id;

    if (!model::continuesText(architecture))
        return pipeline;
    ATHANOR_ASSIGN(const job::Folder evaluated, m_queue->add(evaluationAfter(pipeline.trainJob, request.model, request.dataset, inputs)));
    pipeline.evaluateJob = evaluated.spec().id;
    return pipeline;
}

Result<QString> sampleDocumentsFolder()
{
    const QStringList folders{qEnvironmentVariable("ATHANOR_SAMPLE"), QStringLiteral("/usr/share/doc/python3.11/html"),
                              QStringLiteral("/usr/share/doc/python3/html"), QStringLiteral("/usr/share/doc/python3.13/html"),
                              QStringLiteral("/usr/share/doc/python3.12/html")};
    for (const QString &folder : folders)
        if (!folder.isEmpty() && QFileInfo::exists(folder + QStringLiteral("/index.html")))
            return QFileInfo(folder).canonicalFilePath();
    return fail(ErrorCode::NotFound, tr("The sample's documents (the documentation of Python) are not on this machine."),
                tr("Install the package python3.11-doc (Debian 12) or python3-doc: “apt install python3-doc”."));
}

PipelineRequest samplePipeline()
{
    PipelineRequest request;
    request.dataset = QStringLiteral("python-documentation");
    request.tokenizer = QStringLiteral("python-4k");
    request.tokenizerSettings = {{QStringLiteral("vocabulary"), 4096}};
    request.model = QStringLiteral("python-docs");
    request.architecture = QStringLiteral("architecture.llama");
    request.architectureChoices = {{QStringLiteral("layers"), 4}, {QStringLiteral("width"), 256}, {QStringLiteral("heads"), 4}};
    request.trainingSettings = {{QStringLiteral("budget_kind"), QStringLiteral("time")},
                                {QStringLiteral("budget"), 8.0},
                                {QStringLiteral("batch"), 4},
                                {QStringLiteral("optimizer"), QStringLiteral("optimizer.muon")},
                                {QStringLiteral("learning_rate"), 0.006},
                                {QStringLiteral("minimum_lr_ratio"), 0.02},
                                {QStringLiteral("weight_decay"), 0.02},
                                {QStringLiteral("schedule"), QStringLiteral("schedule.linear")},
                                {QStringLiteral("sample_prompt"), QStringLiteral("The json module")}};
    return request;
}

// All weights, small steps: what it knows already is worth keeping.
QJsonObject sampleContinuation(double minutes, const QJsonObject &architecture)
{
    return {{QStringLiteral("budget_kind"), QStringLiteral("time")}, {QStringLiteral("budget"), minutes},
            {QStringLiteral("batch"), 2},                            {QStringLiteral("sequence"), model::taughtSequence(architecture)},
            {QStringLiteral("optimizer"), QStringLiteral("optimizer.adamw")},
            {QStringLiteral("learning_rate"), 5e-5},                 {QStringLiteral("weight_decay"), 0.01},
            {QStringLiteral("sample_prompt"), QStringLiteral("The json module")}};
}

}  // namespace athanor::workbench
