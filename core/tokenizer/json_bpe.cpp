// Byte-pair encoding (Sennrich et al. 2016) by a list of merges, as the `tokenizers` library applies it: of all
// neighbours the pair that stands first in the list is joined, the leftmost on a tie, until no pair is in it.
#include "core/tokenizer/byte_letters.h"
#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/json_model.h"
#include "core/tokenizer/lexicon.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/word_cache.h"

#include <algorithm>
#include <climits>
#include <unordered_map>

namespace athanor::tokenizer {

namespace {

using json::tr;

constexpr std::size_t kShortWord = 48;                   // up to here, looking at all pairs beats a heap
constexpr std::size_t kCutWord = 24;                     // longer words are cut where no piece crosses
constexpr std::size_t kPartLimit = std::size_t(1) << 20;

struct Merge {
    std::int32_t rank = INT_MAX;
    TokenId id = -1;
};

// Which pairs merge: open addressing, 16 bytes a slot.
class MergeTable {
public:
    explicit MergeTable(std::size_t count = 0)
    {
        std::size_t capacity = 64;
        while (capacity < count * 2)
            capacity *= 2;
        m_slots.resize(capacity);
    }
    void insert(TokenId left, TokenId right, Merge merge)  // a pair given twice keeps the last
    {
        Slot &slot = m_slots[slotOf(keyOf(left, right))];
        slot = {keyOf(left, right), merge};
    }
    Merge find(TokenId left, TokenId right) const
    {
        if ((left | right) < 0)
            return {};
        return m_slots[slotOf(keyOf(left, right))].merge;
    }

private:
    struct Slot {
        std::uint64_t key = 0;
        Merge merge;
    };
    static std::uint64_t keyOf(TokenId left, TokenId right)
    {
        return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right)) + 1;
    }
    std::size_t slotOf(std::uint64_t key) const
    {
        std::size_t slot = mixBits(key) & (m_slots.size() - 1);
        while (m_slots[slot].key != 0 && m_slots[slot].key != key)
            slot = (slot + 1) & (m_slots.size() - 1);
        return slot;
    }
    std::vector<Slot> m_slots;
};

class BpeModel final : public WordModel {
public:
    static Result<std::shared_ptr<const WordModel>> create(const QJsonObject &object, Words words, const QSet<QByteArray> &marks);
    QString typeName() const override { return m_words == Words::AsBytes ? QStringLiteral("byte-level BPE") : QStringLiteral("BPE"); }
    bool keepsBytes() const override
    {
        const auto &ids = m_words == Words::AsBytes ? m_letters : m_bytes;
        return (m_words == Words::AsBytes || m_byteFallback) && !m_makesBytes && std::all_of(ids.begin(), ids.end(), [](TokenId id) { return id >= 0; });
    }
    void encode(const char *begin, const char *end, std::vector<TokenId> &out) const override;

private:
    struct Node {
        TokenId id;
        std::int32_t previous;
        std::int32_t next;
    };
    struct Candidate {
        std::int32_t rank;
        std::int32_t left;
        TokenId id;
        bool operator<(const Candidate &other) const  // the smallest rank comes first, then the leftmost
        {
            return rank != other.rank ? rank > other.rank : left > other.left;
        }
    };

    Status readSettings(const QJsonObject &object);
    Status readMerges(const QJsonValue &value);
    Status addMerge(const QByteArray &left, const QByteArray &right, std::int32_t rank);
    void indexCharacters(const QSet<QByteArray> &marks);
    void split(const char *begin, const char *end, std::vector<TokenId> &ids) const;
    void splitMarked(const char *begin, const char *end, std::vector<TokenId> &ids) const;
    void addUnknown(const char *begin, const char *end, std::vector<TokenId> &ids) const;
    void encodePart(const char *begin, const char *end, std::vector<TokenId> &out) const;
    void mergeShort(std::vector<TokenId> &ids, std::vector<TokenId> &out) const;
    void mergeLong(const std::vector<TokenId> &ids, std::vector<TokenId> &out) const;
    TokenId characterId(const char *at, std::size_t valid) const;

