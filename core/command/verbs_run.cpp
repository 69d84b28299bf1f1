// run start | plan | list | show | resume | stop | pause | clone | fork | reproduce | delete | compare | report
#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/command/inside_table.h"
#include "core/command/verb.h"
#include "core/insight/left_out_words.h"
#include "core/job/metrics.h"
#include "core/model/forecast_and_truth.h"
#include "core/model/schedule_course.h"
#include "core/model/training_settings.h"
#include "core/project/checkpoint_facts.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace athanor::command {

namespace {

constexpr int kCoursePoints = 101;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString finishedLine(const QString &id, const QJsonObject &result)
{
    const qint64 steps = result.value(QLatin1String("steps")).toInteger();
    if (result.contains(QLatin1String("accuracy")))
        return tr("Finished %1: %2 steps, %3 % of the held-out labels are right (macro F1 %4).").arg(id).arg(steps)
            .arg(formatReal(100 * result.value(QLatin1String("accuracy")).toDouble(), 3), formatReal(result.value(QLatin1String("macroF1")).toDouble(), 3));
    if (result.contains(QLatin1String("maskedAccuracy"))) {
        const auto percent = [&](const char *key) { return formatReal(100 * result.value(QLatin1String(key)).toDouble(), 3); };
        QString line = tr("Finished %1: %2 steps, %3 % of the held-out hidden tokens are found").arg(id).arg(steps).arg(percent("maskedAccuracy"));
        if (result.contains(QLatin1String("nextSentenceAccuracy")))
            line += tr(", %1 % of the pairs of passages judged right").arg(percent("nextSentenceAccuracy"));
        return line + QLatin1Char('.');
    }
    if (!(result.value(QLatin1String("bitsPerByte")).toDouble() > 0))
        return tr("Finished %1: %2 steps. Nothing was held out, so it could not be measured on unseen text.").arg(id).arg(steps);
    return tr("Finished %1: %2 steps, validation %3 bits per byte (started at %4).")
        .arg(id)
        .arg(steps)
        .arg(formatReal(result.value(QLatin1String("bitsPerByte")).toDouble()),
             formatReal(result.value(QLatin1String("startBitsPerByte")).toDouble()));
}

// Starts, or starts and waits, and says how to go on.
Status startedOrFinished(Session &session, const job::Folder &folder)
{
    const QString id = folder.spec().id;
    if (!session.arguments.has(QStringLiteral("wait"))) {
        session.print(tr("Started %1. “athanor-cli job follow %1” shows it.").arg(id));
        session.emitJson({{QStringLiteral("run"), id}, {QStringLiteral("state"), QStringLiteral("started")}});
        return {};
    }
    ATHANOR_ASSIGN(QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
    session.print(finishedLine(id, result));
    if (result.contains(QLatin1String("reproduced")))
        session.print(result.value(QLatin1String("reproduced")).toBool() ? tr("Reproduced: the weights are identical, bit for bit.")
                                                                         : tr("Not reproduced: the weights differ."));
    result.insert(QStringLiteral("run"), id);
    session.emitJson(result);
    if (result.contains(QLatin1String("reproduced")) && !result.value(QLatin1String("reproduced")).toBool())
        return fail(ErrorCode::External, tr("The run came out differently."),
                    tr("The same processor features, thread count and program version are needed for equal bits; the run's log names them."));
    return {};
}

Status startRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const workbench::RunRequest request, runRequestOf(session));
    ATHANOR_ASSIGN(const job::Folder folder, bench->startRun(request));
    return startedOrFinished(session, folder);
}

// With --largest-batch as many sequences at once as fit; with --measure a few steps of that, so that the plan knows them.
Status prepareForPlan(Session &session, workbench::Workbench &bench, workbench::RunRequest &request)
{
    if (session.arguments.has(QStringLiteral("largest-batch"))) {
        ATHANOR_ASSIGN(const workbench::Workbench::LargestBatch largest, bench.largestBatch(request));
        session.print(tr("The largest batch that fits is %1 sequences at once: --set batch=%1").arg(largest.batch));
        request.settings.insert(QStringLiteral("batch"), largest.batch);
    }
    if (!session.arguments.has(QStringLiteral("measure")))
        return {};
    const auto folder = bench.measureRun(request);
    if (!folder && folder.error().code == ErrorCode::LimitExceeded) {  // the plan that follows says why
        session.note(tr("Not measured: the run cannot start as it is."));
        return {};
    }
    if (!folder)
        return fail(folder.error());
    ATHANOR_TRY(session.follow(*folder, Session::OnInterrupt::CancelJob));
    return {};
}

