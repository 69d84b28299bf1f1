// evaluate
#include "core/base/format.h"
#include "core/command/verb.h"

#include <QCoreApplication>
#include <QFileInfo>

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
    workbench::EvaluationExtent extent;
    ATHANOR_ASSIGN(extent.documents, session.arguments.integer(QStringLiteral("limit"), 0, 1, std::numeric_limits<qint32>::max()));
    if (session.arguments.has(QStringLiteral("samples")))
        extent.samples = QFileInfo(session.arguments.value(QStringLiteral("samples"))).absoluteFilePath();
    if (!extent.samples.isEmpty() && tasks.size() > 1)
        return fail(ErrorCode::InvalidInput, tr("--samples takes the documents of one task, and there are %1.").arg(tasks.size()), tr("Evaluate the tasks one by one."));
    QJsonArray results;
    for (const QString &task : tasks) {
        ATHANOR_ASSIGN(const job::Folder folder, bench->evaluate(session.arguments.word(0), task, extent));
        ATHANOR_ASSIGN(QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
        const qint64 limited = folder.spec().parameters.value(QLatin1String("limitDocuments")).toInteger();
        printEvaluation(session, limited > 0 ? tr("%1, its first %2 documents only").arg(task).arg(limited) : task, result);
        if (!extent.samples.isEmpty())
            session.print(tr("Wrote the score of every document to %1.").arg(extent.samples));
        result.insert(QStringLiteral("task"), task);
        result.insert(QStringLiteral("job"), folder.spec().id);
        results += result;
    }
    session.emitJson({{QStringLiteral("results"), results}});
    return {};
}

}  // namespace

QList<Verb> evaluationVerbs()
{
    return {
        {QStringLiteral("evaluate"), {}, QStringLiteral("MODEL"), tr("Perplexity and bits per byte, beside gzip -9 and xz -9e."), 1, 1,
         {{QStringLiteral("task"), QStringLiteral("NAME|FILE"), tr("a dataset (its validation part) or a text file"), true},
          {QStringLiteral("limit"), QStringLiteral("N"), tr("only the first N documents of a dataset")},
          {QStringLiteral("samples"), QStringLiteral("FILE"), tr("writes loss and bits per byte of every document, as JSON Lines")}}, evaluate},
    };
}

}  // namespace athanor::command
