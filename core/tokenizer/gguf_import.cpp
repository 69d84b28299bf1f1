// Role: the values of a GGUF file to tokenizer.json and tokenizer_config.json.
#include "core/tokenizer/gguf_vocabulary.h"
#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/sentencepiece_json.h"
#include "core/tokenizer/utf8.h"
#include "core/tokenizer/word_rules.h"

#include <algorithm>

namespace athanor::tokenizer {

namespace {

using json::tr;
using Type = GgufVocabulary::Type;

constexpr char kMark[] = "\xE2\x96\x81";

tl::unexpected<Error> corrupt(const QString &message)
{
    return fail(ErrorCode::Corrupt, message, tr("Fetch the GGUF file again."));
}

qint32 typeOf(const GgufVocabulary &vocabulary, size_t id)
{
    return vocabulary.types.empty() ? Type::Normal : vocabulary.types[id];
}

bool isMarkType(qint32 type)
{
    return type == Type::Control || type == Type::UserDefined;
}

Status check(const GgufVocabulary &vocabulary)
{
    const size_t size = vocabulary.tokens.size();
    if (size == 0)
        return corrupt(tr("It has no tokens."));
    if (size > static_cast<size_t>(kPieceCountLimit))
        return fail(ErrorCode::LimitExceeded, tr("It has %1 tokens; the limit is %2.").arg(size).arg(kPieceCountLimit));
    if ((!vocabulary.types.empty() && vocabulary.types.size() != size) || (!vocabulary.scores.empty() && vocabulary.scores.size() != size))
        return corrupt(tr("It has %1 tokens, but %2 types and %3 scores.").arg(size).arg(vocabulary.types.size()).arg(vocabulary.scores.size()));
    for (const TokenId id : {vocabulary.begin, vocabulary.end, vocabulary.unknown, vocabulary.separator, vocabulary.padding, vocabulary.mask, vocabulary.classifier})
        if (id < -1 || id >= static_cast<TokenId>(size))
            return corrupt(tr("It names the token %1, but has only %2.").arg(id).arg(size));
    for (size_t id = 0; id < size; ++id) {
        const QByteArray &text = vocabulary.tokens[id];
        if (text.size() > kPieceBytesLimit || typeOf(vocabulary, id) < 0 || typeOf(vocabulary, id) > Type::Byte)
            return corrupt(tr("Its token %1 is longer than %2 bytes, or of an unknown kind.").arg(id).arg(kPieceBytesLimit));
        const char *end = text.constData() + text.size();
        for (const char *at = text.constData(); at < end; at += characterLength(at, end))
            if (validCharacterLength(at, end) == 0)
                return corrupt(tr("The text of its token %1 is no UTF-8.").arg(id));
    }
    return {};
}

// Converters fill the vocabulary up to the rows of the embedding with "[PAD…]".
bool isPadding(const GgufVocabulary &vocabulary, size_t id)
{
    const QByteArray &text = vocabulary.tokens[id];
    const QByteArray number = text.mid(4).chopped(text.size() > 5 ? 1 : 0);
    return typeOf(vocabulary, id) != Type::Normal && static_cast<TokenId>(id) != vocabulary.padding && text.startsWith("[PAD") && text.endsWith(']')
           && !number.isEmpty() && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

size_t sizeWithoutPadding(const GgufVocabulary &vocabulary)
{
    size_t size = vocabulary.tokens.size();
    while (size > 0 && isPadding(vocabulary, size - 1))
        --size;
    return size;
}

using Named = std::vector<std::pair<QByteArray, TokenId>>;
Named named(const GgufVocabulary &vocabulary, bool wanted, TokenId id)
{
    return wanted && id >= 0 ? Named{{vocabulary.tokens[static_cast<size_t>(id)], id}} : Named{};
}

std::vector<AddedToken> addedTokens(const GgufVocabulary &vocabulary, size_t size)
{
    std::vector<AddedToken> added;
    for (size_t id = 0; id < size; ++id) {
        const qint32 type = typeOf(vocabulary, id);
        const bool isUnknown = type == Type::Unknown || static_cast<TokenId>(id) == vocabulary.unknown;
        if ((!isMarkType(type) && !isUnknown) || vocabulary.tokens[id].isEmpty())
            continue;
        AddedToken token;
        token.content = vocabulary.tokens[id];
        token.id = static_cast<TokenId>(id);
        token.isSpecial = type != Type::UserDefined;
        added.push_back(token);
    }
    return added;
}

// The pieces of the model itself: without the added tokens at the end, which take the next ids by themselves.
std::vector<QByteArray> ownPieces(const GgufVocabulary &vocabulary, size_t size)
{
    while (size > 0 && isMarkType(typeOf(vocabulary, size - 1)))
        --size;
    return {vocabulary.tokens.begin(), vocabulary.tokens.begin() + static_cast<std::ptrdiff_t>(size)};
}

Result<std::vector<MergePair>> mergesOf(const GgufVocabulary &vocabulary)
{
    std::vector<MergePair> merges;
    merges.reserve(vocabulary.merges.size());
    for (const QByteArray &line : vocabulary.merges) {
        const qsizetype space = line.indexOf(' ', 1);
        if (space < 1 || space + 1 >= line.size())
            return corrupt(tr("Its merge %1 is not two pieces.").arg(merges.size()));
        merges.emplace_back(line.left(space), line.mid(space + 1));
    }
    return merges;
}

Result<TokenizerJson> byteLevelJson(const GgufVocabulary &vocabulary, QStringList &warnings)
{
    ATHANOR_ASSIGN(const WordRules rules, wordRulesNamed(vocabulary.pre));
    if (vocabulary.pre.isEmpty() || vocabulary.pre == QLatin1String("default"))
        warnings += tr("The file does not say how text is cut into words; GPT-2's way was taken.");
    ATHANOR_ASSIGN(const std::vector<MergePair> merges, mergesOf(vocabulary));
    const size_t size = sizeWithoutPadding(vocabulary);
    TokenizerJson json;
    json.added = addedTokens(vocabulary, size);
    json.normalizer = rules.normalizer;
    json.preTokenizer = rules.preTokenizer;
    json.postProcessor = templatePart(named(vocabulary, vocabulary.addBegin.value_or(rules.addsBegin), vocabulary.begin),
                                      named(vocabulary, vocabulary.addEnd.value_or(false), vocabulary.end));
    json.decoder = jsonPart("ByteLevel", {{QStringLiteral("add_prefix_space"), true}, {QStringLiteral("trim_offsets"), true}, {QStringLiteral("use_regex"), true}});
    json.model = bpeModelText(ownPieces(vocabulary, size), merges, {{}, false, false, rules.ignoresMerges});
    return json;
}

// BPE over text with U+2581 for spaces and merges of its own, as in Gemma 4.
Result<TokenizerJson> markedJson(const GgufVocabulary &vocabulary, QStringList &)
{
    ATHANOR_ASSIGN(const std::vector<MergePair> merges, mergesOf(vocabulary));
    const size_t size = sizeWithoutPadding(vocabulary);
    const QString mark = QString::fromUtf8(kMark), space = QStringLiteral(" ");
    TokenizerJson json;
    json.added = addedTokens(vocabulary, size);
    json.normalizer = replacePart(literalPattern(space), mark);
    json.postProcessor = templatePart(named(vocabulary, vocabulary.addBegin.value_or(true), vocabulary.begin),
                                      named(vocabulary, vocabulary.addEnd.value_or(false), vocabulary.end));
    json.decoder = jsonSequence("decoders", {replacePart(literalPattern(mark), space), jsonPart("ByteFallback"), jsonPart("Fuse")});
    const QByteArray unknown = vocabulary.unknown < 0 ? QByteArray() : vocabulary.tokens[static_cast<size_t>(vocabulary.unknown)];
    json.model = bpeModelText(ownPieces(vocabulary, size), merges, {unknown, true, true, false});
    return json;
}

SentencePieceModel sentencePieces(const GgufVocabulary &vocabulary, size_t size)
{
    SentencePieceModel model;
    int bytes = 0;
    for (size_t id = 0; id < size; ++id) {
        Piece piece{vocabulary.tokens[id], vocabulary.scores.empty() ? 0.0F : vocabulary.scores[id], static_cast<PieceType>(std::max(typeOf(vocabulary, id), 1))};
        if (piece.type == PieceType::Unknown && vocabulary.unknown >= 0)
            piece.type = PieceType::Control;
        if (static_cast<TokenId>(id) == vocabulary.unknown)
            piece.type = PieceType::Unknown;
        if (piece.text.isEmpty())
            piece.type = PieceType::Control;
        bytes += piece.type == PieceType::Byte && byteOfPiece(piece.text) >= 0;
        model.pieces.push_back(std::move(piece));
    }
    model.byteFallback = bytes == 256;
    model.normalizer.characterMap = vocabulary.characterMap;
    model.normalizer.addDummyPrefix = vocabulary.addSpacePrefix.value_or(true);
    model.normalizer.removeExtraWhitespaces = vocabulary.removeExtraWhitespaces.value_or(false);
    return model;
}

Result<TokenizerJson> sentencePieceBpeJson(const GgufVocabulary &vocabulary, QStringList &warnings)
{
    if (vocabulary.scores.empty())
        return corrupt(tr("Its tokens have no scores."));
    SentencePieceModel model = sentencePieces(vocabulary, sizeWithoutPadding(vocabulary));
    model.type = ModelType::Bpe;
    return sentencePieceJson(model, {vocabulary.addBegin.value_or(true) ? vocabulary.begin : -1, vocabulary.addEnd.value_or(false) ? vocabulary.end : -1}, warnings);
}

Result<TokenizerJson> unigramJson(const GgufVocabulary &vocabulary, QStringList &warnings)
{
    if (vocabulary.scores.empty())
        return corrupt(tr("Its tokens have no scores."));
    SentencePieceModel model = sentencePieces(vocabulary, sizeWithoutPadding(vocabulary));
    model.type = ModelType::Unigram;
    return sentencePieceJson(model, {vocabulary.addBegin.value_or(false) ? vocabulary.begin : -1, vocabulary.addEnd.value_or(true) ? vocabulary.end : -1}, warnings);
}

// In GGUF a piece that begins a word has U+2581 before it, and one that goes on has no "##".
QByteArray wordPiece(const QByteArray &token)
{
    if (token.startsWith(kMark) && token != kMark)
        return token.mid(3);
    return token.isEmpty() || (token.startsWith('[') && token.endsWith(']')) ? token : "##" + token;
}

bool hasCapitals(const GgufVocabulary &vocabulary)
{
    return std::any_of(vocabulary.tokens.begin(), vocabulary.tokens.end(), [](const QByteArray &token) {
        const bool isName = token.startsWith('[') || token.startsWith('<');
        return !isName && std::any_of(token.begin(), token.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    });
}

Result<TokenizerJson> wordPieceJson(const GgufVocabulary &vocabulary, QStringList &)
{
    if (vocabulary.unknown < 0)
        return corrupt(tr("It does not say which token stands for unknown words."));
    const size_t size = sizeWithoutPadding(vocabulary);
    std::vector<QByteArray> pieces;
    for (size_t id = 0; id < size; ++id)
        pieces.push_back(isMarkType(typeOf(vocabulary, id)) || static_cast<TokenId>(id) == vocabulary.unknown ? vocabulary.tokens[id] : wordPiece(vocabulary.tokens[id]));
    const TokenId before = vocabulary.classifier >= 0 ? vocabulary.classifier : vocabulary.begin;
    const TokenId after = vocabulary.separator >= 0 ? vocabulary.separator : vocabulary.end;
    TokenizerJson json;
    json.added = addedTokens(vocabulary, size);
    json.normalizer = jsonPart("BertNormalizer", {{QStringLiteral("clean_text"), true}, {QStringLiteral("handle_chinese_chars"), true},
                                                  {QStringLiteral("strip_accents"), QJsonValue()}, {QStringLiteral("lowercase"), !hasCapitals(vocabulary)}});
    json.preTokenizer = jsonPart("BertPreTokenizer");
    json.postProcessor = templatePart(named(vocabulary, vocabulary.addBegin.value_or(true), before), named(vocabulary, vocabulary.addEnd.value_or(true), after));
    json.decoder = jsonPart("WordPiece", {{QStringLiteral("prefix"), QStringLiteral("##")}, {QStringLiteral("cleanup"), true}});
    json.model = wordPieceModelText(pieces, vocabulary.tokens[static_cast<size_t>(vocabulary.unknown)]);
    return json;
}

QJsonObject tokenizerConfig(const GgufVocabulary &vocabulary)
{
    QJsonObject config{{QStringLiteral("tokenizer_class"), QStringLiteral("PreTrainedTokenizerFast")}, {QStringLiteral("clean_up_tokenization_spaces"), false}};
    const std::pair<const char *, TokenId> kMarks[] = {{"bos_token", vocabulary.begin},     {"eos_token", vocabulary.end},   {"unk_token", vocabulary.unknown},
                                                       {"sep_token", vocabulary.separator}, {"pad_token", vocabulary.padding}, {"mask_token", vocabulary.mask},
                                                       {"cls_token", vocabulary.classifier}};
    for (const auto &[key, id] : kMarks)
        if (id >= 0)
            config.insert(QLatin1String(key), QString::fromUtf8(vocabulary.tokens[static_cast<size_t>(id)]));
    if (vocabulary.addBegin)
        config.insert(QStringLiteral("add_bos_token"), *vocabulary.addBegin);
    if (vocabulary.addEnd)
        config.insert(QStringLiteral("add_eos_token"), *vocabulary.addEnd);
    if (vocabulary.namedTemplates.empty()) {
        if (!vocabulary.chatTemplate.isEmpty())
            config.insert(QStringLiteral("chat_template"), vocabulary.chatTemplate);
        return config;
    }
    QJsonArray templates;
    const auto add = [&templates](const QString &name, const QString &text) {
        templates.append(QJsonObject{{QStringLiteral("name"), name}, {QStringLiteral("template"), text}});
    };
    if (!vocabulary.chatTemplate.isEmpty())
        add(QStringLiteral("default"), vocabulary.chatTemplate);
    for (const auto &[name, text] : vocabulary.namedTemplates)
        add(name, text);
    config.insert(QStringLiteral("chat_template"), templates);
    return config;
}

}  // namespace

Result<TokenizerFiles> tokenizerFilesFromGguf(const GgufVocabulary &vocabulary)
{
    ATHANOR_TRY(check(vocabulary));
    using Maker = Result<TokenizerJson> (*)(const GgufVocabulary &, QStringList &);
    static const std::pair<const char *, Maker> kMakers[] = {
        {"gpt2", byteLevelJson}, {"llama", sentencePieceBpeJson}, {"t5", unigramJson}, {"bert", wordPieceJson}, {"gemma4", markedJson}};
    for (const auto &[name, make] : kMakers) {
        if (vocabulary.model != QLatin1String(name))
            continue;
        TokenizerFiles files;
        ATHANOR_ASSIGN(const TokenizerJson json, make(vocabulary, files.warnings));
        files.tokenizerJson = json.text();
        files.tokenizerConfig = tokenizerConfig(vocabulary);
        ATHANOR_TRY(parseTokenizer(files.tokenizerJson, tr("in the GGUF file")));
        return files;
    }
    return fail(ErrorCode::Unsupported, tr("Its kind of tokenizer, “%1”, is not supported.").arg(vocabulary.model.left(80)),
                tr("Known are gpt2 (byte-level BPE), llama (SentencePiece BPE), t5 (unigram), bert (WordPiece) and gemma4."));
}

}  // namespace athanor::tokenizer
