// Runs and what comes after them: plan, start, clone, fork, reproduce, evaluate, generate, chat.
#include "core/base/atomic_file.h"
#include "core/interop/adapter_size.h"
#include "core/model/dimensions.h"
#include "core/model/label_head.h"
#include "core/model/parameter_groups.h"
#include "core/model/training_settings.h"
#include "core/workbench/estimate.h"
#include "core/workbench/measured.h"
#include "core/workbench/record_counts.h"
#include "core/workbench/source_mixture.h"
#include "core/workbench/specs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

/// What is written to `to` must not take the place of `read`, however either is spelled.
Status checkNotOver(const QString &read, const QString &to)
{
    const QFileInfo one(read), other(to);
    const QString canonical = one.canonicalFilePath();
    if (QDir::cleanPath(one.absoluteFilePath()) != QDir::cleanPath(other.absoluteFilePath()) && (canonical.isEmpty() || canonical != other.canonicalFilePath()))
        return {};
    return fail(ErrorCode::InvalidInput, tr("“%1” is the file that is read; it would be written over.").arg(to), tr("Name another file."));
}

/// "small-13M, step 1000" for a checkpoint of the project, a model's name for what it came with; what the person wrote for anything else.
QString wordsFor(const project::Project &project, const QString &checkpoint, const QString &written)
{
    const auto row = project.checkpoint(checkpoint);
    if (!row) {
        for (const project::Model &model : project.models().value_or(QList<project::Model>()))
            if (!model.base.isEmpty() && model.base == checkpoint)
                return model.name;
        return written;
    }
    const auto run = project.run(row->runId);
    return run && !run->model.isEmpty() ? tr("%1, step %2").arg(run->model).arg(row->step) : written;
}

RunRequest requestOf(const project::Run &run)
{
    RunRequest request;
    request.model = run.model;
    request.dataset = run.dataset;
    request.settings = run.parameters.value(QLatin1String("settings")).toObject();
    request.from = run.parameters.value(QLatin1String("from")).toString();
    request.teaching = run.parameters.value(QLatin1String("teaching")).toObject();
    request.adapter = run.parameters.value(QLatin1String("adapter")).toObject();
    request.learns = run.parameters.value(QLatin1String("learns")).toString();
    return request;
}

QJsonObject merged(QJsonObject base, const QJsonObject &changes)
{
    for (auto it = changes.begin(); it != changes.end(); ++it)
        base.insert(it.key(), it.value());
    return base;
}

RunRequest changed(const plugin::Catalogue &plugins, RunRequest request, const model::TrainingAssignments &changes)
{
    request.settings = model::trainingSettings(plugins).merged(request.settings, changes.settings);
    request.teaching = merged(request.teaching, changes.teaching);
    request.adapter = merged(request.adapter, changes.adapter);
    if (!changes.learns.isEmpty())
        request.learns = changes.learns;
    return request;
}

// What the dataset holds decides what "teaching" can be.
Result<QJsonObject> completedTeaching(const RunRequest &request, const project::Dataset &dataset)
{
    const bool isRecords = dataset.facts.value(QLatin1String("content")).toString() == QLatin1String("records");
    const QString kind = dataset.facts.value(QLatin1String("kind")).toString();
    QJsonObject teaching = request.teaching;
    if (!isRecords && !teaching.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("The dataset “%1” is plain text; there are no records to teach.").arg(dataset.name),
                    tr("Leave the “teaching” settings out, or prepare a dataset of records on the Data page."));
    if (!isRecords)
        return QJsonObject();
    if (!teaching.contains(QLatin1String("kind")) && !kind.isEmpty())
        teaching.insert(QStringLiteral("kind"), kind);
    const QString asked = teaching.value(QLatin1String("kind")).toString();
    if (!kind.isEmpty() && asked != kind)
        return fail(ErrorCode::InvalidInput, tr("The records of “%1” are of the kind “%2”, not “%3”.").arg(dataset.name, kind, asked),
                    tr("Use --set teaching.kind=%1.").arg(kind));
    return model::teachingSchema().validate(teaching);
}

