// evaluate, generate
#include "core/base/format.h"
#include "core/command/verb.h"
#include "core/model/generation_settings.h"

#include <QCoreApplication>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

void printEvaluation(Session &session, const QString &task, const QJsonObject &result)
{
    const auto number = [&](const char *key) { return formatReal(result.value(QLatin1String(key)).toDouble()); };
    session.print(tr("%1: %2 bits per byte (gzip -9 %3, xz -9e %4) · %5 bits per character · perplexity %6 · %7")
                      .arg(task, number("bitsPerByte"), number("gzipBitsPerByte"), number("xzBitsPerByte"),
                           number("bitsPerCharacter"), number("perplexity"),
                           formatBytes(result.value(QLatin1String("bytes")).toInteger())));
}

Status evaluate(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    QStringList tasks = session.arguments.values(QStringLiteral("task"));
    if (tasks.isEmpty()) {
        ATHANOR_ASSIGN(const QList<project::Dataset> datasets, bench->project().datasets());
        if (datasets.isEmpty())
            return fail(ErrorCode::InvalidInput, tr("What to evaluate on is missing."), tr("Add --task NAME (a dataset) or --task FILE."));
        tasks += datasets.first().name;
    }
    QJsonArray results;
    for (const QString &task : tasks) {
        ATHANOR_ASSIGN(const job::Folder folder, bench->evaluate(session.arguments.word(0), task));
        ATHANOR_ASSIGN(QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
        printEvaluation(session, task, result);
        result.insert(QStringLiteral("task"), task);
        result.insert(QStringLiteral("job"), folder.spec().id);
        results += result;
    }
    session.emitJson({{QStringLiteral("results"), results}});
    return {};
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

Result<QJsonObject> generationRequest(const Arguments &arguments)
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

Status generate(Session &session)
{
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
                          {QStringLiteral("system"), QStringLiteral("TEXT"), tr("what the model is told before the question")}};
    for (const plugin::Parameter &parameter : model::generationSchema().parameters()) {
        const bool isText = parameter.type == plugin::ParameterType::Text || parameter.type == plugin::ParameterType::Choice;
        const QString what = isText ? QStringLiteral("TEXT") : parameter.type == plugin::ParameterType::Integer ? QStringLiteral("N") : QStringLiteral("X");
        options += Option{model::optionName(parameter.key), what, parameter.doc, parameter.key == QLatin1String("stop")};
    }
    return options;
}

}  // namespace

QList<Verb> evaluationVerbs()
{
    return {
        {QStringLiteral("evaluate"), {}, QStringLiteral("MODEL"), tr("Perplexity and bits per byte, beside gzip -9 and xz -9e."), 1, 1,
         {{QStringLiteral("task"), QStringLiteral("NAME|FILE"), tr("a dataset (its validation part) or a text file"), true}}, evaluate},
        {QStringLiteral("generate"), {}, QStringLiteral("MODEL"), tr("Continues a text, answers a question, fills gaps, or names a label, as the model can."), 1, 1,
         generateOptions(), generate},
    };
}

}  // namespace athanor::command
