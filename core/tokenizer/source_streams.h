// The tokens of each source as a stream of its own: its documents one after another, each with its end mark, although
// they stand among those of the others. Limits: 16 bytes for each stretch of documents of one source.
// Thread: const, safe from many threads.
#pragma once

#include "core/tokenizer/document_sources.h"
#include "core/tokenizer/token_shard.h"

namespace athanor::tokenizer {

/// Tokens of shards that follow one another.
struct TokenStretch {
    qint64 first = 0;
    qint64 count = 0;
};

class ATHANOR_EXPORT SourceStreams {
public:
    /// `sources` must be of the documents of `shards`.
    SourceStreams(const TokenShards &shards, const DocumentSources &sources);
    const QStringList &ids() const { return m_ids; }
    size_t count() const { return m_streams.size(); }
    qint64 tokenCount(size_t source) const;
    /// Where in the shards `count` tokens from `first` on stand; first + count must be ≤ tokenCount(source).
    std::vector<TokenStretch> stretches(size_t source, qint64 first, qint64 count) const;

private:
    struct Piece {
        qint64 end = 0;    // tokens of the source up to the end of this piece
        qint64 shift = 0;  // add it to a position in the source to get the one in the shards
    };
    QStringList m_ids;
    std::vector<std::vector<Piece>> m_streams;
};

}  // namespace athanor::tokenizer
