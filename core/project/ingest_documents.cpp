// The documents of a finished curate job, taken in batch by batch. Role: each batch is one transaction, and how far it
// went stands in the same store, so that a killed program, a later call or another program goes on where it ended.
// Until all are in, they belong to a dataset that nobody sees (datasets.trash is kTakingIn). How long a
// million take stands in resources/docs/measurements.md.
#include "core/project/document_list.h"
#include "core/project/project_impl.h"

#include <QJsonDocument>

namespace athanor::project {

namespace {

constexpr qint64 kLinesOfABatch = 20000;   // other programs wait about a second for their turn
constexpr qint64 kLinesBetweenLooks = 64;  // at the clock
constexpr int kRowsOfADiscard = 4000;

// Names of their own, which no person can give: they have a control character.
QString hiddenName(const char *what, const QString &id)
{
    return QLatin1Char('\x01') + QString::fromLatin1(what) + id;
}

struct DocumentStatements {
    Statement find, insert, update, index, unindex, place;
};

QString text(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toString();
}

int statusOf(const QString &name)
{
    return name == QLatin1String("kept") ? kKept : name == QLatin1String("removed") ? kRemoved : kUnreadable;
}

Result<DocumentStatements> prepareStatements(const Database &database)
{
    ATHANOR_ASSIGN(Statement find, database.prepare("SELECT id, path FROM documents WHERE document=?"));
    ATHANOR_ASSIGN(Statement insert, database.prepare("INSERT INTO documents(document, path, source, licence, language, bytes, "
                                                      "text_sha, signals) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
    ATHANOR_ASSIGN(Statement update, database.prepare("UPDATE documents SET document=?, path=?, source=?, licence=?, "
                                                      "language=?, bytes=?, text_sha=?, signals=? WHERE id=?"));
    ATHANOR_ASSIGN(Statement index, database.prepare("INSERT INTO document_paths(rowid, path) VALUES(?, ?)"));
    ATHANOR_ASSIGN(Statement unindex, database.prepare("INSERT INTO document_paths(document_paths, rowid, path) "
                                                       "VALUES('delete', ?, ?)"));
    ATHANOR_ASSIGN(Statement place, database.prepare("INSERT OR REPLACE INTO dataset_documents(dataset, document, status, "
                                                     "reason, split, cluster, detail) VALUES(?, ?, ?, ?, ?, ?, ?)"));
    return DocumentStatements{std::move(find),  std::move(insert),  std::move(update),
                              std::move(index), std::move(unindex), std::move(place)};
}

struct Line {
    QJsonObject facts;   // without signals
    QByteArray signalText;
};

// Signals are many numbers, and nobody asks for them here: they are cut out as they stand instead of being read and
// written again. The quotes make sure that it is the key: inside a string they would have backslashes.
Line parseLine(QByteArrayView bytes)
{
    static constexpr QByteArrayView kKey("\"signals\":{");
    if (const qsizetype at = bytes.indexOf(kKey); at >= 0) {
        const qsizetype open = at + kKey.size() - 1;
        const qsizetype close = bytes.indexOf('}', open);
        if (close > 0 && !bytes.sliced(open + 1, close - open - 1).contains('{')) {
            const QByteArray rest = bytes.first(open + 1).toByteArray() + bytes.sliced(close).toByteArray();
            if (Line line{QJsonDocument::fromJson(rest).object(), bytes.sliced(open, close - open + 1).toByteArray()};
                !line.facts.isEmpty())
                return line;
        }
    }
    Line line{QJsonDocument::fromJson(bytes.toByteArray()).object(), {}};
    line.signalText = toText(line.facts.value(QLatin1String("signals")).toObject()).toUtf8();
    return line;
}

/// Writes lines of the list as rows of one dataset.
class Taker {
public:
    using LabelId = std::function<Result<qint64>(const QString &text)>;
    Taker(const Database &database, LabelId labelId, DocumentStatements statements, qint64 dataset)
        : m_database(database), m_labelId(std::move(labelId)), m_statements(std::move(statements)), m_dataset(dataset)
    {
    }

    Status take(const Line &line)
    {
        ATHANOR_ASSIGN(const qint64 row, rowOf(line));
        const QJsonObject &facts = line.facts;
        const QString reason = text(facts, "reason");
        if (!reason.isEmpty() && !m_titles.contains(reason))
            m_titles[reason] = text(facts, "reasonTitle");
        Statement &place = m_statements.place;
        place.bind(m_dataset).bind(row).bind(statusOf(text(facts, "status")));
        ATHANOR_TRY(bindLabel(place, reason));
        ATHANOR_TRY(bindLabel(place, text(facts, "split")));
        const QJsonValue cluster = facts.value(QLatin1String("cluster"));
        bindOptional(place, cluster.isDouble() ? QString::number(cluster.toInteger()) : cluster.toString());
        bindOptional(place, text(facts, "detail"));
        return place.run();
    }

    Status keepTitles()
    {
        for (const auto &[reason, title] : m_titles) {
            ATHANOR_ASSIGN(const qint64 label, m_labelId(reason));
            ATHANOR_ASSIGN(Statement keep, m_database.prepare("INSERT OR REPLACE INTO reasons(label, title) VALUES(?, ?)"));
            ATHANOR_TRY(keep.bind(label).bind(title.isEmpty() ? reason : title).run());
        }
        return {};
    }

private:
    Status bindFacts(Statement &statement, const QByteArray &id, const Line &line)
    {
        ATHANOR_ASSIGN(const qint64 source, m_labelId(text(line.facts, "source")));
        ATHANOR_ASSIGN(const qint64 licence, m_labelId(text(line.facts, "licence")));
        ATHANOR_ASSIGN(const qint64 language, m_labelId(text(line.facts, "language")));
        statement.bindBytes(id).bind(text(line.facts, "path")).bind(source).bind(licence).bind(language)
            .bind(line.facts.value(QLatin1String("bytes")).toInteger()).bindBytes(packHash(text(line.facts, "textSha256")))
            .bind(QString::fromUtf8(line.signalText));
        return {};
    }

    Result<qint64> rowOf(const Line &line)
    {
        const QByteArray id = packHash(text(line.facts, "id"));
        const QString path = text(line.facts, "path");
        ATHANOR_ASSIGN(const bool isKnown, m_statements.find.bindBytes(id).step());
        const qint64 known = isKnown ? m_statements.find.integer(0) : -1;
        const QString oldPath = isKnown ? m_statements.find.text(1) : QString();
        m_statements.find.reset();
        Statement &statement = isKnown ? m_statements.update : m_statements.insert;
        ATHANOR_TRY(bindFacts(statement, id, line));
        if (isKnown)
            statement.bind(known);
        ATHANOR_TRY(statement.run());
        const qint64 row = isKnown ? known : m_database.lastInsertId();
        if (isKnown && oldPath == path)
            return row;
        if (isKnown)
            ATHANOR_TRY(m_statements.unindex.bind(row).bind(oldPath).run());
        ATHANOR_TRY(m_statements.index.bind(row).bind(path).run());
        return row;
    }

    Status bindLabel(Statement &statement, const QString &label)
    {
        if (label.isEmpty()) {
            statement.bindNull();
            return {};
        }
        ATHANOR_ASSIGN(const qint64 id, m_labelId(label));
        statement.bind(id);
        return {};
    }

    static void bindOptional(Statement &statement, const QString &value)
    {
        if (value.isEmpty())
            statement.bindNull();
        else
            statement.bind(value);
    }

    const Database &m_database;
    LabelId m_labelId;
    DocumentStatements m_statements;
    qint64 m_dataset;
    std::map<QString, QString> m_titles;
};

struct Hidden {
    qint64 id = -1;
    qint64 taken = 0;  // lines
};

Result<Hidden> findHidden(const Database &database, const QString &jobId)
{
    ATHANOR_ASSIGN(Statement find, database.prepare("SELECT id, documents FROM datasets WHERE name=? AND trash='taking-in'"));
    ATHANOR_ASSIGN(const bool hasRow, find.bind(hiddenName("taking-in ", jobId)).step());
    return hasRow ? Hidden{find.integer(0), find.integer(1)} : Hidden();
}

Result<Hidden> makeHidden(const Database &database, const job::Spec &spec)
{
    ATHANOR_ASSIGN(Statement insert, database.prepare(
        "INSERT INTO datasets(name, version, job, corpus, corpus_sha, recipe, recipe_hash, sources_hash, documents, kept, removed, "
        "unreadable, facts, created, trash) VALUES(?, 1, ?, '', '', '{}', '', '', 0, 0, 0, 0, '{}', '', 'taking-in')"));
    ATHANOR_TRY(insert.bind(hiddenName("taking-in ", spec.id)).bind(spec.id).run());
    const Hidden made{database.lastInsertId(), 0};
    // The stage shows as under way until all are in, also when nobody watched the job run.
    ATHANOR_ASSIGN(Statement mark, database.prepare("INSERT OR REPLACE INTO jobs(id, kind, title, state, sequence, message) "
                                                    "VALUES(?, ?, ?, 'running', 0, '')"));
    ATHANOR_TRY(mark.bind(spec.id).bind(spec.kind).bind(spec.title).run());
    return made;
}

}  // namespace

Result<qint64> Project::Impl::hiddenDataset(const QString &jobId)
{
    ATHANOR_ASSIGN(const Hidden hidden, findHidden(database, jobId));
    return hidden.id;
}

// The list stands open between calls; when another program was faster, or a batch was rolled back, it is wound on or
// opened anew.
Status Project::Impl::windTo(const QString &file, qint64 line)
{
    if (!list || list->path() != file || list->position() > line) {
        ATHANOR_ASSIGN(list, DocumentList::open(file));
    }
    while (list->position() < line) {
        ATHANOR_ASSIGN(const QByteArrayView skipped, list->next());
        if (skipped.isNull())
            return fail(ErrorCode::Corrupt, tr("“%1” has become shorter while it was read.").arg(file), tr("Curate the dataset again."));
    }
    return {};
}

Result<bool> Project::Impl::takeBatch(const WatchedJob &job, qint64 sequence, const QString &file, const QDeadlineTimer &until)
{
    bool isEnd = false;
    ATHANOR_TRY(write([&]() -> Status {
        ATHANOR_ASSIGN(isEnd, isTakenIn(job, sequence));
        if (isEnd)  // another program has finished it
            return {};
        ATHANOR_ASSIGN(Hidden hidden, findHidden(database, job.folder.spec().id));
        if (hidden.id < 0) {
            ATHANOR_ASSIGN(hidden, makeHidden(database, job.folder.spec()));
        }
        ATHANOR_TRY(windTo(file, hidden.taken));
        ATHANOR_ASSIGN(DocumentStatements statements, prepareStatements(database));
        Taker taker(database, [this](const QString &label) { return labelId(label); }, std::move(statements), hidden.id);
        for (qint64 i = 1; i <= kLinesOfABatch; ++i) {
            ATHANOR_ASSIGN(const QByteArrayView bytes, list->next());
            isEnd = bytes.isNull();
            if (isEnd)
                break;
            const Line line = parseLine(bytes);
            if (text(line.facts, "id").isEmpty())
                return fail(ErrorCode::Corrupt, tr("“%1” has a line that is not a document.").arg(file), tr("Curate the dataset again."));
            ATHANOR_TRY(taker.take(line));
            if (i % kLinesBetweenLooks == 0 && until.hasExpired())
                break;
        }
        ATHANOR_TRY(taker.keepTitles());
        ATHANOR_ASSIGN(Statement note, database.prepare("UPDATE datasets SET documents=? WHERE id=?"));
        return note.bind(list->position()).bind(hidden.id).run();
    }));
    return isEnd;
}

Result<bool> Project::Impl::takeInDocuments(const WatchedJob &job, qint64 sequence, const QDeadlineTimer &until)
{
    const QString name = job.summary.result.value(QLatin1String("documentsFile")).toString();
    if (name.isEmpty())
        return true;
    bool isEnd = false;
    while (!isEnd) {
        if (until.hasExpired())
            return false;
        auto batch = takeBatch(job, sequence, path(name), until);
        if (!batch) {
            list.reset();  // what it handed out was not kept
            const ErrorCode code = batch.error().code;
            if (code == ErrorCode::Corrupt || code == ErrorCode::NotFound || code == ErrorCode::LimitExceeded)
                ATHANOR_TRY(refuse(job, batch.error()));
            return fail(batch.error());
        }
        isEnd = *batch;
    }
    list.reset();
    return true;
}

// A list is taken in whole or not at all; the stage says why.
Status Project::Impl::refuse(const WatchedJob &job, const Error &error)
{
    const job::Spec &spec = job.folder.spec();
    return write([&]() -> Status {
        ATHANOR_ASSIGN(const Hidden hidden, findHidden(database, spec.id));
        if (hidden.id >= 0)
            ATHANOR_TRY(discardDataset(hidden.id));
        ATHANOR_ASSIGN(Statement mark, database.prepare("INSERT OR REPLACE INTO jobs(id, kind, title, state, sequence, message) "
                                                        "VALUES(?, ?, ?, 'failed', 0, ?)"));
        return mark.bind(spec.id).bind(spec.kind).bind(spec.title).bind(error.message).run();
    });
}

// Its rows go in pieces, later: a million take seconds.
Status Project::Impl::discardDataset(qint64 id)
{
    ATHANOR_ASSIGN(Statement hide, database.prepare("UPDATE datasets SET name=?, corpus_sha='', trash='discarded' WHERE id=?"));
    return hide.bind(hiddenName("discarded ", QString::number(id))).bind(id).run();
}

Result<bool> Project::Impl::removeDiscarded(const QDeadlineTimer &until)
{
    for (;;) {
        ATHANOR_ASSIGN(const qint64 id, database.number("SELECT max(id) FROM datasets WHERE trash='discarded'"));
        if (id <= 0)
            return true;
        if (until.hasExpired())
            return false;
        ATHANOR_TRY(write([&]() -> Status {
            ATHANOR_ASSIGN(Statement some, database.prepare(
                "DELETE FROM dataset_documents WHERE dataset=?1 AND document <= (SELECT max(document) FROM (SELECT document FROM "
                "dataset_documents WHERE dataset=?1 ORDER BY document LIMIT ?2))"));
            const qint64 before = database.changeCount();
            ATHANOR_TRY(some.bind(id).bind(kRowsOfADiscard).run());
            if (database.changeCount() != before)
                return {};
            ATHANOR_ASSIGN(Statement last, database.prepare("DELETE FROM datasets WHERE id=?"));
            return last.bind(id).run();
        }));
    }
}

}  // namespace athanor::project
