#include "core/tokenizer/bpe_encoder.h"

#include "core/tokenizer/utf8.h"
#include "core/tokenizer/word_cache.h"

#include <QHash>

#include <queue>

namespace athanor::tokenizer {

namespace {

constexpr std::size_t kPartLimit = std::size_t(1) << 20;  // a longer run without any place to cut is cut here
constexpr std::size_t kShortPart = 40;                    // up to here, looking at all pairs beats a heap

std::uint64_t pairKey(std::int32_t left, std::int32_t right)
{
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right)) + 1;
}

struct Candidate {
    float score;
    std::int32_t left;
    std::int32_t right;
    std::uint32_t length;
    std::int32_t symbol;
    bool operator<(const Candidate &other) const  // the largest comes first
    {
        return score != other.score ? score < other.score : left > other.left;
    }
};

}  // namespace

struct BpeEncoder::Scratch {
    std::vector<Node> nodes;
    std::vector<Candidate> heap;
    QHash<Symbol, std::pair<Node, Node>> parts;  // of pieces marked unused: what they were last made of
};

BpeEncoder::BpeEncoder(std::shared_ptr<const Lexicon> lexicon) : m_lexicon(std::move(lexicon)), m_joins(*m_lexicon)
{
    m_serial = nextCacheSerial();
    std::vector<std::pair<QByteArrayView, std::int32_t>> userDefined;
    for (size_t id = 0; id < m_lexicon->entries.size(); ++id) {
        const Lexicon::Entry &entry = m_lexicon->entries[id];
        m_tokens.push_back(static_cast<TokenId>(id));
        if (!entry.isMatched)
            continue;
        m_symbols.emplace(QByteArrayView(entry.text), static_cast<Symbol>(id));
        if (entry.type == PieceType::UserDefined)
            userDefined.emplace_back(QByteArrayView(entry.text), static_cast<Symbol>(id));
    }
    m_userDefined = PieceTrie(std::move(userDefined));
    addCharacters();
    addPairs();
}

// Every character of every piece becomes a symbol, also when it is no piece of its own. (The views in m_symbols stay
// valid when m_extraCharacters grows: a QByteArray that moves keeps its bytes where they are.)
void BpeEncoder::addCharacters()
{
    QHash<QByteArray, TokenId> reserved;
    for (size_t id = 0; id < m_lexicon->entries.size(); ++id)
        if (const Lexicon::Entry &entry = m_lexicon->entries[id];
            entry.type == PieceType::Control || entry.type == PieceType::Unknown || entry.type == PieceType::Byte)
            reserved.insert(entry.text, static_cast<TokenId>(id));
    m_asciiSymbols.fill(-1);
    for (const Lexicon::Entry &entry : m_lexicon->entries) {
        const char *end = entry.text.constData() + entry.text.size();
        for (const char *at = entry.text.constData(); entry.isMatched && at < end;) {
            const std::size_t length = characterLength(at, end);
            const std::uint32_t code = codePoint(at, length);
            const QByteArrayView text(at, static_cast<qsizetype>(length));
            auto found = m_symbols.find(text);
            if (found == m_symbols.end()) {
                m_extraCharacters.push_back(text.toByteArray());
                found = m_symbols.emplace(QByteArrayView(m_extraCharacters.back()), static_cast<Symbol>(m_tokens.size())).first;
                m_tokens.push_back(reserved.value(m_extraCharacters.back(), -1));
            }
            if (code < 128)
                m_asciiSymbols[code] = found->second;
            else
                m_characterSymbols.emplace(code, found->second);
            at += length;
        }
    }
}

void BpeEncoder::insertPair(std::uint64_t key, Symbol value)
{
    std::size_t slot = mixBits(key) & m_pairMask;
    while (m_pairs[slot].first != 0 && m_pairs[slot].first != key)
        slot = (slot + 1) & m_pairMask;
    m_pairs[slot] = {key, value};
}

