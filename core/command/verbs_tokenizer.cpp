// tokenizer train | import | extend | list | encode | decode
#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/command/verb.h"
#include "core/tokenizer/tokenizer_files.h"

#include <QCoreApplication>
#include <QTemporaryDir>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cmath>
#include <cstdio>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QByteArray standardInput()
{
    QFile input;
    return input.open(stdin, QIODevice::ReadOnly) ? input.readAll() : QByteArray();
}

QJsonObject tokenizerJson(const project::Tokenizer &tokenizer)
{
    QJsonObject object = tokenizer.facts;
    object.insert(QStringLiteral("name"), tokenizer.name);
    return object;
}

Status showTokenizer(Session &session, const QString &name)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const project::Tokenizer row, bench->project().tokenizer(name));
    session.print(tr("%1: %2, %3 tokens, %4%5").arg(row.name, row.type, formatInteger(row.vocabulary),
                  std::isfinite(row.bytesPerToken) ? tr("%1 bytes a token, ").arg(formatReal(row.bytesPerToken, 3)) : QString(),
                  row.isLossless ? tr("gives every text back unchanged") : tr("does not give every text back unchanged")));
    session.emitJson(tokenizerJson(row));
    return {};
}

Status trainTokenizer(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString name = session.arguments.word(0);
    const QString method = QStringLiteral("tokenizer.") + session.arguments.value(QStringLiteral("type"), QStringLiteral("bpe"));
    const plugin::Metadata *metadata = session.plugins().find(method);
    if (!metadata)
        return fail(ErrorCode::InvalidInput, tr("There is no tokenizer type “%1”.").arg(method.section(QLatin1Char('.'), 1)), tr("Known are: bpe, unigram."));
    ATHANOR_ASSIGN(QJsonObject settings, metadata->parameters.parseAssignments(session.arguments.values(QStringLiteral("set"))));
    if (session.arguments.has(QStringLiteral("vocab"))) {
        ATHANOR_ASSIGN(const QJsonObject vocabulary,
                       metadata->parameters.parseAssignments({QStringLiteral("vocabulary=") + session.arguments.value(QStringLiteral("vocab"))}));
        settings.insert(QStringLiteral("vocabulary"), vocabulary.value(QLatin1String("vocabulary")));
    }
    const QString dataset = session.arguments.value(QStringLiteral("dataset"));
    if (dataset.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("The dataset to learn from is missing."), tr("Add --dataset NAME."));
    ATHANOR_ASSIGN(const job::Folder folder, bench->trainTokenizer(name, dataset, method, settings));
    ATHANOR_TRY(session.follow(folder, Session::OnInterrupt::CancelJob));
    return showTokenizer(session, name);
}

Status importTokenizer(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString file = session.arguments.word(0);
    const QString name = session.arguments.value(QStringLiteral("as"), tokenizer::nameForTokenizer(file));
    ATHANOR_ASSIGN(const job::Folder folder, bench->importTokenizer(name, file));
    ATHANOR_TRY(session.follow(folder, Session::OnInterrupt::CancelJob));
    return showTokenizer(session, name);
}

// What each new token was made of, for those who make its embedding.
QJsonArray addedJson(const std::vector<tokenizer::NewToken> &added)
{
    QJsonArray array;
    for (const tokenizer::NewToken &token : added) {
        QJsonArray ids;
        for (const tokenizer::TokenId id : token.madeOf)
            ids += id;
        array += QJsonObject{{QStringLiteral("id"), token.id}, {QStringLiteral("text"), QString::fromUtf8(token.text)}, {QStringLiteral("madeOf"), ids}};
    }
    return array;
}

Status extendTokenizer(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString from = session.arguments.word(0);
    const QString name = session.arguments.value(QStringLiteral("as"), from + QStringLiteral("-extended"));
    ATHANOR_ASSIGN(const project::Tokenizer row, bench->project().tokenizer(from));
    std::vector<QByteArray> tokens;
    for (const QString &text : session.arguments.values(QStringLiteral("add")))
        tokens.push_back(text.toUtf8());
    if (tokens.empty())
        return fail(ErrorCode::InvalidInput, tr("The tokens to add are missing."), tr("Add --add TEXT, once for each token."));
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(bench->path() + QLatin1Char('/') + row.path));
    ATHANOR_ASSIGN(const tokenizer::ExtendedTokenizer extended, tokenizer::extendTokenizer(bytes, tokens));
    QTemporaryDir folder;
    ATHANOR_TRY(tokenizer::writeTokenizerFiles(folder.path(), extended.files));
    ATHANOR_ASSIGN(const job::Folder job, bench->importTokenizer(name, folder.filePath(QStringLiteral("tokenizer.json"))));
    ATHANOR_TRY(session.follow(job, Session::OnInterrupt::CancelJob));
    for (const QString &warning : extended.files.warnings)
        session.print(warning);
    const QJsonArray added = addedJson(extended.added);
    for (const QJsonValue &token : added)
        session.print(tr("%1  “%2”, until now %3 tokens").arg(token[QLatin1String("id")].toInt()).arg(token[QLatin1String("text")].toString()).arg(token[QLatin1String("madeOf")].toArray().size()));
    session.emitJson({{QStringLiteral("name"), name}, {QStringLiteral("added"), added}});
    return {};
}

