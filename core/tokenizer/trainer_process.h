// The child process in which a tokenizer is trained: it has no safe point at which to stop, so it must be one that can
// be killed, and SentencePiece must not share a process with LibTorch.
#pragma once

#include "core/base/progress.h"
#include "core/base/error.h"

namespace athanor::tokenizer {

struct TrainerRequest {
    QString program;         // athanor-worker
    QString plugin;          // "tokenizer.bpe"
    QJsonObject settings;    // complete
    QString textFile;        // of TrainingTextWriter
    QString modelFile;       // to be written
    QString requestFile;     // where the request itself is put for the child
};

/// The parent's side: starts the child, passes its progress on, kills it on cancel (Cancelled). Its log goes to `log`.
ATHANOR_EXPORT Status trainInChild(const TrainerRequest &request, ProgressSink &progress, const CancelToken &cancel, QString *log);

/// The child's side: `athanor-worker --train-tokenizer FILE`. Makes a QCoreApplication when there is none. Writes one
/// JSON object a line on standard output: {"progress": …}, then {"error": …} or {"done": true}. Returns the exit code.
ATHANOR_EXPORT int runTrainerProcess(int argc, char **argv);

}  // namespace athanor::tokenizer