Status checkLearns(const RunRequest &request)
{
    if (request.learns == QLatin1String("adapter") && request.adapter.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("Only the adapter is to learn, and there is none."), tr("Add --set adapter.method=lora."));
    const bool isPart = !request.learns.isEmpty() && request.learns != QLatin1String("all");
    if (request.from.isEmpty() && (isPart || !request.adapter.isEmpty()))
        return fail(ErrorCode::InvalidInput, tr("The model “%1” has no weights yet, so all of them must learn.").arg(request.model),
                    tr("Bring a model in first (“athanor-cli model import …”), start from a checkpoint with --from, or let everything learn."));
    return {};
}

/// The base's weights where there are some, and the groups of settings checked and completed.
Result<RunRequest> completed(const plugin::Catalogue &plugins, RunRequest request, const project::Model &model, const project::Dataset &dataset)
{
    if (request.from.isEmpty())
        request.from = model.base;
    ATHANOR_ASSIGN(request.teaching, completedTeaching(request, dataset));
    ATHANOR_TRY(checkCanLearn(plugins, request, model));
    if (!request.adapter.isEmpty()) {
        ATHANOR_ASSIGN(request.adapter, model::adapterSchema().validate(request.adapter));
    }
    ATHANOR_TRY(checkLearns(request));
    return request;
}

/// What a plan is made from.
struct PlanSources {
    const project::Project *project;
    const plugin::Catalogue *plugins;
    QString path;
};

model::PlanInput textInput(const PlanSources &sources, const QJsonObject &architecture, const QString &tokenizerName,
                           const QString &datasetName, const QJsonObject &settings)
{
    double trainBytes = 0;
    if (const auto dataset = sources.project->dataset(datasetName)) {
        const QJsonObject splits = dataset->facts.value(QLatin1String("splits")).toObject();
        trainBytes = splits.value(QLatin1String("train")).toObject().value(QLatin1String("bytes")).toDouble();
    }
    model::PlanInput input = planInput(*sources.plugins, architecture, settings, sources.path);
    input.trainTokens = static_cast<qint64>(trainBytes / bytesPerToken(*sources.project, tokenizerName));
    return input;
}

qint64 rowTokens(const QJsonObject &counts, const QJsonObject &teaching, const QJsonObject &settings, qint64 context, bool hasEncoder)
{
    const qint64 asked = teaching.value(QLatin1String("maxTokens")).toInteger();
    const qint64 limit = asked > 0 ? std::min(asked, context) : context;
    const bool isChat = teaching.value(QLatin1String("kind")).toString() == QLatin1String("chat");
    const bool packing = isChat && !hasEncoder && teaching.value(QLatin1String("packing")).toBool(true);
    return model::recordRowLength(counts.value(QLatin1String("longest")).toInteger(packing ? 0 : limit), limit,
                                  settings.value(QLatin1String("sequence")).toInteger(), packing);
}

RecordRequest recordRequest(const Workbench &bench, const project::Project &project, const RunRequest &request,
                            const project::Model &model, const project::Dataset &dataset)
{
    RecordRequest records;
    records.projectPath = bench.path();
    records.corpus = dataset.corpus;
    if (const auto tokenizer = project.tokenizer(model.tokenizerSha256.isEmpty() ? model.tokenizer : model.tokenizerSha256))
        records.tokenizerFile = tokenizer->path;
    records.from = request.from;
    records.teaching = request.teaching;
    for (const QJsonValue &label : dataset.facts.value(QLatin1String("labels")).toArray())
        records.labels += label.toString();
    records.context = model::dimension(model.architecture, "context");
    records.hasEncoder = model::hasEncoder(model.architecture) && request.teaching.value(QLatin1String("kind")).toString() == QLatin1String("chat");
    return records;
}

/// f16 is a graphics card's.
Status checkPrecision(const QJsonObject &settings)
{
    if (settings.value(QLatin1String("precision")).toString() != QLatin1String("f16") || settings.value(QLatin1String("device")).toString() != QLatin1String("cpu"))
        return {};
    return fail(ErrorCode::InvalidInput, tr("“precision” cannot be f16 on the processor: it would be many times slower than f32."),
                tr("Choose auto, bf16 or f32; or a graphics card, with --set device=cuda."));
}

}  // namespace