Status listTokenizers(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Tokenizer> tokenizers, bench->project().tokenizers());
    QList<QStringList> rows;
    QJsonArray array;
    for (const project::Tokenizer &row : tokenizers) {
        rows += {row.name, row.type, formatInteger(row.vocabulary), std::isfinite(row.bytesPerToken) ? formatReal(row.bytesPerToken, 3) : QStringLiteral("–")};
        array += tokenizerJson(row);
    }
    session.printTable({tr("name"), tr("type"), tr("tokens"), tr("bytes a token")}, rows);
    session.emitJson({{QStringLiteral("tokenizers"), array}});
    return {};
}

Status encodeText(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const auto tokenizer, bench->tokenizer(session.arguments.word(0)));
    const QByteArray text = standardInput();
    QStringList words;
    QJsonArray ids;
    for (const tokenizer::TokenId id : tokenizer->encode(text)) {
        words += QString::number(id);
        ids += id;
    }
    session.print(words.join(QLatin1Char(' ')));
    session.emitJson({{QStringLiteral("ids"), ids}, {QStringLiteral("bytes"), text.size()}});
    return {};
}

Status decodeIds(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const auto tokenizer, bench->tokenizer(session.arguments.word(0)));
    std::vector<tokenizer::TokenId> ids;
    for (const QByteArray &word : standardInput().replace(',', ' ').simplified().split(' ')) {
        bool ok = false;
        const int id = word.toInt(&ok);
        if (word.isEmpty())
            continue;
        if (!ok || id < 0 || id >= tokenizer->vocabularySize())
            return fail(ErrorCode::InvalidInput, tr("“%1” is not a token of this tokenizer.").arg(QString::fromUtf8(word)),
                        tr("Ids go from 0 to %1.").arg(tokenizer->vocabularySize() - 1));
        ids.push_back(id);
    }
    const QByteArray text = tokenizer->decode(ids);
    if (!session.isJson())
        std::fwrite(text.constData(), 1, static_cast<size_t>(text.size()), stdout);
    session.emitJson({{QStringLiteral("text"), QString::fromUtf8(text)}});
    return {};
}

}  // namespace

QList<Verb> tokenizerVerbs()
{
    const QString noun = QStringLiteral("tokenizer");
    return {
        {noun, QStringLiteral("train"), QStringLiteral("NAME"), tr("Learns a vocabulary from a dataset."), 1, 1,
         {{QStringLiteral("dataset"), QStringLiteral("D"), tr("the dataset to learn from")},
          {QStringLiteral("vocab"), QStringLiteral("N"), tr("number of tokens")},
          {QStringLiteral("type"), QStringLiteral("bpe|unigram"), tr("the method")},
          {QStringLiteral("set"), QStringLiteral("key=value"), tr("a setting of the method"), true}}, trainTokenizer},
        {noun, QStringLiteral("import"), QStringLiteral("FILE|DIR"), tr("Takes in a tokenizer.json, a SentencePiece .model, or a folder with one of them."), 1, 1,
         {{QStringLiteral("as"), QStringLiteral("NAME"), tr("its name here")}}, importTokenizer},
        {noun, QStringLiteral("extend"), QStringLiteral("NAME"), tr("Makes a tokenizer with more tokens, for domain words or marks."), 1, 1,
         {{QStringLiteral("add"), QStringLiteral("TEXT"), tr("a new token, found wherever its text stands"), true},
          {QStringLiteral("as"), QStringLiteral("NEW"), tr("the new tokenizer's name; NAME-extended when left out")}}, extendTokenizer},
        {noun, QStringLiteral("list"), {}, tr("Lists the tokenizers."), 0, 0, {}, listTokenizers},
        {noun, QStringLiteral("encode"), QStringLiteral("NAME"), tr("Text on standard input to token ids."), 1, 1, {}, encodeText},
        {noun, QStringLiteral("decode"), QStringLiteral("NAME"), tr("Token ids on standard input to text."), 1, 1, {}, decodeIds},
    };
}

}  // namespace athanor::command
