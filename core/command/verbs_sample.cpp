// sample create | run: the documentation of Python, from HTML to a trained model.
#include "core/base/format.h"
#include "core/base/locations.h"
#include "core/command/verb.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>

namespace athanor::command {

namespace {

constexpr char kSampleLicence[] = "PSF-2.0";

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString sampleFolder(const Session &session)
{
    const QString given = session.arguments.word(0);
    return given.isEmpty() ? userDataFolder() + QStringLiteral("/sample") : QFileInfo(given).absoluteFilePath();
}

// Makes the project with its source, or opens the one that is there.
Status prepareSample(Session &session)
{
    const QString folder = sampleFolder(session);
    ATHANOR_ASSIGN(const QString documents, workbench::sampleDocumentsFolder());
    if (!project::Project::isProject(folder)) {
        ATHANOR_ASSIGN(const auto made, workbench::Workbench::create(folder, tr("Python documentation"), session.plugins()));
        ATHANOR_TRY(made->addSource(documents, QLatin1String(kSampleLicence)));
        ATHANOR_TRY(made->setObjective({{QStringLiteral("task"), QStringLiteral("continue")},
                                        {QStringLiteral("domain"), tr("the documentation of Python")},
                                        {QStringLiteral("languages"), QJsonArray{QStringLiteral("en")}}}));
    }
    session.setProjectPath(folder);
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Source> sources, bench->project().sources());
    if (sources.isEmpty())
        ATHANOR_TRY(bench->addSource(documents, QLatin1String(kSampleLicence)));
    return {};
}

Status createSample(Session &session)
{
    ATHANOR_TRY(prepareSample(session));
    session.print(session.projectPath());
    session.emitJson({{QStringLiteral("project"), session.projectPath()}});
    return {};
}

Result<QJsonObject> stage(Session &session, const QString &jobId, const QString &line)
{
    session.note(QStringLiteral("\n") + line);
    ATHANOR_ASSIGN(const job::Folder folder, job::Folder::open(session.projectPath(), jobId));
    return session.follow(folder, Session::OnInterrupt::CancelJob);
}

QString figure(const QJsonObject &object, const char *key)
{
    return formatReal(object.value(QLatin1String(key)).toDouble());
}

// ---- a model that exists, continued on the same documents

// The newest finished run of the sample from scratch with this budget, so that it need not be run again.
std::optional<project::Run> scratchRun(workbench::Workbench &bench, double minutes)
{
    const auto runs = bench.project().runs();
    for (const project::Run &run : runs ? *runs : QList<project::Run>()) {
        const bool isScratch = run.parameters.value(QLatin1String("from")).toString().isEmpty();
        const QJsonObject settings = run.parameters.value(QLatin1String("settings")).toObject();
        if (isScratch && run.state == QLatin1String("finished") && !run.bestCheckpoint.isEmpty()
            && settings.value(QLatin1String("budget_kind")).toString() == QLatin1String("time") && settings.value(QLatin1String("budget")).toDouble() == minutes)
            return run;
    }
    return std::nullopt;
}

// The project's model that came from there; brought in when it is not there yet.
Result<QString> importedBase(Session &session, workbench::Workbench &bench, const QString &source)
{
    ATHANOR_ASSIGN(const QList<project::Model> models, bench.project().models());
    for (const project::Model &model : models)
        if (!model.base.isEmpty() && (model.name == source || model.name == workbench::Workbench::suggestedModelName(source)))
            return model.name;
    ATHANOR_ASSIGN(const job::Folder import, bench.importModel(source, {}));
    for (const QString &id : import.spec().after)
        ATHANOR_TRY(stage(session, id, tr("Downloading the base model")));
    ATHANOR_ASSIGN(const QJsonObject result, stage(session, import.spec().id, tr("Bringing in the base model")));
    return result.value(QLatin1String("name")).toString();
}

Status continueSample(Session &session, double minutes, const QString &scratchRunId)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const project::Run scratch, bench->project().run(scratchRunId));
    ATHANOR_ASSIGN(const QString name, importedBase(session, *bench, session.arguments.value(QStringLiteral("base"))));
    ATHANOR_ASSIGN(const project::Model base, bench->project().model(name));
    workbench::RunRequest request;
    request.model = name;
    request.dataset = workbench::samplePipeline().dataset;
    request.settings = workbench::sampleContinuation(minutes, base.architecture);
    request.title = tr("%1 continued on the Python documentation").arg(name);
    ATHANOR_ASSIGN(const job::Folder started, bench->startRun(request));
    const QString runId = started.spec().id;
    ATHANOR_ASSIGN(const QJsonObject training, stage(session, runId, tr("Training %1 further").arg(name)));
    const QString report = session.projectPath() + QStringLiteral("/report-%1.html").arg(name);
    ATHANOR_TRY(bench->writeReport(runId, report));
    session.print(tr("On documents that neither has seen, after %1 of training each: %2 from scratch %3 bits per byte, %4 continued %5 (%6 before).")
                      .arg(formatDuration(60 * minutes), scratch.model, formatReal(scratch.bitsPerByte), name, figure(training, "bitsPerByte"), figure(training, "startBitsPerByte")));
    session.print(tr("Report: %1").arg(report));
    session.emitJson({{QStringLiteral("project"), session.projectPath()}, {QStringLiteral("run"), runId}, {QStringLiteral("report"), report}, {QStringLiteral("model"), name},
                      {QStringLiteral("training"), training}, {QStringLiteral("scratchRun"), scratch.id},
                      {QStringLiteral("scratchBitsPerByte"), scratch.bitsPerByte}});
    return {};
}

Status runScratch(Session &session);

