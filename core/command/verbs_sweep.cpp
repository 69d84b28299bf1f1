// sweep start | list | show | stop
#include "core/base/format.h"
#include "core/command/verb.h"
#include "core/experiment/sweep.h"
#include "core/workbench/sweep.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Status startSweepVerb(Session &session)
{
    const Arguments &arguments = session.arguments;
    workbench::SweepRequest request;
    ATHANOR_ASSIGN(request.run, runRequestOf(session));
    request.vary = arguments.values(QStringLiteral("vary"));
    ATHANOR_ASSIGN(const qint64 draws, arguments.integer(QStringLiteral("random"), 0, 1, experiment::kMostSweepRuns));
    ATHANOR_ASSIGN(const qint64 seed, arguments.integer(QStringLiteral("seed"), 1, 0, std::numeric_limits<qint64>::max()));
    if (draws > 0 && arguments.has(QStringLiteral("grid")))
        return fail(ErrorCode::InvalidInput, tr("--grid tries all combinations, --random some of them."), tr("Give one of the two."));
    request.draws = int(draws);
    request.seed = quint64(seed);
    request.stopsHopeless = !arguments.has(QStringLiteral("keep-all"));
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QString id, workbench::startSweep(*bench, request));
    ATHANOR_TRY(bench->refresh());
    ATHANOR_ASSIGN(const std::vector<QJsonObject> runs, workbench::sweepRuns(session.plugins(), request));
    session.print(tr("%1 runs wait in the queue. “athanor-cli sweep show %2” shows them.").arg(runs.size()).arg(id));
    session.emitJson({{QStringLiteral("sweep"), id}, {QStringLiteral("runs"), qint64(runs.size())}});
    return {};
}

QJsonObject sweepJson(const workbench::Sweep &sweep)
{
    QJsonArray runs, importance;
    for (const project::Run &run : sweep.runs)
        runs += QJsonObject{{QStringLiteral("run"), run.id}, {QStringLiteral("state"), run.state}, {QStringLiteral("settings"), sweep.settingsOf(run)},
                            {QStringLiteral("validationLoss"), std::isnan(run.validationLoss) ? QJsonValue() : QJsonValue(run.validationLoss)},
                            {QStringLiteral("steps"), run.steps}, {QStringLiteral("stoppedBecause"), run.facts.value(QLatin1String("stoppedBecause"))}};
    for (const experiment::Importance &one : sweep.importance())
        importance += QJsonObject{{QStringLiteral("setting"), one.key}, {QStringLiteral("share"), one.share}, {QStringLiteral("certain"), one.isCertain}};
    const project::Run *best = sweep.best();
    return {{QStringLiteral("sweep"), sweep.id}, {QStringLiteral("model"), sweep.model}, {QStringLiteral("dataset"), sweep.dataset},
            {QStringLiteral("varied"), QJsonArray::fromStringList(sweep.keys)}, {QStringLiteral("runs"), runs},
            {QStringLiteral("ended"), sweep.endedCount()}, {QStringLiteral("best"), best ? QJsonValue(best->id) : QJsonValue()},
            {QStringLiteral("importance"), importance}};
}

Status listSweeps(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<workbench::Sweep> sweeps, workbench::sweeps(bench->project()));
    QList<QStringList> rows;
    QJsonArray array;
    for (const workbench::Sweep &sweep : sweeps) {
        const project::Run *best = sweep.best();
        rows += {sweep.id, sweep.model, sweep.keys.join(QStringLiteral(", ")), QStringLiteral("%1/%2").arg(sweep.endedCount()).arg(sweep.runs.size()),
                 best ? formatReal(best->validationLoss) : QStringLiteral("–")};
        array += sweepJson(sweep);
    }
    session.printTable({tr("sweep"), tr("model"), tr("varied"), tr("ended"), tr("best loss")}, rows);
    session.emitJson({{QStringLiteral("sweeps"), array}});
    return {};
}

Status showSweep(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const workbench::Sweep sweep, workbench::sweep(bench->project(), session.arguments.word(0)));
    QList<QStringList> rows;
    for (const project::Run &run : sweep.runs) {
        QStringList row{run.id, run.facts.value(QLatin1String("stoppedBecause")) == QLatin1String("hopeless") ? tr("hopeless") : run.state};
        const QJsonObject settings = sweep.settingsOf(run);
        for (const QString &key : sweep.keys)
            row += plugin::valueText(settings.value(key));
        rows += row + QStringList{run.steps < 0 ? QStringLiteral("–") : formatInteger(run.steps), std::isnan(run.validationLoss) ? QStringLiteral("–") : formatReal(run.validationLoss)};
    }
    session.printTable(QStringList{tr("run"), tr("state")} + sweep.keys + QStringList{tr("steps"), tr("loss")}, rows);
    for (const QString &words : workbench::sweepWords(sweep))
        session.print(words);
    session.emitJson(sweepJson(sweep));
    return {};
}

Status stopSweepVerb(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString id = session.arguments.word(0);
    ATHANOR_ASSIGN(const int stopped, workbench::stopSweep(*bench, id));
    session.print(tr("Stopped %1 runs; those that had ended are kept.").arg(stopped));
    session.emitJson({{QStringLiteral("sweep"), id}, {QStringLiteral("stopped"), stopped}});
    return {};
}

}  // namespace

QList<Verb> sweepVerbs()
{
    const QString noun = QStringLiteral("sweep");
    return {
        {noun, QStringLiteral("start"), {}, tr("Tries several settings, one run each; hopeless runs end early."), 0, 0,
         runOptions()
             + QList<Option>{{QStringLiteral("vary"), QStringLiteral("key=values"), tr("a setting and its values: batch=4,8,16 or learning_rate=1e-4..1e-2:log"), true},
                             {QStringLiteral("grid"), {}, tr("all combinations (this is usual)")},
                             {QStringLiteral("random"), QStringLiteral("N"), tr("so many combinations, drawn")},
                             {QStringLiteral("seed"), QStringLiteral("N"), tr("of the draw; 1 when left out")},
                             {QStringLiteral("keep-all"), {}, tr("hopeless runs go on to their end")}},
         startSweepVerb},
        {noun, QStringLiteral("list"), {}, tr("Lists the sweeps, newest first."), 0, 0, {}, listSweeps},
        {noun, QStringLiteral("show"), QStringLiteral("ID"), tr("The runs of a sweep, the best, and which setting mattered."), 1, 1, {}, showSweep},
        {noun, QStringLiteral("stop"), QStringLiteral("ID"), tr("Takes the rest of a sweep out of the queue and stops what runs."), 1, 1, {}, stopSweepVerb},
    };
}

}  // namespace athanor::command