// Answers are written token by token, so the family must be one that writes.
Status checkCanLearn(const plugin::Catalogue &plugins, const RunRequest &request, const project::Model &model)
{
    const plugin::Metadata *family = plugins.find(model.architecture.value(QLatin1String("architecture")).toString());
    const QString kind = request.teaching.value(QLatin1String("kind")).toString();
    if (model::isHeadless(model.architecture) && kind != QLatin1String("labels"))
        return fail(ErrorCode::InvalidInput, tr("“%1” is an encoder without a head: it writes nothing and fills no gaps.").arg(request.model),
                    tr("Teach it labels: choose a dataset of texts with labels."));
    if (!model::labelsOf(model.architecture).isEmpty() && kind != QLatin1String("labels"))
        return fail(ErrorCode::InvalidInput, tr("“%1” sorts texts by labels; it writes nothing.").arg(request.model),
                    tr("Choose records with labels, or another model."));
    const bool isChat = kind == QLatin1String("chat");
    if (!isChat || !family || model::hasEncoder(model.architecture) || model::objectivesOf(plugins, *family).contains(QLatin1String("objective.next_token")))
        return {};
    return fail(ErrorCode::InvalidInput, tr("“%1” cannot be taught answers: a model of the family %2 does not write texts.").arg(request.model, family->title),
                tr("Choose a model of the LLaMA, GPT-2 or T5 family, or records with labels."));
}

tl::unexpected<Error> refused(const model::Plan &plan)
{
    QStringList reasons;
    QStringList actions;
    for (const model::PlanLine &line : plan.lines) {
        if (line.level != model::PlanLine::Level::Bad)
            continue;
        reasons += line.text;
        if (!line.action.isEmpty())
            actions += line.action;
    }
    return fail(ErrorCode::LimitExceeded, tr("This run cannot start here: %1.").arg(reasons.join(QStringLiteral("; "))),
                actions.join(QLatin1Char(' ')));
}

Status Workbench::checkGroups(const RunRequest &request) const
{
    ATHANOR_ASSIGN(const QList<model::ParameterGroup> groups,
                   model::parseParameterGroups(request.settings.value(QLatin1String("groups")).toString()));
    if (groups.isEmpty() || request.teaching.value(QLatin1String("kind")).toString() == QLatin1String("labels"))
        return {};
    ATHANOR_ASSIGN(const project::Model stored, m_project->model(request.model));
    ATHANOR_ASSIGN(const QStringList names, interop::weightNames(*m_plugins, stored.architecture));
    return names.isEmpty() ? Status() : model::checkGroups(groups, names);
}

Result<model::PlanInput> Workbench::runInput(const RunRequest &request, const QJsonObject &settings) const
{
    ATHANOR_ASSIGN(const project::Model stored, m_project->model(request.model));
    ATHANOR_ASSIGN(const project::Dataset dataset, m_project->dataset(request.dataset));
    ATHANOR_TRY(checkGroups(request));
    ATHANOR_ASSIGN(const RunRequest complete, completed(*m_plugins, request, stored, dataset));
    ATHANOR_TRY(checkWidth(*m_plugins, complete, settings, stored.architecture));
    ATHANOR_TRY(checkReading(settings, complete.teaching, stored.architecture));
    model::PlanInput input = textInput({m_project.get(), m_plugins, path()}, stored.architecture, stored.tokenizer, dataset.name, settings);
    ATHANOR_TRY(applyFineTuning(*m_plugins, complete, input));
    if (!complete.teaching.isEmpty()) {
        ATHANOR_ASSIGN(const QJsonObject counts, recordCounts(recordRequest(*this, *m_project, complete, stored, dataset)));
        applyRecords(counts, rowTokens(counts, complete.teaching, settings, input.shape.context, model::hasEncoder(stored.architecture)), input);
    }
    if (const auto spec = runSpec(request))
        input.measured = measuredBefore(path(), measureKey(spec->parameters));
    return input;
}

