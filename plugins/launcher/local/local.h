// Starts athanor-worker on this computer, detached. Role: a process in a session of its own, child of nobody here, so
// that it outlives window and terminal; its output goes to the job's log.txt. Thread: safe; between fork and exec only
// async-signal-safe calls are made, since the window has threads.
#pragma once

#include "core/base/error.h"

namespace athanor::launcher {

struct DetachedProgram {
    QString program;
    QStringList arguments;
    QString logFile;   // receives standard output and error, appended
    int niceness = 0;  // 0 to 19
};

/// Returns when the program runs, or with the reason why it could not be started.
Status startDetached(const DetachedProgram &request);

/// athanor-worker for a job folder; jobs that occupy a device leave the person's programs precedence.
Status launchWorker(const QString &jobPath);

}  // namespace athanor::launcher
