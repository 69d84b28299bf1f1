#include "ui/pages/common/job_follower.h"

#include "core/base/format.h"

#include <QDir>

namespace athanor::pages {

JobFollower::JobFollower(QObject *parent) : QObject(parent)
{
    m_timer.setInterval(kIntervalMs);
    connect(&m_timer, &QTimer::timeout, this, &JobFollower::poll);
}

void JobFollower::follow(const QString &projectPath, const QString &jobId)
{
    if (jobId == this->jobId() && m_folder && m_folder->projectPath() == projectPath) {
        m_timer.start();
        poll();
        return;
    }
    change(projectPath, jobId, false);
}

void JobFollower::followStarted(const QString &projectPath, const QString &jobId) { change(projectPath, jobId, true); }

void JobFollower::change(const QString &projectPath, const QString &jobId, bool wasRunning)
{
    m_timer.stop();
    m_folder.reset();
    m_metrics.reset();
    m_summary = {};
    m_wasRunning = wasRunning;
    if (jobId.isEmpty())
        return;
    auto folder = job::Folder::open(projectPath, jobId);
    if (!folder)
        return;
    m_folder.emplace(std::move(*folder));
    m_timer.start();
    poll();
}

bool JobFollower::isRunning() const
{
    return m_folder && isRunningState(m_summary.state);
}

job::MetricsReader *JobFollower::metrics()
{
    if (!m_folder)
        return nullptr;
    if (!m_metrics) {
        auto reader = job::MetricsReader::open(m_folder->path() + QStringLiteral("/metrics.bin"));
        if (!reader)
            return nullptr;
        m_metrics.emplace(std::move(*reader));
    }
    return &*m_metrics;
}

void JobFollower::poll()
{
    if (!m_folder)
        return;
    const QList<job::Event> events = m_folder->readNewEvents(job::Folder::Read::WithoutMetrics);
    m_summary = m_folder->summary();
    const bool running = isRunning();
    const bool justSettled = m_wasRunning && !running;
    m_wasRunning = running;
    if (!events.isEmpty())
        Q_EMIT eventsArrived(events);
    Q_EMIT changed();
    if (justSettled)
        Q_EMIT settled();
    // A job that has ended is looked at once a second: it may be resumed from elsewhere.
    m_timer.setInterval(running ? kIntervalMs : 1000);
}

namespace {

QStringList newestIds(const QString &projectPath)
{
    const QDir folder(projectPath + QStringLiteral("/jobs"));
    return folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name | QDir::Reversed);  // ids ascend with time
}

}  // namespace

std::optional<job::Folder> newestJob(const QString &projectPath, const QStringList &kinds)
{
    for (const QString &id : newestIds(projectPath)) {
        auto folder = job::Folder::open(projectPath, id);
        if (folder && kinds.contains(folder->spec().kind))
            return std::move(*folder);
    }
    return std::nullopt;
}

QList<job::Folder> jobsOfKind(const QString &projectPath, const QString &kind, int limit)
{
    QList<job::Folder> jobs;
    for (const QString &id : newestIds(projectPath)) {
        if (jobs.size() >= limit)
            break;
        auto folder = job::Folder::open(projectPath, id);
        if (folder && folder->spec().kind == kind)
            jobs.append(std::move(*folder));
    }
    return jobs;
}

bool isRunningState(job::State state)
{
    switch (state) {
    case job::State::Queued:
    case job::State::Starting:
    case job::State::Running:
    case job::State::Pausing:
    case job::State::Cancelling: return true;
    default: return false;
    }
}

QString stateWords(job::State state)
{
    switch (state) {
    case job::State::Queued: return JobFollower::tr("waiting for its turn");
    case job::State::Starting: return JobFollower::tr("starting");
    case job::State::Running: return JobFollower::tr("running");
    case job::State::Pausing: return JobFollower::tr("pausing at the next safe point");
    case job::State::Paused: return JobFollower::tr("paused");
    case job::State::Cancelling: return JobFollower::tr("stopping at the next safe point");
    case job::State::Cancelled: return JobFollower::tr("stopped");
    case job::State::Finished: return JobFollower::tr("finished");
    case job::State::Failed: return JobFollower::tr("failed");
    case job::State::Lost: return JobFollower::tr("interrupted: its process is gone");
    }
    return {};
}

QString progressWords(const job::Summary &summary)
{
    const QJsonObject &p = summary.progress;
    QStringList parts;
    const auto text = [&](const char *key) { return p.value(QLatin1String(key)).toString(); };
    const auto number = [&](const char *key) { return p.value(QLatin1String(key)).toDouble(); };
    if (!text("phase").isEmpty())
        parts += text("phase");
    const bool isBytes = text("unit") == QLatin1String("bytes");
    const auto amount = [&](double value) { return isBytes ? formatBytes(qint64(value)) : formatInteger(qint64(value)); };
    if (number("total") > 0)
        parts += JobFollower::tr("%1 of %2 %3").arg(amount(number("done")), amount(number("total")), isBytes ? QString() : text("unit")).trimmed();
    else if (number("done") > 0)
        parts += QStringLiteral("%1 %2").arg(amount(number("done")), isBytes ? QString() : text("unit")).trimmed();
    if (number("etaSeconds") > 0 && number("total") > number("done"))
        parts += JobFollower::tr("%1 left").arg(formatDuration(number("etaSeconds")));
    return parts.join(QStringLiteral(" · "));
}

void showProgress(QProgressBar *bar, const job::Summary &summary)
{
    const double total = summary.progress.value(QLatin1String("total")).toDouble();
    const double done = summary.progress.value(QLatin1String("done")).toDouble();
    bar->setRange(0, total > 0 || summary.state == job::State::Queued ? 1000 : 0);
    bar->setValue(total > 0 ? int(1000 * std::min(1.0, done / total)) : 0);
}

}  // namespace athanor::pages