Result<model::Plan> Workbench::plan(const RunRequest &request) const
{
    ATHANOR_ASSIGN(const project::Model stored, m_project->model(request.model));
    ATHANOR_ASSIGN(const project::Dataset dataset, m_project->dataset(request.dataset));
    ATHANOR_ASSIGN(const QJsonObject settings, model::trainingSettings(*m_plugins).validate(request.settings));
    ATHANOR_TRY(checkPrecision(settings));
    ATHANOR_ASSIGN(const model::PlanInput input, runInput(request, settings));
    ATHANOR_ASSIGN(model::Plan plan, planOf(*m_project, *m_plugins, settings, input));
    ATHANOR_TRY(addMixture(*m_project, dataset, settings, bytesPerToken(*m_project, stored.tokenizer), plan));
    return plan;
}

Result<Workbench::LargestBatch> Workbench::largestBatch(const RunRequest &request) const
{
    ATHANOR_ASSIGN(const QJsonObject settings, model::trainingSettings(*m_plugins).validate(request.settings));
    ATHANOR_ASSIGN(const model::PlanInput input, runInput(request, settings));
    LargestBatch largest;
    ATHANOR_ASSIGN(largest.batch, model::largestBatch(*m_plugins, input.architecture, input.shape, input.checkpointing, model::availableMemory(input)));
    RunRequest larger = request;
    larger.settings.insert(QStringLiteral("batch"), largest.batch);
    ATHANOR_ASSIGN(largest.plan, plan(larger));
    return largest;
}

Result<model::Plan> Workbench::planArchitecture(const QJsonObject &architecture, const QString &tokenizerName,
                                                const QString &datasetName, const QJsonObject &partialSettings) const
{
    ATHANOR_ASSIGN(const QJsonObject settings, model::trainingSettings(*m_plugins).validate(partialSettings));
    const PlanSources sources{m_project.get(), m_plugins, path()};
    return planOf(*m_project, *m_plugins, settings, textInput(sources, architecture, tokenizerName, datasetName, settings));
}

Result<job::Folder> Workbench::startRun(const RunRequest &request)
{
    ATHANOR_ASSIGN(const model::Plan forecast, plan(request));
    if (!forecast.canStart)
        return refused(forecast);
    ATHANOR_ASSIGN(job::Spec spec, runSpec(request));
    spec.parameters.insert(QStringLiteral("forecast"), model::toJson(forecast));
    return m_queue->add(spec);
}

/// The whole job, references to earlier ones resolved.
Result<job::Spec> Workbench::runSpec(const RunRequest &request) const
{
    ATHANOR_ASSIGN(const QJsonObject settings, model::trainingSettings(*m_plugins).validate(request.settings));
    ATHANOR_ASSIGN(const project::Model stored, m_project->model(request.model));
    ATHANOR_ASSIGN(const project::Dataset dataset, m_project->dataset(request.dataset));
    ATHANOR_ASSIGN(const project::Tokenizer tokenizer,
                   m_project->tokenizer(stored.tokenizerSha256.isEmpty() ? stored.tokenizer : stored.tokenizerSha256));
    const qint64 vocabulary = model::dimension(stored.architecture, "vocabulary");
    if (vocabulary < tokenizer.vocabulary)
        return fail(ErrorCode::InvalidInput,
                    tr("The model “%1” knows %2 tokens, the tokenizer “%3” has %4.")
                        .arg(stored.name).arg(vocabulary).arg(tokenizer.name).arg(tokenizer.vocabulary),
                    tr("Create the model again with this tokenizer."));
    ATHANOR_ASSIGN(const RunRequest complete, completed(*m_plugins, request, stored, dataset));
    job::Spec spec = trainSpec(*m_plugins, complete, stored.architecture,
                               {dataset.corpus, dataset.corpusSha256, tokenizer.path, tokenizer.sha256, dataset.name},
                               settings);
    ATHANOR_ASSIGN(const QJsonObject sources, mixtureParameters(*m_project, dataset, settings));
    spec.parameters = merged(spec.parameters, sources);
    return spec;
}

Result<job::Folder> Workbench::cloneRun(const QString &runId, const model::TrainingAssignments &changes)
{
    ATHANOR_ASSIGN(const project::Run run, m_project->run(runId));
    return startRun(changed(*m_plugins, requestOf(run), changes));
}

Result<job::Folder> Workbench::forkRun(const QString &checkpoint, const model::TrainingAssignments &changes)
{
    ATHANOR_ASSIGN(const project::Checkpoint row, m_project->checkpoint(checkpoint));
    ATHANOR_ASSIGN(const project::Run run, m_project->run(row.runId));
    RunRequest request = changed(*m_plugins, requestOf(run), changes);
    request.from = row.path;
    request.title = tr("Training %1 on from step %2").arg(run.model).arg(row.step);
    return startRun(request);
}

