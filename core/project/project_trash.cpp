// Deleting with undo, and freeing what nothing refers to. Role: a deleted thing's rows carry the trash entry's id and
// its job folder moves to trash/<entry>; lineage stays. Objects go only by clean().
#include "core/base/atomic_file.h"
#include "core/base/identifier.h"
#include "core/base/logging.h"
#include "core/project/project_impl.h"

#include <QDateTime>
#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QJsonDocument>

namespace athanor::project {

namespace {

qint64 bytesBelow(const QString &path)
{
    const QFileInfo facts(path);
    if (facts.isSymLink() || facts.isFile())
        return facts.size();
    qint64 bytes = 0;
    QDirIterator files(path, QDir::Files | QDir::Hidden | QDir::NoSymLinks, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        files.next();
        bytes += files.fileInfo().size();
    }
    return bytes;
}

struct Move {
    QString from;  // relative to the project
    QString to;
};

QJsonArray toJson(const QList<Move> &moves)
{
    QJsonArray array;
    for (const Move &move : moves)
        array += QJsonArray{move.from, move.to};
    return array;
}

QList<Move> movesFrom(const QString &text)
{
    QList<Move> moves;
    for (const QJsonValue &value : QJsonDocument::fromJson(text.toUtf8()).array())
        moves += Move{value.toArray().at(0).toString(), value.toArray().at(1).toString()};
    return moves;
}

Status rename(const QString &from, const QString &to)
{
    if (!QFileInfo::exists(from))
        return {};
    ATHANOR_TRY(makeFolder(QFileInfo(to).absolutePath()));
    if (!QDir().rename(from, to))
        return fail(ErrorCode::External, tr("Cannot move “%1” to “%2”.").arg(from, to),
                    tr("Check the permissions of both folders."));
    return {};
}

// All or none: what moved goes back when a later one, or what `work` does with the rows, fails.
Status moveWith(const QString &project, const QList<Move> &moves, const std::function<Status(const std::function<Status()> &)> &work)
{
    QList<Move> done;
    const auto move = [&]() -> Status {
        for (const Move &each : moves) {
            ATHANOR_TRY(rename(project + QLatin1Char('/') + each.from, project + QLatin1Char('/') + each.to));
            done.prepend(each);
        }
        return {};
    };
    Status result = work(move);
    for (const Move &each : result ? QList<Move>() : done)
        if (const Status back = rename(project + QLatin1Char('/') + each.to, project + QLatin1Char('/') + each.from); !back)
            qCWarning(logProject).noquote() << back.error().message;
    return result;
}

struct TrashRequest {
    QString kind;
    QString title;
    const char *mark;            // UPDATE … SET trash=? WHERE trash IS NULL AND …
    QStringList keys;            // bound after the entry's id
    QStringList jobs;            // whose folders move
    const char *alsoMark = nullptr;  // a second such UPDATE, which may find nothing
};

// A run that still goes on must be stopped first: its worker would write into a folder that is gone.
Status checkAtRest(const Info &info, const QString &jobId)
{
    const auto folder = job::Folder::open(info.path, jobId);
    if (!folder || !folder->isHeld())
        return {};
    return fail(ErrorCode::Busy, tr("“%1” is still running.").arg(folder->spec().title), tr("Cancel it first."));
}

template <typename ImplType> Result<QString> trashRows(ImplType &impl, const TrashRequest &request)
{
    ATHANOR_TRY(impl.writable());
    for (const QString &job : request.jobs)
        ATHANOR_TRY(checkAtRest(impl.info, job));
    const QString id = newIdentifier();
    QList<Move> moves;
    for (const QString &job : request.jobs)
        moves += Move{QStringLiteral("jobs/") + job, QStringLiteral("trash/%1/%2").arg(id, job)};
    const auto rows = [&]() -> Status {
        ATHANOR_ASSIGN(Statement mark, impl.database.prepare(request.mark));
        mark.bind(id);
        for (const QString &key : request.keys)
            mark.bind(key);
        const qint64 before = impl.database.changeCount();
        ATHANOR_TRY(mark.run());
        if (impl.database.changeCount() == before)
            return fail(ErrorCode::NotFound, tr("There is no %1 “%2”.").arg(request.kind, request.title));
        if (request.alsoMark) {
            ATHANOR_ASSIGN(Statement also, impl.database.prepare(request.alsoMark));
            also.bind(id);
            for (const QString &key : request.keys)
                also.bind(key);
            ATHANOR_TRY(also.run());
        }
        ATHANOR_ASSIGN(Statement insert,
                       impl.database.prepare("INSERT INTO trash(id, kind, title, moved, deleted) VALUES(?, ?, ?, ?, ?)"));
        ATHANOR_TRY(insert.bind(id).bind(request.kind).bind(request.title)
                        .bind(QString::fromUtf8(QJsonDocument(toJson(moves)).toJson(QJsonDocument::Compact)))
                        .bind(toText(QDateTime::currentDateTimeUtc())).run());
        return {};
    };
    ATHANOR_TRY(moveWith(impl.info.path, moves, [&](const auto &move) {
        return impl.write([&]() -> Status {
            ATHANOR_TRY(rows());
            return move();
        });
    }));
    for (const QString &job : request.jobs) {
        impl.watched.erase(job);
        impl.settled.remove(job);
    }
    return id;
}

}  // namespace

namespace {

// Busy when an adapter, trained here or brought in, stands on weights in this folder or below: it kept only what it changed.
Status checkNothingStandsOn(const Project &project, const QString &folder, const QString &name)
{
    const auto standsThere = [&](const QString &base) { return base == folder || base.startsWith(folder + QLatin1Char('/')); };
    QString title;
    ATHANOR_ASSIGN(const QList<Model> models, project.models());
    for (const Model &model : models)
        if (standsThere(model.facts.value(QLatin1String("adapterBase")).toString()))
            title = model.name;
    ATHANOR_ASSIGN(const QList<Run> runs, project.runs());
    for (const Run &run : runs) {
        const QString from = run.parameters.value(QLatin1String("from")).toString();
        const bool isOwn = from.startsWith(QStringLiteral("jobs/%1/").arg(run.id));  // it goes on from itself
        if (!run.parameters.value(QLatin1String("adapter")).toObject().isEmpty() && !isOwn && standsThere(from))
            title = run.title;
    }
    if (title.isEmpty())
        return {};
    return fail(ErrorCode::Busy, tr("“%1” stands on the weights of “%2”: it kept only what it changed.").arg(title, name),
                tr("Delete that one first, or export it as a whole model and then delete it."));
}

}  // namespace

Result<QString> Project::deleteRun(const QString &id)
{
    ATHANOR_ASSIGN(const Run existing, run(id));
    ATHANOR_TRY(checkNothingStandsOn(*this, QStringLiteral("jobs/") + id, existing.title));
    return trashRows(*m_impl, {QStringLiteral("run"), existing.title,
                               "UPDATE runs SET trash=? WHERE trash IS NULL AND id=?", {id}, {id}});
}

Result<QString> Project::deleteModel(const QString &name)
{
    constexpr char kMark[] = "UPDATE models SET trash=? WHERE trash IS NULL AND name=?";
    const auto existing = model(name);
    if (!existing || existing->jobId.isEmpty())
        return trashRows(*m_impl, {QStringLiteral("model"), name, kMark, {name}, {}});
    ATHANOR_TRY(checkNothingStandsOn(*this, existing->base, name));
    // The tokenizer that came with it goes too, unless a model that stays uses it.
    return trashRows(*m_impl, {QStringLiteral("model"), name, kMark, {name}, {existing->jobId},
                               "UPDATE tokenizers SET trash=?1 WHERE trash IS NULL AND job IN (SELECT job FROM models WHERE name=?2 AND "
                               "trash=?1) AND sha NOT IN (SELECT tokenizer_sha FROM models WHERE trash IS NULL)"});
}

Result<QString> Project::deleteDataset(const QString &name, int version)
{
    ATHANOR_ASSIGN(const Dataset existing, dataset(name, version));
    return trashRows(*m_impl, {QStringLiteral("dataset"), tr("%1, version %2").arg(name).arg(existing.version),
                               "UPDATE datasets SET trash=? WHERE trash IS NULL AND name=? AND version=?",
                               {name, QString::number(existing.version)}, {existing.jobId}});
}

Result<QString> Project::deleteTokenizer(const QString &name)
{
    return trashRows(*m_impl, {QStringLiteral("tokenizer"), name,
                               "UPDATE tokenizers SET trash=? WHERE trash IS NULL AND name=?", {name}, {}});
}

Result<QList<TrashEntry>> Project::trash() const
{
    ATHANOR_ASSIGN(Statement statement,
                   m_impl->database.prepare("SELECT id, kind, title, deleted FROM trash ORDER BY id DESC"));
    return rowsOf<TrashEntry>(statement, [this](const Statement &row) {
        const QString folder = m_impl->path(QStringLiteral("trash/") + row.text(0));
        return TrashEntry{row.text(0), row.text(1), row.text(2), bytesBelow(folder), timeFrom(row.text(3))};
    });
}

Status Project::restore(const QString &trashId)
{
    ATHANOR_TRY(m_impl->writable());
    Database &database = m_impl->database;
    ATHANOR_ASSIGN(Statement find, database.prepare("SELECT moved FROM trash WHERE id=?"));
    ATHANOR_ASSIGN(const bool hasRow, find.bind(trashId).step());
    if (!hasRow)
        return fail(ErrorCode::NotFound, tr("The trash has no entry “%1”.").arg(trashId));
    QList<Move> moves = movesFrom(find.text(0));
    find.reset();
    for (Move &move : moves)
        std::swap(move.from, move.to);
    const auto rows = [&]() -> Status {
        ATHANOR_ASSIGN(Statement taken, database.prepare(
            "SELECT m.name FROM models m WHERE m.trash = ? AND EXISTS(SELECT 1 FROM models o WHERE o.name = m.name AND o.trash IS NULL)"));
        ATHANOR_ASSIGN(const bool isTaken, taken.bind(trashId).step());
        if (isTaken)
            return fail(ErrorCode::AlreadyExists, tr("There is another model “%1” by now.").arg(taken.text(0)),
                        tr("Delete or rename that one first."));
        for (const char *sql : {"UPDATE runs SET trash=NULL WHERE trash=?", "UPDATE models SET trash=NULL WHERE trash=?",
                                "UPDATE datasets SET trash=NULL WHERE trash=?", "UPDATE tokenizers SET trash=NULL WHERE trash=?",
                                "DELETE FROM trash WHERE id=?"}) {
            ATHANOR_ASSIGN(Statement statement, database.prepare(sql));
            ATHANOR_TRY(statement.bind(trashId).run());
        }
        return {};
    };
    ATHANOR_TRY(moveWith(m_impl->info.path, moves, [&](const auto &move) {
        return m_impl->write([&]() -> Status {
            ATHANOR_TRY(rows());
            return move();
        });
    }));
    QDir().rmdir(m_impl->path(QStringLiteral("trash/") + trashId));
    return {};
}

// After a crash between moving and committing, the rows decide: what an entry of the trash names lies there, and what
// none names, but a row that is not deleted needs, goes back to the jobs. (What clean() was about to remove stays.)
Status Project::Impl::settleTrash()
{
    QSet<QString> entries;
    ATHANOR_ASSIGN(Statement statement, database.prepare("SELECT id, moved FROM trash"));
    for (;;) {
        ATHANOR_ASSIGN(const bool hasRow, statement.step());
        if (!hasRow)
            break;
        entries.insert(statement.text(0));
        for (const Move &move : movesFrom(statement.text(1)))
            if (!QFileInfo::exists(path(move.to)))
                ATHANOR_TRY(rename(path(move.from), path(move.to)));
    }
    ATHANOR_ASSIGN(Statement needed, database.prepare("SELECT 1 FROM runs WHERE id = ?1 AND trash IS NULL UNION "
                                                      "SELECT 1 FROM datasets WHERE job = ?1 AND trash IS NULL UNION "
                                                      "SELECT 1 FROM models WHERE job = ?1 AND trash IS NULL"));
    const auto foldersIn = [](const QString &folder) { return QDir(folder).entryList(QDir::Dirs | QDir::NoDotAndDotDot); };
    for (const QString &entry : foldersIn(path(QStringLiteral("trash")))) {
        if (entries.contains(entry))
            continue;
        for (const QString &job : foldersIn(path(QStringLiteral("trash/") + entry))) {
            const QString home = path(QStringLiteral("jobs/") + job);
            ATHANOR_ASSIGN(const bool isNeeded, needed.bind(job).step());
            needed.reset();
            if (isNeeded && !QFileInfo::exists(home))
                ATHANOR_TRY(rename(path(QStringLiteral("trash/%1/%2").arg(entry, job)), home));
        }
    }
    return {};
}

// ---- clean

namespace {

// What rows outside the trash still refer to, as names below objects/.
Result<QSet<QString>> referredObjects(const Database &database)
{
    QSet<QString> names;
    ATHANOR_ASSIGN(Statement statement, database.prepare(
        "SELECT corpus_sha FROM datasets UNION SELECT corpus_sha FROM runs UNION SELECT corpus_sha FROM evaluations "
        "UNION SELECT sha FROM tokenizers UNION SELECT tokenizer_sha FROM models UNION SELECT tokenizer_sha FROM runs "
        "UNION SELECT DISTINCT substr(corpus_sha, 1, 16) || '-' || substr(tokenizer_sha, 1, 16) FROM runs"));
    for (;;) {
        ATHANOR_ASSIGN(const bool hasRow, statement.step());
        if (!hasRow)
            return names;
        names.insert(statement.text(0));
    }
}

// Jobs that have not ended may be about to use what no row names yet.
bool hasUnfinishedJobs(const QString &project)
{
    for (job::Folder &folder : job::Folder::all(project)) {
        const job::State state = folder.summary().state;
        if (!job::isFinal(state) && state != job::State::Lost)
            return true;
    }
    return false;
}

// Files of downloads that were brought in since, relative to the project: the model has a copy of its own.
QStringList spentDownloads(const QString &project)
{
    QStringList folders;
    for (job::Folder &folder : job::Folder::all(project)) {
        if (folder.spec().kind != QLatin1String("import") || folder.summary().state != job::State::Finished)
            continue;
        for (const QString &before : folder.spec().after)
            if (const QString files = QStringLiteral("jobs/%1/files").arg(before); QFileInfo(project + QLatin1Char('/') + files).isDir())
                folders += files;
    }
    return folders;
}

void remove(const QString &path)
{
    if (QFileInfo(path).isDir() && !QFileInfo(path).isSymLink())
        QDir(path).removeRecursively();
    else
        QFile::remove(path);
}

}  // namespace

Result<CleanReport> Project::clean(CleanMode mode)
{
    ATHANOR_TRY(m_impl->writable());
    if (hasUnfinishedJobs(m_impl->info.path))
        return fail(ErrorCode::Busy, tr("Jobs of this project are running, waiting or paused."),
                    tr("Let them end or cancel them, then clean."));
    const Pace usual = std::exchange(m_impl->pace, Pace::Whole);  // what is half in would count as refuse
    const auto taken = ingestJobs();
    m_impl->pace = usual;
    if (!taken)
        return fail(taken.error());
    CleanReport report;
    const auto consider = [&](const QString &relative) {
        report.freedBytes += bytesBelow(m_impl->path(relative));
        report.removed += relative;
    };
    // In the trial the trash counts as gone already: the rows are taken out and the transaction is rolled back.
    const Status done = m_impl->write([&]() -> Status {
        for (const char *sql :
             {"DELETE FROM runs WHERE trash IS NOT NULL", "DELETE FROM models WHERE trash IS NOT NULL",
              "DELETE FROM datasets WHERE trash IS NOT NULL", "DELETE FROM tokenizers WHERE trash IS NOT NULL",
              "DELETE FROM trash", "DELETE FROM document_paths WHERE rowid IN (SELECT id FROM documents d WHERE NOT EXISTS("
                                   "SELECT 1 FROM dataset_documents dd WHERE dd.document = d.id))",
              "DELETE FROM documents WHERE NOT EXISTS(SELECT 1 FROM dataset_documents dd WHERE dd.document = documents.id)"})
            ATHANOR_TRY(m_impl->database.execute(sql));
        ATHANOR_ASSIGN(const QSet<QString> referred, referredObjects(m_impl->database));
        for (const QString &kind : {QStringLiteral("corpora"), QStringLiteral("tokenizers"), QStringLiteral("tokens")}) {
            const QDir folder(m_impl->path(QStringLiteral("objects/") + kind));
            for (const QFileInfo &entry : folder.entryInfoList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden, QDir::Name)) {
                const QString name = entry.fileName();
                if (!referred.contains(entry.isDir() ? name : entry.completeBaseName()))
                    consider(QStringLiteral("objects/%1/%2").arg(kind, name));
            }
        }
        for (const QString &files : spentDownloads(m_impl->info.path))
            consider(files);
        const QDir trash(m_impl->path(QStringLiteral("trash")));
        for (const QString &name : trash.entryList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden, QDir::Name))
            consider(QStringLiteral("trash/") + name);
        if (QFileInfo::exists(m_impl->path(QStringLiteral("cache")))) {
            report.cacheBytes = bytesBelow(m_impl->path(QStringLiteral("cache")));
            consider(QStringLiteral("cache"));  // made again when it is needed
        }
        if (mode == CleanMode::DryRun)
            return fail(ErrorCode::Cancelled, {});
        return {};
    });
    if (mode == CleanMode::DryRun && done.error().code == ErrorCode::Cancelled)
        return report;
    if (!done)
        return fail(done.error());
    for (const QString &relative : report.removed)
        remove(m_impl->path(relative));
    return report;
}

}  // namespace athanor::project
