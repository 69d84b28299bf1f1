// What a training job reads: its parameters, the corpus, the tokenizer and the token shards (made when absent).
// Thread: one.
#pragma once

#include "core/corpus/corpus_file.h"
#include "core/job/context.h"
#include "core/tokenizer/token_shard.h"
#include "core/train/run_settings.h"

#include <memory>
#include <optional>

namespace athanor::train {

struct RunInputs {
    QJsonObject architecture;
    RunSettings settings;
    QString tokenizerFile;  // absolute
    QString fromFolder;     // absolute; empty: from scratch
    QJsonObject expect;     // empty: nothing to compare with
    std::shared_ptr<const tokenizer::Tokenizer> tokenizer;
    std::unique_ptr<corpus::CorpusReader> corpus;
    std::unique_ptr<tokenizer::TokenShards> trainTokens;
    std::unique_ptr<tokenizer::TokenShards> validationTokens;  // null: nothing is held out
    std::vector<qint32> tokenByteCounts;
};

/// Encodes the corpus first where its shards are missing or damaged (phase "Preparing tokens").
/// Errors: InvalidInput (settings, tokenizer and architecture that do not fit), NotFound, Corrupt, Cancelled, DiskFull.
ATHANOR_EXPORT Result<RunInputs> openInputs(job::Context &context);

}  // namespace athanor::train
