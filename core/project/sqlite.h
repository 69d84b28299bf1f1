// SQLite's C API as values and errors. Role: connection, cached statements, transactions; nothing more. Private to
// this room. Thread: a connection and its statements for one thread.
#pragma once

#include "core/base/error.h"

#include <QByteArrayView>

#include <functional>
#include <memory>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace athanor::project {

class Statement {
public:
    explicit Statement(sqlite3_stmt *handle) : m_handle(handle) {}
    Statement(Statement &&other) noexcept : m_handle(other.m_handle), m_next(other.m_next) { other.m_handle = nullptr; }
    ~Statement();  // resets it; the connection keeps it for the next use

    /// Parameters in the order of their question marks. An empty QString is bound as empty text, NaN as null.
    Statement &bind(qint64 value);
    Statement &bind(int value) { return bind(static_cast<qint64>(value)); }
    Statement &bind(bool value) { return bind(static_cast<qint64>(value)); }
    Statement &bind(double value);
    Statement &bind(const QString &value);
    Statement &bindBytes(const QByteArray &value);
    Statement &bindNull();

    /// True while there is a row.
    Result<bool> step();
    Status run();   // to the end, rows ignored; ready to be bound anew
    void reset();

    qint64 integer(int column) const;
    double real(int column) const;  // NaN when null
    QString text(int column) const;
    QByteArray bytes(int column) const;
    bool isNull(int column) const;

private:
    sqlite3_stmt *m_handle;
    int m_next = 1;
};

class Database {
public:
    enum class Mode { ReadWrite, Create, ReadOnly, Immutable };
    static Result<Database> open(const QString &path, Mode mode);
    Database(Database &&) noexcept;
    ~Database();

    /// Several statements, without parameters.
    Status execute(const char *sql);
    /// `sql` must live as long as the connection (a literal): it is the key of the cache.
    Result<Statement> prepare(const char *sql) const;
    /// For texts that are put together at run time; kept too, so their shapes must be few.
    Result<Statement> prepareText(const QByteArray &sql) const;
    /// One row, one number.
    Result<qint64> number(const char *sql) const;
    qint64 lastInsertId() const;
    qint64 changeCount() const;
    /// BEGIN IMMEDIATE, `work`, COMMIT; rolled back when `work` fails.
    Status transaction(const std::function<Status()> &work);

private:
    struct Impl;
    explicit Database(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace athanor::project
