// The process in which a reader that is "isolated" parses one file: limited in memory, time and output, and disposable.
// Called as `athanor-worker --read-document <reader id> <file> [settings as JSON]`; writes frames to standard output.
// Thread: the child's whole life is runReaderProcess(); readInProcess() may be called from many threads.
#pragma once

#include "core/corpus/reader.h"

#include <chrono>

namespace athanor::corpus {

struct ProcessLimits {
    qint64 memoryBytes = qint64(1) << 30;
    std::chrono::seconds processorTime{30};
    std::chrono::seconds wallTime{60};
    qint64 outputBytes = qint64(128) << 20;
};

/// True when the arguments ask for a reader process: argv[1] is "--read-document".
ATHANOR_EXPORT bool isReaderProcess(int argc, char **argv);
/// The child. Returns the exit code: 0 when documents or a problem were written.
ATHANOR_EXPORT int runReaderProcess(int argc, char **argv);

/// The parent: starts `program`, hands what it writes to `sink`. A crash, a timeout or too much output is a problem.
ATHANOR_EXPORT Status readInProcess(const QString &program, const QString &readerId, const QString &file,
                                    const QJsonObject &settings, const ProcessLimits &limits, ReadSink &sink);

}  // namespace athanor::corpus
