#include "core/tokenizer/json_model.h"

#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/piece_trie.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/utf8.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace athanor::tokenizer {

namespace {

using json::tr;

constexpr qsizetype kLongestPiece = 16384;

Status checkLength(const QByteArray &piece)
{
    if (piece.size() <= kLongestPiece)
        return {};
    return fail(ErrorCode::LimitExceeded, tr("A piece has %1 bytes; the limit is %2.").arg(piece.size()).arg(kLongestPiece));
}

class WordPieceModel final : public WordModel {
public:
    static Result<std::shared_ptr<const WordModel>> create(const QJsonObject &object, const QSet<QByteArray> &marks)
    {
        auto model = std::make_shared<WordPieceModel>();
        ATHANOR_ASSIGN(model->m_vocabulary, readVocabulary(object.value(QLatin1String("vocab"))));
        ATHANOR_ASSIGN(const QByteArray unknown, json::text(object, "unk_token", "[UNK]"));
        ATHANOR_ASSIGN(const QByteArray prefix, json::text(object, "continuing_subword_prefix", "##"));
        ATHANOR_ASSIGN(model->m_longest, json::number(object, "max_input_chars_per_word", 100));
        model->m_unknown = model->m_vocabulary.id(unknown);
        if (model->m_unknown < 0)
            return json::corrupt(tr("Its unknown token “%1” is not among the pieces.").arg(QString::fromUtf8(unknown)));
        std::vector<std::pair<QByteArrayView, std::int32_t>> first, next;
        for (size_t id = 0; id < model->m_vocabulary.texts.size(); ++id) {
            const QByteArray &text = model->m_vocabulary.texts[id];
            if (marks.contains(text))
                continue;
            first.emplace_back(QByteArrayView(text), static_cast<std::int32_t>(id));
            if (text.startsWith(prefix))
                next.emplace_back(QByteArrayView(text).sliced(prefix.size()), static_cast<std::int32_t>(id));
        }
        model->m_first = PieceTrie(std::move(first));
        model->m_next = PieceTrie(std::move(next));
        return model;
    }
    QString typeName() const override { return QStringLiteral("WordPiece"); }
    // The longest piece first, and again from there; a word with a rest that no piece begins is unknown as a whole.
    void encode(const char *begin, const char *end, std::vector<TokenId> &out) const override
    {
        const std::size_t before = out.size();
        if (characterCount(begin, end) > m_longest) {
            out.push_back(m_unknown);
            return;
        }
        for (const char *at = begin; at < end;) {
            TokenId id = -1;
            const std::size_t length = longestWhole(at == begin ? m_first : m_next, at, end, id);
            if (length == 0) {
                out.resize(before);
                out.push_back(m_unknown);
                return;
            }
            out.push_back(id);
            at += length;
        }
    }

private:
    static qint64 characterCount(const char *at, const char *end)
    {
        return std::count_if(at, end, [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80; });
    }
    static std::size_t longestWhole(const PieceTrie &trie, const char *at, const char *end, TokenId &id)
    {
        return trie.longestPrefix(at, end, &id);
    }

