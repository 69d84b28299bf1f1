// source add | list | remove, dataset curate | list | show | signals | document | split | keep | inspect | export
#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/command/inspect.h"
#include "core/command/signal_table.h"
#include "core/command/source_check.h"
#include "core/command/verb.h"
#include "core/corpus/recipe.h"
#include "core/corpus/record_settings.h"
#include "core/workbench/source_mixture.h"

#include <QCoreApplication>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Status addSources(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    QJsonArray ids;
    for (const QString &path : session.arguments.words()) {
        if (path.startsWith(QLatin1String("http://")) || path.startsWith(QLatin1String("https://"))) {
            ATHANOR_ASSIGN(const job::Folder folder, bench->fetchSource(path, session.arguments.value(QStringLiteral("licence"))));
            ATHANOR_ASSIGN(const QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
            ids += folder.spec().id;
            session.print(tr("Fetched %1: %2, SHA-256 %3.").arg(path, formatBytes(result.value(QLatin1String("bytes")).toInteger()), result.value(QLatin1String("sha256")).toString()));
            continue;
        }
        ATHANOR_ASSIGN(const QString id, bench->addSource(path, session.arguments.value(QStringLiteral("licence"))));
        ids += id;
        session.print(tr("Added %1.").arg(path));
    }
    session.emitJson({{QStringLiteral("sources"), ids}});
    return {};
}

Status listSources(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Source> sources, bench->project().sources());
    const QHash<QString, QString> names = workbench::sourceNames(bench->project());
    QList<QStringList> rows;
    QJsonArray array;
    for (const project::Source &source : sources) {
        rows += {source.id, names.value(source.id), source.licence.isEmpty() ? tr("not stated") : source.licence, source.location};
        array += QJsonObject{{QStringLiteral("id"), source.id},
                             {QStringLiteral("name"), names.value(source.id)},
                             {QStringLiteral("plugin"), source.plugin},
                             {QStringLiteral("location"), source.location},
                             {QStringLiteral("licence"), source.licence}};
    }
    session.printTable({tr("id"), tr("name"), tr("licence"), tr("location")}, rows);
    session.emitJson({{QStringLiteral("sources"), array}});
    return {};
}

Status removeSource(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_TRY(bench->project().removeSource(session.arguments.word(0)));
    session.print(tr("Removed. Datasets made from it stay as they are, and show “out of date”."));
    session.emitJson({{QStringLiteral("removed"), session.arguments.word(0)}});
    return {};
}

void printRecordFacts(Session &session, const QJsonObject &facts)
{
    if (facts.value(QLatin1String("content")).toString() != QLatin1String("records"))
        return;
    for (const QJsonValue &value : facts.value(QLatin1String("files")).toArray()) {
        const QJsonObject file = value.toObject();
        session.print(QStringLiteral("  %1: %2 (%3)").arg(file.value(QLatin1String("path")).toString(),
                      corpus::recordFormatTitle(file.value(QLatin1String("format")).toString()), file.value(QLatin1String("why")).toString()));
    }
    const QJsonArray labels = facts.value(QLatin1String("labels")).toArray(), counts = facts.value(QLatin1String("labelCounts")).toArray();
    for (qsizetype i = 0; i < labels.size(); ++i)
        session.print(tr("  label %1: %2").arg(labels.at(i).toString()).arg(counts.at(i).toInteger()));
}

void printDataset(Session &session, const project::Dataset &dataset)
{
    const QJsonObject splits = dataset.facts.value(QLatin1String("splits")).toObject();
    session.print(tr("%1, version %2: kept %3 documents, removed %4, unreadable %5")
                      .arg(dataset.name).arg(dataset.version).arg(dataset.kept).arg(dataset.removed).arg(dataset.unreadable));
    for (auto it = splits.begin(); it != splits.end(); ++it)
        session.print(QStringLiteral("  %1: %2 documents, %3").arg(it.key())
                          .arg(it.value().toObject().value(QLatin1String("documents")).toInteger())
                          .arg(formatBytes(it.value().toObject().value(QLatin1String("bytes")).toInteger())));
    printRecordFacts(session, dataset.facts);
    for (const QJsonValue &value : dataset.facts.value(QLatin1String("reasons")).toArray())
        session.print(tr("  removed %1: %2").arg(value.toObject().value(QLatin1String("count")).toInteger(), 6)
                          .arg(value.toObject().value(QLatin1String("title")).toString()));
}

