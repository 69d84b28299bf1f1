// tokenizer train | import | list | encode | decode; model create | list | info | presets
#include "core/base/format.h"
#include "core/command/verb.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

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
    session.print(tr("%1: %2, %3 tokens, %4 bytes a token, %5").arg(row.name, row.type, formatInteger(row.vocabulary), formatReal(row.bytesPerToken, 3),
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

// A model's folder gives its name to "tokenizer.json".
QString nameFor(const QString &file)
{
    const QFileInfo info(QFileInfo(file).absoluteFilePath());
    const bool isPlain = info.completeBaseName() == QLatin1String("tokenizer") && !info.isDir();
    return info.isDir() ? info.fileName() : isPlain ? info.dir().dirName() : info.completeBaseName();
}

Status importTokenizer(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString file = session.arguments.word(0);
    const QString name = session.arguments.value(QStringLiteral("as"), nameFor(file));
    ATHANOR_ASSIGN(const job::Folder folder, bench->importTokenizer(name, file));
    ATHANOR_TRY(session.follow(folder, Session::OnInterrupt::CancelJob));
    return showTokenizer(session, name);
}

Status listTokenizers(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Tokenizer> tokenizers, bench->project().tokenizers());
    QList<QStringList> rows;
    QJsonArray array;
    for (const project::Tokenizer &row : tokenizers) {
        rows += {row.name, row.type, formatInteger(row.vocabulary), formatReal(row.bytesPerToken, 3)};
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

Result<model::Preset> presetNamed(Session &session, const QString &name)
{
    QStringList known;
    for (const model::Preset &preset : model::presets(session.plugins())) {
        if (preset.id == name)
            return preset;
        known += preset.id;
    }
    return fail(ErrorCode::NotFound, tr("There is no preset “%1”.").arg(name), tr("Known are: %1.").arg(known.join(QStringLiteral(", "))));
}

Status printModel(Session &session, const project::Model &stored)
{
    ATHANOR_ASSIGN(const model::Accounting cost, model::account(session.plugins(), stored.architecture, {}));
    session.print(tr("%1: %2 parameters, tokenizer %3").arg(stored.name, formatCount(static_cast<double>(cost.parameters)), stored.tokenizer));
    session.print(tr("  training: %1 FLOPs a token, %2 of memory at batch 8").arg(formatCount(cost.flopsPerTokenTraining), formatMemory(cost.trainingBytes)));
    session.print(tr("  generating: %1 of memory; %2 tokens would suit it").arg(formatMemory(cost.generatingBytes), formatCount(static_cast<double>(cost.suitableTokens))));
    session.emitJson({{QStringLiteral("name"), stored.name}, {QStringLiteral("tokenizer"), stored.tokenizer},
                      {QStringLiteral("architecture"), stored.architecture}, {QStringLiteral("accounting"), model::toJson(cost)}});
    return {};
}

Status createModel(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    QString architecture = session.arguments.value(QStringLiteral("architecture"), QStringLiteral("llama"));
    QJsonObject choices;
    if (session.arguments.has(QStringLiteral("preset"))) {
        ATHANOR_ASSIGN(const model::Preset preset, presetNamed(session, session.arguments.value(QStringLiteral("preset"))));
        architecture = preset.architecture;
        choices = preset.choices;
    }
    if (!architecture.startsWith(QLatin1String("architecture.")))
        architecture.prepend(QStringLiteral("architecture."));
    const plugin::Metadata *metadata = session.plugins().find(architecture);
    if (!metadata)
        return fail(ErrorCode::NotFound, tr("There is no architecture “%1”.").arg(architecture), tr("“athanor-cli plugin list” shows what there is."));
    ATHANOR_ASSIGN(const QJsonObject given, metadata->parameters.parseAssignments(session.arguments.values(QStringLiteral("set"))));
    for (auto it = given.begin(); it != given.end(); ++it)
        choices.insert(it.key(), it.value());
    QString tokenizer = session.arguments.value(QStringLiteral("tokenizer"));
    if (tokenizer.isEmpty()) {
        ATHANOR_ASSIGN(const QList<project::Tokenizer> tokenizers, bench->project().tokenizers());
        if (tokenizers.isEmpty())
            return fail(ErrorCode::NotFound, tr("There is no tokenizer yet."), tr("Train one first: athanor-cli tokenizer train NAME --dataset D."));
        tokenizer = tokenizers.first().name;
    }
    const QString name = session.arguments.word(0);
    ATHANOR_TRY(bench->createModel(name, architecture, choices, tokenizer));
    ATHANOR_ASSIGN(const project::Model stored, bench->project().model(name));
    return printModel(session, stored);
}

Status showModel(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const project::Model stored, bench->project().model(session.arguments.word(0)));
    return printModel(session, stored);
}

Status listModels(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Model> models, bench->project().models());
    QList<QStringList> rows;
    QJsonArray array;
    for (const project::Model &row : models) {
        rows += {row.name, formatCount(static_cast<double>(row.parameters)), row.tokenizer};
        array += QJsonObject{{QStringLiteral("name"), row.name}, {QStringLiteral("parameters"), row.parameters}, {QStringLiteral("tokenizer"), row.tokenizer}};
    }
    session.printTable({tr("name"), tr("parameters"), tr("tokenizer")}, rows);
    session.emitJson({{QStringLiteral("models"), array}});
    return {};
}

Status listPresets(Session &session)
{
    QList<QStringList> rows;
    QJsonArray array;
    for (const model::Preset &preset : model::presets(session.plugins())) {
        rows += {preset.id, formatCount(static_cast<double>(preset.approximateParameters)), preset.architecture, preset.title};
        array += QJsonObject{{QStringLiteral("id"), preset.id}, {QStringLiteral("architecture"), preset.architecture}, {QStringLiteral("choices"), preset.choices},
                             {QStringLiteral("parameters"), preset.approximateParameters}};
    }
    session.printTable({tr("preset"), tr("parameters"), tr("architecture"), tr("what it is")}, rows);
    session.emitJson({{QStringLiteral("presets"), array}});
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
        {noun, QStringLiteral("list"), {}, tr("Lists the tokenizers."), 0, 0, {}, listTokenizers},
        {noun, QStringLiteral("encode"), QStringLiteral("NAME"), tr("Text on standard input to token ids."), 1, 1, {}, encodeText},
        {noun, QStringLiteral("decode"), QStringLiteral("NAME"), tr("Token ids on standard input to text."), 1, 1, {}, decodeIds},
    };
}

QList<Verb> modelVerbs()
{
    const QString noun = QStringLiteral("model");
    return {
        {noun, QStringLiteral("create"), QStringLiteral("NAME"), tr("Chooses an architecture."), 1, 1,
         {{QStringLiteral("architecture"), QStringLiteral("A"), tr("llama, gpt2 …")},
          {QStringLiteral("preset"), QStringLiteral("P"), tr("a ready-made size; “model presets” lists them")},
          {QStringLiteral("tokenizer"), QStringLiteral("T"), tr("the tokenizer; the newest when left out")},
          {QStringLiteral("set"), QStringLiteral("key=value"), tr("a parameter of the architecture"), true}}, createModel},
        {noun, QStringLiteral("list"), {}, tr("Lists the models."), 0, 0, {}, listModels},
        {noun, QStringLiteral("info"), QStringLiteral("NAME"), tr("Shows parameters, FLOPs and memory."), 1, 1, {}, showModel},
        {noun, QStringLiteral("presets"), {}, tr("Lists the ready-made sizes."), 0, 0, {}, listPresets},
    };
}

}  // namespace athanor::command
