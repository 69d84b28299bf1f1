#include "core/job/queue.h"

#include "core/base/atomic_file.h"
#include "core/base/logging.h"
#include "core/job/line_file.h"
#include "core/job/queue_record.h"
#include "core/job/worker_identity.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonDocument>

#include <map>
#include <set>

namespace athanor::job {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Result<FileLock> lockQueue(const QString &projectPath)
{
    ATHANOR_TRY(makeFolder(projectPath + QStringLiteral("/jobs")));
    return FileLock::acquire(projectPath + QStringLiteral("/jobs/.queue.lock"), FileLock::Wait::Briefly);
}

bool occupiesDevice(State state)
{
    return state == State::Starting || state == State::Running || state == State::Pausing || state == State::Cancelling;
}

// Control lines so far were meant for earlier attempts.
qint64 lastControlNumber(const QString &jobPath)
{
    qint64 number = 0;
    qint64 offset = 0;
    readWholeLines(jobPath + QStringLiteral("/control.jsonl"), offset, [&number](QByteArrayView line) {
        const QJsonObject object = QJsonDocument::fromJson(line.toByteArray()).object();
        number = std::max(number, object.value(QLatin1String("number")).toInteger());
    });
    return number;
}

Error dependencyError(const QString &projectPath, const QString &id)
{
    const auto folder = Folder::open(projectPath, id);
    return {ErrorCode::External,
            tr("It was to begin after “%1”, which did not finish.").arg(folder ? folder->spec().title : id),
            tr("Start that one again, then resume this one."),
            {}};
}

Status launch(plugin::Catalogue &plugins, const Folder &folder)
{
    const plugin::Registry<Launcher> launchers(plugins, QStringLiteral("launcher"));
    ATHANOR_ASSIGN(Launcher * launcher, launchers.get(folder.spec().launcher));
    return launcher->launch(folder.path());
}

}  // namespace

Queue::Queue(QString projectPath, plugin::Catalogue &plugins)
    : m_projectPath(std::move(projectPath)), m_plugins(&plugins)
{
}

// What stands in the way of a queued job.
enum class Turn { Now, Waits, Never };

struct Queue::View {
    std::vector<Folder *> folders;  // oldest first
    std::map<QString, State> states;
    std::set<QString> busyDevices;

    Turn turnOf(const Spec &spec, QString &blocker) const;
};

Queue::View Queue::look()
{
    View view;
    const QDir jobs(m_projectPath + QStringLiteral("/jobs"));
    for (const QString &id : jobs.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        auto known = m_known.find(id);
        if (known == m_known.end()) {
            auto folder = Folder::open(m_projectPath, id);
            if (!folder)
                continue;
            known = m_known.emplace(id, std::move(*folder)).first;
        }
        Folder &folder = known->second;
        const State state = folder.summary().state;
        view.states[id] = state;
        if (occupiesDevice(state) && !folder.spec().device.isEmpty())
            view.busyDevices.insert(folder.spec().device);
        view.folders.push_back(&folder);
    }
    return view;
}

Turn Queue::View::turnOf(const Spec &spec, QString &blocker) const
{
    bool waits = false;
    for (const QString &id : spec.after) {
        const auto found = states.find(id);
        if (found == states.end() || found->second == State::Failed || found->second == State::Cancelled) {
            blocker = id;
            return Turn::Never;
        }
        waits = waits || found->second != State::Finished;
    }
    if (waits || (!spec.device.isEmpty() && busyDevices.contains(spec.device)))
        return Turn::Waits;
    return Turn::Now;
}

Result<Folder> Queue::add(Spec spec)
{
    auto created = [&]() -> Result<Folder> {
        ATHANOR_ASSIGN(const FileLock lock, lockQueue(m_projectPath));
        ATHANOR_ASSIGN(Folder folder, Folder::create(m_projectPath, std::move(spec)));
        QueueRecord record;
        record.requested = 1;
        ATHANOR_TRY(writeQueueRecord(folder.path(), record));
        return folder;
    }();
    if (!created)
        return created;
    ATHANOR_TRY(advance());
    return created;
}

