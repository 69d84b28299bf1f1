// Sources, recipes, datasets and their documents.
#include "core/base/hash.h"
#include "core/base/identifier.h"
#include "core/project/project_impl.h"

#include <QDir>

#include <QRegularExpression>

namespace athanor::project {

namespace {

constexpr char kDocumentColumns[] =
    "d.id, d.document, d.path, source.text, licence.text, d.bytes, d.text_sha, dd.status, reason.text, reasons.title, "
    "dd.detail, dd.cluster, split.text, language.text, d.signals ";
constexpr char kDocumentJoins[] =
    "CROSS JOIN documents d ON d.id = dd.document "  // CROSS: in the order written, so that paging follows the index
    "CROSS JOIN labels source ON source.id = d.source CROSS JOIN labels licence ON licence.id = d.licence "
    "CROSS JOIN labels language ON language.id = d.language "
    "LEFT JOIN labels reason ON reason.id = dd.reason LEFT JOIN reasons ON reasons.label = dd.reason "
    "LEFT JOIN labels split ON split.id = dd.split ";

QString statusName(qint64 status)
{
    static constexpr const char *kNames[] = {"kept", "removed", "unreadable"};
    return status >= 0 && status < 3 ? QString::fromLatin1(kNames[status]) : QString();
}

int statusFrom(const QString &name)
{
    return name == QLatin1String("kept") ? kKept : name == QLatin1String("removed") ? kRemoved : kUnreadable;
}

Document documentFrom(const Statement &row)
{
    Document document;
    document.rowId = row.integer(0);
    document.id = unpackHash(row.bytes(1));
    document.path = row.text(2);
    document.source = row.text(3);
    document.licence = row.text(4);
    document.bytes = row.integer(5);
    document.textSha256 = unpackHash(row.bytes(6));
    document.status = statusName(row.integer(7));
    document.reason = row.text(8);
    document.reasonTitle = row.isNull(9) ? document.reason : row.text(9);
    document.detail = row.text(10);
    document.cluster = row.text(11);
    document.split = row.text(12);
    document.language = row.text(13);
    document.signalValues = objectFrom(row.text(14));
    return document;
}

// Words and beginnings of words, quoted: nothing of what a person types is taken as a query language.
QString searchExpression(const QString &text)
{
    static const QRegularExpression separators(QStringLiteral("[^\\p{L}\\p{N}]+"));
    QStringList parts;
    for (const QString &word : text.split(separators, Qt::SkipEmptyParts))
        parts += QLatin1Char('"') + word + QStringLiteral("\"*");
    return parts.join(QLatin1Char(' '));
}

struct FilterSql {
    QByteArray from;   // " FROM … WHERE …"
    std::vector<std::function<void(Statement &)>> bindings;
    bool isEmpty = false;  // nothing can match
};

Result<FilterSql> filterSql(const Database &database, const DocumentFilter &filter)
{
    FilterSql sql;
    const QString expression = searchExpression(filter.text);
    if (filter.text.isEmpty()) {
        // Said, since the planner prefers the primary key and then reads a million rows to find none.
        sql.from = !filter.reason.isEmpty()  ? " FROM dataset_documents dd INDEXED BY dataset_documents_reason "
                   : !filter.split.isEmpty() ? " FROM dataset_documents dd INDEXED BY dataset_documents_split "
                   : !filter.status.isEmpty() ? " FROM dataset_documents dd INDEXED BY dataset_documents_status "
                                              : " FROM dataset_documents dd ";
    } else {
        // The few matches lead; for each the row of this dataset is looked up.
        sql.from = " FROM document_paths f CROSS JOIN dataset_documents dd ON dd.document = f.rowid ";
        sql.isEmpty = expression.isEmpty();
    }
    QByteArray where = " WHERE dd.dataset = ?";
    sql.bindings.push_back([id = filter.dataset](Statement &s) { s.bind(id); });
    if (!filter.text.isEmpty()) {
        where += " AND f.document_paths MATCH ?";
        sql.bindings.push_back([expression](Statement &s) { s.bind(expression); });
    }
    if (!filter.status.isEmpty()) {
        where += " AND dd.status = ?";
        sql.bindings.push_back([status = statusFrom(filter.status)](Statement &s) { s.bind(status); });
    }
    const auto byLabel = [&](const QString &text, const char *column) -> Status {
        if (text.isEmpty())
            return {};
        ATHANOR_ASSIGN(Statement find, database.prepare("SELECT id FROM labels WHERE text = ?"));
        ATHANOR_ASSIGN(const bool known, find.bind(text).step());
        const qint64 id = known ? find.integer(0) : -1;
        where += QByteArray(" AND dd.") + column + " = ?";
        sql.bindings.push_back([id](Statement &s) { s.bind(id); });
        return {};
    };
    ATHANOR_TRY(byLabel(filter.reason, "reason"));
    ATHANOR_TRY(byLabel(filter.split, "split"));
    sql.from += "%JOINS%" + where;
    return sql;
}

}  // namespace

// ---- sources

Result<QString> Project::addSource(const Source &source)
{
    const QString id = source.id.isEmpty() ? newIdentifier() : source.id;
    if (source.location.isEmpty() || source.plugin.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("A source needs a place and a way to read it."));
    const QDateTime added = source.added.isValid() ? source.added : QDateTime::currentDateTimeUtc();
    ATHANOR_TRY(m_impl->write([&]() -> Status {
        ATHANOR_ASSIGN(Statement find, m_impl->database.prepare("SELECT 1 FROM sources WHERE (plugin=? AND location=?) OR id=?"));
        ATHANOR_ASSIGN(const bool exists, find.bind(source.plugin).bind(source.location).bind(id).step());
        if (exists)
            return fail(ErrorCode::AlreadyExists, tr("“%1” is among the sources already.").arg(source.location),
                        tr("Remove it first to state another licence (“athanor-cli source list”, “source remove ID”)."));
        ATHANOR_ASSIGN(Statement insert,
                       m_impl->database.prepare("INSERT INTO sources(id, plugin, location, licence, settings, added) "
                                                "VALUES(?, ?, ?, ?, ?, ?)"));
        return insert.bind(id).bind(source.plugin).bind(source.location).bind(source.licence)
            .bind(toText(source.settings)).bind(toText(added)).run();
    }));
    return id;
}

Status Project::removeSource(const QString &id)
{
    return m_impl->write([&]() -> Status {
        ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare("DELETE FROM sources WHERE id=?"));
        const qint64 before = m_impl->database.changeCount();
        ATHANOR_TRY(statement.bind(id).run());
        if (m_impl->database.changeCount() == before)
            return fail(ErrorCode::NotFound, tr("There is no source “%1”.").arg(id));
        return {};
    });
}

