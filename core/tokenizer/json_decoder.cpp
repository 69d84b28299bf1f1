#include "core/tokenizer/json_decoder.h"

#include "core/tokenizer/byte_letters.h"
#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/text_pattern.h"

#include <algorithm>

namespace athanor::tokenizer {

namespace {

using json::tr;
using Tokens = std::vector<QByteArray>;
using Step = std::function<void(Tokens &)>;

Result<Step> makeByteLevel(const QJsonObject &)
{
    return Step([](Tokens &tokens) {
        for (QByteArray &token : tokens)
            if (const auto bytes = bytesOfLetters(token))
                token = *bytes;
    });
}

// Bytes that together make no UTF-8 are kept as they are, so that nothing is lost.
Result<Step> makeByteFallback(const QJsonObject &)
{
    return Step([](Tokens &tokens) {
        for (QByteArray &token : tokens)
            if (const int byte = byteOfPiece(token); byte >= 0)
                token = QByteArray(1, static_cast<char>(byte));
    });
}

Result<Step> makeFuse(const QJsonObject &)
{
    return Step([](Tokens &tokens) {
        QByteArray joined;
        for (const QByteArray &token : tokens)
            joined += token;
        tokens = {joined};
    });
}

Result<Step> makeReplace(const QJsonObject &object)
{
    ATHANOR_ASSIGN(const std::shared_ptr<const TextPattern> pattern, makeTextPattern(object.value(QLatin1String("pattern"))));
    ATHANOR_ASSIGN(const QByteArray content, json::text(object, "content"));
    return Step([pattern, content](Tokens &tokens) {
        std::vector<TextSpan> matches;
        for (QByteArray &token : tokens) {
            matches.clear();
            pattern->find(token, matches);
            for (auto match = matches.rbegin(); match != matches.rend(); ++match)
                token.replace(match->begin, match->end - match->begin, content);
        }
    });
}

Result<Step> makeStrip(const QJsonObject &object)
{
    ATHANOR_ASSIGN(const QByteArray content, json::text(object, "content"));
    ATHANOR_ASSIGN(const qint64 start, json::number(object, "start", 0));
    ATHANOR_ASSIGN(const qint64 stop, json::number(object, "stop", 0));
    if (content.isEmpty())
        return json::corrupt(tr("Its decoder Strip names no character."));
    return Step([content, start, stop](Tokens &tokens) {
        for (QByteArray &token : tokens) {
            for (qint64 i = 0; i < start && token.startsWith(content); ++i)
                token.remove(0, content.size());
            for (qint64 i = 0; i < stop && token.endsWith(content); ++i)
                token.chop(content.size());
        }
    });
}

void cleanUp(QByteArray &text)
{
    static const std::pair<const char *, const char *> kChanges[] = {
        {" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"},
        {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
    for (const auto &[from, to] : kChanges)
        text.replace(from, to);
}

Result<Step> makeWordPiece(const QJsonObject &object)
{
    ATHANOR_ASSIGN(const QByteArray prefix, json::text(object, "prefix", "##"));
    ATHANOR_ASSIGN(const bool cleans, json::flag(object, "cleanup", true));
    return Step([prefix, cleans](Tokens &tokens) {
        for (size_t i = 0; i < tokens.size(); ++i) {
            if (i > 0 && !prefix.isEmpty() && tokens[i].startsWith(prefix))
                tokens[i].remove(0, prefix.size());
            else if (i > 0)
                tokens[i].prepend(' ');
            if (cleans)
                cleanUp(tokens[i]);
        }
    });
}

Result<Step> makeMetaspace(const QJsonObject &object)
{
    ATHANOR_ASSIGN(const QByteArray mark, json::text(object, "replacement", "\xE2\x96\x81"));
    ATHANOR_ASSIGN(const bool adds, json::flag(object, "add_prefix_space", true));
    ATHANOR_ASSIGN(const QByteArray scheme, json::text(object, "prepend_scheme", adds ? "always" : "never"));
    if (mark.isEmpty())
        return json::corrupt(tr("Its Metaspace has no replacement."));
    return Step([mark, dropsFirst = scheme != "never"](Tokens &tokens) {
        for (size_t i = 0; i < tokens.size(); ++i)
            tokens[i].replace(mark, i == 0 && dropsFirst ? QByteArray() : QByteArrayLiteral(" "));
    });
}

Result<Step> makeBpeSuffix(const QJsonObject &object)
{
    ATHANOR_ASSIGN(const QByteArray suffix, json::text(object, "suffix", "</w>"));
    return Step([suffix](Tokens &tokens) {
        for (size_t i = 0; i < tokens.size() && !suffix.isEmpty(); ++i)
            tokens[i].replace(suffix, i + 1 == tokens.size() ? QByteArray() : QByteArrayLiteral(" "));
    });
}

}  // namespace

Result<JsonDecoder::Step> JsonDecoder::makeStep(const QJsonValue &value)
{
    const QJsonObject object = value.toObject();
    using Maker = Result<Step> (*)(const QJsonObject &);
    static const std::pair<const char *, Maker> kMakers[] = {
        {"ByteLevel", makeByteLevel}, {"ByteFallback", makeByteFallback}, {"Fuse", makeFuse}, {"Replace", makeReplace}, {"Strip", makeStrip},
        {"WordPiece", makeWordPiece}, {"Metaspace", makeMetaspace},       {"BPEDecoder", makeBpeSuffix}};
    const QString type = object.value(QLatin1String("type")).toString();
    for (const auto &[name, make] : kMakers)
        if (type == QLatin1String(name))
            return make(object);
    return json::unknownType(tr("decoder"), type);
}

Result<JsonDecoder> JsonDecoder::create(const QJsonValue &value)
{
    std::vector<QJsonObject> parts;
    ATHANOR_TRY(json::flatten(value, "decoders", parts));
    ATHANOR_TRY(json::checkGrowth(parts));
    JsonDecoder decoder;
    decoder.m_isNone = parts.empty();
    for (const QJsonObject &part : parts) {
        ATHANOR_ASSIGN(Step step, makeStep(part));
        decoder.m_steps.push_back(std::move(step));
    }
    decoder.m_onlyJoins = !parts.empty() && std::all_of(parts.begin(), parts.end(), [](const QJsonObject &part) {
        const QString type = part.value(QLatin1String("type")).toString();
        return type == QLatin1String("ByteFallback") || type == QLatin1String("Fuse");
    });
    decoder.m_isByteLevel = parts.size() == 1 && parts[0].value(QLatin1String("type")) == QLatin1String("ByteLevel");
    return decoder;
}

QByteArray JsonDecoder::decode(std::vector<QByteArray> tokens) const
{
    for (const Step &step : m_steps)
        step(tokens);
    QByteArray text;
    for (size_t i = 0; i < tokens.size(); ++i) {
        if (m_isNone && i > 0)
            text += ' ';
        text += tokens[i];
    }
    return text;
}

}  // namespace athanor::tokenizer