QJsonObject datasetJson(const project::Dataset &dataset)
{
    QJsonObject object = dataset.facts;
    object.insert(QStringLiteral("name"), dataset.name);
    object.insert(QStringLiteral("version"), dataset.version);
    object.insert(QStringLiteral("job"), dataset.jobId);
    object.insert(QStringLiteral("recipe"), dataset.recipe);
    return object;
}

/// --records FORMAT, --column WHAT=NAME and --set KEY=VALUE on top of a recipe.
Result<QJsonObject> recipeFrom(Session &session, workbench::Workbench &bench, QJsonObject recipe)
{
    QStringList assignments;
    if (session.arguments.has(QStringLiteral("records")) || session.arguments.has(QStringLiteral("column")))
        assignments += QStringLiteral("content=records");
    if (session.arguments.has(QStringLiteral("records")))
        assignments += QStringLiteral("format=") + session.arguments.value(QStringLiteral("records"));
    assignments += session.arguments.values(QStringLiteral("set"));
    assignments += session.arguments.values(QStringLiteral("column"));
    if (assignments.isEmpty())
        return recipe;
    if (recipe.isEmpty()) {
        ATHANOR_ASSIGN(recipe, bench.recipeOf(session.arguments.word(0)));
    }
    return corpus::recipeWith(recipe, assignments, session.plugins());
}

Status curateDataset(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    QJsonObject recipe;
    if (session.arguments.has(QStringLiteral("recipe"))) {
        ATHANOR_ASSIGN(recipe, readJsonFile(session.arguments.value(QStringLiteral("recipe"))));
    }
    const QString name = session.arguments.word(0);
    ATHANOR_ASSIGN(recipe, recipeFrom(session, *bench, recipe));
    ATHANOR_ASSIGN(const job::Folder folder, bench->curate(name, recipe));
    ATHANOR_TRY(session.follow(folder, Session::OnInterrupt::CancelJob));
    ATHANOR_ASSIGN(const project::Dataset dataset, bench->project().dataset(name));
    printDataset(session, dataset);
    if (const qint64 reused = dataset.facts.value(QLatin1String("reusedFiles")).toInteger(); reused > 0)
        session.print(tr("  %1 files taken from what was read before").arg(reused));
    session.emitJson(datasetJson(dataset));
    return {};
}

Status showDataset(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const project::Dataset dataset, bench->project().dataset(session.arguments.word(0)));
    printDataset(session, dataset);
    QJsonObject object = datasetJson(dataset);
    showSourceCheck(session, *bench, dataset, object);
    session.emitJson(object);
    return {};
}

Status listDatasets(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Dataset> datasets, bench->project().datasets());
    QJsonArray array;
    for (const project::Dataset &dataset : datasets) {
        printDataset(session, dataset);
        array += datasetJson(dataset);
    }
    session.emitJson({{QStringLiteral("datasets"), array}});
    return {};
}

