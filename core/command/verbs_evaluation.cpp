// evaluate, generate
#include "core/base/format.h"
#include "core/command/verb.h"

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

Result<QJsonObject> generationRequest(const Arguments &arguments)
{
    ATHANOR_ASSIGN(const qint64 tokens, arguments.integer(QStringLiteral("max-tokens"), 128, 1, 1000000));
    ATHANOR_ASSIGN(const double temperature, arguments.real(QStringLiteral("temperature"), 0.8, 0, 100));
    ATHANOR_ASSIGN(const qint64 topK, arguments.integer(QStringLiteral("top-k"), 0, 0, 10000000));
    ATHANOR_ASSIGN(const double topP, arguments.real(QStringLiteral("top-p"), 0.95, 0, 1));
    ATHANOR_ASSIGN(const qint64 seed, arguments.integer(QStringLiteral("seed"), 1, 0, (qint64(1) << 53)));
    return QJsonObject{{QStringLiteral("prompt"), arguments.value(QStringLiteral("prompt"))},
                       {QStringLiteral("maxTokens"), tokens},
                       {QStringLiteral("temperature"), temperature},
                       {QStringLiteral("topK"), topK},
                       {QStringLiteral("topP"), topP},
                       {QStringLiteral("seed"), seed},
                       {QStringLiteral("stop"), QJsonArray::fromStringList(arguments.values(QStringLiteral("stop")))}};
}

Status generate(Session &session)
{
    ATHANOR_ASSIGN(const QJsonObject request, generationRequest(session.arguments));
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const job::Folder folder, bench->generate(session.arguments.word(0), request));
    ATHANOR_ASSIGN(const QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
    session.print(request.value(QLatin1String("prompt")).toString() + result.value(QLatin1String("text")).toString());
    session.note(tr("%1 tokens, %2 tokens/s, first after %3")
                     .arg(result.value(QLatin1String("tokens")).toInteger())
                     .arg(formatReal(result.value(QLatin1String("tokensPerSecond")).toDouble(), 3),
                          formatDuration(result.value(QLatin1String("firstTokenSeconds")).toDouble())));
    session.emitJson(result);
    return {};
}

}  // namespace

QList<Verb> evaluationVerbs()
{
    return {
        {QStringLiteral("evaluate"), {}, QStringLiteral("MODEL"), tr("Perplexity and bits per byte, beside gzip -9 and xz -9e."), 1, 1,
         {{QStringLiteral("task"), QStringLiteral("NAME|FILE"), tr("a dataset (its validation part) or a text file"), true}}, evaluate},
        {QStringLiteral("generate"), {}, QStringLiteral("MODEL"), tr("Continues a text."), 1, 1,
         {{QStringLiteral("prompt"), QStringLiteral("TEXT"), tr("the text to continue")},
          {QStringLiteral("max-tokens"), QStringLiteral("N"), tr("at most so many tokens")},
          {QStringLiteral("temperature"), QStringLiteral("X"), tr("0 takes the likeliest token always")},
          {QStringLiteral("top-k"), QStringLiteral("N"), tr("only the N likeliest tokens; 0: all")},
          {QStringLiteral("top-p"), QStringLiteral("X"), tr("only the likeliest tokens that together have this share")},
          {QStringLiteral("seed"), QStringLiteral("N"), tr("the same seed gives the same text")},
          {QStringLiteral("stop"), QStringLiteral("TEXT"), tr("stop at this text"), true}}, generate},
    };
}

}  // namespace athanor::command