    Words m_words = Words::AsText;
    bool m_byteFallback = false;
    bool m_fusesUnknown = false;
    bool m_ignoresMerges = false;
    bool m_canCut = false;
    bool m_makesBytes = false;  // merges make the name of a byte, which is then not told from the byte
    const std::uint32_t m_serial = nextCacheSerial();  // of parts of words
    QByteArray m_prefix;
    QByteArray m_suffix;
    std::array<TokenId, 256> m_letters{};  // of bytes, or of ASCII characters
    std::array<TokenId, 256> m_bytes{};    // "<0x00>" …
    std::unordered_map<std::uint32_t, TokenId> m_characters;
    std::unordered_map<QByteArrayView, TokenId> m_whole;
    std::vector<QByteArray> m_rawTexts;
    MergeTable m_merges;
    JoinTable m_joins;
};

Status BpeModel::readSettings(const QJsonObject &object)
{
    ATHANOR_ASSIGN(m_byteFallback, json::flag(object, "byte_fallback", false));
    ATHANOR_ASSIGN(m_fusesUnknown, json::flag(object, "fuse_unk", false));
    ATHANOR_ASSIGN(m_ignoresMerges, json::flag(object, "ignore_merges", false));
    ATHANOR_ASSIGN(m_prefix, json::text(object, "continuing_subword_prefix"));
    ATHANOR_ASSIGN(m_suffix, json::text(object, "end_of_word_suffix"));
    if (object.value(QLatin1String("dropout")).toDouble() != 0)
        return fail(ErrorCode::Unsupported, tr("Its merges are left out by chance (“dropout”), which is not supported."));
    if (m_words == Words::AsBytes && !(m_prefix.isEmpty() && m_suffix.isEmpty()))
        return fail(ErrorCode::Unsupported, tr("Its byte-level BPE with “continuing_subword_prefix” or “end_of_word_suffix” is not supported."));
    ATHANOR_ASSIGN(const QByteArray unknown, json::text(object, "unk_token"));
    m_unknown = unknown.isEmpty() ? -1 : m_vocabulary.id(unknown);
    if (!unknown.isEmpty() && m_unknown < 0)
        return json::corrupt(tr("Its unknown token “%1” is not among the pieces.").arg(QString::fromUtf8(unknown)));
    return {};
}

Status BpeModel::addMerge(const QByteArray &left, const QByteArray &right, std::int32_t rank)
{
    const TokenId a = m_vocabulary.id(left);
    const TokenId b = m_vocabulary.id(right);
    const bool isMarked = !m_prefix.isEmpty() && right.size() >= m_prefix.size();
    const QByteArray joined = left + (isMarked ? right.mid(m_prefix.size()) : right);
    const TokenId id = m_vocabulary.id(joined);
    if (a < 0 || b < 0 || id < 0)
        return json::corrupt(tr("Its merge %1 names “%2”, which is not among the pieces.")
                                 .arg(rank)
                                 .arg(QString::fromUtf8((a < 0 ? left : b < 0 ? right : joined).left(80))));
    m_merges.insert(a, b, {rank, id});
    const auto isByte = [this](TokenId token) { return std::find(m_bytes.begin(), m_bytes.end(), token) != m_bytes.end(); };
    m_makesBytes = m_makesBytes || (m_words == Words::AsText && joined.startsWith("<0x") && byteOfPiece(joined) >= 0);
    if (m_canCut && (left.startsWith("<0x") || right.startsWith("<0x")) && (isByte(a) || isByte(b)))
        m_canCut = false;
    return {};
}

Status BpeModel::readMerges(const QJsonValue &value)
{
    if (!value.isArray())
        return json::corrupt(tr("It has no list of merges."));
    const QJsonArray list = value.toArray();
    m_merges = MergeTable(static_cast<size_t>(list.size()));
    std::int32_t rank = 0;
    for (const QJsonValue &entry : list) {
        QByteArray left, right;
        if (entry.isString()) {
            const QByteArray line = entry.toString().toUtf8();
            const qsizetype space = line.indexOf(' ');
            left = line.left(std::max<qsizetype>(space, 0));
            right = space < 0 ? QByteArray() : line.mid(space + 1);
        } else if (const QJsonArray pair = entry.toArray(); pair.size() == 2) {
            left = pair.at(0).toString().toUtf8();
            right = pair.at(1).toString().toUtf8();
        }
        if (left.isEmpty() || right.isEmpty() || (entry.isString() && right.contains(' ')))
            return json::corrupt(tr("Its merge %1 is not two pieces.").arg(rank));
        ATHANOR_TRY(addMerge(left, right, rank++));
    }
    return {};
}

