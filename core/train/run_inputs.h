// What a training job reads: its parameters, the corpus, the tokenizer and the token or record shards (made when
// absent). Thread: one.
#pragma once

#include "core/adapt/record_batches.h"
#include "core/corpus/corpus_file.h"
#include "core/job/context.h"
#include "core/tokenizer/record_shard.h"
#include "core/tokenizer/token_shard.h"
#include "core/train/learning.h"
#include "core/train/record_mixture.h"
#include "core/train/run_settings.h"
#include "core/train/token_windows.h"

#include <memory>
#include <optional>

namespace athanor::train {

/// Records of a split as tokens.
struct OpenedRecords {
    explicit OpenedRecords(tokenizer::RecordShards opened) : shards(std::move(opened)), records(shards) {}
    tokenizer::RecordShards shards;
    adapt::ShardRecords records;  // of `shards`: neither is moved
};

struct RunInputs {
    QJsonObject architecture;  // with a head for the labels where labels are taught
    RunSettings settings;
    Learning learning;
    QJsonObject teaching;      // of model::teachingSchema(), complete; empty: a plain text
    QString tokenizerFile;     // absolute
    QString fromFolder;        // absolute; empty: from scratch
    QJsonObject expect;        // empty: nothing to compare with
    std::shared_ptr<const tokenizer::Tokenizer> tokenizer;
    std::unique_ptr<corpus::CorpusReader> corpus;
    std::unique_ptr<tokenizer::TokenShards> trainTokens;       // of a plain text
    std::unique_ptr<SourceMixture> mixture;                    // of trainTokens; null: the text as it is
    std::unique_ptr<tokenizer::TokenShards> validationTokens;  // null: nothing is held out
    std::unique_ptr<OpenedRecords> trainRecords;               // of records
    std::unique_ptr<OpenedRecords> validationRecords;
    std::unique_ptr<RecordMixture> recordMixture;              // of trainRecords; null: all alike
    adapt::BatchSettings recordSettings;                       // for training
    std::vector<qint32> tokenByteCounts;

    bool teachesRecords() const { return !teaching.isEmpty(); }
    bool hasHeldOut() const { return validationTokens || validationRecords; }
};

/// Encodes the corpus first where its shards are missing or damaged (phase "Preparing tokens"). Records that teach
/// nothing are left out and told.
/// Errors: InvalidInput (settings, tokenizer and architecture that do not fit; records that all teach nothing),
/// NotFound, Corrupt, Cancelled, DiskFull.
ATHANOR_EXPORT Result<RunInputs> openInputs(job::Context &context);

}  // namespace athanor::train
