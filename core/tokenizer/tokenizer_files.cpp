#include "core/tokenizer/tokenizer_files.h"

#include "core/base/atomic_file.h"
#include "core/tokenizer/huggingface_tokenizer.h"
#include "core/tokenizer/sentencepiece_json.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>

#include <algorithm>

namespace athanor::tokenizer {

namespace {

constexpr size_t kNewTokenLimit = 65536;
constexpr qsizetype kTokenBytesLimit = 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QJsonObject configFor(const Tokenizer &tokenizer)
{
    QJsonObject config{{QStringLiteral("tokenizer_class"), QStringLiteral("PreTrainedTokenizerFast")}, {QStringLiteral("clean_up_tokenization_spaces"), false}};
    const std::pair<const char *, TokenId> kMarks[] = {{"bos_token", tokenizer.beginOfDocument()}, {"eos_token", tokenizer.endOfDocument()}, {"unk_token", tokenizer.unknown()}};
    for (const auto &[key, id] : kMarks)
        if (id >= 0)
            config.insert(QLatin1String(key), tokenizer.tokenText(id));
    return config;
}

Status checkNew(const std::vector<QByteArray> &tokens, const Tokenizer &tokenizer)
{
    if (tokens.empty() || tokens.size() > kNewTokenLimit)
        return fail(ErrorCode::InvalidInput, tr("%1 tokens cannot be added; 1 to %2 can.").arg(tokens.size()).arg(kNewTokenLimit));
    QSet<QByteArray> seen;
    for (const QByteArray &text : tokens) {
        if (text.isEmpty() || text.size() > kTokenBytesLimit)
            return fail(ErrorCode::InvalidInput, tr("A token has %1 bytes; it must have 1 to %2.").arg(text.size()).arg(kTokenBytesLimit));
        if (QString::fromUtf8(text).toUtf8() != text)
            return fail(ErrorCode::InvalidInput, tr("A token to add is no valid text (UTF-8)."));
        if (seen.contains(text))
            return fail(ErrorCode::InvalidInput, tr("The token “%1” is given twice.").arg(QString::fromUtf8(text)));
        if (tokenizer.tokenId(text) >= 0 || tokenizer.encode(text).size() == 1)
            return fail(ErrorCode::AlreadyExists, tr("The tokenizer has the token “%1” already.").arg(QString::fromUtf8(text)), tr("Leave it out."));
        seen.insert(text);
    }
    return {};
}

QJsonObject addedToken(const NewToken &token, bool isControl)
{
    return {{QStringLiteral("id"), token.id},
            {QStringLiteral("content"), QString::fromUtf8(token.text)},
            {QStringLiteral("single_word"), false},
            {QStringLiteral("lstrip"), false},
            {QStringLiteral("rstrip"), false},
            {QStringLiteral("normalized"), false},
            {QStringLiteral("special"), isControl}};
}

}  // namespace

QString nameForTokenizer(const QString &path)
{
    const QFileInfo info(QFileInfo(path).absoluteFilePath());
    if (info.isDir())
        return info.fileName();
    return info.completeBaseName() == QLatin1String("tokenizer") ? info.dir().dirName() : info.completeBaseName();
}

Result<TokenizerFiles> huggingFaceFiles(const QByteArray &bytes, const QString &name, const SentencePieceMarks &marks)
{
    ATHANOR_ASSIGN(const std::shared_ptr<const Tokenizer> tokenizer, parseTokenizer(bytes, name));
    TokenizerFiles files;
    files.tokenizerConfig = configFor(*tokenizer);
    if (isTokenizerJson(bytes)) {
        files.tokenizerJson = bytes;
        return files;
    }
    ATHANOR_ASSIGN(const SentencePieceModel model, parseSentencePieceModel(bytes));
    const auto idOf = [&](const QByteArray &text) {
        const auto found = std::find_if(model.pieces.begin(), model.pieces.end(), [&](const Piece &piece) { return piece.text == text; });
        return found == model.pieces.end() ? TokenId(-1) : static_cast<TokenId>(found - model.pieces.begin());
    };
    ATHANOR_ASSIGN(TokenizerJson json, sentencePieceJson(model, {marks.begins ? idOf(model.beginPiece) : -1, marks.ends ? idOf(model.endPiece) : -1}, files.warnings));
    for (const auto &[text, id] : marks.added)
        if (idOf(text) < 0)
            json.added.push_back({text, id, true});
    std::sort(json.added.begin(), json.added.end(), [](const AddedToken &a, const AddedToken &b) { return a.id < b.id; });
    files.tokenizerJson = json.text();
    return files;
}

Status writeTokenizerFiles(const QString &folder, const TokenizerFiles &files)
{
    const QString configFile = folder + QStringLiteral("/tokenizer_config.json");
    QJsonObject config = files.tokenizerConfig;
    if (const auto existing = readFile(configFile)) {
        const QJsonObject known = QJsonDocument::fromJson(*existing).object();
        for (auto it = known.begin(); it != known.end(); ++it)
            config.insert(it.key(), it.value());
    }
    ATHANOR_TRY(makeFolder(folder));
    ATHANOR_TRY(writeFileAtomically(folder + QStringLiteral("/tokenizer.json"), files.tokenizerJson));
    return writeFileAtomically(configFile, QJsonDocument(config).toJson());
}

Result<ExtendedTokenizer> extendTokenizer(const QByteArray &bytes, const std::vector<QByteArray> &tokens, bool isControl)
{
    ExtendedTokenizer extended;
    ATHANOR_ASSIGN(extended.files, huggingFaceFiles(bytes, tr("to extend")));
    ATHANOR_ASSIGN(const std::shared_ptr<const Tokenizer> before, parseTokenizer(extended.files.tokenizerJson, tr("to extend")));
    ATHANOR_TRY(checkNew(tokens, *before));
    ATHANOR_ASSIGN(QJsonObject root, parseTokenizerObject(extended.files.tokenizerJson));
    QJsonArray added = root.value(QLatin1String("added_tokens")).toArray();
    for (const QByteArray &text : tokens) {
        const NewToken token{text, before->vocabularySize() + static_cast<TokenId>(extended.added.size()), before->encode(text)};
        added.append(addedToken(token, isControl));
        extended.added.push_back(token);
    }
    root.insert(QStringLiteral("added_tokens"), added);
    extended.files.tokenizerJson = QJsonDocument(root).toJson(QJsonDocument::Compact);
    ATHANOR_TRY(parseTokenizer(extended.files.tokenizerJson, tr("with the new tokens")));
    return extended;
}

}  // namespace athanor::tokenizer