void BpeModel::indexCharacters(const QSet<QByteArray> &marks)
{
    m_letters.fill(-1);
    m_rawTexts.resize(m_vocabulary.texts.size());
    for (size_t i = 0; i < m_rawTexts.size(); ++i) {
        const auto id = static_cast<TokenId>(i);
        const QByteArray &piece = m_vocabulary.texts[i];
        const auto bytes = m_words == Words::AsBytes ? bytesOfLetters(piece) : std::optional<QByteArray>(piece);
        if (!bytes || bytes->isEmpty())
            continue;
        m_rawTexts[i] = *bytes;
        const QByteArray &text = m_rawTexts[i];
        const char *begin = text.constData();
        const std::size_t valid = validCharacterLength(begin, begin + text.size());
        if (text.size() == 1 && (m_words == Words::AsBytes || valid == 1))
            m_letters[static_cast<std::uint8_t>(*begin)] = id;
        else if (m_words == Words::AsText && static_cast<qsizetype>(valid) == text.size())
            m_characters.emplace(codePoint(begin, valid), id);
        if (m_ignoresMerges && !marks.contains(piece))
            m_whole.emplace(QByteArrayView(text), id);
        if (m_words == Words::AsText)
            m_joins.add(text);
    }
}

Result<std::shared_ptr<const WordModel>> BpeModel::create(const QJsonObject &object, Words words, const QSet<QByteArray> &marks)
{
    auto model = std::make_shared<BpeModel>();
    model->m_words = words;
    ATHANOR_ASSIGN(model->m_vocabulary, readVocabulary(object.value(QLatin1String("vocab"))));
    ATHANOR_TRY(model->readSettings(object));
    for (int byte = 0; byte < 256; ++byte)
        model->m_bytes[static_cast<size_t>(byte)] = model->m_vocabulary.id(bytePieceName(byte));
    model->m_canCut = words == Words::AsText && model->m_prefix.isEmpty() && model->m_suffix.isEmpty();
    ATHANOR_TRY(model->readMerges(object.value(QLatin1String("merges"))));
    model->indexCharacters(marks);
    return model;
}

TokenId BpeModel::characterId(const char *at, std::size_t valid) const
{
    if (valid == 1)
        return m_letters[static_cast<std::uint8_t>(*at)];
    const auto found = valid == 0 ? m_characters.end() : m_characters.find(codePoint(at, valid));
    return found == m_characters.end() ? -1 : found->second;
}

// A character that is no piece: its bytes, or the unknown token (one for a run of them when they are fused), or nothing.
void BpeModel::addUnknown(const char *begin, const char *end, std::vector<TokenId> &ids) const
{
    const auto hasByte = [this](char c) { return m_bytes[static_cast<std::uint8_t>(c)] >= 0; };
    if (m_byteFallback && std::all_of(begin, end, hasByte)) {
        for (const char *at = begin; at < end; ++at)
            ids.push_back(m_bytes[static_cast<std::uint8_t>(*at)]);
    } else if (m_unknown >= 0 && !(m_fusesUnknown && !ids.empty() && ids.back() == m_unknown)) {
        ids.push_back(m_unknown);
    }
}

void BpeModel::split(const char *begin, const char *end, std::vector<TokenId> &ids) const
{
    ids.clear();
    if (m_words == Words::AsBytes) {
        for (const char *at = begin; at < end; ++at) {
            const TokenId id = m_letters[static_cast<std::uint8_t>(*at)];
            if (id >= 0)
                ids.push_back(id);
            else
                addUnknown(at, at + 1, ids);
        }
        return;
    }
    if (!m_prefix.isEmpty() || !m_suffix.isEmpty()) {
        splitMarked(begin, end, ids);
        return;
    }
    for (const char *at = begin; at < end;) {
        const std::size_t valid = validCharacterLength(at, end);
        const std::size_t length = valid == 0 ? 1 : valid;
        const TokenId id = characterId(at, valid);
        if (id >= 0)
            ids.push_back(id);
        else
            addUnknown(at, at + length, ids);
        at += length;
    }
}

// Characters after the first are written with a prefix, the last with a suffix.
void BpeModel::splitMarked(const char *begin, const char *end, std::vector<TokenId> &ids) const
{
    for (const char *at = begin; at < end;) {
        const std::size_t length = characterLength(at, end);
        QByteArray text(at, static_cast<qsizetype>(length));
        if (at > begin)
            text.prepend(m_prefix);
        if (at + length == end)
            text.append(m_suffix);
        const TokenId id = m_vocabulary.id(text);
        if (id >= 0)
            ids.push_back(id);
        else
            addUnknown(text.constData(), text.constData() + text.size(), ids);
        at += length;
    }
}

