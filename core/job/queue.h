// The queue of a project: one heavy job per device, the next starts when the last ends, also with no window
// open (a worker calls advance() as its last act). Thread and process safe: a lock file in jobs/.
#pragma once

#include "core/job/context.h"
#include "core/job/folder.h"
#include "core/plugin/registry.h"

#include <map>
#include <mutex>

namespace athanor::job {

/// How a worker is started: a plugin of kind "launcher".
class Launcher {
public:
    virtual ~Launcher() = default;
    /// Starts a detached worker for the folder and returns at once.
    virtual Status launch(const QString &jobPath) = 0;
};

class ATHANOR_EXPORT Queue {
public:
    Queue(QString projectPath, plugin::Catalogue &plugins);

    /// Makes the folder and starts it, now or when its turn comes.
    Result<Folder> add(Spec spec);
    /// Starts whatever can start now. Idempotent; called after add, by every ending worker, and on opening a project.
    Status advance();
    /// Lost, Paused, Failed or Cancelled: queues another attempt.
    Status resume(const QString &jobId);
    /// Queued: taken out at once. Running: asked to stop.
    Status cancel(const QString &jobId);
    Status pause(const QString &jobId);

private:
    struct View;
    View look();
    QString m_projectPath;
    plugin::Catalogue *m_plugins;
    std::mutex m_mutex;
    std::map<QString, Folder> m_known;  // kept between calls, so that only what is new in their events is read
};

/// The whole life of a worker: lock, identity, Starting … final state, advance(). Returns the exit code. Used by app/worker.
ATHANOR_EXPORT int runWorker(const QString &jobPath, plugin::Catalogue &plugins, HandlerTable &textSide);

}  // namespace athanor::job

Q_DECLARE_INTERFACE(athanor::job::Launcher, "athanor.Launcher/1")