namespace {

/// With what was fetched relative to the project, as it is stored.
Result<QList<Source>> storedSources(const Database &database)
{
    ATHANOR_ASSIGN(Statement statement, database.prepare("SELECT id, plugin, location, licence, settings, added FROM sources ORDER BY id"));
    return rowsOf<Source>(statement, [](const Statement &row) {
        return Source{row.text(0), row.text(1), row.text(2), row.text(3), objectFrom(row.text(4)), timeFrom(row.text(5))};
    });
}

}  // namespace

Result<QList<Source>> Project::sources() const
{
    ATHANOR_ASSIGN(QList<Source> list, storedSources(m_impl->database));
    for (Source &source : list)
        if (source.plugin == QLatin1String("source.files"))
            source.location = QDir(path()).absoluteFilePath(source.location);
    return list;
}

Result<QJsonArray> Project::sourcesForSpec() const
{
    ATHANOR_ASSIGN(const QList<Source> list, storedSources(m_impl->database));
    QJsonArray array;
    for (const Source &source : list)
        array += QJsonObject{{QStringLiteral("id"), source.id},
                             {QStringLiteral("plugin"), source.plugin},
                             {QStringLiteral("location"), source.location},
                             {QStringLiteral("licence"), source.licence},
                             {QStringLiteral("settings"), source.settings}};
    return array;
}

