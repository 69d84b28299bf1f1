// Role: the tokenizer of a model's folder to the values that a GGUF file has for it.
#include "core/base/atomic_file.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/gguf_vocabulary.h"
#include "core/tokenizer/huggingface_tokenizer.h"
#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/sentencepiece_json.h"
#include "core/tokenizer/word_rules.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QHash>

namespace athanor::tokenizer {

namespace {

using json::tr;
using Type = GgufVocabulary::Type;

constexpr char kMark[] = "\xE2\x96\x81";
constexpr float kAddedScore = -1e9F;

QString fieldOf(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toString();
}

// The steps under a Sequence, or the one step that there is.
std::vector<QJsonObject> stepsOf(const QJsonObject &root, const char *part, const char *key)
{
    std::vector<QJsonObject> steps;
    (void)json::flatten(root.value(QLatin1String(part)), key, steps);
    return steps;
}

bool hasStep(const std::vector<QJsonObject> &steps, const char *type)
{
    return std::any_of(steps.begin(), steps.end(), [type](const QJsonObject &step) { return fieldOf(step, "type") == QLatin1String(type); });
}

void fillTokens(const Tokenizer &tokenizer, GgufVocabulary &out)
{
    for (TokenId id = 0; id < tokenizer.vocabularySize(); ++id) {
        const QByteArray text = tokenizer.tokenText(id).toUtf8();
        out.tokens.push_back(text.isEmpty() ? "[PAD" + QByteArray::number(id) + "]" : text);
        out.types.push_back(text.isEmpty() ? Type::Unused : Type::Normal);
    }
}

void markAdded(const QJsonObject &root, GgufVocabulary &out)
{
    for (const QJsonValue &value : root.value(QLatin1String("added_tokens")).toArray()) {
        const QJsonObject token = value.toObject();
        const auto id = static_cast<size_t>(token.value(QLatin1String("id")).toInteger(-1));
        if (id < out.types.size())
            out.types[id] = token.value(QLatin1String("special")).toBool() ? Type::Control : Type::UserDefined;
    }
}

MergePair mergeOf(const QJsonValue &entry)
{
    if (entry.isString()) {
        const QByteArray line = entry.toString().toUtf8();
        return {line.left(line.indexOf(' ')), line.mid(line.indexOf(' ') + 1)};
    }
    return {entry.toArray().at(0).toString().toUtf8(), entry.toArray().at(1).toString().toUtf8()};
}

Status fillByteLevel(const QJsonObject &root, GgufVocabulary &out)
{
    const QJsonObject model = root.value(QLatin1String("model")).toObject();
    out.model = QStringLiteral("gpt2");
    out.pre = nameOfWordRules(root.value(QLatin1String("pre_tokenizer")), model.value(QLatin1String("ignore_merges")).toBool());
    if (out.pre.isEmpty())
        return fail(ErrorCode::Unsupported, tr("GGUF has no name for the way in which this tokenizer cuts text into words."),
                    tr("Export the model as a Hugging Face folder; its tokenizer.json says the rules in full."));
    for (const QJsonValue &entry : model.value(QLatin1String("merges")).toArray()) {
        const auto [left, right] = mergeOf(entry);
        out.merges.push_back(left + ' ' + right);
    }
    return {};
}

void markBytes(GgufVocabulary &out)
{
    for (size_t id = 0; id < out.tokens.size(); ++id)
        if (out.types[id] == Type::Normal && byteOfPiece(out.tokens[id]) >= 0)
            out.types[id] = Type::Byte;
}

// Merges become scores: what is joined first has the highest. Pieces that no merge makes are never joined.
Status fillSentencePiece(const QJsonObject &root, GgufVocabulary &out)
{
    const QJsonObject model = root.value(QLatin1String("model")).toObject();
    if (!model.value(QLatin1String("byte_fallback")).toBool())
        return fail(ErrorCode::Unsupported, tr("GGUF has no kind for a BPE that neither works on bytes nor falls back to them."));
    const std::vector<QJsonObject> normalizers = stepsOf(root, "normalizer", "normalizers");
    const std::vector<QJsonObject> preTokenizers = stepsOf(root, "pre_tokenizer", "pretokenizers");
    const bool adds = hasStep(normalizers, "Prepend")
                      || std::any_of(preTokenizers.begin(), preTokenizers.end(), [](const QJsonObject &step) {
                             return fieldOf(step, "type") == QLatin1String("Metaspace") && fieldOf(step, "prepend_scheme") != QLatin1String("never");
                         });
    out.model = QStringLiteral("llama");
    out.pre = QStringLiteral("default");
    out.addSpacePrefix = adds;
    QHash<QByteArray, float> scores;
    float next = 0;
    for (const QJsonValue &entry : model.value(QLatin1String("merges")).toArray()) {
        const auto [left, right] = mergeOf(entry);
        const QByteArray joined = left + right;
        if (!scores.contains(joined))
            scores.insert(joined, next--);
    }
    markBytes(out);
    for (size_t id = 0; id < out.tokens.size(); ++id) {
        out.scores.push_back(out.types[id] == Type::Normal ? scores.value(out.tokens[id], kAddedScore) : 0.0F);
        if (out.types[id] == Type::Normal)
            out.tokens[id].replace(" ", kMark);
    }
    return {};
}

Status fillUnigram(const QJsonObject &root, GgufVocabulary &out)
{
    const QJsonObject model = root.value(QLatin1String("model")).toObject();
    const std::vector<QJsonObject> normalizers = stepsOf(root, "normalizer", "normalizers");
    out.model = QStringLiteral("t5");
    out.pre = QStringLiteral("default");
    const QJsonArray pieces = model.value(QLatin1String("vocab")).toArray();
    for (size_t id = 0; id < out.tokens.size(); ++id)
        out.scores.push_back(static_cast<float>(pieces.at(static_cast<qsizetype>(id)).toArray().at(1).toDouble()));
    markBytes(out);
    for (size_t id = 0; id < out.tokens.size(); ++id)
        if (out.types[id] == Type::Normal)
            out.tokens[id].replace(" ", kMark);
    for (const QJsonObject &step : normalizers)
        if (fieldOf(step, "type") == QLatin1String("Precompiled"))
            out.characterMap = QByteArray::fromBase64(fieldOf(step, "precompiled_charsmap").toLatin1());
    out.addSpacePrefix = hasStep(normalizers, "Prepend") || hasStep(stepsOf(root, "pre_tokenizer", "pretokenizers"), "Metaspace");
    const bool joinsSpaces = std::any_of(normalizers.begin(), normalizers.end(), [](const QJsonObject &step) {
        return step.value(QLatin1String("pattern")).toObject().value(QLatin1String("Regex")) == QLatin1String(" {2,}");
    });
    out.removeExtraWhitespaces = joinsSpaces || hasStep(stepsOf(root, "pre_tokenizer", "pretokenizers"), "WhitespaceSplit");
    return {};
}

// A piece that begins a word gets U+2581, one that goes on loses its "##".
void fillWordPiece(GgufVocabulary &out)
{
    out.model = QStringLiteral("bert");
    out.pre = QStringLiteral("default");
    for (size_t id = 0; id < out.tokens.size(); ++id) {
        QByteArray &text = out.tokens[id];
        if (out.types[id] != Type::Normal || (text.startsWith('[') && text.endsWith(']')))
            continue;
        text = text.startsWith("##") ? text.mid(2) : kMark + text;
    }
}

Status fillFromJson(const QByteArray &bytes, const Tokenizer &tokenizer, GgufVocabulary &out)
{
    ATHANOR_ASSIGN(const QJsonObject root, parseTokenizerObject(bytes));
    fillTokens(tokenizer, out);
    markAdded(root, out);
    const QString model = tokenizer.typeName();
    if (model == QLatin1String("byte-level BPE"))
        ATHANOR_TRY(fillByteLevel(root, out));
    else if (model == QLatin1String("BPE"))
        ATHANOR_TRY(fillSentencePiece(root, out));
    else if (model == QLatin1String("unigram"))
        ATHANOR_TRY(fillUnigram(root, out));
    else if (model == QLatin1String("WordPiece"))
        fillWordPiece(out);
    else
        return fail(ErrorCode::Unsupported, tr("GGUF has no kind for the tokenizer “%1”.").arg(model));
    const TokenId unknown = tokenizer.unknown();
    if (unknown >= 0 && (out.model == QLatin1String("llama") || out.model == QLatin1String("t5")))
        out.types[static_cast<size_t>(unknown)] = Type::Unknown;
    return {};
}

Status fillFromSentencePiece(const QByteArray &bytes, GgufVocabulary &out)
{
    ATHANOR_ASSIGN(const SentencePieceModel model, parseSentencePieceModel(bytes));
    out.model = model.type == ModelType::Bpe ? QStringLiteral("llama") : QStringLiteral("t5");
    out.pre = QStringLiteral("default");
    for (const Piece &piece : model.pieces) {
        out.tokens.push_back(piece.text);
        out.scores.push_back(piece.score);
        out.types.push_back(static_cast<qint32>(piece.type));
    }
    out.characterMap = model.normalizer.characterMap;
    out.addSpacePrefix = model.normalizer.addDummyPrefix;
    out.removeExtraWhitespaces = model.normalizer.removeExtraWhitespaces;
    return {};
}

// "bos_token" is a text, or an added token with its "content".
TokenId configured(const QJsonObject &config, const char *key, const Tokenizer &tokenizer, TokenId usual)
{
    const QJsonValue value = config.value(QLatin1String(key));
    const QString text = value.isObject() ? fieldOf(value.toObject(), "content") : value.toString();
    return text.isEmpty() ? usual : tokenizer.tokenId(text.toUtf8());
}

void fillMarks(const QJsonObject &config, const Tokenizer &tokenizer, GgufVocabulary &out)
{
    out.begin = configured(config, "bos_token", tokenizer, tokenizer.beginOfDocument());
    out.end = configured(config, "eos_token", tokenizer, tokenizer.endOfDocument());
    out.unknown = configured(config, "unk_token", tokenizer, tokenizer.unknown());
    out.separator = configured(config, "sep_token", tokenizer, -1);
    out.padding = configured(config, "pad_token", tokenizer, -1);
    out.mask = configured(config, "mask_token", tokenizer, -1);
    out.classifier = configured(config, "cls_token", tokenizer, -1);
    const std::vector<TokenId> prefix = tokenizer.textPrefix(), suffix = tokenizer.textSuffix();
    if (out.model == QLatin1String("bert")) {
        out.classifier = out.classifier < 0 && !prefix.empty() ? prefix.front() : out.classifier;
        out.separator = out.separator < 0 && !suffix.empty() ? suffix.back() : out.separator;
    }
    out.addBegin = !prefix.empty();
    out.addEnd = !suffix.empty();
    if (out.model != QLatin1String("bert") && !prefix.empty())
        out.begin = prefix.front();
    if (out.model != QLatin1String("bert") && !suffix.empty())
        out.end = suffix.back();
}

void fillTemplates(const QString &folder, const QJsonObject &config, GgufVocabulary &out)
{
    const QJsonValue given = config.value(QLatin1String("chat_template"));
    out.chatTemplate = given.toString();
    for (const QJsonValue &value : given.toArray()) {
        const QString name = fieldOf(value.toObject(), "name"), text = fieldOf(value.toObject(), "template");
        if (name == QLatin1String("default"))
            out.chatTemplate = text;
        else
            out.namedTemplates[name] = text;
    }
    for (const QString &file : chatTemplateFiles(folder)) {
        const auto text = readFile(folder + QLatin1Char('/') + file);
        if (text && !file.contains(QLatin1Char('/')))
            out.chatTemplate = QString::fromUtf8(*text);
        else if (text)
            out.namedTemplates[QFileInfo(file).completeBaseName()] = QString::fromUtf8(*text);
    }
}

}  // namespace

Result<GgufVocabulary> ggufVocabularyOf(const QString &folder, qint64 rows)
{
    ATHANOR_ASSIGN(const QString file, findTokenizer(folder));
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(file, kModelFileLimit));
    ATHANOR_ASSIGN(const std::shared_ptr<const Tokenizer> tokenizer, parseTokenizer(bytes, file));
    GgufVocabulary out;
    ATHANOR_TRY(isTokenizerJson(bytes) ? fillFromJson(bytes, *tokenizer, out) : fillFromSentencePiece(bytes, out));
    QJsonObject config;
    if (const auto text = readFile(folder + QStringLiteral("/tokenizer_config.json")))
        config = QJsonDocument::fromJson(*text).object();
    fillMarks(config, *tokenizer, out);
    fillTemplates(folder, config, out);
    const auto size = static_cast<qint64>(out.tokens.size());
    if (rows > 0 && size > rows)
        return fail(ErrorCode::InvalidInput, tr("The tokenizer has %1 tokens, but the model has embeddings for %2 only.").arg(size).arg(rows),
                    tr("Use the tokenizer that belongs to the model."));
    if (rows > kPieceCountLimit)
        return fail(ErrorCode::LimitExceeded, tr("The model has %1 rows of embeddings; the limit is %2.").arg(rows).arg(kPieceCountLimit));
    for (qint64 id = size; id < rows; ++id) {
        out.tokens.push_back("[PAD" + QByteArray::number(id) + "]");
        out.types.push_back(Type::Unused);
        if (!out.scores.empty())
            out.scores.push_back(kAddedScore);
    }
    return out;
}

}  // namespace athanor::tokenizer