// All ways in which two symbols can make a piece.
void BpeEncoder::addPairs()
{
    std::vector<std::pair<std::uint64_t, Symbol>> found;
    for (size_t id = 0; id < m_lexicon->entries.size(); ++id) {
        const Lexicon::Entry &entry = m_lexicon->entries[id];
        if (!entry.isMatched)
            continue;
        const char *begin = entry.text.constData();
        const char *end = begin + entry.text.size();
        for (const char *cut = begin + characterLength(begin, end); cut < end; cut += characterLength(cut, end)) {
            const auto left = m_symbols.find(QByteArrayView(begin, cut - begin));
            if (left == m_symbols.end())
                continue;
            const auto right = m_symbols.find(QByteArrayView(cut, end - cut));
            if (right != m_symbols.end())
                found.emplace_back(pairKey(left->second, right->second), static_cast<Symbol>(id));
        }
    }
    std::size_t capacity = 64;
    while (capacity < found.size() * 2)
        capacity *= 2;
    m_pairs.assign(capacity, {0, -1});
    m_pairMask = capacity - 1;
    for (const auto &[key, value] : found)
        insertPair(key, value);
}

BpeEncoder::Symbol BpeEncoder::joined(Symbol left, Symbol right) const
{
    if (left < 0 || right < 0)
        return -1;
    const std::uint64_t key = pairKey(left, right);
    for (std::size_t slot = mixBits(key) & m_pairMask;; slot = (slot + 1) & m_pairMask) {
        if (m_pairs[slot].first == key)
            return m_pairs[slot].second;
        if (m_pairs[slot].first == 0)
            return -1;
    }
}

BpeEncoder::Symbol BpeEncoder::joined(const Node &left, const Node &right) const
{
    return left.isFrozen || right.isFrozen ? -1 : joined(left.symbol, right.symbol);
}

BpeEncoder::Symbol BpeEncoder::characterSymbol(const char *at, std::size_t length) const
{
    const auto byte = static_cast<std::uint8_t>(*at);
    if (byte < 128)
        return m_asciiSymbols[byte];
    const auto found = m_characterSymbols.find(codePoint(at, length));
    return found == m_characterSymbols.end() ? -1 : found->second;
}

void BpeEncoder::split(const char *begin, const char *end, std::vector<Node> &nodes) const
{
    nodes.clear();
    for (const char *at = begin; at < end;) {
        std::int32_t user = -1;
        std::size_t length = m_userDefined.longestPrefix(at, end, &user);
        const bool isFrozen = length > 0;
        Symbol symbol = user;
        if (!isFrozen) {
            length = validCharacterLength(at, end);
            symbol = length == 0 ? -1 : characterSymbol(at, length);
            length = length == 0 ? 1 : length;
        }
        const auto index = static_cast<std::int32_t>(nodes.size());
        nodes.push_back({at, static_cast<std::uint32_t>(length), symbol, isFrozen, index - 1, index + 1});
        at += length;
    }
    if (!nodes.empty())
        nodes.back().next = -1;
}

// For short parts: look at all pairs, join the best, repeat.
void BpeEncoder::mergeShort(std::vector<Node> &nodes) const
{
    std::array<Symbol, kShortPart> pair;
    for (size_t i = 0; i + 1 < nodes.size(); ++i)
        pair[i] = joined(nodes[i], nodes[i + 1]);
    for (;;) {
        std::size_t best = nodes.size();
        float bestScore = 0;
        for (size_t i = 0; i + 1 < nodes.size(); ++i) {
            if (pair[i] < 0)
                continue;
            const float score = m_lexicon->entries[static_cast<size_t>(pair[i])].score;
            if (best == nodes.size() || score > bestScore) {
                best = i;
                bestScore = score;
            }
        }
        if (best == nodes.size())
            return;
        nodes[best].symbol = pair[best];
        nodes[best].length += nodes[best + 1].length;
        nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(best) + 1);
        for (size_t i = best; i + 1 < nodes.size(); ++i)
            pair[i] = pair[i + 1];
        if (best > 0)
            pair[best - 1] = joined(nodes[best - 1], nodes[best]);
        if (best + 1 < nodes.size())
            pair[best] = joined(nodes[best], nodes[best + 1]);
    }
}

