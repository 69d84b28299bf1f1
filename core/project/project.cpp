// Opening, closing, checking, settings.
#include "core/project/project.h"

#include "core/base/atomic_file.h"
#include "core/base/identifier.h"
#include "core/base/logging.h"
#include "core/project/migrations.h"
#include "core/project/project_impl.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>

#include <cmath>
#include <unistd.h>

namespace athanor::project {

namespace {

QString storePath(const QString &folder)
{
    return folder + QStringLiteral("/project.sqlite");
}

QString windowLockPath(const QString &folder)
{
    return folder + QStringLiteral("/.window.lock");
}

bool canWrite(const QString &folder)
{
    return ::access(QFile::encodeName(folder).constData(), W_OK) == 0
           && ::access(QFile::encodeName(storePath(folder)).constData(), W_OK) == 0;
}

Status prepareForWriting(Database &database, const QString &folder)
{
    ATHANOR_TRY(readSchemaVersion(database));  // before anything is changed in what may not be ours
    ATHANOR_TRY(database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"));
    return migrate(database, storePath(folder));
}

// The connection stays valid to one thread only, so the check has one of its own.
Status quickCheck(const QString &file, const char *pragma)
{
    ATHANOR_ASSIGN(Database database, Database::open(file, Database::Mode::ReadOnly));
    ATHANOR_ASSIGN(Statement statement, database.prepare(pragma));
    ATHANOR_ASSIGN(const bool hasRow, statement.step());
    const QString verdict = hasRow ? statement.text(0) : QString();
    if (verdict == QLatin1String("ok"))
        return {};
    return fail(ErrorCode::Corrupt, tr("The project's store is damaged: %1.").arg(verdict),
                tr("Close the project and put back a copy of project.sqlite, or rename it and create a project in the "
                   "same folder: it is filled from the jobs."));
}

}  // namespace

QString toText(const QDateTime &time)
{
    return time.isValid() ? time.toUTC().toString(Qt::ISODateWithMs) : QString();
}

QDateTime timeFrom(const QString &text)
{
    return QDateTime::fromString(text, Qt::ISODateWithMs).toUTC();
}

QString toText(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

QJsonObject objectFrom(const QString &text)
{
    return QJsonDocument::fromJson(text.toUtf8()).object();
}

QByteArray packHash(const QString &hash)
{
    const QByteArray text = hash.toLatin1();
    const QByteArray bytes = QByteArray::fromHex(text);
    return !bytes.isEmpty() && bytes.toHex() == text ? bytes : hash.toUtf8();
}

QString unpackHash(const QByteArray &bytes)
{
    return bytes.size() == 32 ? QString::fromLatin1(bytes.toHex()) : QString::fromUtf8(bytes);
}

double realOf(const QJsonObject &object, const char *key)
{
    const QJsonValue value = object.value(QLatin1String(key));
    return value.isDouble() ? value.toDouble() : kUnknown;
}

QString stageName(Stage stage)
{
    static constexpr const char *kNames[] = {"project", "data", "tokenizer", "architecture", "training", "evaluation", "chat"};
    return QString::fromLatin1(kNames[static_cast<int>(stage)]);
}

QString stageStateName(StageState state)
{
    static constexpr const char *kNames[] = {"nothing", "ready", "running", "done", "out-of-date", "needs-attention"};
    return QString::fromLatin1(kNames[static_cast<int>(state)]);
}

// ---- Impl

Project::Impl::~Impl()
{
    if (checker.joinable())
        checker.join();
    // The last one out, and only it, says that all is well.
    if (isMarkedOpen && openLock && openLock->change(FileLock::Kind::Exclusive))
        static_cast<void>(setMeta(QStringLiteral("closed"), QStringLiteral("1")));
}

Status Project::Impl::writable() const
{
    if (!info.readOnly)
        return {};
    return fail(ErrorCode::ReadOnly, tr("The project “%1” was opened for reading only.").arg(info.title),
                tr("Copy it to a folder that can be written to, or close the other window that has it open."));
}

Status Project::Impl::write(const std::function<Status()> &work)
{
    ATHANOR_TRY(writable());
    const bool wasMarkedOpen = isMarkedOpen;
    Status done = database.transaction([&]() -> Status {
        if (!isMarkedOpen) {
            ATHANOR_TRY(setMeta(QStringLiteral("closed"), QStringLiteral("0")));
            isMarkedOpen = true;
        }
        return work();
    });
    if (!done) {  // rolled back: neither the mark nor the ids that were given inside hold any more
        isMarkedOpen = wasMarkedOpen;
        labelIds.clear();
    }
    return done;
}

Result<QString> Project::Impl::meta(const char *key) const
{
    ATHANOR_ASSIGN(Statement statement, database.prepare("SELECT value FROM meta WHERE key=?"));
    ATHANOR_ASSIGN(const bool hasRow, statement.bind(QString::fromLatin1(key)).step());
    return hasRow ? statement.text(0) : QString();
}

Status Project::Impl::setMeta(const QString &key, const QString &value)
{
    ATHANOR_ASSIGN(Statement statement, database.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)"));
    return statement.bind(key).bind(value).run();
}

void Project::Impl::startBackgroundCheck()
{
    checker = std::thread([this, file = storePath(info.path)] {
        Status result = quickCheck(file, "PRAGMA quick_check(1)");
        if (!result)
            qCWarning(logProject).noquote() << result.error().message;
        const std::lock_guard guard(checkMutex);
        checkResult = std::move(result);
    });
}

// ---- Project

Project::Project(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Project::~Project() = default;

bool Project::isProject(const QString &folder)
{
    return QFileInfo::exists(storePath(folder));
}

Result<std::unique_ptr<Project>> Project::create(const QString &folder, const QString &title)
{
    const QString path = QDir(folder).absolutePath();
    if (isProject(path))
        return fail(ErrorCode::AlreadyExists, tr("There is a project in “%1” already.").arg(path),
                    tr("Open it, or choose another folder."));
    const QFileInfo facts(path);
    if (facts.exists() && !facts.isDir())
        return fail(ErrorCode::InvalidInput, tr("“%1” is a file, not a folder.").arg(path), tr("Choose a folder."));
    // Jobs without a store are a project whose store was damaged: it is made anew, and the jobs are taken in again.
    const bool isRescue = QFileInfo(path + QStringLiteral("/jobs")).isDir() && QFileInfo(path + QStringLiteral("/objects")).isDir();
    if (facts.exists() && !isRescue && !QDir(path).isEmpty(QDir::AllEntries | QDir::NoDotAndDotDot))
        return fail(ErrorCode::InvalidInput, tr("The folder “%1” is not empty.").arg(path),
                    tr("Choose a new or an empty folder for the project; documents stay where they are."));
    for (const char *part : {"", "/objects", "/jobs", "/trash"})
        ATHANOR_TRY(makeFolder(path + QLatin1String(part)));
    {
        ATHANOR_ASSIGN(Database database, Database::open(storePath(path), Database::Mode::Create));
        ATHANOR_TRY(prepareForWriting(database, path));
        ATHANOR_TRY(database.transaction([&]() -> Status {
            ATHANOR_ASSIGN(Statement statement,
                           database.prepare("INSERT INTO meta(key, value) VALUES('id', ?), ('title', ?), ('created', ?), "
                                            "('closed', '1')"));
            const QString name = title.trimmed().isEmpty() ? QFileInfo(path).fileName() : title.trimmed();
            return statement.bind(newIdentifier()).bind(name).bind(toText(QDateTime::currentDateTimeUtc())).run();
        }));
    }
    return open(path);
}

Result<std::unique_ptr<Project>> Project::open(const QString &folder, OpenMode mode)
{
    const QString path = QDir(folder).absolutePath();
    if (!isProject(path))
        return fail(ErrorCode::NotFound, tr("There is no project in “%1”.").arg(path),
                    tr("Choose a folder that holds “project.sqlite”, or create a project there."));
    Info info;
    info.path = path;
    const bool isReadOnlyFolder = !canWrite(path);
    info.readOnly = mode == OpenMode::ReadOnly || isReadOnlyFolder;
    const Database::Mode how = isReadOnlyFolder ? Database::Mode::Immutable
                               : info.readOnly  ? Database::Mode::ReadOnly
                                                : Database::Mode::ReadWrite;
    ATHANOR_ASSIGN(Database database, Database::open(storePath(path), how));
    if (!info.readOnly)
        ATHANOR_TRY(prepareForWriting(database, path));
    ATHANOR_ASSIGN(info.schemaVersion, readSchemaVersion(database));
    if (info.schemaVersion != kSchemaVersion)
        return fail(ErrorCode::ReadOnly, tr("The project is of an earlier version and must be brought up to date first."),
                    tr("Open it once from a folder that can be written to."));
    auto impl = std::make_unique<Impl>(std::move(database), info);
    ATHANOR_ASSIGN(impl->info.id, impl->meta("id"));
    ATHANOR_ASSIGN(impl->info.title, impl->meta("title"));
    ATHANOR_ASSIGN(const QString created, impl->meta("created"));
    ATHANOR_ASSIGN(const QString closed, impl->meta("closed"));
    impl->info.created = timeFrom(created);
    if (!info.readOnly) {
        const QString lockPath = path + QStringLiteral("/.open.lock");
        auto alone = FileLock::acquire(lockPath, FileLock::Wait::No);
        impl->info.wasUnclean = alone && closed == QLatin1String("0");
        auto lock = alone ? std::move(alone) : FileLock::acquire(lockPath, FileLock::Wait::Briefly, FileLock::Kind::Shared);
        if (lock && lock->change(FileLock::Kind::Shared))
            impl->openLock = std::move(*lock);
        impl->isMarkedOpen = impl->info.wasUnclean;  // closing it properly mends the mark
    }
    if (impl->info.wasUnclean) {
        ATHANOR_TRY(impl->settleTrash());
        impl->startBackgroundCheck();
    }
    return std::unique_ptr<Project>(new Project(std::move(impl)));
}

Info Project::info() const
{
    return m_impl->info;
}

Status Project::setTitle(const QString &title)
{
    ATHANOR_TRY(checkName(title));
    ATHANOR_TRY(m_impl->write([&] { return m_impl->setMeta(QStringLiteral("title"), title); }));
    m_impl->info.title = title;
    return {};
}

Status Project::lockForWindow()
{
    if (m_impl->windowLock)
        return {};
    ATHANOR_TRY(m_impl->writable());
    const QString path = windowLockPath(m_impl->info.path);
    auto lock = FileLock::acquire(path, FileLock::Wait::No);
    if (!lock && lock.error().code == ErrorCode::Busy)
        return fail(ErrorCode::Busy,
                    tr("“%1” is open in another window (process %2).").arg(m_impl->info.title).arg(windowProcess(m_impl->info.path)),
                    tr("Use that window, or close it first."));
    if (!lock)
        return fail(lock.error());
    QFile file(path);
    if (file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        file.write(QByteArray::number(static_cast<qint64>(::getpid())));
    m_impl->windowLock = std::move(*lock);
    return {};
}

qint64 Project::windowProcess(const QString &folder)
{
    const QString path = windowLockPath(folder);
    if (!FileLock::isHeld(path))
        return 0;
    return readFile(path, 64).value_or(QByteArray()).trimmed().toLongLong();
}

std::optional<Status> Project::backgroundCheckResult() const
{
    const std::lock_guard guard(m_impl->checkMutex);
    return m_impl->checkResult;
}

Status Project::check()
{
    return quickCheck(storePath(m_impl->info.path), "PRAGMA integrity_check(1)");
}

qint64 Project::revision() const
{
    const qint64 others = m_impl->database.number("PRAGMA data_version").value_or(0);
    return (others << 32) + m_impl->database.changeCount();
}

QJsonValue Project::setting(const QString &key) const
{
    auto statement = m_impl->database.prepare("SELECT value FROM settings WHERE key=?");
    if (!statement || !statement->bind(key).step().value_or(false))
        return QJsonValue::Undefined;
    return objectFrom(statement->text(0)).value(QLatin1String("value"));
}

Status Project::setSetting(const QString &key, const QJsonValue &value)
{
    return m_impl->write([&]() -> Status {
        ATHANOR_ASSIGN(Statement statement,
                       m_impl->database.prepare("INSERT OR REPLACE INTO settings(key, value) VALUES(?, ?)"));
        return statement.bind(key).bind(toText(QJsonObject{{QStringLiteral("value"), value}})).run();
    });
}

QJsonObject Project::objective() const
{
    return setting(QStringLiteral("objective")).toObject();
}

Status Project::setObjective(const QJsonObject &objective)
{
    return setSetting(QStringLiteral("objective"), objective);
}

}  // namespace athanor::project
