// job list | show | follow | cancel | pause | resume
#include "core/base/format.h"
#include "core/command/verb.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QThread>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QJsonObject jobJson(job::Folder &folder)
{
    const job::Summary summary = folder.summary();
    QJsonObject object{{QStringLiteral("id"), folder.spec().id},
                       {QStringLiteral("kind"), folder.spec().kind},
                       {QStringLiteral("title"), folder.spec().title},
                       {QStringLiteral("state"), job::stateName(summary.state)},
                       {QStringLiteral("attempt"), summary.attempt},
                       {QStringLiteral("progress"), summary.progress},
                       {QStringLiteral("command"), folder.spec().command}};
    if (summary.state == job::State::Failed)
        object.insert(QStringLiteral("error"), toJson(summary.error));
    if (summary.state == job::State::Finished)
        object.insert(QStringLiteral("result"), summary.result);
    return object;
}

Status listJobs(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    QList<QStringList> rows;
    QJsonArray array;
    QStringList problems;
    for (job::Folder &folder : job::Folder::all(bench->path(), &problems)) {
        const QJsonObject object = jobJson(folder);
        rows += {folder.spec().id, object.value(QLatin1String("state")).toString(), folder.spec().kind, folder.spec().title};
        array += object;
    }
    session.printTable({tr("job"), tr("state"), tr("kind"), tr("title")}, rows);
    for (const QString &problem : problems)
        session.note(problem);
    session.emitJson({{QStringLiteral("jobs"), array}});
    return {};
}

Status showJob(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(job::Folder folder, job::Folder::open(bench->path(), session.arguments.word(0)));
    const QJsonObject object = jobJson(folder);
    const job::Summary summary = folder.summary();
    session.print(QStringLiteral("%1 · %2 · %3").arg(folder.spec().title, folder.spec().kind, job::stateName(summary.state)));
    if (!folder.spec().command.isEmpty())
        session.print(folder.spec().command);
    if (summary.state == job::State::Failed)
        session.print(summary.error.message + QLatin1Char(' ') + summary.error.hint);
    if (!summary.kept.isEmpty())
        session.print(summary.kept);
    session.print(tr("log: %1/log.txt").arg(folder.path()));
    session.emitJson(object);
    return {};
}

// With --json every event as a line, as it comes; for people a line of progress.
Status followJob(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(job::Folder folder, job::Folder::open(bench->path(), session.arguments.word(0)));
    if (!session.isJson()) {
        ATHANOR_TRY(session.follow(folder, Session::OnInterrupt::LeaveJob));
        session.print(tr("Finished."));
        return {};
    }
    for (;;) {
        const job::Summary summary = folder.summary();  // before the events, so that none is missed when it has ended
        for (const job::Event &event : folder.readNewEvents())
            session.emitJson(QJsonDocument::fromJson(job::toLine(event)).object());
        if (isFinal(summary.state) || summary.state == job::State::Lost || summary.state == job::State::Paused)
            return {};
        if (isInterrupted())
            return fail(ErrorCode::Cancelled, tr("The job goes on."));
        QThread::msleep(50);
    }
}

Status cancelJob(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_TRY(bench->queue().cancel(session.arguments.word(0)));
    session.print(tr("Asked it to stop at its next safe point."));
    session.emitJson({{QStringLiteral("job"), session.arguments.word(0)}});
    return {};
}

Status pauseJob(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_TRY(bench->queue().pause(session.arguments.word(0)));
    session.print(tr("Asked it to pause at its next safe point."));
    session.emitJson({{QStringLiteral("job"), session.arguments.word(0)}});
    return {};
}

Status resumeJob(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_TRY(bench->resumeJob(session.arguments.word(0)));
    session.print(tr("It goes on from where it was."));
    session.emitJson({{QStringLiteral("job"), session.arguments.word(0)}});
    return {};
}

}  // namespace

QList<Verb> jobVerbs()
{
    const QString noun = QStringLiteral("job");
    const QString id = QStringLiteral("ID");
    return {
        {noun, QStringLiteral("list"), {}, tr("Lists the jobs, oldest first."), 0, 0, {}, listJobs},
        {noun, QStringLiteral("show"), id, tr("Shows one job."), 1, 1, {}, showJob},
        {noun, QStringLiteral("follow"), id, tr("Shows a job until it ends; with --json its events, a line each."), 1, 1, {}, followJob},
        {noun, QStringLiteral("cancel"), id, tr("Stops a job; what it has made is kept."), 1, 1, {}, cancelJob},
        {noun, QStringLiteral("pause"), id, tr("Stops a job, to go on later."), 1, 1, {}, pauseJob},
        {noun, QStringLiteral("resume"), id, tr("Goes on with a paused, lost, stopped or failed job."), 1, 1, {}, resumeJob},
    };
}

}  // namespace athanor::command