// For long parts: a heap of candidates over a linked list; stale candidates are known by their length.
void BpeEncoder::mergeLong(Scratch &scratch) const
{
    std::vector<Node> &nodes = scratch.nodes;
    std::priority_queue<Candidate> heap;
    const auto add = [&](std::int32_t left, std::int32_t right) {
        if (left < 0 || right < 0)
            return;
        const Node &a = nodes[static_cast<size_t>(left)];
        const Node &b = nodes[static_cast<size_t>(right)];
        const Symbol symbol = joined(a, b);
        if (symbol < 0)
            return;
        const Lexicon::Entry &entry = m_lexicon->entries[static_cast<size_t>(symbol)];
        heap.push({entry.score, left, right, a.length + b.length, symbol});
        if (entry.type == PieceType::Unused)
            scratch.parts.insert(symbol, {a, b});
    };
    for (std::int32_t i = 1; i < static_cast<std::int32_t>(nodes.size()); ++i)
        add(i - 1, i);
    while (!heap.empty()) {
        const Candidate top = heap.top();
        heap.pop();
        Node &left = nodes[static_cast<size_t>(top.left)];
        Node &right = nodes[static_cast<size_t>(top.right)];
        if (left.length == 0 || right.length == 0 || left.length + right.length != top.length)
            continue;
        left.symbol = top.symbol;
        left.length = top.length;
        left.next = right.next;
        if (right.next >= 0)
            nodes[static_cast<size_t>(right.next)].previous = top.left;
        right.length = 0;
        add(left.previous, top.left);
        add(top.left, left.next);
    }
    std::erase_if(nodes, [](const Node &node) { return node.length == 0; });
}

void BpeEncoder::emit(const Node &node, std::vector<TokenId> &out) const
{
    const TokenId token = node.symbol < 0 ? -1 : m_tokens[static_cast<size_t>(node.symbol)];
    if (token >= 0)
        out.push_back(token);
    else
        m_lexicon->appendUnknown(node.begin, node.length, out);
}

// A piece marked unused is taken apart again, into what it was made of, until nothing unused is left.
void BpeEncoder::emitUnused(const Node &node, Scratch &scratch, std::vector<TokenId> &out) const
{
    std::vector<Node> open{node};
    while (!open.empty()) {
        const Node top = open.back();
        open.pop_back();
        const auto found = scratch.parts.constFind(top.symbol);
        if (found == scratch.parts.constEnd()) {
            emit(top, out);
            continue;
        }
        open.push_back(found->second);
        open.push_back(found->first);
    }
}

void BpeEncoder::encodePart(const char *begin, const char *end, std::vector<TokenId> &out) const
{
    thread_local Scratch scratch;
    split(begin, end, scratch.nodes);
    if (m_lexicon->hasUnused) {
        scratch.parts.clear();
        mergeLong(scratch);
        const std::vector<Node> nodes = scratch.nodes;
        for (const Node &node : nodes)
            emitUnused(node, scratch, out);
        return;
    }
    if (scratch.nodes.size() <= kShortPart)
        mergeShort(scratch.nodes);
    else
        mergeLong(scratch);
    for (const Node &node : scratch.nodes)
        emit(node, out);
}

void BpeEncoder::encode(const char *begin, const char *end, std::vector<TokenId> &out) const
{
    if (m_lexicon->hasUnused) {  // what an unused piece is made of may depend on all of the text
        if (begin < end)
            encodePart(begin, end, out);
        return;
    }
    while (begin < end) {
        const char *partEnd = m_joins.partEnd(begin, end, kPartLimit);
        encodeCached(m_serial, begin, partEnd, out, [this](const char *from, const char *to, std::vector<TokenId> &ids) { encodePart(from, to, ids); });
        begin = partEnd;
    }
}

}  // namespace athanor::tokenizer