QJsonArray listOf(const std::vector<double> &numbers)
{
    QJsonArray list;
    for (const double number : numbers)
        list += number;
    return list;
}

Status planRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(workbench::RunRequest request, runRequestOf(session));
    ATHANOR_TRY(prepareForPlan(session, *bench, request));
    ATHANOR_ASSIGN(const model::Plan plan, bench->plan(request));
    session.print(tr("%1 parameters · %2 · %3 tokens, %4 passes · %5 tokens/s%6")
                      .arg(formatCount(static_cast<double>(plan.accounting.parameters)), formatDuration(plan.seconds),
                           formatCount(static_cast<double>(plan.tokens)), formatReal(plan.passes, 2), formatCount(plan.tokensPerSecond),
                           plan.tokensPerSecondMeasured ? QString() : tr(" (estimated)")));
    session.print(tr("memory %1 · disk %2").arg(formatMemory(plan.accounting.trainingBytes), formatBytes(plan.diskBytes)));
    session.print(tr("by the formulas: %1").arg(model::memoryText(plan.accounting)));
    for (const model::PlanLine &line : plan.lines)
        session.print(QStringLiteral("  %1 %2%3").arg(line.level == model::PlanLine::Level::Good ? QStringLiteral("+") : QStringLiteral("!"), line.text,
                                                      line.action.isEmpty() ? QString() : QStringLiteral(" — ") + line.action));
    QJsonObject object = model::toJson(plan);
    if (const auto course = model::scheduleCourse(session.plugins(), request.settings, kCoursePoints)) {
        session.print(tr("learning rate %1 at first, %2 at its peak, %3 at the end")
                          .arg(formatReal(course->front(), 2), formatReal(*std::max_element(course->begin(), course->end()), 2), formatReal(course->back(), 2)));
        object.insert(QStringLiteral("learningRates"), listOf(*course));
    }
    session.emitJson(object);
    return {};
}

QJsonObject runJson(const project::Run &run)
{
    return {{QStringLiteral("id"), run.id}, {QStringLiteral("title"), run.title}, {QStringLiteral("model"), run.model},
            {QStringLiteral("dataset"), run.dataset}, {QStringLiteral("state"), run.state}, {QStringLiteral("steps"), run.steps},
            {QStringLiteral("tokens"), run.tokens}, {QStringLiteral("bestCheckpoint"), run.bestCheckpoint},
            {QStringLiteral("bitsPerByte"), std::isnan(run.bitsPerByte) ? QJsonValue() : QJsonValue(run.bitsPerByte)},
            {QStringLiteral("validationLoss"), std::isnan(run.validationLoss) ? QJsonValue() : QJsonValue(run.validationLoss)},
            {QStringLiteral("result"), run.facts}};
}

QString orDash(double value)
{
    return std::isnan(value) ? QStringLiteral("–") : formatReal(value);
}

Status listRuns(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Run> runs, bench->project().runs());
    QList<QStringList> rows;
    QJsonArray array;
    for (const project::Run &run : runs) {
        rows += {run.id, run.state, run.model, run.dataset, run.steps < 0 ? QStringLiteral("–") : formatInteger(run.steps), orDash(run.bitsPerByte)};
        array += runJson(run);
    }
    session.printTable({tr("run"), tr("state"), tr("model"), tr("dataset"), tr("steps"), tr("bits per byte")}, rows);
    session.emitJson({{QStringLiteral("runs"), array}});
    return {};
}

