// The job kind "curate": sources and a recipe in, a corpus and the fate of every document out.
// Thread: run() on the worker's main thread; it uses all cores.
#pragma once

#include "core/corpus/reader_process.h"
#include "core/job/context.h"

namespace athanor::corpus {

struct CurateOptions {
    QString readerProgram;        // empty: athanor-worker beside the running program
    int threadCount = 0;          // 0: all cores, at least 2
    ProcessLimits processLimits;
};

ATHANOR_EXPORT std::unique_ptr<job::Handler> makeCurateHandler();
ATHANOR_EXPORT std::unique_ptr<job::Handler> makeCurateHandler(const CurateOptions &options);

}  // namespace athanor::corpus
