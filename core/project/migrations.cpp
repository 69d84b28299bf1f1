#include "core/project/migrations.h"

#include "core/project/project.h"

#include <QCoreApplication>
#include <QFile>

namespace athanor::project {

namespace {

// What rows belong together: a trash entry's id in `trash` hides a row without losing it.
constexpr char kStore[] = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources(
    id TEXT PRIMARY KEY, plugin TEXT NOT NULL, location TEXT NOT NULL, licence TEXT NOT NULL, settings TEXT NOT NULL,
    added TEXT NOT NULL, UNIQUE(plugin, location));
CREATE TABLE recipes(dataset TEXT PRIMARY KEY, recipe TEXT NOT NULL, modified TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE datasets(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, job TEXT NOT NULL, corpus TEXT NOT NULL,
    corpus_sha TEXT NOT NULL, recipe TEXT NOT NULL, recipe_hash TEXT NOT NULL, sources_hash TEXT NOT NULL,
    documents INTEGER NOT NULL, kept INTEGER NOT NULL, removed INTEGER NOT NULL, unreadable INTEGER NOT NULL,
    facts TEXT NOT NULL, created TEXT NOT NULL, trash TEXT, UNIQUE(name, version));
CREATE INDEX datasets_corpus ON datasets(corpus_sha);
CREATE TABLE labels(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE reasons(label INTEGER PRIMARY KEY REFERENCES labels(id), title TEXT NOT NULL);
CREATE TABLE documents(
    id INTEGER PRIMARY KEY, document BLOB NOT NULL UNIQUE, path TEXT NOT NULL,
    source INTEGER NOT NULL REFERENCES labels(id), licence INTEGER NOT NULL REFERENCES labels(id),
    language INTEGER NOT NULL REFERENCES labels(id), bytes INTEGER NOT NULL, text_sha BLOB NOT NULL,
    signals TEXT NOT NULL);
CREATE TABLE dataset_documents(
    dataset INTEGER NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
    document INTEGER NOT NULL REFERENCES documents(id),
    status INTEGER NOT NULL, reason INTEGER, split INTEGER, cluster TEXT, detail TEXT,
    PRIMARY KEY(dataset, document)) WITHOUT ROWID;
CREATE INDEX dataset_documents_document ON dataset_documents(document);
CREATE INDEX dataset_documents_status ON dataset_documents(dataset, status, document);
CREATE INDEX dataset_documents_reason ON dataset_documents(dataset, reason, document) WHERE reason IS NOT NULL;
CREATE INDEX dataset_documents_split ON dataset_documents(dataset, split, document) WHERE split IS NOT NULL;
CREATE TABLE tokenizers(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, path TEXT NOT NULL, sha TEXT NOT NULL,
    vocabulary INTEGER NOT NULL, corpus_sha TEXT NOT NULL, job TEXT NOT NULL UNIQUE, lossless INTEGER NOT NULL,
    bytes_per_token REAL, facts TEXT NOT NULL, created TEXT NOT NULL, trash TEXT);
CREATE INDEX tokenizers_name ON tokenizers(name, id);
CREATE INDEX tokenizers_sha ON tokenizers(sha);
CREATE TABLE models(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, architecture TEXT NOT NULL, tokenizer TEXT NOT NULL,
    tokenizer_sha TEXT NOT NULL, parameters INTEGER NOT NULL, created TEXT NOT NULL, trash TEXT);
CREATE UNIQUE INDEX models_name ON models(name) WHERE trash IS NULL;
CREATE TABLE runs(
    id TEXT PRIMARY KEY, title TEXT NOT NULL, model TEXT NOT NULL, corpus_sha TEXT NOT NULL, tokenizer_sha TEXT NOT NULL,
    parameters TEXT NOT NULL, state TEXT NOT NULL, created TEXT NOT NULL, started TEXT NOT NULL, ended TEXT NOT NULL,
    steps INTEGER NOT NULL, tokens INTEGER NOT NULL, seconds REAL, validation_loss REAL, bits_per_byte REAL,
    best TEXT NOT NULL, last TEXT NOT NULL, facts TEXT NOT NULL, trash TEXT);
CREATE INDEX runs_corpus ON runs(corpus_sha);
CREATE INDEX runs_model ON runs(model);
CREATE TABLE checkpoints(
    path TEXT PRIMARY KEY, run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, step INTEGER NOT NULL, loss REAL,
    bits_per_byte REAL, best INTEGER NOT NULL, weights_sha TEXT NOT NULL, optimizer_sha TEXT NOT NULL,
    created TEXT NOT NULL);
CREATE INDEX checkpoints_run ON checkpoints(run, step);
CREATE TABLE evaluations(
    id TEXT PRIMARY KEY, checkpoint TEXT NOT NULL, run TEXT NOT NULL, weights_sha TEXT NOT NULL,
    corpus_sha TEXT NOT NULL, split TEXT NOT NULL, file TEXT NOT NULL, loss REAL, perplexity REAL, bits_per_byte REAL,
    facts TEXT NOT NULL, created TEXT NOT NULL, trash TEXT);
CREATE INDEX evaluations_run ON evaluations(run);
CREATE TABLE jobs(id TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL,
    sequence INTEGER NOT NULL, message TEXT NOT NULL) WITHOUT ROWID;
)sql";

constexpr char kLineageAndSearch[] = R"sql(
CREATE TABLE nodes(hash TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, job TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE edges(source TEXT NOT NULL, target TEXT NOT NULL, job TEXT NOT NULL,
    PRIMARY KEY(target, source, job)) WITHOUT ROWID;
CREATE INDEX edges_source ON edges(source, target);
CREATE VIRTUAL TABLE document_paths USING fts5(path, content='documents', content_rowid='id',
    tokenize="unicode61 remove_diacritics 2");
INSERT INTO document_paths(rowid, path) SELECT id, path FROM documents;
CREATE TABLE trash(id TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, moved TEXT NOT NULL,
    deleted TEXT NOT NULL) WITHOUT ROWID;
)sql";

// Models that came from elsewhere, and models that left.
constexpr char kModelsInAndOut[] = R"sql(
ALTER TABLE models ADD COLUMN base TEXT NOT NULL DEFAULT '';
ALTER TABLE models ADD COLUMN base_sha TEXT NOT NULL DEFAULT '';
ALTER TABLE models ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
ALTER TABLE models ADD COLUMN job TEXT NOT NULL DEFAULT '';
CREATE INDEX models_job ON models(job) WHERE job <> '';
CREATE INDEX models_base ON models(base) WHERE base <> '';
CREATE TABLE exports(
    id TEXT PRIMARY KEY, checkpoint TEXT NOT NULL, run TEXT NOT NULL, weights_sha TEXT NOT NULL, format TEXT NOT NULL,
    dtype TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, facts TEXT NOT NULL, created TEXT NOT NULL);
CREATE INDEX exports_run ON exports(run);
)sql";

constexpr const char *kSteps[] = {kStore, kLineageAndSearch, kModelsInAndOut};
static_assert(std::size(kSteps) == kSchemaVersion);

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

}  // namespace

Result<int> readSchemaVersion(const Database &database)
{
    ATHANOR_ASSIGN(const qint64 application, database.number("PRAGMA application_id"));
    ATHANOR_ASSIGN(const qint64 version, database.number("PRAGMA user_version"));
    ATHANOR_ASSIGN(const qint64 objects, database.number("SELECT count(*) FROM sqlite_schema"));
    if (application != kApplicationId && (application != 0 || objects > 0))
        return fail(ErrorCode::Corrupt, tr("“project.sqlite” belongs to another program."),
                    tr("Choose the folder of an Athanor project."));
    if (version > kSchemaVersion)
        return fail(ErrorCode::NewerVersion,
                    tr("The project has version %1; this program knows versions up to %2.").arg(version).arg(kSchemaVersion),
                    tr("Open it with the newer Athanor that last used it."));
    return static_cast<int>(version);
}

Status migrate(Database &database, const QString &path)
{
    ATHANOR_ASSIGN(const int version, readSchemaVersion(database));
    if (version == kSchemaVersion)
        return {};
    if (version > 0) {
        const QString copy = QStringLiteral("%1.v%2").arg(path).arg(version);
        QFile::remove(copy);
        ATHANOR_ASSIGN(Statement statement, database.prepare("VACUUM INTO ?"));
        ATHANOR_TRY(statement.bind(copy).run());
    }
    for (int step = version; step < kSchemaVersion; ++step) {
        ATHANOR_TRY(database.transaction([&]() -> Status {
            ATHANOR_ASSIGN(const qint64 now, database.number("PRAGMA user_version"));
            if (now > step)
                return {};  // another program was faster
            ATHANOR_TRY(database.execute(kSteps[step]));
            const QByteArray marks = "PRAGMA application_id=" + QByteArray::number(kApplicationId)
                                     + "; PRAGMA user_version=" + QByteArray::number(step + 1);
            return database.execute(marks.constData());
        }));
    }
    return {};
}

}  // namespace athanor::project