// What was forecast beside what came; returns the same for --json.
QJsonArray showForecast(Session &session, const project::Run &run)
{
    QList<QStringList> rows;
    QJsonArray array;
    for (const model::ForecastLine &line : model::forecastBesideTruth(run.parameters, run.facts)) {
        rows += {line.title, line.forecastText, line.measuredText, formatReal(line.ratio(), 3)};
        array += QJsonObject{{QStringLiteral("what"), line.title}, {QStringLiteral("forecast"), line.forecast}, {QStringLiteral("measured"), line.measured}, {QStringLiteral("ratio"), line.ratio()}};
    }
    if (!rows.isEmpty())
        session.printTable({tr("forecast beside truth"), tr("forecast"), tr("measured"), tr("ratio")}, rows);
    return array;
}

/// What the run left out after jumps of its loss: of its plan, which is there also while it goes on.
QJsonArray showLeftOut(Session &session, const QString &jobFolder)
{
    const auto plan = readJsonFile(jobFolder + QStringLiteral("/plan.json"));
    const QJsonArray leftOut = plan ? plan->value(QLatin1String("leftOut")).toArray() : QJsonArray();
    for (const QString &words : insight::leftOutWords(leftOut))
        session.print(QStringLiteral("! ") + words);
    return leftOut;
}

/// Why a run failed or stopped, and how to go on.
void showHowItEnded(Session &session, job::Folder &folder)
{
    const job::Summary summary = folder.summary();
    if (summary.state == job::State::Failed)
        session.print(summary.error.message + QLatin1Char(' ') + summary.error.hint);
    if (!summary.kept.isEmpty() && summary.state != job::State::Finished)
        session.print(summary.kept);
    if (summary.state == job::State::Lost)
        session.print(tr("Its worker is gone without a last word."));
    const bool canGoOn = summary.state == job::State::Failed || summary.state == job::State::Lost || summary.state == job::State::Paused || summary.state == job::State::Cancelled;
    if (canGoOn)
        session.print(tr("“athanor-cli run resume %1” goes on from its last checkpoint.").arg(folder.spec().id));
}

Status showRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const project::Run run, bench->project().run(session.arguments.word(0)));
    ATHANOR_ASSIGN(const QList<project::Checkpoint> checkpoints, bench->project().checkpoints(run.id));
    session.print(QStringLiteral("%1 · %2").arg(run.title, run.state));
    auto folder = job::Folder::open(bench->path(), run.id);
    if (folder)
        showHowItEnded(session, *folder);
    for (const QJsonValue &value : run.facts.value(QLatin1String("sources")).toArray())
        session.print(tr("  %1: read %2 times, %3 % of what the run read")
                          .arg(value[QLatin1String("source")].toString(), formatReal(value[QLatin1String("passes")].toDouble(), 2),
                               formatReal(100 * value[QLatin1String("share")].toDouble(), 3)));
    QList<QStringList> rows;
    QJsonArray array;
    const QSet<QString> means = project::meansAmong(checkpoints, bench->path());
    for (const project::Checkpoint &row : checkpoints) {
        QStringList marks;
        if (row.isBest)
            marks += tr("best");
        if (means.contains(row.path))
            marks += tr("mean of the weights");
        rows += {formatInteger(row.step), orDash(row.loss), orDash(row.bitsPerByte), marks.join(QStringLiteral(" · ")), row.path};
        array += QJsonObject{{QStringLiteral("step"), row.step}, {QStringLiteral("path"), row.path}, {QStringLiteral("best"), row.isBest},
                             {QStringLiteral("holdsAverage"), means.contains(row.path)}, {QStringLiteral("weightsSha256"), row.weightsSha256}};
    }
    session.printTable({tr("step"), tr("loss"), tr("bits per byte"), QString(), tr("checkpoint")}, rows);
    const QJsonArray forecast = showForecast(session, run);
    insight::RunInside inside;
    QJsonArray leftOut;
    if (folder) {
        inside = insight::insideOf(*folder);
        leftOut = showLeftOut(session, folder->path());
    }
    printOutline(session, inside);
    if (session.arguments.has(QStringLiteral("insight")))
        printInside(session, inside);
    QJsonObject object = runJson(run);
    QJsonObject insideJson = insight::toJson(inside);
    if (!session.arguments.has(QStringLiteral("insight")))
        for (const char *key : {"layers", "sampleTokens", "sampleStep"})
            insideJson.remove(QLatin1String(key));
    object.insert(QStringLiteral("insight"), insideJson);
    object.insert(QStringLiteral("leftOut"), leftOut);
    object.insert(QStringLiteral("checkpoints"), array);
    object.insert(QStringLiteral("parameters"), run.parameters);
    object.insert(QStringLiteral("forecastBesideTruth"), forecast);
    session.emitJson(object);
    return {};
}

