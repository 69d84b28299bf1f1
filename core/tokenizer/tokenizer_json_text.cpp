#include "core/tokenizer/tokenizer_json_text.h"

#include <QJsonDocument>
#include <QLocale>

namespace athanor::tokenizer {

namespace {

QByteArray compact(const QJsonValue &value)
{
    if (value.isObject())
        return QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
    return QByteArrayLiteral("null");
}

QByteArray truth(bool value)
{
    return value ? QByteArrayLiteral("true") : QByteArrayLiteral("false");
}

void appendVocabulary(QByteArray &out, const std::vector<QByteArray> &pieces)
{
    out += "\"vocab\":{";
    bool isFirst = true;
    for (size_t id = 0; id < pieces.size(); ++id) {
        if (pieces[id].isEmpty())
            continue;
        if (!std::exchange(isFirst, false))
            out += ",\n";
        appendJsonString(out, pieces[id]);
        out += ':' + QByteArray::number(static_cast<qint64>(id));
    }
    out += '}';
}

// "a b" is what every version of the library reads; a list of two is needed where a piece has a space.
void appendMerges(QByteArray &out, const std::vector<MergePair> &merges)
{
    const bool hasSpaces = std::any_of(merges.begin(), merges.end(), [](const MergePair &merge) { return merge.first.contains(' ') || merge.second.contains(' '); });
    out += "\"merges\":[";
    bool isFirst = true;
    for (const auto &[left, right] : merges) {
        if (!std::exchange(isFirst, false))
            out += ",\n";
        if (!hasSpaces) {
            appendJsonString(out, left + ' ' + right);
            continue;
        }
        out += '[';
        appendJsonString(out, left);
        out += ',';
        appendJsonString(out, right);
        out += ']';
    }
    out += ']';
}

void appendAdded(QByteArray &out, const AddedToken &token)
{
    out += "{\"id\":" + QByteArray::number(token.id) + ",\"content\":";
    appendJsonString(out, token.content);
    out += ",\"single_word\":" + truth(token.isSingleWord) + ",\"lstrip\":" + truth(token.stripsLeft) + ",\"rstrip\":" + truth(token.stripsRight);
    out += ",\"normalized\":" + truth(token.isNormalized) + ",\"special\":" + truth(token.isSpecial) + '}';
}

}  // namespace

void appendJsonString(QByteArray &out, QByteArrayView text)
{
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        if (static_cast<std::uint8_t>(c) >= 32)
            out += c;
        else
            out += "\\u" + QByteArray::number(static_cast<int>(c), 16).rightJustified(4, '0');
    }
    out += '"';
}

QByteArray bpeModelText(const std::vector<QByteArray> &pieces, const std::vector<MergePair> &merges, const BpeSettings &settings)
{
    QByteArray out = "{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":";
    if (settings.unknown.isEmpty())
        out += "null";
    else
        appendJsonString(out, settings.unknown);
    out += ",\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,\"fuse_unk\":" + truth(settings.fusesUnknown);
    out += ",\"byte_fallback\":" + truth(settings.byteFallback) + ",\"ignore_merges\":" + truth(settings.ignoresMerges) + ',';
    appendVocabulary(out, pieces);
    out += ',';
    appendMerges(out, merges);
    return out + '}';
}

QByteArray unigramModelText(const std::vector<std::pair<QByteArray, float>> &pieces, TokenId unknown, bool byteFallback)
{
    QByteArray out = "{\"type\":\"Unigram\",\"unk_id\":" + (unknown < 0 ? QByteArrayLiteral("null") : QByteArray::number(unknown)) + ",\"byte_fallback\":" + truth(byteFallback) + ",\"vocab\":[";
    bool isFirst = true;
    for (const auto &[piece, score] : pieces) {
        if (!std::exchange(isFirst, false))
            out += ",\n";
        out += '[';
        appendJsonString(out, piece);
        out += ',' + QByteArray::number(static_cast<double>(score), 'g', QLocale::FloatingPointShortest) + ']';
    }
    return out + "]}";
}

QByteArray wordPieceModelText(const std::vector<QByteArray> &pieces, const QByteArray &unknown)
{
    QByteArray out = "{\"type\":\"WordPiece\",\"unk_token\":";
    appendJsonString(out, unknown);
    out += ",\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,";
    appendVocabulary(out, pieces);
    return out + '}';
}

QJsonObject jsonPart(const char *type, QJsonObject fields)
{
    fields.insert(QStringLiteral("type"), QLatin1String(type));
    return fields;
}

QJsonObject jsonSequence(const char *key, const QJsonArray &parts)
{
    return jsonPart("Sequence", {{QLatin1String(key), parts}});
}

QJsonObject literalPattern(const QString &text)
{
    return {{QStringLiteral("String"), text}};
}

QJsonObject regexPattern(const QString &expression)
{
    return {{QStringLiteral("Regex"), expression}};
}

QJsonObject replacePart(const QJsonObject &pattern, const QString &content)
{
    return jsonPart("Replace", {{QStringLiteral("pattern"), pattern}, {QStringLiteral("content"), content}});
}

QJsonValue templatePart(const std::vector<std::pair<QByteArray, TokenId>> &before, const std::vector<std::pair<QByteArray, TokenId>> &after)
{
    if (before.empty() && after.empty())
        return {};
    QJsonObject special;
    const auto sequence = [](const char *id, int type) {
        return QJsonObject{{QStringLiteral("Sequence"), QJsonObject{{QStringLiteral("id"), QLatin1String(id)}, {QStringLiteral("type_id"), type}}}};
    };
    const auto add = [&special](QJsonArray &list, const std::pair<QByteArray, TokenId> &token, int type) {
        const QString name = QString::fromUtf8(token.first);
        list.append(QJsonObject{{QStringLiteral("SpecialToken"), QJsonObject{{QStringLiteral("id"), name}, {QStringLiteral("type_id"), type}}}});
        special.insert(name, QJsonObject{{QStringLiteral("id"), name}, {QStringLiteral("ids"), QJsonArray{token.second}}, {QStringLiteral("tokens"), QJsonArray{name}}});
    };
    QJsonArray single, pair;
    for (const auto &token : before) {
        add(single, token, 0);
        add(pair, token, 0);
    }
    single.append(sequence("A", 0));
    pair.append(sequence("A", 0));
    for (const auto &token : after) {
        add(single, token, 0);
        add(pair, token, 0);
    }
    pair.append(sequence("B", 1));
    for (const auto &token : after)
        add(pair, token, 1);
    return jsonPart("TemplateProcessing", {{QStringLiteral("single"), single}, {QStringLiteral("pair"), pair}, {QStringLiteral("special_tokens"), special}});
}

QByteArray TokenizerJson::text() const
{
    QByteArray out = "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\n\"added_tokens\":[";
    for (size_t i = 0; i < added.size(); ++i) {
        out += i > 0 ? ",\n" : "\n";
        appendAdded(out, added[i]);
    }
    out += "],\n\"normalizer\":" + compact(normalizer) + ",\n\"pre_tokenizer\":" + compact(preTokenizer);
    out += ",\n\"post_processor\":" + compact(postProcessor) + ",\n\"decoder\":" + compact(decoder);
    return out + ",\n\"model\":" + model + "}\n";
}

}  // namespace athanor::tokenizer
