// The job of kind "tokenizer": trains one on a corpus, or imports a .model file. Result: see run().
#pragma once

#include "core/job/context.h"

namespace athanor::tokenizer {

/// `worker`: the program that can be started with --train-tokenizer; empty: athanor-worker of this installation.
/// Result: {"tokenizer","tokenizerSha256","vocabulary","type","lossless","bytesPerToken","languages":[{"language",
/// "bytesPerToken","fallbackShare"}],"measuredBytes","statistics":{…}} and, when text did not come back unchanged,
/// "firstDifference":{"document","path","byte"}. An import without a corpus has no measurements.
ATHANOR_EXPORT std::unique_ptr<job::Handler> makeTokenizerHandler(const QString &worker = {});

}  // namespace athanor::tokenizer
