// See import_tokenizer.h.
#include "core/interop/import_tokenizer.h"

#include "core/base/atomic_file.h"
#include "core/interop/gguf.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/tokenizer_files.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

#include <algorithm>

namespace athanor::interop {
namespace {

constexpr qint64 kFileLimit = qint64(128) << 20;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

Status copyIfThere(const QString &from, const QString &to)
{
    if (!QFileInfo(from).isFile())
        return {};
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(from, kFileLimit));
    return writeFileAtomically(to, bytes);
}

std::optional<bool> flagOf(const GgufReader &file, const char *key)
{
    const GgufValue *value = file.value(QLatin1String(key));
    return value ? value->boolean() : std::nullopt;
}

// Where texts end when the model writes: the ids that the file names.
Status writeGeneration(const GgufReader &file, const QString &folder)
{
    QJsonArray ends;
    for (const char *key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
        const qint64 id = file.integer(QLatin1String(key), -1);
        if (id >= 0 && !ends.contains(id))
            ends.append(id);
    }
    QJsonObject settings;
    if (!ends.isEmpty())
        settings.insert(QStringLiteral("eos_token_id"), ends.size() == 1 ? ends[0] : QJsonValue(ends));
    for (const auto &[key, name] : {std::pair("tokenizer.ggml.bos_token_id", "bos_token_id"), std::pair("tokenizer.ggml.padding_token_id", "pad_token_id")})
        if (const qint64 id = file.integer(QLatin1String(key), -1); id >= 0)
            settings.insert(QLatin1String(name), id);
    return settings.isEmpty() ? Status() : writeJsonFile(folder + QStringLiteral("/generation_config.json"), settings);
}

// As the classes of transformers read a .model: LLaMA's begins every text, T5's ends it and has marks for passages.
tokenizer::SentencePieceMarks marksOf(const ModelSource &model, qint64 pieces)
{
    const QDir from(model.folder);
    const QJsonObject config = readJsonFile(from.filePath(QStringLiteral("tokenizer_config.json"))).value_or(QJsonObject());
    const QString type = model.config.value(QLatin1String("model_type")).toString();
    const bool isT5 = type == QLatin1String("t5");
    tokenizer::SentencePieceMarks marks;
    marks.begins = config.value(QLatin1String("add_bos_token")).toBool(type == QLatin1String("llama") || type == QLatin1String("mistral"));
    marks.ends = config.value(QLatin1String("add_eos_token")).toBool(isT5);
    const qint64 passages = isT5 ? std::clamp<qint64>(config.value(QLatin1String("extra_ids")).toInteger(100), 0, 1000) : 0;
    for (qint64 i = 0; i < passages; ++i)
        marks.added.emplace_back("<extra_id_" + QByteArray::number(passages - 1 - i) + ">", tokenizer::TokenId(pieces + i));
    const QJsonObject added = readJsonFile(from.filePath(QStringLiteral("added_tokens.json"))).value_or(QJsonObject());
    for (auto it = added.begin(); it != added.end(); ++it)
        if (it.value().toInteger(-1) >= pieces + passages)
            marks.added.emplace_back(it.key().toUtf8(), tokenizer::TokenId(it.value().toInteger()));
    return marks;
}

// A .model with what stands beside it as one tokenizer.json; as it is where nothing does.
Status placeSentencePiece(const ModelSource &model, const QByteArray &bytes, const QString &folder, QStringList &warnings)
{
    ATHANOR_ASSIGN(const tokenizer::SentencePieceModel pieces, tokenizer::parseSentencePieceModel(bytes));
    const tokenizer::SentencePieceMarks marks = marksOf(model, qint64(pieces.pieces.size()));
    if (marks.isEmpty())
        return writeFileAtomically(folder + QLatin1Char('/') + tokenizer::tokenizerFileName(bytes), bytes);
    ATHANOR_ASSIGN(const tokenizer::TokenizerFiles files, tokenizer::huggingFaceFiles(bytes, model.tokenizerFile, marks));
    warnings += files.warnings;
    return tokenizer::writeTokenizerFiles(folder, files);
}

Status copyFiles(const ModelSource &model, const QString &folder, QStringList &warnings)
{
    const QDir from(model.folder);
    ATHANOR_TRY(tokenizer::copyChatTemplates(model.folder, folder));
    for (const char *name : {"tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "added_tokens.json"})
        ATHANOR_TRY(copyIfThere(from.filePath(QLatin1String(name)), folder + QLatin1Char('/') + QLatin1String(name)));
    if (model.tokenizerFile.isEmpty()) {
        warnings += tr("The model has no tokenizer that Athanor reads (tokenizer.json or a SentencePiece model).");
        return {};
    }
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(model.tokenizerFile, kFileLimit));
    if (model.kind != ModelKind::Athanor && tokenizer::tokenizerFileName(bytes) != QLatin1String("tokenizer.json"))
        return placeSentencePiece(model, bytes, folder, warnings);
    return writeFileAtomically(folder + QLatin1Char('/') + tokenizer::tokenizerFileName(bytes), bytes);
}

}  // namespace

tokenizer::GgufVocabulary vocabularyOf(const GgufReader &file)
{
    tokenizer::GgufVocabulary out;
    out.model = file.text(QStringLiteral("tokenizer.ggml.model"));
    out.pre = file.text(QStringLiteral("tokenizer.ggml.pre"));
    const auto copied = [&](const char *key) {
        std::vector<QByteArray> texts;
        if (const GgufValue *value = file.value(QLatin1String(key)))
            for (const QByteArrayView text : value->texts())
                texts.push_back(text.toByteArray());
        return texts;
    };
    out.tokens = copied("tokenizer.ggml.tokens");
    out.merges = copied("tokenizer.ggml.merges");
    if (const GgufValue *scores = file.value(QStringLiteral("tokenizer.ggml.scores")))
        out.scores = scores->numbers();
    if (const GgufValue *types = file.value(QStringLiteral("tokenizer.ggml.token_type")))
        for (const qint64 type : types->integers())
            out.types.push_back(qint32(type));
    if (const GgufValue *map = file.value(QStringLiteral("tokenizer.ggml.precompiled_charsmap")))
        for (const qint64 byte : map->integers())
            out.characterMap.append(char(byte));
    const auto id = [&](const char *key) { return tokenizer::TokenId(file.integer(QLatin1String(key), -1)); };
    out.begin = id("tokenizer.ggml.bos_token_id");
    out.end = id("tokenizer.ggml.eos_token_id");
    out.unknown = id("tokenizer.ggml.unknown_token_id");
    out.separator = id("tokenizer.ggml.seperator_token_id");
    out.padding = id("tokenizer.ggml.padding_token_id");
    out.mask = id("tokenizer.ggml.mask_token_id");
    out.classifier = id("tokenizer.ggml.cls_token_id");
    out.addBegin = flagOf(file, "tokenizer.ggml.add_bos_token");
    out.addEnd = flagOf(file, "tokenizer.ggml.add_eos_token");
    out.addSpacePrefix = flagOf(file, "tokenizer.ggml.add_space_prefix");
    out.removeExtraWhitespaces = flagOf(file, "tokenizer.ggml.remove_extra_whitespaces");
    out.chatTemplate = file.text(QStringLiteral("tokenizer.chat_template"));
    const QString named = QStringLiteral("tokenizer.chat_template.");
    for (const QString &key : file.keys())
        if (key.startsWith(named))
            out.namedTemplates[key.mid(named.size())] = file.text(key);
    return out;
}

Status placeTokenizer(const ModelSource &model, const QString &folder, QStringList &warnings)
{
    if (!model.gguf)
        return copyFiles(model, folder, warnings);
    if (!model.hasTokenizer) {
        warnings += tr("The file has no tokenizer.");
        return {};
    }
    ATHANOR_ASSIGN(const tokenizer::TokenizerFiles files, tokenizer::tokenizerFilesFromGguf(vocabularyOf(*model.gguf)));
    warnings += files.warnings;
    ATHANOR_TRY(tokenizer::writeTokenizerFiles(folder, files));
    return writeGeneration(*model.gguf, folder);
}

}  // namespace athanor::interop