QJsonObject Project::recipe(const QString &dataset) const
{
    auto statement = m_impl->database.prepare("SELECT recipe FROM recipes WHERE dataset=?");
    if (!statement || !statement->bind(dataset).step().value_or(false))
        return {};
    return objectFrom(statement->text(0));
}

Status Project::setRecipe(const QString &dataset, const QJsonObject &recipe)
{
    ATHANOR_TRY(checkName(dataset));
    return m_impl->write([&]() -> Status {
        ATHANOR_ASSIGN(Statement statement,
                       m_impl->database.prepare("INSERT OR REPLACE INTO recipes(dataset, recipe, modified) VALUES(?, ?, ?)"));
        return statement.bind(dataset).bind(toText(recipe)).bind(toText(QDateTime::currentDateTimeUtc())).run();
    });
}

// ---- datasets

const char kDatasetColumns[] =
    "id, name, version, job, corpus, corpus_sha, recipe, recipe_hash, sources_hash, documents, kept, removed, "
    "unreadable, facts, created";

Dataset datasetFrom(const Statement &row)
{
    Dataset dataset;
    dataset.rowId = row.integer(0);
    dataset.name = row.text(1);
    dataset.version = static_cast<int>(row.integer(2));
    dataset.jobId = row.text(3);
    dataset.corpus = row.text(4);
    dataset.corpusSha256 = row.text(5);
    dataset.recipe = objectFrom(row.text(6));
    dataset.recipeHash = row.text(7);
    dataset.sourcesHash = row.text(8);
    dataset.documents = row.integer(9);
    dataset.kept = row.integer(10);
    dataset.removed = row.integer(11);
    dataset.unreadable = row.integer(12);
    dataset.facts = objectFrom(row.text(13));
    dataset.created = timeFrom(row.text(14));
    return dataset;
}

Result<QList<Dataset>> Project::datasets() const
{
    ATHANOR_ASSIGN(Statement statement,
                   m_impl->database.prepare("SELECT id, name, version, job, corpus, corpus_sha, recipe, recipe_hash, "
                                            "sources_hash, documents, kept, removed, unreadable, facts, created "
                                            "FROM datasets WHERE trash IS NULL ORDER BY created DESC, id DESC"));
    return rowsOf<Dataset>(statement, datasetFrom);
}

Result<Dataset> Project::dataset(const QString &name, int version) const
{
    ATHANOR_ASSIGN(const QList<Dataset> all, datasets());
    const Dataset *best = nullptr;
    QStringList known;
    for (const Dataset &one : all) {
        known += one.name;
        if (one.name == name && (version == 0 ? !best || one.version > best->version : one.version == version))
            best = &one;
    }
    if (best)
        return *best;
    known.removeDuplicates();
    return fail(ErrorCode::NotFound,
                version == 0 ? tr("There is no dataset “%1”.").arg(name)
                             : tr("There is no version %1 of the dataset “%2”.").arg(version).arg(name),
                known.isEmpty() ? tr("Add documents and curate them first.")
                                : tr("Known are: %1.").arg(known.join(QStringLiteral(", "))));
}

std::optional<Dataset> Project::datasetOfCorpus(const QString &corpusSha256) const
{
    const auto all = datasets();
    for (const Dataset &one : all ? *all : QList<Dataset>())
        if (one.corpusSha256 == corpusSha256)
            return one;
    return std::nullopt;
}

// ---- documents