Status showDocument(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString name = session.arguments.value(QStringLiteral("dataset"));
    const QString id = session.arguments.word(0);
    ATHANOR_ASSIGN(const QList<project::Dataset> datasets, bench->project().datasets());
    for (const project::Dataset &dataset : datasets) {
        if (!name.isEmpty() && dataset.name != name)
            continue;
        const auto row = bench->project().document(dataset.rowId, id);
        if (!row)
            continue;
        ATHANOR_ASSIGN(const workbench::Workbench::DocumentText text, bench->documentText(dataset.name, id));
        session.print(tr("%1 · %2 · licence %3 · %4%5").arg(row->path, formatBytes(row->bytes), row->licence.isEmpty() ? tr("not stated") : row->licence, row->status,
                      row->reason.isEmpty() ? QString() : QStringLiteral(" (%1: %2)").arg(row->reasonTitle, row->detail)));
        session.print({});
        session.print(text.after.isEmpty() ? text.before : text.after);
        session.emitJson({{QStringLiteral("id"), row->id}, {QStringLiteral("path"), row->path},
                          {QStringLiteral("source"), row->source}, {QStringLiteral("licence"), row->licence},
                          {QStringLiteral("status"), row->status}, {QStringLiteral("reason"), row->reason},
                          {QStringLiteral("detail"), row->detail}, {QStringLiteral("split"), row->split},
                          {QStringLiteral("textSha256"), row->textSha256},
                          {QStringLiteral("before"), text.before}, {QStringLiteral("after"), text.after}});
        return {};
    }
    return fail(ErrorCode::NotFound, tr("No dataset here has a document “%1”.").arg(id));
}

// The documents of a dataset with their part, one a line: what a script needs to check the split.
Status listSplit(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const project::Dataset dataset, bench->project().dataset(session.arguments.word(0)));
    project::DocumentFilter filter;
    filter.dataset = dataset.rowId;
    filter.status = session.arguments.value(QStringLiteral("status"));
    qint64 after = 0;
    do {
        ATHANOR_ASSIGN(const project::DocumentPage page, bench->project().documents(filter, after, 1000));
        for (const project::Document &row : page.rows) {
            session.print(QStringLiteral("%1\t%2\t%3\t%4").arg(row.split.isEmpty() ? row.status : row.split, row.id.left(16), row.path, row.detail));
            session.emitJson({{QStringLiteral("id"), row.id}, {QStringLiteral("path"), row.path},
                              {QStringLiteral("status"), row.status}, {QStringLiteral("split"), row.split},
                              {QStringLiteral("cluster"), row.cluster}, {QStringLiteral("reason"), row.reason},
                              {QStringLiteral("detail"), row.detail}, {QStringLiteral("textSha256"), row.textSha256}});
        }
        after = page.next;
    } while (after > 0);
    return {};
}

// By the whole id, by its beginning (as “dataset split” prints it), or by the path.
Result<QStringList> documentsNamed(project::Project &project, const project::Dataset &dataset, const QStringList &names)
{
    QMap<QString, QStringList> found;
    project::DocumentFilter filter;
    filter.dataset = dataset.rowId;
    qint64 after = 0;
    do {
        ATHANOR_ASSIGN(const project::DocumentPage page, project.documents(filter, after, 1000));
        for (const project::Document &row : page.rows)
            for (const QString &name : names)
                if (row.path == name || (name.size() >= 8 && row.id.startsWith(name)))
                    found[name] += row.id;
        after = page.next;
    } while (after > 0);
    QStringList ids;
    for (const QString &name : names) {
        if (found.value(name).size() != 1)
            return fail(ErrorCode::NotFound, tr("“%1” names %2 documents of “%3”, not one.").arg(name).arg(found.value(name).size()).arg(dataset.name),
                        tr("“athanor-cli dataset split %1 --status removed” lists ids and paths.").arg(dataset.name));
        ids += found.value(name);
    }
    return ids;
}

Status keepDocuments(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QStringList words = session.arguments.words();
    const bool keep = !session.arguments.has(QStringLiteral("undo"));
    ATHANOR_ASSIGN(const project::Dataset dataset, bench->project().dataset(words.first()));
    ATHANOR_ASSIGN(const QStringList ids, documentsNamed(bench->project(), dataset, words.mid(1)));
    ATHANOR_TRY(bench->keepDocuments(dataset.name, ids, keep));
    session.print((keep ? tr("%1 documents stay whatever the rules say") : tr("The rules decide again about %1 documents")).arg(ids.size())
                  + tr(", once “athanor-cli dataset curate %1” has prepared the dataset again.").arg(dataset.name));
    session.emitJson({{QStringLiteral("dataset"), dataset.name}, {QStringLiteral("documents"), QJsonArray::fromStringList(ids)}, {QStringLiteral("keep"), keep}});
    return {};
}

