// Who runs a job: the lock on its folder and the identity of the holder. Private to this room, used by worker and
// readers. The lock is flock on <job>/lock, so that it ends with the process however it dies. Thread: one object a thread.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

namespace athanor::job {

/// An advisory lock of the whole file `path`, made when missing; released at the end of the object.
class FileLock {
public:
    enum class Wait { No, Briefly };  // Briefly: up to 5 s
    static Result<FileLock> acquire(const QString &path, Wait wait);
    /// True while some process holds the lock; needs no write permission.
    static bool isHeld(const QString &path);

    FileLock(FileLock &&other) noexcept;
    FileLock &operator=(FileLock &&other) noexcept;
    ~FileLock();
    void release();

private:
    explicit FileLock(int descriptor) : m_descriptor(descriptor) {}
    int m_descriptor = -1;
};

/// worker.json: {host, bootId, pid, startTicks, attempt}.
struct WorkerIdentity {
    QString host;
    QString bootId;
    qint64 pid = 0;
    qint64 startTicks = 0;  // clock ticks from boot to the start of the process: tells a reused pid
    int attempt = 0;
};

WorkerIdentity identityOfThisProcess(int attempt);
QJsonObject toJson(const WorkerIdentity &identity);
WorkerIdentity identityFromJson(const QJsonObject &object);
/// True when this computer, not restarted since, still runs that very process.
bool isAliveHere(const WorkerIdentity &identity);

}  // namespace athanor::job
