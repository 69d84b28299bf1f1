#include "core/tokenizer/source_streams.h"

#include <algorithm>

namespace athanor::tokenizer {

SourceStreams::SourceStreams(const TokenShards &shards, const DocumentSources &sources)
    : m_ids(sources.ids()), m_streams(static_cast<size_t>(sources.ids().size()))
{
    Q_ASSERT(sources.documentCount() == shards.documentCount());
    const qint64 documents = shards.documentCount();
    for (qint64 i = 0; i < documents; ++i) {
        const qint64 first = shards.documentFirstToken(i);
        const qint64 end = i + 1 < documents ? shards.documentFirstToken(i + 1) : shards.tokenCount();
        std::vector<Piece> &stream = m_streams[static_cast<size_t>(sources.sourceOf(i))];
        const qint64 before = stream.empty() ? 0 : stream.back().end;
        const Piece piece{before + end - first, first - before};
        if (!stream.empty() && stream.back().shift == piece.shift)
            stream.back().end = piece.end;  // it follows the one before without a gap
        else
            stream.push_back(piece);
    }
}

qint64 SourceStreams::tokenCount(size_t source) const
{
    return m_streams[source].empty() ? 0 : m_streams[source].back().end;
}

std::vector<TokenStretch> SourceStreams::stretches(size_t source, qint64 first, qint64 count) const
{
    Q_ASSERT(first >= 0 && count >= 0 && count <= tokenCount(source) && first <= tokenCount(source) - count);
    auto piece = std::upper_bound(m_streams[source].begin(), m_streams[source].end(), first,
                                  [](qint64 at, const Piece &other) { return at < other.end; });
    std::vector<TokenStretch> found;
    for (; count > 0; ++piece) {
        const qint64 part = std::min(count, piece->end - first);
        found.push_back({first + piece->shift, part});
        first += part;
        count -= part;
    }
    return found;
}

}  // namespace athanor::tokenizer
