// generate: one text, or a file of prompts.
#include "core/base/format.h"
#include "core/command/verb.h"
#include "core/model/generation_settings.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>

#include <cstdio>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// --system, then --chat: one question.
Result<QJsonArray> messagesFrom(const Arguments &arguments)
{
    QJsonArray messages;
    const auto add = [&](const char *role, const QString &option) {
        if (arguments.has(option))
            messages += QJsonObject{{QStringLiteral("role"), QLatin1String(role)}, {QStringLiteral("content"), arguments.value(option)}};
    };
    add("system", QStringLiteral("system"));
    add("user", QStringLiteral("chat"));
    if (arguments.has(QStringLiteral("system")) && !arguments.has(QStringLiteral("chat")))
        return fail(ErrorCode::InvalidInput, tr("--system needs --chat."), tr("Add --chat TEXT: what is asked."));
    return messages;
}

Result<QJsonObject> generationSettings(const Arguments &arguments)
{
    QStringList assignments;
    for (const plugin::Parameter &parameter : model::generationSchema().parameters()) {
        const QString option = model::optionName(parameter.key);
        if (arguments.has(option) && parameter.key != QLatin1String("stop"))
            assignments += parameter.key + QLatin1Char('=') + arguments.value(option);
    }
    ATHANOR_ASSIGN(const QJsonObject given, model::generationSchema().parseAssignments(assignments));
    ATHANOR_ASSIGN(const QJsonObject values, model::generationSchema().validate(given));
    QJsonObject request = model::requestFromValues(values);
    request.insert(QStringLiteral("stop"), QJsonArray::fromStringList(arguments.values(QStringLiteral("stop"))));
    return request;
}

Result<QJsonObject> generationRequest(const Arguments &arguments)
{
    ATHANOR_ASSIGN(QJsonObject request, generationSettings(arguments));
    ATHANOR_ASSIGN(const QJsonArray messages, messagesFrom(arguments));
    if (messages.isEmpty())
        request.insert(QStringLiteral("prompt"), arguments.value(QStringLiteral("prompt")));
    else
        request.insert(QStringLiteral("messages"), messages);
    if (!messages.isEmpty() && arguments.has(QStringLiteral("prompt")))
        return fail(ErrorCode::InvalidInput, tr("--prompt and --chat exclude each other."), tr("Give one of them."));
    return request;
}

// Of a model that fills gaps: what could stand in each.
void printGaps(Session &session, const QJsonArray &gaps)
{
    for (qsizetype gap = 0; gap < gaps.size(); ++gap) {
        QStringList choices;
        const QJsonArray alternatives = gaps.at(gap).toArray();
        for (const QJsonValue &alternative : alternatives)
            choices += tr("%1 (%2 %)").arg(alternative.toObject().value(QLatin1String("text")).toString(),
                                           formatReal(100 * alternative.toObject().value(QLatin1String("probability")).toDouble(), 3));
        session.note(tr("gap %1: %2").arg(gap + 1).arg(choices.join(QStringLiteral(", "))));
    }
}

QString absolute(const QString &path)
{
    return path.isEmpty() ? path : QFileInfo(path).absoluteFilePath();
}

Result<workbench::PromptsRequest> promptsRequest(const Arguments &arguments)
{
    workbench::PromptsRequest request;
    request.model = arguments.word(0);
    request.file = absolute(arguments.value(QStringLiteral("prompts")));
    request.to = absolute(arguments.value(QStringLiteral("to")));
    for (const char *other : {"prompt", "chat"})
        if (arguments.has(QLatin1String(other)))
            return fail(ErrorCode::InvalidInput, tr("--prompts and --%1 exclude each other.").arg(QLatin1String(other)), tr("Give one of them."));
    request.asksChat = arguments.has(QStringLiteral("as-chat"));
    request.system = arguments.value(QStringLiteral("system"));
    if (!request.system.isEmpty() && !request.asksChat)
        return fail(ErrorCode::InvalidInput, tr("--system needs --as-chat."), tr("Add --as-chat: the prompts are questions then."));
    ATHANOR_ASSIGN(request.batch, arguments.integer(QStringLiteral("batch"), 0, 1, workbench::kLargestPromptBatch));
    ATHANOR_ASSIGN(request.settings, generationSettings(arguments));
    return request;
}

void printFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return;
    while (!file.atEnd()) {
        const QByteArray block = file.read(1 << 16);
        std::fwrite(block.constData(), 1, size_t(block.size()), stdout);
    }
    std::fflush(stdout);
}

