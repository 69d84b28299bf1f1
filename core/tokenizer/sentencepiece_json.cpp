#include "core/tokenizer/sentencepiece_json.h"

#include "core/tokenizer/utf8.h"

#include <QCoreApplication>
#include <QSet>

#include <algorithm>

namespace athanor::tokenizer {

namespace {

constexpr char kMark[] = "\xE2\x96\x81";

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString markText()
{
    return QString::fromUtf8(kMark);
}
QString spaceText()
{
    return QStringLiteral(" ");
}

bool isMatched(const Piece &piece)
{
    return piece.type == PieceType::Normal || piece.type == PieceType::UserDefined || piece.type == PieceType::Unused;
}

bool isReserved(const Piece &piece)
{
    return piece.type == PieceType::Control || piece.type == PieceType::Unknown;
}

// Moving the piece by so many bytes puts it on itself.
bool hasPeriod(const QByteArray &piece, qsizetype period)
{
    return QByteArrayView(piece).sliced(period) == QByteArrayView(piece).first(piece.size() - period);
}

// In x·y·z with xy = yz the leftmost pair is joined first, as SentencePiece does: of the cuts after `left` bytes and
// after size - left bytes the one comes first by which the piece overlaps itself; of two such the longer left part.
std::vector<qsizetype> orderedCuts(const QByteArray &piece, const std::vector<qsizetype> &ascending)
{
    std::vector<qsizetype> ordered;
    const auto has = [](const std::vector<qsizetype> &cuts, qsizetype cut) { return std::find(cuts.begin(), cuts.end(), cut) != cuts.end(); };
    for (auto cut = ascending.rbegin(); cut != ascending.rend(); ++cut) {
        const qsizetype other = piece.size() - *cut;
        if (other < *cut && has(ascending, other) && hasPeriod(piece, other) && !hasPeriod(piece, *cut))
            ordered.push_back(other);
        if (!has(ordered, *cut))
            ordered.push_back(*cut);
    }
    return ordered;
}

struct Writer {
    const SentencePieceModel &model;
    const bool keepsSpaces;  // as spaces