Status resumeRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString id = session.arguments.word(0);
    ATHANOR_TRY(bench->resumeJob(id));
    ATHANOR_ASSIGN(const job::Folder folder, job::Folder::open(bench->path(), id));
    return startedOrFinished(session, folder);
}

Status stopRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString id = session.arguments.word(0);
    ATHANOR_TRY(session.arguments.has(QStringLiteral("pause")) ? bench->queue().pause(id) : bench->queue().cancel(id));
    session.print(tr("Asked %1 to stop at its next safe point; its last checkpoint is kept.").arg(id));
    session.emitJson({{QStringLiteral("run"), id}});
    return {};
}

Status checkpointRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString id = session.arguments.word(0);
    ATHANOR_TRY(bench->checkpointRun(id));
    session.print(tr("Asked %1 to keep a checkpoint after its present step.").arg(id));
    session.emitJson({{QStringLiteral("run"), id}});
    return {};
}

/// `--set` upon the settings of an earlier run.
Result<model::TrainingAssignments> changesOf(Session &session, const project::Run &run)
{
    return model::parseTrainingAssignments(session.plugins(), session.arguments.values(QStringLiteral("set")),
                                           run.parameters.value(QLatin1String("settings")).toObject());
}

Status cloneRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const project::Run run, bench->project().run(session.arguments.word(0)));
    ATHANOR_ASSIGN(const model::TrainingAssignments changes, changesOf(session, run));
    ATHANOR_ASSIGN(const job::Folder folder, bench->cloneRun(session.arguments.word(0), changes));
    return startedOrFinished(session, folder);
}

Status forkRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QString checkpoint, bench->resolveCheckpoint(session.arguments.word(0)));
    ATHANOR_ASSIGN(const project::Checkpoint row, bench->project().checkpoint(checkpoint));
    ATHANOR_ASSIGN(const project::Run run, bench->project().run(row.runId));
    ATHANOR_ASSIGN(const model::TrainingAssignments changes, changesOf(session, run));
    ATHANOR_ASSIGN(const job::Folder folder, bench->forkRun(checkpoint, changes));
    return startedOrFinished(session, folder);
}

Status reproduceRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const job::Folder folder, bench->reproduceRun(session.arguments.word(0)));
    return startedOrFinished(session, folder);
}

Status deleteRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QString entry, bench->project().deleteRun(session.arguments.word(0)));
    session.print(tr("Moved to the trash; “athanor-cli project clean” empties it."));
    session.emitJson({{QStringLiteral("trash"), entry}});
    return {};
}

Status compareRuns(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    QList<QStringList> rows;
    QJsonArray array;
    for (const QString &id : session.arguments.words()) {
        ATHANOR_ASSIGN(const project::Run run, bench->project().run(id));
        const QJsonObject settings = run.parameters.value(QLatin1String("settings")).toObject();
        rows += {run.id, run.model, orDash(run.bitsPerByte), orDash(run.validationLoss), run.tokens < 0 ? QStringLiteral("–") : formatCount(static_cast<double>(run.tokens)),
                 std::isnan(run.seconds) ? QStringLiteral("–") : formatDuration(run.seconds), workbench::settingsThatDiffer(session.plugins(), settings)};
        array += runJson(run);
    }
    session.printTable({tr("run"), tr("model"), tr("bits per byte"), tr("loss"), tr("tokens"), tr("time"), tr("settings")}, rows);
    session.emitJson({{QStringLiteral("runs"), array}});
    return {};
}

Status reportRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString file = QFileInfo(session.arguments.value(QStringLiteral("to"), QStringLiteral("report.html"))).absoluteFilePath();
    ATHANOR_TRY(bench->writeReport(session.arguments.word(0), file));
    session.print(tr("Wrote %1.").arg(file));
    session.emitJson({{QStringLiteral("file"), file}});
    return {};
}

Option setOption()
{
    return {QStringLiteral("set"), QStringLiteral("key=value"), tr("a training setting, or teaching.…, adapter.…, learns; “plugin show training” lists them"), true};
}

}  // namespace

