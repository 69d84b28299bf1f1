// All jobs of the open project, as they stand: reads their folders a few times a second and says what changed.
// Role: the one reader of job folders in the window; the drawer and the pages ask it. Thread: the window's.
#pragma once

#include "core/job/folder.h"

#include <QObject>
#include <QTimer>

#include <map>

namespace athanor::shell {

struct ATHANOR_EXPORT JobView {
    job::Spec spec;
    job::Summary summary;

    bool isActive() const;      // starting, running, pausing, cancelling
    bool isWaiting() const;     // queued
    bool canResume() const;     // lost, paused, failed, cancelled
    double fraction() const;    // 0 … 1, or -1 when unknown
    double rate() const;        // per second, or NaN
    double secondsLeft() const; // or NaN
    QString phase() const;
    QString progressText() const;  // "65 % · 4,100 tokens/s · 4.7 min left"
    QString stateText() const;     // "running", "lost: the worker is gone" …
};

class ATHANOR_EXPORT JobMonitor : public QObject {
    Q_OBJECT
public:
    explicit JobMonitor(QObject *parent = nullptr);
    void watch(const QString &projectPath);  // empty: nothing
    void pollNow();

    QList<JobView> jobs() const;          // newest first
    QList<JobView> activeJobs() const;    // running first, then waiting
    const JobView *find(const QString &jobId) const;
    /// The newest job of a kind ("curate", "train" …), or null.
    const JobView *newestOf(const QString &kind) const;

Q_SIGNALS:
    void changed();                                       // any job's summary
    void jobChanged(const QString &jobId);
    void jobEnded(const QString &jobId, athanor::job::State state);  // reached a final state while watched
    void jobEvent(const QString &jobId, const athanor::job::Event &event);  // samples, logs, artifacts, controls, states

private:
    struct Entry {
        job::Folder folder;
        JobView view;
        bool known = false;
    };
    void findFolders();
    bool pollEntry(Entry &entry);
    QString m_projectPath;
    std::map<QString, Entry> m_entries;
    QTimer m_timer;
    int m_tick = 0;
};

}  // namespace athanor::shell
