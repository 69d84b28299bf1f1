#include "core/tokenizer/unigram_encoder.h"

#include "core/tokenizer/utf8.h"

#include <algorithm>
#include <cfloat>

namespace athanor::tokenizer {

namespace {

constexpr float kUnknownPenalty = 10.0F;
constexpr std::size_t kPartLimit = std::size_t(4) << 20;  // a longer run without any place to cut is cut here

}  // namespace

UnigramEncoder::UnigramEncoder(std::shared_ptr<const Lexicon> lexicon)
    : m_lexicon(std::move(lexicon)), m_joins(*m_lexicon), m_smallestScore(FLT_MAX), m_largestScore(FLT_MIN)
{
    std::vector<std::pair<QByteArrayView, std::int32_t>> entries;
    for (size_t id = 0; id < m_lexicon->entries.size(); ++id) {
        const Lexicon::Entry &entry = m_lexicon->entries[id];
        if (entry.isMatched && entry.type != PieceType::Unused)
            entries.emplace_back(QByteArrayView(entry.text), static_cast<std::int32_t>(id));
        if (entry.type == PieceType::Normal) {
            m_smallestScore = std::min(m_smallestScore, entry.score);
            m_largestScore = std::max(m_largestScore, entry.score);
        }
    }
    m_trie = PieceTrie(std::move(entries));
}

// Fills nodes[i] for every position of the part; returns the score of its end. nodes[0] carries the score so far.
float UnigramEncoder::search(const char *begin, const char *end, float score, std::vector<Node> &nodes) const
{
    const auto size = static_cast<std::int32_t>(end - begin);
    nodes.assign(static_cast<size_t>(size) + 1, Node{});
    nodes[0].score = score;
    const float unknownScore = m_smallestScore - kUnknownPenalty;
    for (std::int32_t start = 0; start < size;) {
        const float before = nodes[static_cast<size_t>(start)].score;
        const auto length = static_cast<std::int32_t>(characterLength(begin + start, end));
        bool hasSingle = false;
        std::int32_t state = m_trie.isEmpty() ? -1 : PieceTrie::kRoot;
        for (std::int32_t at = start; state >= 0 && at < size; ++at) {
            state = m_trie.step(state, begin[at]);
            const std::int32_t id = state < 0 ? -1 : m_trie.value(state);
            if (id < 0)
                continue;
            const Lexicon::Entry &entry = m_lexicon->entries[static_cast<size_t>(id)];
            // A user-defined piece is worth more than any other way to cover its text. In double, as in the library.
            const double pieceScore = entry.type == PieceType::UserDefined
                                          ? static_cast<float>(entry.fileBytes) * m_largestScore - 0.1
                                          : static_cast<double>(entry.score);
            const double candidate = pieceScore + before;
            Node &target = nodes[static_cast<size_t>(at) + 1];
            if (target.start < 0 || candidate > target.score)
                target = {id, static_cast<float>(candidate), start};
            hasSingle = hasSingle || at + 1 - start == length;
        }
        if (!hasSingle) {
            Node &target = nodes[static_cast<size_t>(start + length)];
            const float candidate = unknownScore + before;
            if (target.start < 0 || candidate > target.score)
                target = {m_lexicon->unknownId, candidate, start};
        }
        start += length;
    }
    return nodes[static_cast<size_t>(size)].score;
}

void UnigramEncoder::emit(const char *begin, const std::vector<Node> &nodes, std::vector<TokenId> &out) const
{
    thread_local std::vector<std::int32_t> ends;
    ends.clear();
    for (auto end = static_cast<std::int32_t>(nodes.size()) - 1; end > 0; end = nodes[static_cast<size_t>(end)].start)
        ends.push_back(end);
    for (auto it = ends.rbegin(); it != ends.rend(); ++it) {
        const Node &node = nodes[static_cast<size_t>(*it)];
        if (node.id == m_lexicon->unknownId)
            m_lexicon->appendUnknown(begin + node.start, static_cast<std::size_t>(*it - node.start), out);
        else
            out.push_back(node.id);
    }
}

void UnigramEncoder::encode(const char *begin, const char *end, std::vector<TokenId> &out) const
{
    thread_local std::vector<Node> nodes;
    float score = 0;
    while (begin < end) {
        const char *partEnd = m_joins.partEnd(begin, end, kPartLimit);
        score = search(begin, partEnd, score, nodes);
        emit(begin, nodes, out);
        begin = partEnd;
    }
    if (nodes.capacity() > (std::size_t(1) << 20))
        nodes = {};
}

}  // namespace athanor::tokenizer