// Without --to the answers are the output, also those that an interrupt left behind.
Status generateFromFile(Session &session)
{
    ATHANOR_ASSIGN(const workbench::PromptsRequest request, promptsRequest(session.arguments));
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const job::Folder folder, bench->answerPrompts(request));
    const auto result = session.follow(folder, Session::OnInterrupt::CancelJob);
    if (request.to.isEmpty())
        printFile(folder.path() + QStringLiteral("/answers.jsonl"));
    if (!result)
        return fail(result.error());
    const auto number = [&](const char *key) { return result->value(QLatin1String(key)).toInteger(); };
    QString line = tr("%1 of %2 prompts answered in %3").arg(number("answered")).arg(number("prompts"))
                       .arg(formatDuration(result->value(QLatin1String("seconds")).toDouble()));
    if (number("tokens") > 0)  // labels have none
        line += tr(": %1 tokens, %2 tokens/s").arg(formatInteger(number("tokens")), formatReal(result->value(QLatin1String("tokensPerSecond")).toDouble(), 3));
    session.note(line + tr(", in batches of up to %1, weights %2").arg(number("largestBatch")).arg(result->value(QLatin1String("weights")).toString()));
    if (number("failed") > 0)
        session.note((number("failed") == 1 ? tr("One line could not be answered; it says why in its “error”.") : tr("%1 lines could not be answered; each says why in its “error”.").arg(number("failed"))));
    if (!request.to.isEmpty()) {
        session.print(tr("Wrote %1.").arg(request.to));
        session.emitJson(*result);
    }
    return {};
}

Status generate(Session &session)
{
    if (session.arguments.has(QStringLiteral("prompts")))
        return generateFromFile(session);
    for (const char *option : {"batch", "to", "as-chat"})
        if (session.arguments.has(QLatin1String(option)))
            return fail(ErrorCode::InvalidInput, tr("--%1 needs --prompts.").arg(QLatin1String(option)), tr("Add --prompts FILE, or leave it out."));
    ATHANOR_ASSIGN(const QJsonObject request, generationRequest(session.arguments));
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const job::Folder folder, bench->generate(session.arguments.word(0), request));
    ATHANOR_ASSIGN(const QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
    if (result.contains(QLatin1String("labels"))) {
        session.print(result.value(QLatin1String("text")).toString());
        for (const QJsonValue &label : result.value(QLatin1String("labels")).toArray())
            session.note(tr("%1 %  %2").arg(formatReal(100 * label.toObject().value(QLatin1String("probability")).toDouble(), 3), 6)
                             .arg(label.toObject().value(QLatin1String("text")).toString()));
        session.emitJson(result);
        return {};
    }
    const bool isFilled = result.contains(QLatin1String("gaps"));  // the text is the prompt without its gaps
    session.print((isFilled ? QString() : request.value(QLatin1String("prompt")).toString())
                  + result.value(QLatin1String("text")).toString());
    printGaps(session, result.value(QLatin1String("gaps")).toArray());
    if (const qint64 dropped = result.value(QLatin1String("droppedMessages")).toInteger(); dropped > 0)
        session.note(tr("The oldest %1 messages did not fit into the model's context and were left out.").arg(dropped));
    session.note(tr("%1 tokens, %2 tokens/s, first after %3, weights %4")
                     .arg(result.value(QLatin1String("tokens")).toInteger())
                     .arg(formatReal(result.value(QLatin1String("tokensPerSecond")).toDouble(), 3),
                          formatDuration(result.value(QLatin1String("firstTokenSeconds")).toDouble()),
                          result.value(QLatin1String("weights")).toString()));
    session.emitJson(result);
    return {};
}

QList<Option> generateOptions()
{
    QList<Option> options{{QStringLiteral("prompt"), QStringLiteral("TEXT"), tr("the text to continue")},
                          {QStringLiteral("chat"), QStringLiteral("TEXT"), tr("a question, put as the model's chat template says")},
                          {QStringLiteral("system"), QStringLiteral("TEXT"), tr("what the model is told before the question")},
                          {QStringLiteral("prompts"), QStringLiteral("FILE"), tr("answers all prompts of a file: JSON Lines with “prompt” or “messages”, or a prompt a line; the output is JSON Lines")},
                          {QStringLiteral("as-chat"), {}, tr("the file's prompts are questions, put as the model's chat template says")},
                          {QStringLiteral("batch"), QStringLiteral("N"), tr("prompts that are written together; without it as many as memory allows, at most 32")},
                          {QStringLiteral("to"), QStringLiteral("FILE"), tr("where the answers go; without it to standard output")}};
    for (const plugin::Parameter &parameter : model::generationSchema().parameters()) {
        const bool isText = parameter.type == plugin::ParameterType::Text || parameter.type == plugin::ParameterType::Choice;
        const QString what = isText ? QStringLiteral("TEXT") : parameter.type == plugin::ParameterType::Integer ? QStringLiteral("N") : QStringLiteral("X");
        options += Option{model::optionName(parameter.key), what, parameter.doc, parameter.key == QLatin1String("stop")};
    }
    return options;
}

}  // namespace

QList<Verb> generateVerbs()
{
    return {{QStringLiteral("generate"), {}, QStringLiteral("MODEL"), tr("Continues a text, answers a question, fills gaps, or names a label, as the model can; also for a whole file of prompts."), 1, 1,
             generateOptions(), generate}};
}

}  // namespace athanor::command
