#include "core/tokenizer/huggingface_tokenizer.h"

#include "core/base/hash.h"
#include "core/tokenizer/added_tokens.h"
#include "core/tokenizer/byte_letters.h"
#include "core/tokenizer/json_decoder.h"
#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/json_normalizer.h"
#include "core/tokenizer/json_postprocessor.h"
#include "core/tokenizer/json_pretokenizer.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/word_cache.h"

#include <QJsonDocument>

#include <algorithm>
#include <limits>

namespace athanor::tokenizer {

namespace {

using json::tr;

constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";

// Qt drops a U+FEFF that begins a text.
QString textOf(const QByteArray &piece)
{
    return piece.startsWith(kByteOrderMark) ? QChar(0xFEFF) + QString::fromUtf8(piece.sliced(3)) : QString::fromUtf8(piece);
}

struct Parts {
    std::shared_ptr<const WordModel> model;
    JsonNormalizer normalizer;
    JsonPreTokenizer preTokenizer;
    JsonDecoder decoder;
    Vocabulary vocabulary;  // with the added tokens
    std::vector<AddedToken> added;
    Surroundings surroundings;
    QString hash;
};

class HuggingFaceTokenizer final : public Tokenizer {
public:
    explicit HuggingFaceTokenizer(Parts parts);

    qint32 vocabularySize() const override { return static_cast<qint32>(m_parts.vocabulary.texts.size()); }
    std::vector<TokenId> encode(QByteArrayView text) const override { return encodeWithin(text, {}); }
    std::vector<TokenId> encodeTemplate(QByteArrayView text, const std::vector<TextSpan> &spans) const override
    {
        return encodeWithin(text, joinedSpans(spans, text.size()));
    }
    QByteArray decode(const std::vector<TokenId> &ids) const override;
    QByteArray tokenBytes(TokenId id) const override { return isId(id) ? m_surfaces[static_cast<size_t>(id)] : QByteArray(); }
    QString tokenText(TokenId id) const override
    {
        return isId(id) ? textOf(m_parts.vocabulary.texts[static_cast<size_t>(id)]) : QString();
    }
    TokenId tokenId(QByteArrayView text) const override { return m_parts.vocabulary.id(text.toByteArray()); }
    TokenId beginOfDocument() const override { return m_begin; }
    TokenId endOfDocument() const override { return m_end; }
    TokenId unknown() const override { return m_parts.model->unknown(); }
    bool isControl(TokenId id) const override { return isId(id) && m_isControl[static_cast<size_t>(id)]; }
    std::vector<TokenId> textPrefix() const override { return m_parts.surroundings.prefix; }
    std::vector<TokenId> textSuffix() const override { return m_parts.surroundings.suffix; }
    bool isLossless() const override { return m_isLossless; }
    QString sha256() const override { return m_parts.hash; }
    QString typeName() const override { return m_parts.model->typeName(); }

private:
    using Spans = std::vector<TextSpan>;
    bool isId(TokenId id) const { return id >= 0 && id < vocabularySize(); }
    void indexAdded();
    void findMarks();
    QByteArray surfaceOf(TokenId id) const;
    std::vector<TokenId> encodeWithin(QByteArrayView text, const Spans &trusted) const;
    void encodeSegment(QByteArrayView segment, bool isStart, const Spans *trusted, qsizetype offset, std::vector<TokenId> &out) const;
    void encodePlain(QByteArrayView text, bool isStart, std::vector<TokenId> &out) const;

