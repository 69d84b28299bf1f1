// Follows one job through its folder: state, progress and events as they come, and metrics. Role: pages are live from
// this, whoever started the job and whenever. Polls, because the folder may lie on a network disk: state five times a
// second, nothing once the job has ended. Thread: the window's.
#pragma once

#include "core/job/folder.h"
#include "core/job/metrics.h"

#include <QObject>
#include <QProgressBar>
#include <QTimer>

namespace athanor::pages {

class ATHANOR_EXPORT JobFollower : public QObject {
    Q_OBJECT
public:
    static constexpr int kIntervalMs = 200;

    explicit JobFollower(QObject *parent = nullptr);
    /// Empty id: follows nothing. Following the same job again reads on where it was.
    void follow(const QString &projectPath, const QString &jobId);
    /// Follows a job that was started just now: `settled` comes also when it has ended before it is first looked at.
    void followStarted(const QString &projectPath, const QString &jobId);
    QString jobId() const { return m_folder ? m_folder->spec().id : QString(); }
    bool hasJob() const { return m_folder.has_value(); }
    job::Folder *folder() { return m_folder ? &*m_folder : nullptr; }
    const job::Summary &summary() const { return m_summary; }
    bool isRunning() const;  // queued, starting, running, pausing, cancelling
    /// Metrics of a train job; nullptr until there are some.
    job::MetricsReader *metrics();
    /// Looks at once.
    void poll();

Q_SIGNALS:
    void changed();
    void eventsArrived(const QList<athanor::job::Event> &events);
    /// The job left the running states: finished, failed, cancelled, paused, lost.
    void settled();

private:
    void change(const QString &projectPath, const QString &jobId, bool wasRunning);

    std::optional<job::Folder> m_folder;
    std::optional<job::MetricsReader> m_metrics;
    job::Summary m_summary;
    bool m_wasRunning = false;
    QTimer m_timer;
};

/// The newest job of one of `kinds`; only as many folders are opened as need be.
ATHANOR_EXPORT std::optional<job::Folder> newestJob(const QString &projectPath, const QStringList &kinds);
/// Newest first, at most `limit`.
ATHANOR_EXPORT QList<job::Folder> jobsOfKind(const QString &projectPath, const QString &kind, int limit = 200);
ATHANOR_EXPORT bool isRunningState(job::State state);
/// "running", "waiting for its turn", "stopped without an end" …
ATHANOR_EXPORT QString stateWords(job::State state);
/// "Reading · 320 of 530 documents · 41/s · 5 s left"
ATHANOR_EXPORT QString progressWords(const job::Summary &summary);
/// The bar of a job that runs: its share done, or that it is not known.
ATHANOR_EXPORT void showProgress(QProgressBar *bar, const job::Summary &summary);

}  // namespace athanor::pages
