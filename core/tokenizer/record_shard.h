// Records as tokens on disk, memory-mapped: what training packs into batches. A folder:
//   records.json    {"format":1,"split","corpusSha256","tokenizerSha256","encoderSha256","vocabulary","width":2|4,"records",
//                    "tokens","learnedTokens","learnedBytes","labels":[…],"settings":{…},"summary":{…},"files":{name:{bytes,sha256}}}
//   records.tokens  little-endian uint16 (vocabulary ≤ 65,536) or uint32; records one after another, nothing between them
//   records.learns  one bit a token, least significant bit first: the loss counts on producing this token
//   records.index   per record: first token, document (its place in the split), label (−1: none), learned tokens, their bytes
// Only records that teach something are in it, in document order. Thread: a reader is const after open and safe from many
// threads.
#pragma once

#include "core/tokenizer/record_summary.h"

namespace athanor::tokenizer {

inline constexpr int kRecordFormat = 1;

class ATHANOR_EXPORT RecordShards {
public:
    /// Checks lengths always, checksums and ids when `verify`. Errors: NotFound, Corrupt, NewerVersion.
    static Result<RecordShards> open(const QString &folder, bool verify);
    RecordShards(RecordShards &&) noexcept;
    RecordShards &operator=(RecordShards &&) noexcept;
    ~RecordShards();

    const QJsonObject &facts() const;
    qint64 recordCount() const;
    qint64 tokenCount() const;
    qint64 learnedTokenCount() const;
    /// Bytes of text that the learned tokens stand for: the denominator of bits per byte.
    qint64 learnedBytes() const;

    // Of record i, 0 ≤ i < recordCount():
    qint64 recordTokens(qint64 record) const;
    qint64 recordLearnedTokens(qint64 record) const;
    qint64 recordLearnedBytes(qint64 record) const;
    int label(qint64 record) const;        // index into facts()["labels"], −1: none
    qint64 document(qint64 record) const;  // its place in the split of the corpus
    /// Tokens [offset, offset + count) of a record: their ids, and for each 1 where it is learned, else 0. Both
    /// destinations hold `count`; `learns` may be null. offset + count ≤ recordTokens(record).
    void copy(qint64 record, qint64 offset, qint64 count, qint64 *ids, quint8 *learns) const;

private:
    struct Impl;
    explicit RecordShards(std::unique_ptr<Impl> impl);
    std::unique_ptr<const Impl> m_impl;
};

/// Encodes the records of a split into `folder` (made; complete or absent; one that is there already and was made by the
/// same encoder of the same corpus is kept). The result does not depend on `threadCount`. Returns records.json.
/// Errors: InvalidInput when no record teaches anything (with the reasons), Cancelled, DiskFull.
ATHANOR_EXPORT Result<QJsonObject> encodeRecords(const corpus::CorpusReader &corpus, const QString &split,
                                                 const RecordEncoder &encoder, const QString &folder, int threadCount,
                                                 ProgressSink &progress, const CancelToken &cancel);

}  // namespace athanor::tokenizer