Status exportDataset(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString file = session.arguments.value(QStringLiteral("to"));
    if (file.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("Where to is missing."), tr("Add --to FILE."));
    ATHANOR_ASSIGN(const qint64 count, bench->exportDataset(session.arguments.word(0), file));
    session.print(tr("Wrote %1 documents to %2.").arg(count).arg(file));
    session.emitJson({{QStringLiteral("file"), file}, {QStringLiteral("documents"), count}});
    return {};
}

}  // namespace

QList<Verb> dataVerbs()
{
    const QString source = QStringLiteral("source");
    const QString dataset = QStringLiteral("dataset");
    return {
        {source, QStringLiteral("add"), QStringLiteral("PATH|URL…"), tr("Adds files or folders of documents, or downloads a document by its address."), 1, -1,
         {{QStringLiteral("licence"), QStringLiteral("TEXT"), tr("the licence of these documents, as stated at their origin")}}, addSources},
        {source, QStringLiteral("list"), {}, tr("Lists the sources."), 0, 0, {}, listSources},
        {source, QStringLiteral("remove"), QStringLiteral("ID"), tr("Takes a source out; its files stay untouched."), 1, 1, {}, removeSource},
        {dataset, QStringLiteral("curate"), QStringLiteral("NAME"), tr("Reads, repairs, judges, deduplicates and splits the documents."), 1, 1,
         {{QStringLiteral("recipe"), QStringLiteral("FILE"), tr("a recipe as JSON; without it the stored or the default one")},
          {QStringLiteral("records"), QStringLiteral("FORMAT"), tr("the files hold records: auto, messages, sharegpt, alpaca, prompt or labels")},
          {QStringLiteral("column"), QStringLiteral("WHAT=NAME"), tr("which column of the records holds what, as prompt=question"), true},
          {QStringLiteral("set"), QStringLiteral("KEY=VALUE"), tr("content=records or text, most_labels, validation_share, seed"), true}}, curateDataset},
        {dataset, QStringLiteral("list"), {}, tr("Lists the datasets."), 0, 0, {}, listDatasets},
        {dataset, QStringLiteral("show"), QStringLiteral("NAME"), tr("Shows what was kept and removed, with reasons."), 1, 1, {}, showDataset},
        {dataset, QStringLiteral("signals"), QStringLiteral("NAME"), tr("Shows what the filters measured: how it is distributed, the limits, and what each removes."), 1, 1,
         {{QStringLiteral("filter"), QStringLiteral("ID"), tr("only what this filter measured, as filter.length"), true}}, showSignals},
        {dataset, QStringLiteral("document"), QStringLiteral("ID"), tr("Shows one document, its decision and its text."), 1, 1,
         {{QStringLiteral("dataset"), QStringLiteral("NAME"), tr("in this dataset")}}, showDocument},
        {dataset, QStringLiteral("split"), QStringLiteral("NAME"), tr("Lists every document with its part (JSON Lines with --json)."), 1, 1,
         {{QStringLiteral("status"), QStringLiteral("S"), tr("only kept, removed or unreadable ones")}}, listSplit},
        {dataset, QStringLiteral("keep"), QStringLiteral("NAME DOCUMENT…"), tr("Keeps documents that a rule removed."), 2, -1,
         {{QStringLiteral("undo"), {}, tr("the rules decide about them again")}}, keepDocuments},
        {dataset, QStringLiteral("inspect"), QStringLiteral("NAME"), tr("Shows a record as a model will see it, and what it learns of it."), 1, 1, inspectOptions(), inspectRecord},
        {dataset, QStringLiteral("export"), QStringLiteral("NAME"), tr("Writes the kept documents as JSON Lines."), 1, 1,
         {{QStringLiteral("to"), QStringLiteral("FILE"), tr("where to")}}, exportDataset},
    };
}

}  // namespace athanor::command
