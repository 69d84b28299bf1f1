// Who runs a job: the identity of the process that holds the lock of its folder (<job>/lock). Private to this room,
// used by worker and readers. Thread: values.
#pragma once

#include "core/base/error.h"
#include "core/base/file_lock.h"

#include <QJsonObject>

namespace athanor::job {

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
