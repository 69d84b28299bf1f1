// queue.json of a job: what the queue decided. Role: attempts asked for and started, cancelled or failed before any
// worker ran. Written only under the queue's lock; private to this room. Thread: values.
#pragma once

#include "core/base/error.h"

#include <optional>

namespace athanor::job {

struct QueueRecord {
    int requested = 0;       // attempts asked for: 1 when added, one more for every resume
    int launched = 0;        // attempts for which a worker was started
    qint64 launchedAtMs = 0; // UTC
    qint64 controlFrom = 0;  // control lines up to this number were meant for earlier attempts
    bool isCancelled = false;     // taken out before, or instead of, the requested attempt
    std::optional<Error> error;   // the requested attempt could not be started
};

QString queueRecordPath(const QString &jobPath);
/// An absent file is a record of zeros: the job was never queued.
Result<QueueRecord> readQueueRecord(const QString &jobPath);
Status writeQueueRecord(const QString &jobPath, const QueueRecord &record);

}  // namespace athanor::job