    PieceTrie m_first;
    PieceTrie m_next;
    qint64 m_longest = 100;
};

class WordLevelModel final : public WordModel {
public:
    static Result<std::shared_ptr<const WordModel>> create(const QJsonObject &object, const QSet<QByteArray> &marks)
    {
        auto model = std::make_shared<WordLevelModel>();
        ATHANOR_ASSIGN(model->m_vocabulary, readVocabulary(object.value(QLatin1String("vocab"))));
        ATHANOR_ASSIGN(const QByteArray unknown, json::text(object, "unk_token", "<unk>"));
        model->m_unknown = model->m_vocabulary.id(unknown);
        if (model->m_unknown < 0)
            return json::corrupt(tr("Its unknown token “%1” is not among the pieces.").arg(QString::fromUtf8(unknown)));
        model->m_marks = marks;
        return model;
    }
    QString typeName() const override { return QStringLiteral("word list"); }
    void encode(const char *begin, const char *end, std::vector<TokenId> &out) const override
    {
        const QByteArray word = QByteArray::fromRawData(begin, end - begin);
        out.push_back(m_marks.contains(word) ? m_unknown : m_vocabulary.ids.value(word, m_unknown));
    }

private:
    QSet<QByteArray> m_marks;
};

// The library's JSON reader takes a number's digits as a whole number and divides it by a power of ten: it may differ
// from the nearest double in the last bit, which decides between two ways to cut a word that are equally good.
double asTheLibraryReads(double value)
{
    if (!std::isfinite(value))
        return value;
    std::array<char, 40> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), std::fabs(value), std::chars_format::scientific);
    std::uint64_t digits = 0;
    int exponent = 0;
    const char *at = text.data();
    bool isFraction = false;
    for (; at < written.ptr && *at != 'e'; ++at) {
        if (*at == '.') {
            isFraction = true;
            continue;
        }
        digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
        exponent -= isFraction ? 1 : 0;
    }
    exponent += at < written.ptr ? std::atoi(at + 1) : 0;
    if (exponent < -300 || exponent > 0)
        return value;
    return std::copysign(static_cast<double>(digits) / std::pow(10.0, -exponent), value);
}

// As `tokenizers` searches: scores in double, each word on its own.
class UnigramModel final : public WordModel {
public:
    static Result<std::shared_ptr<const WordModel>> create(const QJsonObject &object, const QSet<QByteArray> &marks)
    {
        auto model = std::make_shared<UnigramModel>();
        ATHANOR_ASSIGN(model->m_byteFallback, json::flag(object, "byte_fallback", false));
        ATHANOR_TRY(model->read(object.value(QLatin1String("vocab")), marks));
        const QJsonValue unknown = object.value(QLatin1String("unk_id"));
        if (!unknown.isNull() && !unknown.isUndefined()) {
            ATHANOR_ASSIGN(const qint64 id, json::number(object, "unk_id", 0));
            if (id >= static_cast<qint64>(model->m_scores.size()))
                return json::corrupt(tr("The id %1 of its unknown token is beyond its %2 pieces.").arg(id).arg(model->m_scores.size()));
            model->m_unknown = static_cast<TokenId>(id);
        }
        ATHANOR_ASSIGN(model->m_fusesUnknown, json::flag(object, "fuse_unk", true));
        for (int byte = 0; byte < 256; ++byte)
            model->m_bytes[static_cast<size_t>(byte)] = model->m_vocabulary.id(bytePieceName(byte));
        return model;
    }
    QString typeName() const override { return QStringLiteral("unigram"); }
    bool keepsBytes() const override
    {
        return m_byteFallback && std::all_of(m_bytes.begin(), m_bytes.end(), [](TokenId id) { return id >= 0; });
    }
    void encode(const char *begin, const char *end, std::vector<TokenId> &out) const override;

private:
    struct Node {
        double score = 0;
        std::int32_t start = -1;
        TokenId id = -1;
    };
    Status read(const QJsonValue &value, const QSet<QByteArray> &marks);
    void search(const char *begin, std::int32_t size, std::vector<Node> &nodes) const;
    void emit(const char *begin, const char *end, TokenId id, std::vector<TokenId> &out) const;

    std::vector<double> m_scores;
    std::array<TokenId, 256> m_bytes{};
    PieceTrie m_trie;
    double m_smallest = 0;
    bool m_byteFallback = false;
    bool m_fusesUnknown = true;
};

