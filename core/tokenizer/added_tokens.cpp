#include "core/tokenizer/added_tokens.h"

#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/unicode_classes.h"

#include <algorithm>

namespace athanor::tokenizer {

namespace {

using json::tr;

constexpr qsizetype kContentLimit = 1024;

// The classes of the character that ends at `end`, and where it begins.
std::uint16_t classesBefore(QByteArrayView text, qsizetype end, qsizetype &begin)
{
    begin = end - 1;
    while (begin > 0 && end - begin < 4 && (static_cast<std::uint8_t>(text[begin]) & 0xC0) == 0x80)
        --begin;
    std::size_t length = 1;
    const std::uint16_t found = UnicodeClasses::get().next(text.data() + begin, text.data() + end, length);
    if (static_cast<qsizetype>(length) == end - begin)
        return found;
    begin = end - 1;
    return 0;
}

Result<AddedToken> readAddedToken(const QJsonObject &object)
{
    AddedToken token;
    ATHANOR_ASSIGN(token.content, json::text(object, "content"));
    ATHANOR_ASSIGN(const qint64 id, json::number(object, "id", -1));
    ATHANOR_ASSIGN(token.isSpecial, json::flag(object, "special", false));
    ATHANOR_ASSIGN(token.isSingleWord, json::flag(object, "single_word", false));
    ATHANOR_ASSIGN(token.stripsLeft, json::flag(object, "lstrip", false));
    ATHANOR_ASSIGN(token.stripsRight, json::flag(object, "rstrip", false));
    ATHANOR_ASSIGN(token.isNormalized, json::flag(object, "normalized", !token.isSpecial));
    if (token.content.isEmpty() || token.content.size() > kContentLimit || id < 0 || id >= kPieceCountLimit)
        return json::corrupt(tr("An added token has no text, or no usable id."));
    token.id = static_cast<TokenId>(id);
    return token;
}

}  // namespace

// A token that is a piece of the model has that piece's id; any other takes the next free one.
Result<std::vector<AddedToken>> readAddedTokens(const QJsonValue &value, Vocabulary &vocabulary)
{
    std::vector<AddedToken> tokens;
    if (value.toArray().size() > kPieceCountLimit)
        return fail(ErrorCode::LimitExceeded, tr("It has more than %1 added tokens.").arg(kPieceCountLimit));
    for (const QJsonValue &entry : value.toArray()) {
        ATHANOR_ASSIGN(AddedToken token, readAddedToken(entry.toObject()));
        tokens.push_back(std::move(token));
    }
    std::stable_sort(tokens.begin(), tokens.end(), [](const AddedToken &a, const AddedToken &b) { return a.id < b.id; });
    for (const AddedToken &token : tokens) {
        const TokenId known = vocabulary.id(token.content);
        const auto next = static_cast<TokenId>(vocabulary.texts.size());
        const bool isFree = token.id >= next || vocabulary.texts[static_cast<size_t>(token.id)].isEmpty();
        if (known >= 0 ? known != token.id : !isFree)
            return json::corrupt(tr("The added token “%1” has the id %2, which belongs to another piece.")
                                     .arg(QString::fromUtf8(token.content.left(80)))
                                     .arg(token.id));
        if (token.id > next + 65536)
            return json::corrupt(tr("The added token “%1” has the id %2, far beyond the %3 pieces.")
                                     .arg(QString::fromUtf8(token.content.left(80)))
                                     .arg(token.id)
                                     .arg(next));
        if (token.id >= next)
            vocabulary.texts.resize(static_cast<size_t>(token.id) + 1);
        vocabulary.texts[static_cast<size_t>(token.id)] = token.content;
        vocabulary.ids.insert(token.content, token.id);
    }
    return tokens;
}

QSet<QByteArray> specialTexts(const QJsonValue &value)
{
    QSet<QByteArray> texts;
    for (const QJsonValue &entry : value.toArray())
        if (entry.toObject().value(QLatin1String("special")).toBool())
            texts.insert(entry.toObject().value(QLatin1String("content")).toString().toUtf8());
    return texts;
}

AddedTokenFinder::AddedTokenFinder(std::vector<const AddedToken *> tokens, std::vector<QByteArray> texts)
    : m_tokens(std::move(tokens)), m_texts(std::move(texts))
{
    std::vector<std::pair<QByteArrayView, std::int32_t>> entries;
    for (size_t i = 0; i < m_texts.size(); ++i) {
        if (m_texts[i].isEmpty())
            continue;
        entries.emplace_back(QByteArrayView(m_texts[i]), static_cast<std::int32_t>(i));
        m_firstBytes.set(static_cast<std::uint8_t>(m_texts[i][0]));
    }
    m_trie = PieceTrie(std::move(entries));
}

bool AddedTokenFinder::standsAlone(const AddedToken &token, QByteArrayView text, qsizetype begin, qsizetype end)
{
    if (!token.isSingleWord)
        return true;
    qsizetype from = 0;
    std::size_t length = 1;
    const bool hasWordBefore = begin > 0 && (classesBefore(text, begin, from) & classes::kWord);
    const bool hasWordAfter = end < text.size()
                              && (UnicodeClasses::get().next(text.data() + end, text.data() + text.size(), length) & classes::kWord);
    return !hasWordBefore && !hasWordAfter;
}

void AddedTokenFinder::add(const AddedToken &token, QByteArrayView text, TextSpan span, qsizetype &done, std::vector<Match> &matches)
{
    qsizetype from = 0;
    while (token.stripsLeft && span.begin > done && (classesBefore(text, span.begin, from) & classes::kSpace))
        span.begin = from;
    span.begin = std::max(span.begin, done);
    std::size_t length = 1;
    while (token.stripsRight && span.end < text.size()
           && (UnicodeClasses::get().next(text.data() + span.end, text.data() + text.size(), length) & classes::kSpace))
        span.end += static_cast<qsizetype>(length);
    span.end = std::max(span.end, span.begin);
    matches.push_back({span, token.id});
    done = span.end;
}

}  // namespace athanor::tokenizer
