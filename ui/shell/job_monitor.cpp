#include "ui/shell/job_monitor.h"

#include "core/base/format.h"

#include <cmath>

namespace athanor::shell {

namespace {

constexpr int kPollMs = 250;
constexpr int kFindEvery = 4;  // looks for new folders once a second

bool sameSummary(const job::Summary &a, const job::Summary &b)
{
    return a.state == b.state && a.attempt == b.attempt && a.lastSequence == b.lastSequence && a.progress == b.progress;
}

}  // namespace

bool JobView::isActive() const
{
    using job::State;
    return summary.state == State::Starting || summary.state == State::Running || summary.state == State::Pausing
           || summary.state == State::Cancelling;
}

bool JobView::isWaiting() const { return summary.state == job::State::Queued; }

bool JobView::canResume() const
{
    using job::State;
    return summary.state == State::Lost || summary.state == State::Paused || summary.state == State::Failed
           || summary.state == State::Cancelled;
}

double JobView::fraction() const
{
    const double total = summary.progress.value(QLatin1String("total")).toDouble();
    return total > 0 ? std::clamp(summary.progress.value(QLatin1String("done")).toDouble() / total, 0.0, 1.0) : -1;
}

double JobView::rate() const { return summary.progress.value(QLatin1String("rate")).toDouble(std::nan("")); }

double JobView::secondsLeft() const { return summary.progress.value(QLatin1String("etaSeconds")).toDouble(std::nan("")); }

QString JobView::phase() const { return summary.progress.value(QLatin1String("phase")).toString(); }

QString JobView::progressText() const
{
    if (!isActive())
        return stateText();
    QStringList parts;
    if (!phase().isEmpty())
        parts += phase();
    if (fraction() >= 0)
        parts += QStringLiteral("%1 %").arg(std::floor(fraction() * 100));
    const QString unit = summary.progress.value(QLatin1String("unit")).toString();
    if (std::isfinite(rate()) && rate() > 0)
        parts += QStringLiteral("%1%2%3/s").arg(rate() < 9.95 ? formatReal(rate(), 2) : formatCount(rate()), unit.isEmpty() ? QString() : QStringLiteral(" "), unit);
    if (std::isfinite(secondsLeft()) && secondsLeft() >= 0)
        parts += JobMonitor::tr("%1 left").arg(formatDuration(secondsLeft()));
    return parts.isEmpty() ? stateText() : parts.join(QStringLiteral(" · "));
}

QString JobView::stateText() const
{
    using job::State;
    switch (summary.state) {
    case State::Queued: return JobMonitor::tr("waiting for its turn");
    case State::Starting: return JobMonitor::tr("starting");
    case State::Running: return JobMonitor::tr("running");
    case State::Pausing: return JobMonitor::tr("pausing at the next safe point");
    case State::Paused: return JobMonitor::tr("paused");
    case State::Cancelling: return JobMonitor::tr("stopping at the next safe point");
    case State::Cancelled: return JobMonitor::tr("stopped");
    case State::Finished: return JobMonitor::tr("done");
    case State::Failed: return JobMonitor::tr("failed: %1").arg(summary.error.message);
    case State::Lost: return JobMonitor::tr("interrupted: its process is gone; Resume goes on from the last checkpoint");
    }
    return {};
}

JobMonitor::JobMonitor(QObject *parent) : QObject(parent)
{
    m_timer.setInterval(kPollMs);
    connect(&m_timer, &QTimer::timeout, this, &JobMonitor::pollNow);
}

void JobMonitor::watch(const QString &projectPath)
{
    m_projectPath = projectPath;
    m_entries.clear();
    m_tick = 0;
    if (projectPath.isEmpty()) {
        m_timer.stop();
        Q_EMIT changed();
        return;
    }
    pollNow();
    m_timer.start();
}

void JobMonitor::findFolders()
{
    const QStringList names = QDir(m_projectPath + QStringLiteral("/jobs")).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &id : names) {
        if (m_entries.contains(id))
            continue;
        Result<job::Folder> folder = job::Folder::open(m_projectPath, id);
        if (!folder)
            continue;
        JobView view{folder->spec(), {}};
        m_entries.emplace(id, Entry{std::move(*folder), std::move(view), false});
    }
    std::erase_if(m_entries, [&](const auto &each) { return !names.contains(each.first); });
}

// A job that ended and was read once is asked only when it may go on again (resumed by somebody else).
bool JobMonitor::pollEntry(Entry &entry)
{
    const bool isSettled = entry.known && job::isFinal(entry.view.summary.state);
    if (isSettled && m_tick % kFindEvery != 0)
        return false;
    const bool isFirst = !entry.known;
    const job::State before = entry.view.summary.state;
    const QList<job::Event> events = entry.folder.readNewEvents(job::Folder::Read::WithoutMetrics);
    job::Summary now = entry.folder.summary();
    const bool differs = isFirst || !sameSummary(now, entry.view.summary);
    entry.view.summary = std::move(now);
    entry.known = true;
    const QString id = entry.view.spec.id;
    for (const job::Event &event : events)
        if (!isFirst && event.type != job::EventType::Metric && event.type != job::EventType::Progress)
            Q_EMIT jobEvent(id, event);
    if (differs)
        Q_EMIT jobChanged(id);
    if (!isFirst && before != entry.view.summary.state && job::isFinal(entry.view.summary.state))
        Q_EMIT jobEnded(id, entry.view.summary.state);
    return differs;
}

void JobMonitor::pollNow()
{
    if (m_projectPath.isEmpty())
        return;
    const size_t before = m_entries.size();
    if (m_tick % kFindEvery == 0)
        findFolders();
    bool any = m_entries.size() != before;
    for (auto &[id, entry] : m_entries)
        any |= pollEntry(entry);
    ++m_tick;
    if (any)
        Q_EMIT changed();
}

QList<JobView> JobMonitor::jobs() const
{
    QList<JobView> all;
    for (const auto &[id, entry] : m_entries)
        all += entry.view;
    std::stable_sort(all.begin(), all.end(),
                     [](const JobView &a, const JobView &b) { return a.spec.created > b.spec.created; });
    return all;
}

QList<JobView> JobMonitor::activeJobs() const
{
    QList<JobView> running, waiting;
    const QList<JobView> all = jobs();
    for (auto each = all.crbegin(); each != all.crend(); ++each) {
        if (each->isActive())
            running += *each;
        else if (each->isWaiting())
            waiting += *each;
    }
    return running + waiting;
}

const JobView *JobMonitor::find(const QString &jobId) const
{
    const auto found = m_entries.find(jobId);
    return found == m_entries.end() ? nullptr : &found->second.view;
}

const JobView *JobMonitor::newestOf(const QString &kind) const
{
    const JobView *newest = nullptr;
    for (const auto &[id, entry] : m_entries)
        if (entry.view.spec.kind == kind && (!newest || entry.view.spec.created > newest->spec.created))
            newest = &entry.view;
    return newest;
}

}  // namespace athanor::shell