// Marks, and the names of bytes where text falls back to them, are not looked for in text.
Status UnigramModel::read(const QJsonValue &value, const QSet<QByteArray> &marks)
{
    const QJsonArray list = value.toArray();
    if (list.isEmpty())
        return json::corrupt(tr("It has no pieces."));
    if (list.size() > kPieceCountLimit)
        return fail(ErrorCode::LimitExceeded, tr("It has %1 pieces; the limit is %2.").arg(list.size()).arg(kPieceCountLimit));
    std::vector<std::pair<QByteArrayView, std::int32_t>> entries;
    for (const QJsonValue &entry : list) {
        const QJsonArray pair = entry.toArray();
        const double score = asTheLibraryReads(pair.at(1).toDouble(NAN));
        if (pair.size() != 2 || !pair.at(0).isString() || !std::isfinite(score))
            return json::corrupt(tr("Its piece %1 is not a text with a number.").arg(m_scores.size()));
        const auto id = static_cast<TokenId>(m_scores.size());
        m_vocabulary.texts.push_back(pair.at(0).toString().toUtf8());
        ATHANOR_TRY(checkLength(m_vocabulary.texts.back()));
        m_vocabulary.ids.insert(m_vocabulary.texts.back(), id);
        m_smallest = m_scores.empty() ? score : std::min(m_smallest, score);
        m_scores.push_back(score);
    }
    for (const QByteArray &text : m_vocabulary.texts)  // of two equal pieces the last counts
        if (!marks.contains(text) && !(m_byteFallback && byteOfPiece(text) >= 0))
            entries.emplace_back(QByteArrayView(text), m_vocabulary.id(text));
    m_trie = PieceTrie(std::move(entries));
    return {};
}

void UnigramModel::search(const char *begin, std::int32_t size, std::vector<Node> &nodes) const
{
    nodes.assign(static_cast<size_t>(size) + 1, Node{});
    for (std::int32_t start = 0; start < size;) {
        const double before = nodes[static_cast<size_t>(start)].score;
        const auto length = static_cast<std::int32_t>(characterLength(begin + start, begin + size));
        bool hasSingle = false;
        std::int32_t state = m_trie.isEmpty() ? -1 : PieceTrie::kRoot;
        for (std::int32_t at = start; state >= 0 && at < size; ++at) {
            state = m_trie.step(state, begin[at]);
            const std::int32_t id = state < 0 ? -1 : m_trie.value(state);
            if (id < 0)
                continue;
            const double candidate = m_scores[static_cast<size_t>(id)] + before;
            Node &target = nodes[static_cast<size_t>(at) + 1];
            if (target.start < 0 || candidate > target.score)
                target = {candidate, start, id};
            hasSingle = hasSingle || at + 1 - start == length;
        }
        if (!hasSingle) {
            constexpr double kUnknownPenalty = 10;
            const double candidate = m_smallest - kUnknownPenalty + before;
            Node &target = nodes[static_cast<size_t>(start + length)];
            if (target.start < 0 || candidate > target.score)
                target = {candidate, start, m_unknown};
        }
        start += length;
    }
}

void UnigramModel::emit(const char *begin, const char *end, TokenId id, std::vector<TokenId> &out) const
{
    if (id >= 0 && id != m_unknown) {
        out.push_back(id);
        return;
    }
    const bool hasBytes = m_byteFallback
                          && std::all_of(begin, end, [this](char c) { return m_bytes[static_cast<std::uint8_t>(c)] >= 0; });
    TokenId whole = -1;
    if (m_trie.longestPrefix(begin, end, &whole) == static_cast<std::size_t>(end - begin))
        out.push_back(whole);
    else if (hasBytes)
        std::transform(begin, end, std::back_inserter(out), [this](char c) { return m_bytes[static_cast<std::uint8_t>(c)]; });
    else if (m_unknown >= 0)
        out.push_back(m_unknown);
}

