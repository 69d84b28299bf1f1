// What a dataset's records come to with one encoder: counts before a run is started, and with every set of shards.
// Thread: values; summarizeRecords() uses threads of its own.
#pragma once

#include "core/base/progress.h"
#include "core/corpus/corpus_file.h"
#include "core/tokenizer/record_encoder.h"

#include <array>
#include <map>

namespace athanor::tokenizer {

struct ATHANOR_EXPORT RecordSummary {
    struct Example {
        QString id, path, reason;
    };
    static constexpr int kMostExamples = 20;
    static constexpr int kBuckets = 32;

    qint64 records = 0;           // of the split
    qint64 teaching = 0;          // those that teach something: what training sees
    qint64 tokens = 0;            // of those, after truncation
    qint64 learnedTokens = 0;
    qint64 truncatedRecords = 0;
    qint64 truncatedTokens = 0;
    qint64 teachNothing = 0;
    std::map<QString, qint64> reasons;   // why, and how often
    std::vector<Example> examples;       // the first of them, in order
    qint64 longest = 0;           // tokens
    QString longestId;
    std::array<qint64, kBuckets> distribution{};  // [i]: records with 2^i … 2^(i+1)-1 tokens
    std::map<int, qint64> labels; // label index → records

    void add(const corpus::CorpusDocument &document, const EncodedRecord &record);
    QJsonObject toJson() const;
};

/// Encodes every record of a split and keeps the counts only. Errors: Cancelled, those of the corpus.
ATHANOR_EXPORT Result<RecordSummary> summarizeRecords(const corpus::CorpusReader &corpus, const QString &split,
                                                      const RecordEncoder &encoder, int threadCount, ProgressSink &progress,
                                                      const CancelToken &cancel);

}  // namespace athanor::tokenizer