Result<job::Folder> Workbench::reproduceRun(const QString &runId)
{
    ATHANOR_ASSIGN(const project::Run run, m_project->run(runId));
    if (run.facts.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("The run “%1” has not finished, so there is nothing to compare with.").arg(run.title),
                    tr("Let it finish, or resume it, then reproduce it."));
    ATHANOR_ASSIGN(const job::Folder original, job::Folder::open(path(), runId));
    job::Spec spec = original.spec();
    spec.id.clear();
    spec.after.clear();
    spec.created = QDateTime::currentDateTimeUtc();
    spec.title = tr("Reproducing %1").arg(run.title);
    spec.command = QStringLiteral("athanor-cli run reproduce ") + runId;
    spec.parameters = run.parameters;  // references resolved when it was taken in
    spec.parameters.remove(QStringLiteral("sweep"));  // it would be one of its runs, and could be ended as hopeless
    QJsonObject expectation{{QStringLiteral("run"), runId},
                            {QStringLiteral("weightsSha256"), run.facts.value(QLatin1String("weightsSha256"))},
                            {QStringLiteral("optimizerSha256"), run.facts.value(QLatin1String("optimizerSha256"))},
                            {QStringLiteral("steps"), run.facts.value(QLatin1String("steps"))}};
    if (const auto recorded = readJsonFile(original.path() + QStringLiteral("/plan.json")))
        expectation.insert(QStringLiteral("plan"), *recorded);
    spec.parameters.insert(QStringLiteral("expect"), expectation);
    return m_queue->add(spec);
}

Status Workbench::checkpointRun(const QString &runId)
{
    ATHANOR_ASSIGN(job::Folder folder, job::Folder::open(path(), runId));
    if (folder.spec().kind != QLatin1String("train") || folder.summary().state != job::State::Running)
        return fail(ErrorCode::InvalidInput, tr("The run %1 is not running.").arg(runId), tr("“athanor-cli run show %1” lists the checkpoints that it has.").arg(runId));
    ATHANOR_TRY(folder.sendControl(QStringLiteral("checkpoint")));
    return {};
}

Result<job::Folder> Workbench::measureRun(const RunRequest &request)
{
    ATHANOR_ASSIGN(const model::Plan forecast, plan(request));
    if (!forecast.canStart)  // measuring takes the memory of the run
        return refused(forecast);
    ATHANOR_ASSIGN(const job::Spec run, runSpec(request));
    job::Spec spec;
    spec.kind = QStringLiteral("measure");
    spec.title = tr("Measuring what training %1 takes").arg(request.model);
    spec.created = QDateTime::currentDateTimeUtc();
    spec.parameters = run.parameters;
    spec.parameters.insert(QStringLiteral("measureKey"), measureKey(run.parameters));
    return m_queue->add(spec);
}

Result<job::Folder> Workbench::probe(const QJsonObject &architecture, const model::TrainingShape &shape)
{
    job::Spec spec;
    spec.kind = QStringLiteral("probe");
    spec.title = tr("Measuring the speed of this machine");
    spec.created = QDateTime::currentDateTimeUtc();
    spec.parameters = {{QStringLiteral("architecture"), architecture},
                       {QStringLiteral("shape"), QJsonObject{{QStringLiteral("batch"), shape.batch},
                                                             {QStringLiteral("context"), shape.context},
                                                             {QStringLiteral("bf16"), shape.bf16},
                                                             {QStringLiteral("optimizer"), shape.optimizer}}}};
    return m_queue->add(spec);
}

