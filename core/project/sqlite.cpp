#include "core/project/sqlite.h"

#include "core/base/atomic_file.h"

#include <QCoreApplication>
#include <QFile>
#include <QUrl>

#include <cmath>
#include <limits>
#include <map>
#include <sqlite3.h>

namespace athanor::project {

namespace {

constexpr int kBusyMilliseconds = 5000;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

constexpr qint64 kLeastRoom = 1 << 20;

Error sqliteError(sqlite3 *handle, int code)
{
    const QString reason = QString::fromUtf8(handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
    const QString detail = QStringLiteral("SQLite %1: %2").arg(code).arg(reason);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {ErrorCode::Busy, tr("Another program is writing to the project."), tr("Try again in a moment."), detail};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return {ErrorCode::Corrupt, tr("The project's store is damaged: %1.").arg(reason),
                tr("Corpora, tokenizers, runs and checkpoints are files of their own and are not affected. Put back a "
                   "copy of project.sqlite, or rename it and create a project in the same folder: it is filled from the jobs."),
                detail};
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return {ErrorCode::ReadOnly, tr("The project can only be read."),
                tr("Copy it to a folder that can be written to."), detail};
    case SQLITE_IOERR:
        // What SQLite answers when the disk has no room left even for its shared memory file.
        if (const char *file = handle ? sqlite3_db_filename(handle, "main") : nullptr;
            file && freeDiskBytes(QString::fromUtf8(file)) < kLeastRoom)
            return {ErrorCode::DiskFull, tr("The disk of the project is full."), tr("Free some space, then try again."), detail};
        return {ErrorCode::External, tr("The disk of the project does not answer: %1.").arg(reason),
                tr("Check the disk, then try again."), detail};
    case SQLITE_FULL:
        return {ErrorCode::DiskFull, tr("The disk of the project is full."), tr("Free some space, then try again."), detail};
    case SQLITE_NOMEM:
        return {ErrorCode::OutOfMemory, tr("There is not enough memory for the project."),
                tr("Close other programs, then try again."), detail};
    case SQLITE_CANTOPEN:
        return {ErrorCode::Unreadable, tr("The project's store cannot be opened."),
                tr("Check the permissions of the folder."), detail};
    default:
        return {ErrorCode::External, tr("The project's store refused: %1.").arg(reason), {}, detail};
    }
}

}  // namespace

// ---- statement

Statement::~Statement()
{
    if (m_handle)
        reset();
}

Statement &Statement::bind(qint64 value)
{
    sqlite3_bind_int64(m_handle, m_next++, value);
    return *this;
}

Statement &Statement::bind(double value)
{
    if (std::isnan(value))
        return bindNull();
    sqlite3_bind_double(m_handle, m_next++, value);
    return *this;
}

Statement &Statement::bind(const QString &value)
{
    const QByteArray utf8 = value.toUtf8();
    sqlite3_bind_text64(m_handle, m_next++, utf8.constData(), static_cast<sqlite3_uint64>(utf8.size()),
                        SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement &Statement::bindBytes(const QByteArray &value)
{
    sqlite3_bind_blob64(m_handle, m_next++, value.constData(), static_cast<sqlite3_uint64>(value.size()),
                        SQLITE_TRANSIENT);
    return *this;
}

Statement &Statement::bindNull()
{
    sqlite3_bind_null(m_handle, m_next++);
    return *this;
}

Result<bool> Statement::step()
{
    const int code = sqlite3_step(m_handle);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return fail(sqliteError(sqlite3_db_handle(m_handle), code));
}

Status Statement::run()
{
    for (;;) {
        const auto row = step();
        if (!row) {
            reset();
            return fail(row.error());
        }
        if (!*row)
            break;
    }
    reset();
    return {};
}

void Statement::reset()
{
    sqlite3_reset(m_handle);
    sqlite3_clear_bindings(m_handle);
    m_next = 1;
}

qint64 Statement::integer(int column) const
{
    return sqlite3_column_int64(m_handle, column);
}

double Statement::real(int column) const
{
    return isNull(column) ? std::numeric_limits<double>::quiet_NaN() : sqlite3_column_double(m_handle, column);
}

QString Statement::text(int column) const
{
    return QString::fromUtf8(bytes(column));
}

QByteArray Statement::bytes(int column) const
{
    const void *data = sqlite3_column_blob(m_handle, column);
    return QByteArray(static_cast<const char *>(data), sqlite3_column_bytes(m_handle, column));
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(m_handle, column) == SQLITE_NULL;
}

// ---- database

struct Database::Impl {
    sqlite3 *handle = nullptr;
    struct Cached {
        sqlite3_stmt *statement = nullptr;
    };
    mutable std::unordered_map<const char *, Cached> cache;
    mutable std::map<QByteArray, sqlite3_stmt *> texts;  // the few shapes of a filter come again and again

    ~Impl()
    {
        if (!handle)
            return;
        // Only our own: FTS5 keeps statements on the same connection and ends them itself.
        for (auto &[sql, cached] : cache)
            sqlite3_finalize(cached.statement);
        for (auto &[sql, statement] : texts)
            sqlite3_finalize(statement);
        sqlite3_close_v2(handle);
    }
};

Database::Database(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Database::Database(Database &&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const QString &path, Mode mode)
{
    auto impl = std::make_unique<Impl>();
    // A URI, since only there "immutable" can be said; names with ? and % are encoded.
    QByteArray uri = "file:" + QUrl::toPercentEncoding(path, "/");
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    if (mode == Mode::Immutable)
        uri += "?immutable=1";
    flags |= mode == Mode::ReadWrite || mode == Mode::Create ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    flags |= mode == Mode::Create ? SQLITE_OPEN_CREATE : 0;
    const int code = sqlite3_open_v2(uri.constData(), &impl->handle, flags, nullptr);
    if (code != SQLITE_OK)
        return fail(sqliteError(impl->handle, code));
    sqlite3_busy_timeout(impl->handle, kBusyMilliseconds);
    sqlite3_db_config(impl->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(impl->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    Database database(std::move(impl));
    ATHANOR_TRY(database.execute("PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON; PRAGMA cache_size=-65536;"
                                 "PRAGMA temp_store=MEMORY;"));
    return database;
}

Status Database::execute(const char *sql)
{
    const int code = sqlite3_exec(m_impl->handle, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return fail(sqliteError(m_impl->handle, code));
    return {};
}

Result<Statement> Database::prepare(const char *sql) const
{
    Impl::Cached &cached = m_impl->cache[sql];
    if (!cached.statement) {
        const int code =
            sqlite3_prepare_v3(m_impl->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &cached.statement, nullptr);
        if (code != SQLITE_OK)
            return fail(sqliteError(m_impl->handle, code));
    }
    return Statement(cached.statement);
}

Result<Statement> Database::prepareText(const QByteArray &sql) const
{
    sqlite3_stmt *&statement = m_impl->texts[sql];
    if (!statement) {
        const int code = sqlite3_prepare_v3(m_impl->handle, sql.constData(), static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK)
            return fail(sqliteError(m_impl->handle, code));
    }
    return Statement(statement);
}

Result<qint64> Database::number(const char *sql) const
{
    ATHANOR_ASSIGN(Statement statement, prepare(sql));
    ATHANOR_ASSIGN(const bool hasRow, statement.step());
    return hasRow ? statement.integer(0) : 0;
}

qint64 Database::lastInsertId() const
{
    return sqlite3_last_insert_rowid(m_impl->handle);
}

qint64 Database::changeCount() const
{
    return sqlite3_total_changes(m_impl->handle);
}

Status Database::transaction(const std::function<Status()> &work)
{
    ATHANOR_TRY(execute("BEGIN IMMEDIATE"));
    Status done = work();
    if (done)
        done = execute("COMMIT");
    if (!done)
        sqlite3_exec(m_impl->handle, "ROLLBACK", nullptr, nullptr, nullptr);
    return done;
}

}  // namespace athanor::project
