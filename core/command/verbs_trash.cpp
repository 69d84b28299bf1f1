// dataset | tokenizer | model delete, project trash | restore: what goes, and what comes back
#include "core/base/format.h"
#include "core/command/verb.h"

#include <QCoreApplication>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Status movedToTrash(Session &session, const Result<QString> &entry)
{
    if (!entry)
        return fail(entry.error());
    session.print(tr("Moved to the trash as %1; “athanor-cli project restore %1” brings it back, “project clean” empties the trash.").arg(*entry));
    session.emitJson({{QStringLiteral("trash"), *entry}});
    return {};
}

Status deleteDataset(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString name = session.arguments.word(0);
    bool isNumber = true;
    const int version = session.arguments.has(QStringLiteral("version")) ? session.arguments.value(QStringLiteral("version")).toInt(&isNumber) : 0;
    if (!isNumber || version < 0)
        return fail(ErrorCode::InvalidInput, tr("“%1” is no version.").arg(session.arguments.value(QStringLiteral("version"))),
                    tr("“athanor-cli dataset list” shows the versions."));
    ATHANOR_ASSIGN(const project::Dataset dataset, bench->project().dataset(name, version));
    return movedToTrash(session, bench->project().deleteDataset(name, dataset.version));
}

Status deleteTokenizer(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    return movedToTrash(session, bench->project().deleteTokenizer(session.arguments.word(0)));
}

Status deleteModel(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    return movedToTrash(session, bench->project().deleteModel(session.arguments.word(0)));
}

Status listTrash(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::TrashEntry> entries, bench->project().trash());
    QList<QStringList> rows;
    QJsonArray array;
    for (const project::TrashEntry &entry : entries) {
        const QString deleted = entry.deleted.toString(Qt::ISODate);
        rows += {entry.id, entry.kind, entry.title, formatBytes(entry.bytes), deleted};
        array += QJsonObject{{QStringLiteral("id"), entry.id}, {QStringLiteral("kind"), entry.kind}, {QStringLiteral("title"), entry.title},
                             {QStringLiteral("bytes"), entry.bytes}, {QStringLiteral("deleted"), deleted}};
    }
    session.printTable({tr("id"), tr("kind"), tr("title"), tr("on disk"), tr("deleted")}, rows);
    session.emitJson({{QStringLiteral("trash"), array}});
    return {};
}

Status restore(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString id = session.arguments.word(0);
    ATHANOR_TRY(bench->project().restore(id));
    session.print(tr("Restored %1.").arg(id));
    session.emitJson({{QStringLiteral("restored"), id}});
    return {};
}

}  // namespace

QList<Verb> trashVerbs()
{
    const QString project = QStringLiteral("project"), gone = QStringLiteral("delete"), name = QStringLiteral("NAME");
    return {
        {QStringLiteral("dataset"), gone, name, tr("Moves a dataset to the trash."), 1, 1,
         {{QStringLiteral("version"), QStringLiteral("N"), tr("which; the newest when left out")}}, deleteDataset},
        {QStringLiteral("tokenizer"), gone, name, tr("Moves a tokenizer to the trash."), 1, 1, {}, deleteTokenizer},
        {QStringLiteral("model"), gone, name, tr("Moves a model to the trash."), 1, 1, {}, deleteModel},
        {project, QStringLiteral("trash"), {}, tr("Lists what was deleted."), 0, 0, {}, listTrash},
        {project, QStringLiteral("restore"), QStringLiteral("ID"), tr("Brings something back out of the trash."), 1, 1, {}, restore},
    };
}

}  // namespace athanor::command