Result<job::Folder> Workbench::evaluate(const QString &model, const QString &datasetOrFile, const EvaluationExtent &extent)
{
    ATHANOR_ASSIGN(const QString checkpoint, resolveCheckpoint(model));
    job::Spec spec = evaluateSpec(tr("Evaluating %1").arg(wordsFor(*m_project, checkpoint, model)), checkpoint);
    if (const auto dataset = m_project->dataset(datasetOrFile)) {
        if (dataset->facts.value(QLatin1String("content")).toString() == QLatin1String("records"))
            return fail(ErrorCode::InvalidInput, tr("“%1” holds records, not a text: bits per byte of its lines would say nothing.").arg(datasetOrFile),
                        tr("How well a model answers its held-out records stands in the result of a run that was taught them."));
        spec.parameters.insert(QStringLiteral("corpus"), dataset->corpus);
        spec.parameters.insert(QStringLiteral("corpusSha256"), dataset->corpusSha256);
        spec.parameters.insert(QStringLiteral("split"), QStringLiteral("validation"));
    } else if (QFileInfo::exists(datasetOrFile)) {
        spec.parameters.insert(QStringLiteral("file"), QFileInfo(datasetOrFile).absoluteFilePath());
    } else {
        return fail(ErrorCode::NotFound, tr("There is no dataset and no file “%1”.").arg(datasetOrFile),
                    tr("“athanor-cli dataset list” shows the datasets."));
    }
    if (extent.documents > 0)
        spec.parameters.insert(QStringLiteral("limitDocuments"), extent.documents);
    if (!extent.samples.isEmpty()) {
        if (!QFileInfo(QFileInfo(extent.samples).absolutePath()).isDir())
            return fail(ErrorCode::NotFound, tr("There is no folder “%1” for the scores.").arg(QFileInfo(extent.samples).absolutePath()), tr("Make it first, or choose another place."));
        if (spec.parameters.contains(QStringLiteral("file")))
            ATHANOR_TRY(checkNotOver(datasetOrFile, extent.samples));
        spec.parameters.insert(QStringLiteral("samples"), extent.samples);
    }
    spec.command = evaluateCommand(model, datasetOrFile, extent);
    return m_queue->add(spec);
}

Result<job::Folder> Workbench::generate(const QString &model, const QJsonObject &request)
{
    ATHANOR_ASSIGN(const QString checkpoint, resolveCheckpoint(model));
    job::Spec spec;
    spec.kind = QStringLiteral("generate");
    spec.title = tr("Continuing a text with %1").arg(wordsFor(*m_project, checkpoint, model));
    spec.created = QDateTime::currentDateTimeUtc();
    spec.device.clear();  // light: a run in training goes on beside it
    spec.parameters = merged(request, {{QStringLiteral("checkpoint"), checkpoint}});
    spec.command = generateCommand(model, request);
    return m_queue->add(spec);
}

Result<job::Folder> Workbench::answerPrompts(const PromptsRequest &request)
{
    ATHANOR_ASSIGN(const QString checkpoint, resolveCheckpoint(request.model));
    if (!QFileInfo(request.file).isFile())
        return fail(ErrorCode::NotFound, tr("There is no file “%1”.").arg(request.file), tr("Choose a file with one prompt a line, or JSON Lines."));
    if (!request.to.isEmpty() && !QFileInfo(QFileInfo(request.to).absolutePath()).isDir())
        return fail(ErrorCode::NotFound, tr("There is no folder “%1” for the answers.").arg(QFileInfo(request.to).absolutePath()), tr("Make it first, or choose another place."));
    if (QFileInfo(request.to).isDir() && !request.to.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("“%1” is a folder.").arg(request.to), tr("Name the file for the answers."));
    if (!request.to.isEmpty())
        ATHANOR_TRY(checkNotOver(request.file, request.to));
    return m_queue->add(promptsSpec(request, tr("Answering %1 with %2").arg(QFileInfo(request.file).fileName(), wordsFor(*m_project, checkpoint, request.model)), checkpoint));
}

Result<job::Folder> Workbench::chat(const QString &model, const QString &weights)
{
    ATHANOR_ASSIGN(const QString checkpoint, resolveCheckpoint(model));
    job::Spec spec;
    spec.kind = QStringLiteral("chat");
    spec.title = tr("Chat with %1").arg(wordsFor(*m_project, checkpoint, model));
    spec.created = QDateTime::currentDateTimeUtc();
    spec.device.clear();
    spec.parameters = {{QStringLiteral("checkpoint"), checkpoint}};
    if (!weights.isEmpty())
        spec.parameters.insert(QStringLiteral("weights"), weights);
    return m_queue->add(spec);
}

}  // namespace athanor::workbench