QList<Option> runOptions()
{
    return {{QStringLiteral("model"), QStringLiteral("M"), tr("the model to train")},
            {QStringLiteral("dataset"), QStringLiteral("D"), tr("what to train on")},
            setOption(),
            {QStringLiteral("from"), QStringLiteral("CHECKPOINT"), tr("start from these weights")}};
}

Result<workbench::RunRequest> runRequestOf(Session &session)
{
    workbench::RunRequest request;
    request.model = session.arguments.value(QStringLiteral("model"));
    request.dataset = session.arguments.value(QStringLiteral("dataset"));
    request.from = session.arguments.value(QStringLiteral("from"));
    if (request.model.isEmpty() || request.dataset.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("A run needs a model and a dataset."), tr("Add --model NAME and --dataset NAME."));
    ATHANOR_ASSIGN(const model::TrainingAssignments given, model::parseTrainingAssignments(session.plugins(), session.arguments.values(QStringLiteral("set"))));
    request.settings = given.settings;
    request.teaching = given.teaching;
    request.adapter = given.adapter;
    request.learns = given.learns;
    if (!request.from.isEmpty()) {  // a run, a model or a folder as well as a checkpoint; said before anything is queued
        ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
        ATHANOR_ASSIGN(request.from, bench->resolveCheckpoint(request.from));
    }
    return request;
}

QList<Verb> runVerbs()
{
    const QString noun = QStringLiteral("run");
    const Option wait{QStringLiteral("wait"), {}, tr("wait for the end, showing progress")};
    const Option set = setOption();
    const QList<Option> what = runOptions();
    return {
        {noun, QStringLiteral("start"), {}, tr("Starts training."), 0, 0, what + QList<Option>{wait}, startRun},
        {noun, QStringLiteral("plan"), {}, tr("Memory, disk and time of a run; starts nothing."), 0, 0,
         what + QList<Option>{{QStringLiteral("measure"), {}, tr("measure a few steps first, so that time and memory are known")},
                              {QStringLiteral("largest-batch"), {}, tr("with as many sequences at once as fit in memory")}}, planRun},
        {noun, QStringLiteral("list"), {}, tr("Lists the runs, newest first."), 0, 0, {}, listRuns},
        {noun, QStringLiteral("show"), QStringLiteral("ID"), tr("Shows a run: checkpoints, where its time went, hints."), 1, 1,
         {{QStringLiteral("insight"), {}, tr("also each layer's newest figures, and the loss of each token of the sample text")}}, showRun},
        {noun, QStringLiteral("resume"), QStringLiteral("ID"), tr("Goes on from the last checkpoint."), 1, 1, {wait}, resumeRun},
        {noun, QStringLiteral("stop"), QStringLiteral("ID"), tr("Stops at the next step and keeps a checkpoint."), 1, 1, {{QStringLiteral("pause"), {}, tr("to be resumed later")}}, stopRun},
        {noun, QStringLiteral("checkpoint"), QStringLiteral("ID"), tr("Keeps a checkpoint of a run that is running."), 1, 1, {}, checkpointRun},
        {noun, QStringLiteral("clone"), QStringLiteral("ID"), tr("Starts the same run again, with changes."), 1, 1, {set, wait}, cloneRun},
        {noun, QStringLiteral("fork"), QStringLiteral("CHECKPOINT"), tr("Starts a run from a checkpoint."), 1, 1, {set, wait}, forkRun},
        {noun, QStringLiteral("reproduce"), QStringLiteral("ID"), tr("Runs it again and compares the weights, bit for bit."), 1, 1, {wait}, reproduceRun},
        {noun, QStringLiteral("delete"), QStringLiteral("ID"), tr("Moves a run to the trash."), 1, 1, {}, deleteRun},
        {noun, QStringLiteral("compare"), QStringLiteral("ID…"), tr("Figures and settings of several runs."), 1, -1, {}, compareRuns},
        {noun, QStringLiteral("report"), QStringLiteral("ID"), tr("Writes an HTML report of a run."), 1, 1, {{QStringLiteral("to"), QStringLiteral("FILE"), tr("where to; report.html when left out")}}, reportRun},
    };
}

}  // namespace athanor::command