Result<DocumentPage> Project::documents(const DocumentFilter &filter, qint64 after, int limit) const
{
    DocumentPage page;
    ATHANOR_ASSIGN(FilterSql sql, filterSql(m_impl->database, filter));
    if (sql.isEmpty || limit <= 0)
        return page;
    const bool isSearch = !filter.text.isEmpty();
    const QByteArray cursor = isSearch ? "f.rowid" : "dd.document";
    const QByteArray text = QByteArray("SELECT ") + kDocumentColumns + sql.from.replace("%JOINS%", kDocumentJoins) + " AND "
                            + cursor + " > ? ORDER BY " + cursor + " LIMIT ?";
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepareText(text));
    for (const auto &bindOne : sql.bindings)
        bindOne(statement);
    statement.bind(after).bind(limit + 1);
    ATHANOR_ASSIGN(page.rows, rowsOf<Document>(statement, documentFrom));
    if (page.rows.size() > limit) {
        page.rows.removeLast();
        page.next = page.rows.last().rowId;
    }
    return page;
}

Result<qint64> Project::documentCount(const DocumentFilter &filter) const
{
    ATHANOR_ASSIGN(FilterSql sql, filterSql(m_impl->database, filter));
    if (sql.isEmpty)
        return 0;
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepareText("SELECT count(*)" + sql.from.replace("%JOINS%", "")));
    for (const auto &bindOne : sql.bindings)
        bindOne(statement);
    ATHANOR_ASSIGN(const bool hasRow, statement.step());
    return hasRow ? statement.integer(0) : 0;
}

Result<QList<ReasonCount>> Project::reasonCounts(qint64 dataset) const
{
    ATHANOR_ASSIGN(Statement statement,
                   m_impl->database.prepare("SELECT labels.text, coalesce(reasons.title, labels.text), count(*) AS n "
                                            "FROM dataset_documents dd JOIN labels ON labels.id = dd.reason "
                                            "LEFT JOIN reasons ON reasons.label = dd.reason "
                                            "WHERE dd.dataset = ? AND dd.reason IS NOT NULL GROUP BY dd.reason "
                                            "ORDER BY n DESC, labels.text"));
    statement.bind(dataset);
    return rowsOf<ReasonCount>(statement, [](const Statement &row) {
        return ReasonCount{row.text(0), row.text(1), row.integer(2)};
    });
}

Result<QList<LicenceCount>> Project::licences(qint64 dataset) const
{
    ATHANOR_ASSIGN(Statement statement,
                   m_impl->database.prepare("SELECT labels.text, count(*) AS n FROM dataset_documents dd "
                                            "JOIN documents d ON d.id = dd.document JOIN labels ON labels.id = d.licence "
                                            "WHERE dd.dataset = ? AND dd.status = 0 GROUP BY labels.id ORDER BY n DESC, labels.text"));
    statement.bind(dataset);
    return rowsOf<LicenceCount>(statement, [](const Statement &row) { return LicenceCount{row.text(0), row.integer(1)}; });
}

Result<Document> Project::document(qint64 dataset, const QString &documentId) const
{
    const QByteArray text = QByteArray("SELECT ") + kDocumentColumns + " FROM dataset_documents dd " + kDocumentJoins
                            + " WHERE dd.dataset = ? AND d.document = ?";
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepareText(text));
    ATHANOR_ASSIGN(const bool hasRow, statement.bind(dataset).bindBytes(packHash(documentId)).step());
    if (!hasRow)
        return fail(ErrorCode::NotFound, tr("The dataset has no document “%1”.").arg(documentId));
    return documentFrom(statement);
}

Result<QList<Document>> Project::searchDocuments(const QString &text, int limit) const
{
    const QString expression = searchExpression(text);
    if (expression.isEmpty())
        return QList<Document>();
    const QByteArray sql = QByteArray("SELECT ") + kDocumentColumns
                           + " FROM document_paths f CROSS JOIN dataset_documents dd ON dd.document = f.rowid "
                           + kDocumentJoins
                           + " WHERE document_paths MATCH ? AND dd.dataset IN (SELECT max(id) FROM datasets WHERE trash IS NULL "
                             "GROUP BY name) ORDER BY f.rowid LIMIT ?";
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepareText(sql));
    statement.bind(expression).bind(limit);
    return rowsOf<Document>(statement, documentFrom);
}

}  // namespace athanor::project