// A job that fails to start may make others fail that come after it: repeated until nothing changes.
Status Queue::advance()
{
    const std::lock_guard guard(m_mutex);
    ATHANOR_ASSIGN(const FileLock lock, lockQueue(m_projectPath));
    View view = look();
    for (bool changed = true; changed;) {
        changed = false;
        for (const Folder *candidate : view.folders) {
            const Folder &folder = *candidate;
            if (view.states[folder.spec().id] != State::Queued)
                continue;
            auto record = readQueueRecord(folder.path());
            if (!record || record->requested == 0)
                continue;  // made by hand, never queued
            QString blocker;
            const Turn turn = view.turnOf(folder.spec(), blocker);
            if (turn == Turn::Waits)
                continue;
            changed = true;
            record->launched = record->requested;
            record->launchedAtMs = QDateTime::currentMSecsSinceEpoch();
            if (turn == Turn::Never)
                record->error = dependencyError(m_projectPath, blocker);
            // Written before the start: a crash between the two reads as lost, never as a job started twice.
            ATHANOR_TRY(writeQueueRecord(folder.path(), *record));
            if (const Status launched = turn == Turn::Now ? launch(*m_plugins, folder) : Status(); !launched) {
                record->error = launched.error();
                ATHANOR_TRY(writeQueueRecord(folder.path(), *record));
            }
            const bool isStarting = !record->error;
            view.states[folder.spec().id] = isStarting ? State::Starting : State::Failed;
            if (isStarting && !folder.spec().device.isEmpty())
                view.busyDevices.insert(folder.spec().device);
        }
    }
    return {};
}

Status Queue::resume(const QString &jobId)
{
    {
        ATHANOR_ASSIGN(const FileLock lock, lockQueue(m_projectPath));
        ATHANOR_ASSIGN(Folder folder, Folder::open(m_projectPath, jobId));
        const Summary summary = folder.summary();
        const bool canResume = summary.state == State::Lost || summary.state == State::Paused
                               || summary.state == State::Failed || summary.state == State::Cancelled;
        if (!canResume)
            return fail(ErrorCode::InvalidInput,
                        tr("“%1” cannot be resumed: it is %2.").arg(folder.spec().title, stateName(summary.state)));
        ATHANOR_ASSIGN(QueueRecord record, readQueueRecord(folder.path()));
        QueueRecord next;
        next.launched = record.launched;
        next.requested = std::max({record.requested, record.launched, summary.attempt}) + 1;
        next.controlFrom = lastControlNumber(folder.path());
        ATHANOR_TRY(writeQueueRecord(folder.path(), next));
    }
    return advance();
}

Status Queue::cancel(const QString &jobId)
{
    {
        ATHANOR_ASSIGN(const FileLock lock, lockQueue(m_projectPath));
        ATHANOR_ASSIGN(Folder folder, Folder::open(m_projectPath, jobId));
        const State state = folder.summary().state;
        if (isFinal(state))
            return fail(ErrorCode::InvalidInput,
                        tr("“%1” has ended already: it is %2.").arg(folder.spec().title, stateName(state)));
        if (occupiesDevice(state)) {
            ATHANOR_TRY(folder.sendControl(QStringLiteral("cancel")));
            return {};
        }
        ATHANOR_ASSIGN(QueueRecord record, readQueueRecord(folder.path()));
        record.isCancelled = true;
        ATHANOR_TRY(writeQueueRecord(folder.path(), record));
    }
    return advance();
}

Status Queue::pause(const QString &jobId)
{
    ATHANOR_ASSIGN(Folder folder, Folder::open(m_projectPath, jobId));
    const State state = folder.summary().state;
    if (!occupiesDevice(state))
        return fail(ErrorCode::InvalidInput,
                    tr("“%1” is not running: it is %2.").arg(folder.spec().title, stateName(state)));
    ATHANOR_TRY(folder.sendControl(QStringLiteral("pause")));
    return {};
}

}  // namespace athanor::job
