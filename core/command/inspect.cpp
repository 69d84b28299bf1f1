#include "core/command/inspect.h"

#include "core/corpus/corpus_file.h"
#include "core/model/training_settings.h"

#include <QCoreApplication>

#include <unistd.h>

namespace athanor::command {

namespace {

using workbench::TokenInspection;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct FoundRecord {
    QString id, path, split;
    qint64 number = 0;  // from 1, through all parts
};

/// The first document of a split whose id is not before `id`: they stand in id order.
Result<qint64> placeOf(const corpus::CorpusReader &corpus, const QString &split, const QString &id)
{
    qint64 low = 0;
    for (qint64 high = corpus.documentCount(split); low < high;) {
        const qint64 middle = low + (high - low) / 2;
        ATHANOR_ASSIGN(const corpus::CorpusDocument document, corpus.document(split, middle));
        document.id < id ? low = middle + 1 : high = middle;
    }
    return low;
}

/// By number (1 is the first of the part that is trained on), or by the beginning of an id.
Result<FoundRecord> findRecord(const corpus::CorpusReader &corpus, qint64 number, const QString &id)
{
    qint64 before = 0;
    for (const QString &split : {QStringLiteral("train"), QStringLiteral("validation")}) {
        const qint64 count = corpus.documentCount(split);
        qint64 place = number - before - 1;
        if (!id.isEmpty()) {
            ATHANOR_ASSIGN(place, placeOf(corpus, split, id));
        }
        if (place >= 0 && place < count) {
            ATHANOR_ASSIGN(const corpus::CorpusDocument document, corpus.document(split, place));
            if (id.isEmpty() || document.id.startsWith(id))
                return FoundRecord{document.id, document.path, split, before + place + 1};
        }
        before += count;
    }
    if (!id.isEmpty())
        return fail(ErrorCode::NotFound, tr("No kept record has an id that begins with “%1”.").arg(id), tr("“athanor-cli dataset split NAME” lists them."));
    return fail(ErrorCode::NotFound, tr("There is no record %1: the dataset has %2.").arg(number).arg(before), tr("The first is 1."));
}

/// `--set teaching.maxTokens=512` or `--set maxTokens=512`.
Result<QJsonObject> teachingOf(const Session &session)
{
    QStringList assignments;
    for (QString assignment : session.arguments.values(QStringLiteral("set"))) {
        if (assignment.startsWith(QLatin1String("teaching.")))
            assignment.remove(0, 9);
        assignments += assignment;
    }
    ATHANOR_ASSIGN(const QJsonObject values, model::teachingSchema().parseAssignments(assignments));
    return model::teachingSchema().validate(values);
}

/// What is learned in green, what the template wrote pale; without a terminal, what is learned between « and ».
QString shown(const TokenInspection &record, bool inColour)
{
    QString text;
    QString open;
    for (const TokenInspection::Piece &piece : record.pieces) {
        const QString style = piece.learns ? QStringLiteral("learns") : piece.isControl && inColour ? QStringLiteral("template") : QString();
        if (style != open) {
            text += open.isEmpty() ? QString() : inColour ? QStringLiteral("\x1b[0m") : QStringLiteral("»");
            if (style == QLatin1String("learns"))
                text += inColour ? QStringLiteral("\x1b[1;32m") : QStringLiteral("«");
            else if (!style.isEmpty())
                text += QStringLiteral("\x1b[2m");
            open = style;
        }
        text += piece.text;
    }
    return text + (open.isEmpty() ? QString() : inColour ? QStringLiteral("\x1b[0m") : QStringLiteral("»"));
}

void printTokens(Session &session, const TokenInspection &record)
{
    QList<QStringList> rows;
    for (const TokenInspection::Piece &piece : record.pieces) {
        QString text = piece.text;
        text.replace(QLatin1Char('\n'), QStringLiteral("↵")).replace(QLatin1Char('\t'), QStringLiteral("→"));
        rows += {QString::number(piece.id), piece.learns ? tr("learned") : QString(), piece.isControl ? tr("template") : QString(), text};
    }
    session.printTable({tr("id"), tr("learned"), tr("by"), tr("token")}, rows);
}

void printRecord(Session &session, const FoundRecord &found, const TokenInspection &record)
{
    session.print(tr("Record %1 (%2), %3: %4 tokens, %5 learned, %6 cut off; worded by %7.")
                      .arg(found.number).arg(found.split, found.path).arg(record.tokens).arg(record.learnedTokens).arg(record.cutTokens).arg(record.wording));
    if (!record.label.isEmpty())
        session.print(tr("Its label is “%1”.").arg(record.label));
    if (!record.teachesNothing.isEmpty())
        session.print(tr("It teaches nothing: %1").arg(record.teachesNothing));
    for (const QString &note : record.notes)
        session.note(note);
    session.print({});
    if (session.arguments.has(QStringLiteral("tokens")))
        printTokens(session, record);
    else
        session.print(shown(record, ::isatty(STDOUT_FILENO) != 0));
}

QJsonObject toJson(const FoundRecord &found, const TokenInspection &record)
{
    QJsonArray tokens;
    for (const TokenInspection::Piece &piece : record.pieces)
        tokens += QJsonObject{{QStringLiteral("id"), piece.id}, {QStringLiteral("text"), piece.text},
                              {QStringLiteral("learned"), piece.learns}, {QStringLiteral("template"), piece.isControl}};
    return {{QStringLiteral("id"), found.id}, {QStringLiteral("path"), found.path}, {QStringLiteral("split"), found.split},
            {QStringLiteral("number"), found.number}, {QStringLiteral("tokens"), tokens}, {QStringLiteral("tokenCount"), record.tokens},
            {QStringLiteral("learnedTokens"), record.learnedTokens}, {QStringLiteral("cutTokens"), record.cutTokens},
            {QStringLiteral("label"), record.label}, {QStringLiteral("teachesNothing"), record.teachesNothing},
            {QStringLiteral("wording"), record.wording}, {QStringLiteral("notes"), QJsonArray::fromStringList(record.notes)},
            {QStringLiteral("rendered"), record.rendered}};
}

}  // namespace

Status inspectRecord(Session &session)
{
    const QString model = session.arguments.value(QStringLiteral("model"));
    const QString id = session.arguments.value(QStringLiteral("id"));
    if (model.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("Which model is to see the record is missing."), tr("Add --model NAME."));
    if (!id.isEmpty() && session.arguments.has(QStringLiteral("record")))
        return fail(ErrorCode::InvalidInput, tr("--record and --id name two records."), tr("Give one of them."));
    ATHANOR_ASSIGN(const qint64 number, session.arguments.integer(QStringLiteral("record"), 1, 1, std::numeric_limits<qint64>::max()));
    ATHANOR_ASSIGN(const QJsonObject teaching, teachingOf(session));
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const project::Dataset dataset, bench->project().dataset(session.arguments.word(0)));
    ATHANOR_ASSIGN(const corpus::CorpusReader corpus, corpus::CorpusReader::open(bench->path() + QLatin1Char('/') + dataset.corpus));
    ATHANOR_ASSIGN(const FoundRecord found, findRecord(corpus, number, id));
    ATHANOR_ASSIGN(const TokenInspection record, bench->tokenInspector(dataset.name, found.id, model, teaching));
    printRecord(session, found, record);
    session.emitJson(toJson(found, record));
    return {};
}

QList<Option> inspectOptions()
{
    return {{QStringLiteral("model"), QStringLiteral("M"), tr("the model that is to learn from it")},
            {QStringLiteral("record"), QStringLiteral("N"), tr("its number; 1 when not given")},
            {QStringLiteral("id"), QStringLiteral("ID"), tr("or its id, or how that begins")},
            {QStringLiteral("set"), QStringLiteral("KEY=VALUE"), tr("how records are taught: maxTokens, learnFrom … (“athanor-cli plugin show teaching”)"), true},
            {QStringLiteral("tokens"), {}, tr("a line for each token")}};
}

}  // namespace athanor::command
