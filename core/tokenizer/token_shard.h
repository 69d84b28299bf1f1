// Token shards: the ids of a corpus split, memory-mapped. A folder:
//   tokens.json   {"format":1,"split","corpusSha256","tokenizerSha256","vocabulary","tokens","documents","bytes","width":2|4,"shards":[{"file","tokens","sha256"}]}
//   00000.tokens  little-endian uint16 (vocabulary ≤ 65,536) or uint32; documents in id order, each followed by end-of-document
//   documents.index  binary: per document first token and byte count of its text
//   documents.sources  from which source each document came (document_sources.h); older folders have none
// Thread: a reader is const after open and safe from many threads.
#pragma once

#include "core/base/progress.h"
#include "core/corpus/corpus_file.h"
#include "core/tokenizer/tokenizer.h"

namespace athanor::tokenizer {

inline constexpr int kTokenFormat = 1;

class ATHANOR_EXPORT TokenShards {
public:
    /// Maps the shards; checks lengths always, checksums when `verify`. Errors: NotFound, Corrupt, NewerVersion.
    static Result<TokenShards> open(const QString &folder, bool verify);
    TokenShards(TokenShards &&) noexcept;
    ~TokenShards();
    const QJsonObject &facts() const;
    qint64 tokenCount() const;
    qint64 documentCount() const;
    qint64 textBytes() const;                 // raw bytes that the tokens stand for
    /// Copies `count` ids from position `first` (may cross shards). first + count must be ≤ tokenCount().
    void copy(qint64 first, qint64 count, qint64 *destination) const;
    /// The same tokens are copied soon: the system may read them meanwhile. Returns at once; nothing goes wrong without it.
    void willNeed(qint64 first, qint64 count) const;
    qint64 documentFirstToken(qint64 document) const;
    qint64 documentBytes(qint64 document) const;

private:
    struct Impl;
    explicit TokenShards(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// Encodes a split into `folder` (made; complete or absent). Uses `threadCount` threads; the result does not depend on it.
ATHANOR_EXPORT Result<QJsonObject> writeTokenShards(const corpus::CorpusReader &corpus, const QString &split,
                                                    const Tokenizer &tokenizer, const QString &folder,
                                                    int threadCount, ProgressSink &progress,
                                                    const CancelToken &cancel);

}  // namespace athanor::tokenizer