Status runSample(Session &session)
{
    if (!session.arguments.has(QStringLiteral("base")))
        return runScratch(session);
    ATHANOR_ASSIGN(const double minutes, session.arguments.real(QStringLiteral("minutes"), 8, 0.05, 100000));
    ATHANOR_TRY(prepareSample(session));
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    std::optional<project::Run> scratch = scratchRun(*bench, minutes);
    if (!scratch) {
        ATHANOR_TRY(runScratch(session));
        ATHANOR_ASSIGN(bench, session.workbench());
        scratch = scratchRun(*bench, minutes);
    }
    if (!scratch)
        return fail(ErrorCode::External, tr("The run from scratch, to compare with, has not finished."), tr("“athanor-cli run list” shows it."));
    return continueSample(session, minutes, scratch->id);
}

Status runScratch(Session &session)
{
    QElapsedTimer clock;
    clock.start();
    ATHANOR_TRY(prepareSample(session));
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    workbench::PipelineRequest request = workbench::samplePipeline();
    if (session.arguments.has(QStringLiteral("minutes"))) {
        ATHANOR_ASSIGN(const double minutes, session.arguments.real(QStringLiteral("minutes"), 8, 0.05, 100000));
        request.trainingSettings.insert(QStringLiteral("budget"), minutes);
    }
    session.note(tr("The sample: a language model of the Python documentation, in %1.").arg(session.projectPath()));
    const QString wanted = request.model;  // a model that was trained already stays; the next one gets a number
    for (int number = 2;; ++number) {
        const auto existing = bench->project().model(request.model);
        if (!existing)
            break;
        request.model = wanted + QStringLiteral("-%1").arg(number);
    }
    ATHANOR_ASSIGN(const workbench::Pipeline jobs, bench->startPipeline(request));
    ATHANOR_ASSIGN(const QJsonObject data, stage(session, jobs.curateJob, tr("1 of 4  Documents")));
    session.note(tr("kept %1 documents, removed %2, unreadable %3").arg(data.value(QLatin1String("kept")).toInteger()).arg(data.value(QLatin1String("removed")).toInteger()).arg(data.value(QLatin1String("unreadable")).toInteger()));
    ATHANOR_ASSIGN(const QJsonObject tokenizer, stage(session, jobs.tokenizerJob, tr("2 of 4  Tokenizer")));
    session.note(tr("%1 tokens in the vocabulary, %2 bytes a token").arg(tokenizer.value(QLatin1String("vocabulary")).toInteger()).arg(figure(tokenizer, "bytesPerToken")));
    ATHANOR_ASSIGN(const QJsonObject training, stage(session, jobs.trainJob, tr("3 of 4  Training")));
    session.note(tr("%1 steps, %2 tokens in %3").arg(training.value(QLatin1String("steps")).toInteger()).arg(formatCount(training.value(QLatin1String("tokens")).toDouble()), formatDuration(training.value(QLatin1String("seconds")).toDouble())));
    ATHANOR_ASSIGN(const QJsonObject evaluation, stage(session, jobs.evaluateJob, tr("4 of 4  Evaluation")));

    ATHANOR_ASSIGN(const job::Folder continued, bench->generate(jobs.trainJob, QJsonObject{{QStringLiteral("prompt"), QStringLiteral("The json module")}, {QStringLiteral("maxTokens"), 120},
                                                                               {QStringLiteral("temperature"), 0.7}, {QStringLiteral("topP"), 0.95}, {QStringLiteral("seed"), 1}}));
    ATHANOR_ASSIGN(const QJsonObject text, session.follow(continued, Session::OnInterrupt::CancelJob));
    const QString report = session.projectPath() + QStringLiteral("/report.html");
    ATHANOR_TRY(bench->writeReport(jobs.trainJob, report));

    session.print({});
    session.print(tr("On documents it has not seen: %1 bits per byte (gzip -9 %2, xz -9e %3, before training %4).")
                      .arg(figure(evaluation, "bitsPerByte"), figure(evaluation, "gzipBitsPerByte"), figure(evaluation, "xzBitsPerByte"), figure(training, "startBitsPerByte")));
    session.print(tr("It continues “The json module” so:"));
    session.print(QStringLiteral("The json module") + text.value(QLatin1String("text")).toString());
    session.print({});
    session.print(tr("Report: %1").arg(report));
    session.print(tr("Took %1. To go on: athanor %2").arg(formatDuration(static_cast<double>(clock.elapsed()) / 1000), session.projectPath()));
    if (session.arguments.has(QStringLiteral("base")))
        return {};  // the comparison that follows is the answer
    session.emitJson({{QStringLiteral("project"), session.projectPath()}, {QStringLiteral("run"), jobs.trainJob}, {QStringLiteral("report"), report},
                      {QStringLiteral("data"), data}, {QStringLiteral("tokenizer"), tokenizer}, {QStringLiteral("training"), training},
                      {QStringLiteral("evaluation"), evaluation}, {QStringLiteral("continuation"), text.value(QLatin1String("text"))},
                      {QStringLiteral("seconds"), static_cast<double>(clock.elapsed()) / 1000}});
    return {};
}

}  // namespace

QList<Verb> sampleVerbs()
{
    const QString noun = QStringLiteral("sample");
    return {
        {noun, QStringLiteral("create"), QStringLiteral("[DIR]"), tr("Makes the sample project, ready to train."), 0, 1, {}, createSample},
        {noun, QStringLiteral("run"), QStringLiteral("[DIR]"), tr("The whole sample: documents, tokenizer, training, evaluation, report."), 0, 1,
         {{QStringLiteral("minutes"), QStringLiteral("N"), tr("minutes of training; 8 when left out")},
          {QStringLiteral("base"), QStringLiteral("MODEL"), tr("also continue this model (folder, GGUF file, address, or one of the project) for as long, and compare")}}, runSample},
    };
}

}  // namespace athanor::command