    Parts m_parts;
    std::vector<bool> m_isControl;
    std::vector<bool> m_isAdded;
    std::vector<QByteArray> m_surfaces;
    AddedTokenFinder m_raw;         // looked for in the text as it is
    AddedTokenFinder m_normalized;  // looked for after normalising
    AddedTokenFinder m_rawMarked;   // m_raw and all special tokens: for templates whose text is rewritten
    AddedTokenFinder m_normalizedPlain;
    TokenId m_begin = -1;
    TokenId m_end = -1;
    bool m_isLossless = false;
    const std::uint32_t m_serial = nextCacheSerial();
};

HuggingFaceTokenizer::HuggingFaceTokenizer(Parts parts) : m_parts(std::move(parts))
{
    const size_t size = m_parts.vocabulary.texts.size();
    m_isControl.resize(size);
    m_isAdded.resize(size);
    for (const AddedToken &token : m_parts.added) {
        m_isControl[static_cast<size_t>(token.id)] = token.isSpecial;
        m_isAdded[static_cast<size_t>(token.id)] = true;
    }
    for (size_t id = 0; id < size; ++id)
        m_surfaces.push_back(surfaceOf(static_cast<TokenId>(id)));
    indexAdded();
    findMarks();
    const bool strips = std::any_of(m_parts.added.begin(), m_parts.added.end(), [](const AddedToken &token) {
        return !token.isSpecial && (token.stripsLeft || token.stripsRight);
    });
    const bool staysBytes = m_parts.preTokenizer.isByteLevel() && m_parts.decoder.isByteLevel();
    const bool staysText = !m_parts.preTokenizer.isByteLevel() && m_parts.decoder.onlyJoins();
    m_isLossless = (staysBytes || staysText) && m_parts.normalizer.isIdentity() && m_parts.preTokenizer.keepsText()
                   && m_parts.model->keepsBytes() && !strips;
}

QByteArray HuggingFaceTokenizer::surfaceOf(TokenId id) const
{
    const QByteArray &text = m_parts.vocabulary.texts[static_cast<size_t>(id)];
    if (m_isControl[static_cast<size_t>(id)])
        return {};
    if (m_isAdded[static_cast<size_t>(id)])
        return text;
    if (m_parts.decoder.isByteLevel())
        return bytesOfLetters(text).value_or(text);
    if (const int byte = byteOfPiece(text); byte >= 0)
        return QByteArray(1, static_cast<char>(byte));
    if (m_parts.model->typeName() == QLatin1String("WordPiece"))
        return text.startsWith("##") ? text.mid(2) : ' ' + text;
    if (m_parts.decoder.onlyJoins())
        return text;
    return QByteArray(text).replace("\xE2\x96\x81", " ");
}

void HuggingFaceTokenizer::indexAdded()
{
    const auto finder = [this](auto wanted, bool normalizes) {
        std::vector<const AddedToken *> tokens;
        std::vector<QByteArray> texts;
        for (const AddedToken &token : m_parts.added) {
            if (!wanted(token))
                continue;
            tokens.push_back(&token);
            texts.push_back(token.content);
            if (normalizes)
                m_parts.normalizer.apply(texts.back());
        }
        return AddedTokenFinder(std::move(tokens), std::move(texts));
    };
    m_raw = finder([](const AddedToken &token) { return !token.isNormalized; }, false);
    m_normalized = finder([](const AddedToken &token) { return token.isNormalized; }, true);
    m_rawMarked = finder([](const AddedToken &token) { return !token.isNormalized || token.isSpecial; }, false);
    m_normalizedPlain = finder([](const AddedToken &token) { return token.isNormalized && !token.isSpecial; }, true);
}

// The file names no begin or end: the template's tokens, or those with a well-known name.
void HuggingFaceTokenizer::findMarks()
{
    const auto named = [this](std::initializer_list<const char *> names) {
        for (const char *name : names)
            if (const TokenId id = m_parts.vocabulary.id(name); isControl(id))
                return id;
        return TokenId(-1);
    };
    const Surroundings &around = m_parts.surroundings;
    m_begin = !around.prefix.empty() ? around.prefix.front()
                                     : named({"<s>", "<|begin_of_text|>", "<|startoftext|>", "<bos>", "[CLS]", "<|begin\xE2\x96\x81of\xE2\x96\x81sentence|>"});
    m_end = !around.suffix.empty() ? around.suffix.back()
                                   : named({"</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>", "[SEP]", "<|end\xE2\x96\x81of\xE2\x96\x81sentence|>", "<|im_end|>"});
}

void HuggingFaceTokenizer::encodePlain(QByteArrayView text, bool isStart, std::vector<TokenId> &out) const
{
    thread_local PreTokens tokens;
    tokens.text = text;
    tokens.pieces.assign(1, {0, text.size()});
    tokens.isStart = isStart;
    m_parts.preTokenizer.apply(tokens);
    const WordModel &model = *m_parts.model;
    const auto encode = [&model](const char *begin, const char *end, std::vector<TokenId> &ids) { model.encode(begin, end, ids); };
    const char *base = tokens.text.data();
    for (const TextSpan &piece : tokens.pieces)
        if (piece.begin < piece.end)
            encodeCached(m_serial, base + piece.begin, base + piece.end, out, encode);
    if (tokens.owned.capacity() > (1 << 22))
        tokens = {};
}

// Whether the whole span lies inside one that came from a template.
bool isWithin(const std::vector<TextSpan> &trusted, TextSpan span)
{
    auto after = std::upper_bound(trusted.begin(), trusted.end(), span.begin, [](qsizetype at, const TextSpan &other) { return at < other.begin; });
    return after != trusted.begin() && (--after)->end >= span.end;
}

// trusted: where special tokens count, in terms of the segment's own text; null: nowhere.
void HuggingFaceTokenizer::encodeSegment(QByteArrayView segment, bool isStart, const Spans *trusted, qsizetype offset, std::vector<TokenId> &out) const
{
    if (segment.isEmpty())
        return;
    QByteArray rewritten;
    if (!m_parts.normalizer.isIdentity()) {
        rewritten = segment.toByteArray();
        m_parts.normalizer.apply(rewritten);
        segment = rewritten;
    }
    const AddedTokenFinder &finder = trusted ? m_normalized : m_normalizedPlain;
    std::vector<AddedTokenFinder::Match> matches;
    if (!finder.isEmpty())
        finder.find(segment, matches, [&](TextSpan span) { return isWithin(*trusted, {span.begin + offset, span.end + offset}); });
    qsizetype done = 0;
    for (const auto &match : matches) {
        if (done < match.span.begin)
            encodePlain(segment.sliced(done, match.span.begin - done), isStart && done == 0, out);
        out.push_back(match.id);
        done = match.span.end;
    }
    if (done < segment.size())
        encodePlain(segment.sliced(done), isStart && done == 0, out);
}

// Positions in a text that the normalizer rewrites are not those of the template: there the special tokens are looked
// for in the text as it is, unless all of it came from the template.
std::vector<TokenId> HuggingFaceTokenizer::encodeWithin(QByteArrayView text, const Spans &trusted) const
{
    static const Spans kEverywhere{{0, std::numeric_limits<qsizetype>::max()}};
    const bool isWhole = trusted.size() == 1 && trusted[0].begin == 0 && trusted[0].end == text.size();
    const bool isDirect = m_parts.normalizer.isIdentity() || isWhole;
    const AddedTokenFinder &finder = isDirect || trusted.empty() ? m_raw : m_rawMarked;
    const Spans *inside = trusted.empty() || !isDirect ? nullptr : isWhole ? &kEverywhere : &trusted;
    std::vector<TokenId> out;
    out.reserve(static_cast<size_t>(text.size() / 3 + 8));
    std::vector<AddedTokenFinder::Match> matches;
    if (!finder.isEmpty())
        finder.find(text, matches, [&](TextSpan span) { return isWithin(trusted, span); });
    qsizetype done = 0;
    for (const auto &match : matches) {
        encodeSegment(text.sliced(done, match.span.begin - done), done == 0, inside, done, out);
        out.push_back(match.id);
        done = match.span.end;
    }
    encodeSegment(text.sliced(done), done == 0, inside, done, out);
    return out;
}

QByteArray HuggingFaceTokenizer::decode(const std::vector<TokenId> &ids) const
{
    if (m_parts.decoder.isByteLevel() || m_parts.decoder.onlyJoins()) {
        QByteArray text;
        for (const TokenId id : ids)
            if (isId(id))
                text += m_surfaces[static_cast<size_t>(id)];
        return text;
    }
    std::vector<QByteArray> tokens;
    for (const TokenId id : ids)
        if (isId(id) && !m_isControl[static_cast<size_t>(id)])
            tokens.push_back(m_parts.vocabulary.texts[static_cast<size_t>(id)]);
    return m_parts.decoder.decode(std::move(tokens));
}

}  // namespace

bool isTokenizerJson(QByteArrayView bytes)
{
    // A SentencePiece model begins with the tag of its first piece (0x0A, which is white space, too) and a length.
    if (bytes.startsWith(kByteOrderMark))
        bytes = bytes.sliced(3);
    return bytes.trimmed().startsWith('{') && bytes.contains('"') && !bytes.contains('\0');
}

std::vector<TextSpan> joinedSpans(std::vector<TextSpan> spans, qsizetype size)
{
    std::sort(spans.begin(), spans.end(), [](const TextSpan &a, const TextSpan &b) { return a.begin < b.begin; });
    std::vector<TextSpan> joined;
    for (TextSpan span : spans) {
        span = {std::clamp<qsizetype>(span.begin, 0, size), std::clamp<qsizetype>(span.end, 0, size)};
        if (span.begin >= span.end)
            continue;
        if (!joined.empty() && span.begin <= joined.back().end)
            joined.back().end = std::max(joined.back().end, span.end);
        else
            joined.push_back(span);
    }
    return joined;
}

Result<QJsonObject> parseTokenizerObject(const QByteArray &bytes)
{
    // Qt's reader drops a U+FEFF that begins a text; written as an escape it stays.
    QByteArray marked = bytes.startsWith(kByteOrderMark) ? bytes.mid(3) : bytes;
    marked.replace(kByteOrderMark, "\\uFEFF");
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(marked, &problem);
    if (!document.isObject())
        return json::corrupt(tr("It is no JSON object: %1 at byte %2.").arg(problem.errorString()).arg(problem.offset));
    return document.object();
}

Result<std::shared_ptr<const Tokenizer>> parseTokenizerJson(const QByteArray &bytes)
{
    ATHANOR_ASSIGN(const QJsonObject object, parseTokenizerObject(bytes));
    Parts parts;
    ATHANOR_ASSIGN(parts.normalizer, JsonNormalizer::create(object.value(QLatin1String("normalizer"))));
    ATHANOR_ASSIGN(parts.preTokenizer, JsonPreTokenizer::create(object.value(QLatin1String("pre_tokenizer"))));
    if (!object.value(QLatin1String("model")).isObject())
        return json::corrupt(tr("It has no model."));
    ATHANOR_ASSIGN(parts.model, makeWordModel(object.value(QLatin1String("model")).toObject(),
                                              parts.preTokenizer.isByteLevel() ? Words::AsBytes : Words::AsText,
                                              specialTexts(object.value(QLatin1String("added_tokens")))));
    parts.vocabulary = parts.model->vocabulary();
    ATHANOR_ASSIGN(parts.added, readAddedTokens(object.value(QLatin1String("added_tokens")), parts.vocabulary));
    if (parts.vocabulary.texts.empty())
        return json::corrupt(tr("It has no pieces."));
    ATHANOR_ASSIGN(parts.decoder, JsonDecoder::create(object.value(QLatin1String("decoder"))));
    ATHANOR_ASSIGN(parts.surroundings, readPostProcessor(object.value(QLatin1String("post_processor")), parts.vocabulary));
    parts.hash = athanor::sha256(bytes);
    return std::make_shared<HuggingFaceTokenizer>(std::move(parts));
}

}  // namespace athanor::tokenizer