    QByteArray written(const QByteArray &piece) const { return keepsSpaces ? QByteArray(piece).replace(kMark, " ") : piece; }
    std::vector<QByteArray> pieces() const
    {
        std::vector<QByteArray> texts;
        for (const Piece &piece : model.pieces)
            texts.push_back(isMatched(piece) ? written(piece.text) : piece.text);
        return texts;
    }
    TokenId unknown() const
    {
        const auto found = std::find_if(model.pieces.begin(), model.pieces.end(), [](const Piece &piece) { return piece.type == PieceType::Unknown; });
        return found == model.pieces.end() ? -1 : static_cast<TokenId>(found - model.pieces.begin());
    }
    QByteArray unknownText() const { return unknown() < 0 ? QByteArray() : model.pieces[static_cast<size_t>(unknown())].text; }
    QJsonValue normalizer() const;
    QJsonValue preTokenizer() const;
    QJsonObject decoder() const;
    QByteArray modelText() const;
};

QJsonValue Writer::normalizer() const
{
    const NormalizerSettings &settings = model.normalizer;
    QJsonArray parts;
    if (!settings.characterMap.isEmpty())
        parts += jsonPart("Precompiled", {{QStringLiteral("precompiled_charsmap"), QString::fromLatin1(settings.characterMap.toBase64())}});
    if (settings.removeExtraWhitespaces) {
        parts += replacePart(regexPattern(QStringLiteral("\\A +| +\\z")), QString());  // spaces only, no other white space
        parts += replacePart(regexPattern(QStringLiteral(" {2,}")), spaceText());
    }
    if (settings.addDummyPrefix)
        parts += jsonPart("Prepend", {{QStringLiteral("prepend"), settings.escapeWhitespaces ? markText() : spaceText()}});
    if (settings.escapeWhitespaces && !keepsSpaces)
        parts += replacePart(literalPattern(spaceText()), markText());
    return parts.isEmpty() ? QJsonValue() : QJsonValue(jsonSequence("normalizers", parts));
}

// No piece goes on after a space: the words before and after it can be looked at alone.
QJsonValue Writer::preTokenizer() const
{
    if (keepsSpaces || model.type != ModelType::Unigram || !model.normalizer.escapeWhitespaces)
        return {};
    for (const Piece &piece : model.pieces)
        if (isMatched(piece) && piece.text.lastIndexOf(kMark) > 0)
            return {};
    return jsonPart("Split", {{QStringLiteral("pattern"), literalPattern(markText())}, {QStringLiteral("behavior"), QStringLiteral("MergedWithNext")}, {QStringLiteral("invert"), false}});
}

QJsonObject Writer::decoder() const
{
    QJsonArray parts;
    if (!keepsSpaces && model.normalizer.escapeWhitespaces)
        parts += replacePart(literalPattern(markText()), spaceText());
    parts += jsonPart("ByteFallback");
    parts += jsonPart("Fuse");
    if (model.normalizer.addDummyPrefix)
        parts += jsonPart("Strip", {{QStringLiteral("content"), spaceText()}, {QStringLiteral("start"), 1}, {QStringLiteral("stop"), 0}});
    return jsonSequence("decoders", parts);
}

QByteArray Writer::modelText() const
{
    const std::vector<QByteArray> texts = pieces();
    if (model.type == ModelType::Unigram) {
        std::vector<std::pair<QByteArray, float>> scored;
        for (size_t id = 0; id < texts.size(); ++id)
            scored.emplace_back(texts[id], model.pieces[id].score);
        return unigramModelText(scored, unknown(), model.byteFallback);
    }
    std::vector<MergePair> merges = mergesOf(model);
    for (auto &[left, right] : merges) {
        left = written(left);
        right = written(right);
    }
    return bpeModelText(texts, merges, {unknownText(), model.byteFallback, true, false});
}

std::vector<AddedToken> addedTokens(const SentencePieceModel &model)
{
    std::vector<AddedToken> added;
    for (size_t id = 0; id < model.pieces.size(); ++id) {
        const Piece &piece = model.pieces[id];
        if (!isReserved(piece) && piece.type != PieceType::UserDefined)
            continue;
        AddedToken token;
        token.content = isReserved(piece) ? piece.text : QByteArray(piece.text).replace(kMark, " ");
        token.id = static_cast<TokenId>(id);
        token.isSpecial = isReserved(piece);
        added.push_back(token);
    }
    return added;
}

// Two pieces that differ in nothing but how a space is written.
bool hasRawSpaces(const SentencePieceModel &model)
{
    return std::any_of(model.pieces.begin(), model.pieces.end(), [](const Piece &piece) { return piece.text.contains(' '); });
}

void warn(const SentencePieceModel &model, QStringList &warnings)
{
    const auto has = [&model](PieceType type) {
        return std::any_of(model.pieces.begin(), model.pieces.end(), [type](const Piece &piece) { return piece.type == type; });
    };
    if (has(PieceType::Unused))
        warnings += tr("Pieces that are marked as unused count as pieces in a tokenizer.json.");
    if (has(PieceType::UserDefined) && model.normalizer.addDummyPrefix)
        warnings += tr("In a tokenizer.json a space is put before the text after each user-defined piece, too.");
}

}  // namespace

bool givesEveryTextBack(const SentencePieceModel &model)
{
    const NormalizerSettings &normalizer = model.normalizer;
    return model.byteFallback && normalizer.characterMap.isEmpty() && !normalizer.addDummyPrefix && !normalizer.removeExtraWhitespaces
           && normalizer.escapeWhitespaces && model.denormalizer.characterMap.isEmpty();
}

std::vector<MergePair> mergesOf(const SentencePieceModel &model)
{
    QSet<QByteArray> known;
    for (const Piece &piece : model.pieces)
        if (isMatched(piece))
            known.insert(piece.text);
    std::vector<std::pair<float, MergePair>> scored;
    for (const Piece &piece : model.pieces) {
        if (!isMatched(piece))
            continue;
        std::vector<qsizetype> cuts;
        const char *begin = piece.text.constData();
        const char *end = begin + piece.text.size();
        for (const char *at = begin + characterLength(begin, end); at < end; at += characterLength(at, end))
            if (known.contains(piece.text.left(at - begin)) && known.contains(piece.text.mid(at - begin)))
                cuts.push_back(at - begin);
        for (const qsizetype cut : orderedCuts(piece.text, cuts))
            scored.emplace_back(piece.score, MergePair(piece.text.left(cut), piece.text.mid(cut)));
    }
    std::stable_sort(scored.begin(), scored.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
    std::vector<MergePair> merges;
    for (auto &[score, merge] : scored)
        merges.push_back(std::move(merge));
    return merges;
}

Result<TokenizerJson> sentencePieceJson(const SentencePieceModel &model, const TextMarks &marks, QStringList &warnings)
{
    if (model.type != ModelType::Bpe && model.type != ModelType::Unigram)
        return fail(ErrorCode::Unsupported, tr("A tokenizer that cuts text into whole words or single characters cannot be written as tokenizer.json."));
    if (model.whitespaceAsSuffix)
        return fail(ErrorCode::Unsupported, tr("A tokenizer whose spaces stand at the end of words cannot be written as tokenizer.json."));
    const Writer writer{model, givesEveryTextBack(model) && !hasRawSpaces(model)};
    warn(model, warnings);
    const auto named = [&model](TokenId id) {
        std::vector<std::pair<QByteArray, TokenId>> list;
        if (id >= 0 && id < static_cast<TokenId>(model.pieces.size()))
            list.emplace_back(model.pieces[static_cast<size_t>(id)].text, id);
        return list;
    };
    TokenizerJson json;
    json.added = addedTokens(model);
    json.normalizer = writer.normalizer();
    json.preTokenizer = writer.preTokenizer();
    json.decoder = writer.decoder();
    json.postProcessor = templatePart(named(marks.before), named(marks.after));
    json.model = writer.modelText();
    return json;
}

}  // namespace athanor::tokenizer