void UnigramModel::encode(const char *begin, const char *end, std::vector<TokenId> &out) const
{
    constexpr std::ptrdiff_t kPart = std::ptrdiff_t(4) << 20;  // a longer word is cut here
    while (end - begin > kPart) {
        const char *cut = begin + kPart;
        while ((static_cast<std::uint8_t>(*cut) & 0xC0) == 0x80 && cut > begin + kPart - 4)
            --cut;
        encode(begin, cut, out);
        begin = cut;
    }
    thread_local std::vector<Node> nodes;
    thread_local std::vector<std::int32_t> ends;
    const auto size = static_cast<std::int32_t>(end - begin);
    search(begin, size, nodes);
    ends.clear();
    for (std::int32_t at = size; at > 0; at = nodes[static_cast<size_t>(at)].start)
        ends.push_back(at);
    for (auto it = ends.rbegin(); it != ends.rend(); ++it) {
        const std::int32_t start = nodes[static_cast<size_t>(*it)].start;
        const TokenId id = nodes[static_cast<size_t>(*it)].id;
        std::int32_t last = *it;
        while (id == m_unknown && m_fusesUnknown && it + 1 != ends.rend() && nodes[static_cast<size_t>(*(it + 1))].id == m_unknown)
            last = *++it;
        emit(begin + start, begin + last, id, out);
    }
    if (nodes.capacity() > (std::size_t(1) << 20))
        nodes = {};
}

}  // namespace

QByteArray bytePieceName(int byte)
{
    return "<0x" + QByteArray::number(byte, 16).rightJustified(2, '0').toUpper() + ">";
}

Result<Vocabulary> readVocabulary(const QJsonValue &value)
{
    if (!value.isObject())
        return json::corrupt(tr("It has no list of pieces."));
    const QJsonObject object = value.toObject();
    if (object.size() > kPieceCountLimit)
        return fail(ErrorCode::LimitExceeded, tr("It has %1 pieces; the limit is %2.").arg(object.size()).arg(kPieceCountLimit));
    Vocabulary vocabulary;
    vocabulary.ids.reserve(object.size());
    std::vector<bool> seen;
    for (auto it = object.begin(); it != object.end(); ++it) {
        const double number = it->toDouble(-1);
        if (!it->isDouble() || !(number >= 0) || number >= kPieceCountLimit || number != std::floor(number))
            return json::corrupt(tr("The piece “%1” has no usable id; ids go from 0 to %2.").arg(it.key().left(80)).arg(kPieceCountLimit - 1));
        const auto id = static_cast<TokenId>(number);
        if (seen.size() <= static_cast<size_t>(id)) {
            seen.resize(static_cast<size_t>(id) + 1);
            vocabulary.texts.resize(static_cast<size_t>(id) + 1);
        }
        if (seen[static_cast<size_t>(id)])
            return json::corrupt(tr("The id %1 is given to two pieces; one is “%2”.").arg(id).arg(it.key().left(80)));
        seen[static_cast<size_t>(id)] = true;
        vocabulary.texts[static_cast<size_t>(id)] = it.key().toUtf8();
        ATHANOR_TRY(checkLength(vocabulary.texts[static_cast<size_t>(id)]));
        vocabulary.ids.insert(vocabulary.texts[static_cast<size_t>(id)], id);
    }
    return vocabulary;
}

// Files of the library's early days name no type.
Result<std::shared_ptr<const WordModel>> makeWordModel(const QJsonObject &object, Words words, const QSet<QByteArray> &marks)
{
    QString type = object.value(QLatin1String("type")).toString();
    if (type.isEmpty())
        type = object.contains(QLatin1String("merges"))    ? QStringLiteral("BPE")
               : object.contains(QLatin1String("unk_id")) ? QStringLiteral("Unigram")
                                                           : QStringLiteral("WordPiece");
    if (type == QLatin1String("BPE"))
        return makeBpeModel(object, words, marks);
    if (words == Words::AsBytes)
        return fail(ErrorCode::Unsupported, tr("Its model “%1” after a ByteLevel pre-tokenizer is not supported.").arg(type.left(80)));
    if (type == QLatin1String("WordPiece"))
        return WordPieceModel::create(object, marks);
    if (type == QLatin1String("Unigram"))
        return UnigramModel::create(object, marks);
    if (type == QLatin1String("WordLevel"))
        return WordLevelModel::create(object, marks);
    return json::unknownType(tr("model"), type);
}

}  // namespace athanor::tokenizer
