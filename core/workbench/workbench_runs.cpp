// Runs and what comes after them: plan, start, clone, fork, reproduce, evaluate, generate, chat.
#include "core/base/atomic_file.h"
#include "core/model/training_settings.h"
#include "core/workbench/estimate.h"
#include "core/workbench/specs.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
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

/// "small-13M, step 1000" for a checkpoint of the project; what the person wrote for anything else.
QString wordsFor(const project::Project &project, const QString &checkpoint, const QString &written)
{
    const auto row = project.checkpoint(checkpoint);
    if (!row)
        return written;
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
    return request;
}

QJsonObject merged(QJsonObject base, const QJsonObject &changes)
{
    for (auto it = changes.begin(); it != changes.end(); ++it)
        base.insert(it.key(), it.value());
    return base;
}

}  // namespace

Result<model::Plan> Workbench::plan(const RunRequest &request) const
{
    ATHANOR_ASSIGN(const project::Model stored, m_project->model(request.model));
    ATHANOR_ASSIGN(const project::Dataset dataset, m_project->dataset(request.dataset));
    return planArchitecture(stored.architecture, stored.tokenizer, dataset.name, request.settings);
}

Result<model::Plan> Workbench::planArchitecture(const QJsonObject &architecture, const QString &tokenizerName,
                                                const QString &datasetName, const QJsonObject &partialSettings) const
{
    ATHANOR_ASSIGN(const QJsonObject settings, model::trainingSchema().validate(partialSettings));
    double bytesPerToken = kTypicalBytesPerToken;
    if (const auto tokenizer = m_project->tokenizer(tokenizerName); tokenizer && tokenizer->bytesPerToken > 0)
        bytesPerToken = tokenizer->bytesPerToken;
    double trainBytes = 0;
    if (const auto dataset = m_project->dataset(datasetName)) {
        const QJsonObject splits = dataset->facts.value(QLatin1String("splits")).toObject();
        trainBytes = splits.value(QLatin1String("train")).toObject().value(QLatin1String("bytes")).toDouble();
    }
    model::PlanInput input = planInput(*m_plugins, architecture, settings, path());
    input.trainTokens = static_cast<qint64>(trainBytes / bytesPerToken);
    applyBudget(settings, input);
    if (const auto speed = measuredSpeed(*m_project, *m_plugins, architecture, input.shape))
        input.flopsPerSecond = *speed;
    return model::plan(*m_plugins, input);
}

Result<job::Folder> Workbench::startRun(const RunRequest &request)
{
    ATHANOR_ASSIGN(const model::Plan forecast, plan(request));
    if (!forecast.canStart)
        return refused(forecast);
    return queueRun(request, {{QStringLiteral("forecast"), model::toJson(forecast)}});
}

Result<job::Folder> Workbench::queueRun(const RunRequest &request, const QJsonObject &extra)
{
    ATHANOR_ASSIGN(const QJsonObject settings, model::trainingSchema().validate(request.settings));
    ATHANOR_ASSIGN(const project::Model stored, m_project->model(request.model));
    ATHANOR_ASSIGN(const project::Dataset dataset, m_project->dataset(request.dataset));
    ATHANOR_ASSIGN(const project::Tokenizer tokenizer,
                   m_project->tokenizer(stored.tokenizerSha256.isEmpty() ? stored.tokenizer : stored.tokenizerSha256));
    const qint64 vocabulary = stored.architecture.value(QLatin1String("dimensions")).toObject().value(QLatin1String("vocabulary")).toInteger();
    if (vocabulary < tokenizer.vocabulary)
        return fail(ErrorCode::InvalidInput,
                    tr("The model “%1” knows %2 tokens, the tokenizer “%3” has %4.")
                        .arg(stored.name).arg(vocabulary).arg(tokenizer.name).arg(tokenizer.vocabulary),
                    tr("Create the model again with this tokenizer."));
    job::Spec spec = trainSpec(request, stored.architecture,
                               {dataset.corpus, dataset.corpusSha256, tokenizer.path, tokenizer.sha256, dataset.name},
                               settings);
    spec.parameters = merged(spec.parameters, extra);
    return m_queue->add(spec);
}

Result<job::Folder> Workbench::cloneRun(const QString &runId, const QJsonObject &changedSettings)
{
    ATHANOR_ASSIGN(const project::Run run, m_project->run(runId));
    RunRequest request = requestOf(run);
    request.settings = merged(request.settings, changedSettings);
    return startRun(request);
}

Result<job::Folder> Workbench::forkRun(const QString &checkpoint, const QJsonObject &changedSettings)
{
    ATHANOR_ASSIGN(const project::Checkpoint row, m_project->checkpoint(checkpoint));
    ATHANOR_ASSIGN(const project::Run run, m_project->run(row.runId));
    RunRequest request = requestOf(run);
    request.settings = merged(request.settings, changedSettings);
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
    QJsonObject expectation{{QStringLiteral("run"), runId},
                            {QStringLiteral("weightsSha256"), run.facts.value(QLatin1String("weightsSha256"))},
                            {QStringLiteral("optimizerSha256"), run.facts.value(QLatin1String("optimizerSha256"))},
                            {QStringLiteral("steps"), run.facts.value(QLatin1String("steps"))}};
    if (const auto recorded = readJsonFile(original.path() + QStringLiteral("/plan.json")))
        expectation.insert(QStringLiteral("plan"), *recorded);
    spec.parameters.insert(QStringLiteral("expect"), expectation);
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

Result<job::Folder> Workbench::evaluate(const QString &model, const QString &datasetOrFile)
{
    ATHANOR_ASSIGN(const QString checkpoint, resolveCheckpoint(model));
    job::Spec spec = evaluateSpec(tr("Evaluating %1").arg(wordsFor(*m_project, checkpoint, model)), checkpoint);
    if (const auto dataset = m_project->dataset(datasetOrFile)) {
        spec.parameters.insert(QStringLiteral("corpus"), dataset->corpus);
        spec.parameters.insert(QStringLiteral("corpusSha256"), dataset->corpusSha256);
        spec.parameters.insert(QStringLiteral("split"), QStringLiteral("validation"));
    } else if (QFileInfo::exists(datasetOrFile)) {
        spec.parameters.insert(QStringLiteral("file"), QFileInfo(datasetOrFile).absoluteFilePath());
    } else {
        return fail(ErrorCode::NotFound, tr("There is no dataset and no file “%1”.").arg(datasetOrFile),
                    tr("“athanor-cli project info” shows the datasets."));
    }
    spec.command = evaluateCommand(model, datasetOrFile);
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

Result<job::Folder> Workbench::chat(const QString &model)
{
    ATHANOR_ASSIGN(const QString checkpoint, resolveCheckpoint(model));
    job::Spec spec;
    spec.kind = QStringLiteral("chat");
    spec.title = tr("Chat with %1").arg(wordsFor(*m_project, checkpoint, model));
    spec.created = QDateTime::currentDateTimeUtc();
    spec.device.clear();
    spec.parameters = {{QStringLiteral("checkpoint"), checkpoint}};
    return m_queue->add(spec);
}

}  // namespace athanor::workbench