void BpeModel::mergeShort(std::vector<TokenId> &ids, std::vector<TokenId> &out) const
{
    std::array<Merge, kShortWord> pairs;
    std::size_t count = ids.size();
    for (std::size_t i = 0; i + 1 < count; ++i)
        pairs[i] = m_merges.find(ids[i], ids[i + 1]);
    while (count > 1) {
        std::size_t best = 0;
        for (std::size_t i = 1; i + 1 < count; ++i)
            if (pairs[i].rank < pairs[best].rank)
                best = i;
        if (pairs[best].id < 0)
            break;
        ids[best] = pairs[best].id;
        --count;
        for (std::size_t i = best + 1; i < count; ++i) {
            ids[i] = ids[i + 1];
            pairs[i - 1] = pairs[i];
        }
        if (best + 1 < count)
            pairs[best] = m_merges.find(ids[best], ids[best + 1]);
        if (best > 0)
            pairs[best - 1] = m_merges.find(ids[best - 1], ids[best]);
    }
    out.insert(out.end(), ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count));
}

// A heap of candidates over a linked list; one that no longer holds is known by what its pair now merges to.
void BpeModel::mergeLong(const std::vector<TokenId> &ids, std::vector<TokenId> &out) const
{
    thread_local std::vector<Node> nodes;
    thread_local std::vector<Candidate> heap;
    nodes.clear();
    heap.clear();
    const auto size = static_cast<std::int32_t>(ids.size());
    for (std::int32_t i = 0; i < size; ++i)
        nodes.push_back({ids[static_cast<size_t>(i)], i - 1, i + 1 < size ? i + 1 : -1});
    const auto node = [](std::int32_t i) -> Node & { return nodes[static_cast<size_t>(i)]; };
    const auto pairAt = [&](std::int32_t left) {
        return left < 0 || node(left).next < 0 ? Merge{} : m_merges.find(node(left).id, node(node(left).next).id);
    };
    const auto push = [&](std::int32_t left) {
        const Merge merge = pairAt(left);
        if (merge.id < 0)
            return;
        heap.push_back({merge.rank, left, merge.id});
        std::push_heap(heap.begin(), heap.end());
    };
    for (std::int32_t i = 0; i + 1 < size; ++i)
        push(i);
    while (!heap.empty()) {
        std::pop_heap(heap.begin(), heap.end());
        const Candidate top = heap.back();
        heap.pop_back();
        if (node(top.left).id < 0 || pairAt(top.left).id != top.id)
            continue;
        Node &left = node(top.left);
        Node &right = node(left.next);
        left.id = top.id;
        right.id = -1;
        left.next = right.next;
        if (left.next >= 0)
            node(left.next).previous = top.left;
        push(left.previous);
        push(top.left);
    }
    for (std::int32_t i = size > 0 ? 0 : -1; i >= 0; i = node(i).next)
        out.push_back(node(i).id);
}

void BpeModel::encodePart(const char *begin, const char *end, std::vector<TokenId> &out) const
{
    thread_local std::vector<TokenId> ids;
    split(begin, end, ids);
    if (ids.size() <= kShortWord)
        mergeShort(ids, out);
    else
        mergeLong(ids, out);
}

void BpeModel::encode(const char *begin, const char *end, std::vector<TokenId> &out) const
{
    if (m_ignoresMerges)
        if (const auto found = m_whole.find(QByteArrayView(begin, end - begin)); found != m_whole.end()) {
            out.push_back(found->second);
            return;
        }
    if (!m_canCut || static_cast<std::size_t>(end - begin) <= kCutWord) {
        encodePart(begin, end, out);
        return;
    }
    const std::size_t before = out.size();
    for (const char *at = begin; at < end;) {
        const char *partEnd = m_joins.partEnd(at, end, kPartLimit);
        const std::size_t joint = out.size();
        encodeCached(m_serial, at, partEnd, out, [this](const char *from, const char *to, std::vector<TokenId> &ids) { encodePart(from, to, ids); });
        if (m_fusesUnknown && joint > before && out.size() > joint && out[joint] == m_unknown && out[joint - 1] == m_unknown)
            out.erase(out.begin() + static_cast<std::ptrdiff_t>(joint));
        at = partEnd;
    }
}

}  // namespace

Result<std::shared_ptr<const WordModel>> makeBpeModel(const QJsonObject &object, Words words, const QSet<QByteArray> &marks)
{
    return BpeModel::create(object, words, marks);
}

}  // namespace athanor::tokenizer
