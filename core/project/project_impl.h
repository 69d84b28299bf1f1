// What a Project holds, and the small helpers that its files share. Private to this room.
#pragma once

#include "core/base/file_lock.h"
#include "core/job/folder.h"
#include "core/project/document_list.h"
#include "core/project/project.h"
#include "core/project/sqlite.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QSet>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace athanor::project {

inline QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

enum DocumentStatus : int { kKept = 0, kRemoved = 1, kUnreadable = 2 };

QString toText(const QDateTime &time);                // UTC, milliseconds
QDateTime timeFrom(const QString &text);
QString toText(const QJsonObject &object);            // compact, keys sorted: equal objects give equal texts
QJsonObject objectFrom(const QString &text);
QByteArray packHash(const QString &hash);             // hexadecimal digits as bytes, anything else as it is
QString unpackHash(const QByteArray &bytes);
double realOf(const QJsonObject &object, const char *key);  // NaN when absent or not a number

/// Watches a job folder between two calls of ingestJobs().
struct WatchedJob {
    job::Folder folder;
    QList<job::Event> artifacts;
    job::Summary summary;
};

struct Project::Impl {
    Impl(Database opened, Info facts) : database(std::move(opened)), info(std::move(facts)) {}
    ~Impl();

    Database database;
    Info info;
    std::optional<FileLock> openLock;    // shared by all who have it open; who gets it alone knows the last close
    std::optional<FileLock> windowLock;
    bool isMarkedOpen = false;
    std::map<QString, WatchedJob> watched;
    QSet<QString> settled;               // finished and taken in
    QSet<QString> troubled;              // cannot be taken in; tried again when the project is opened anew
    std::map<QString, qint64> labelIds;
    std::unique_ptr<DocumentList> list;  // of the job whose documents are being taken in
    Pace pace = Pace::Whole;
    QString lookedAtJob, sourceChanges;  // noteSourceChanges()
    bool isTakingIn = false;             // the last call of ingestJobs() ended before all was in

    std::thread checker;
    mutable std::mutex checkMutex;
    std::optional<Status> checkResult;

    QString path(const QString &relative) const { return info.path + QLatin1Char('/') + relative; }
    Status writable() const;
    /// A transaction that also notes that the store is in use.
    Status write(const std::function<Status()> &work);
    Result<QString> meta(const char *key) const;
    Status setMeta(const QString &key, const QString &value);
    void startBackgroundCheck();
    Status settleTrash();

    Result<qint64> labelId(const QString &text);
    Status addNode(const QString &hash, const QString &kind, const QString &title, const QString &job);
    Status addEdge(const QString &source, const QString &target, const QString &job);

    // ---- taking in, by kind of job
    Result<bool> ingest(const QString &jobId, const QDeadlineTimer &until);
    Result<bool> isTakenIn(const WatchedJob &job, qint64 sequence) const;
    Status ingestCurate(const WatchedJob &job);
    Status ingestTokenizer(const WatchedJob &job);
    Status ingestTrain(const WatchedJob &job);
    Status ingestEvaluate(const WatchedJob &job);
    Status ingestFetch(const WatchedJob &job);
    Status ingestImport(const WatchedJob &job);
    Status ingestAdapter(const WatchedJob &job);
    Status ingestExport(const WatchedJob &job);
    Status takeInTokenizer(const WatchedJob &job, const QString &name);
    Status takeInModel(const WatchedJob &job, const QString &name, const QJsonObject &facts);
    Status linkImport(const WatchedJob &job, const QString &name, const QJsonObject &facts);
    /// The weights in a folder of the project that a run or an imported model left there.
    struct Weights { QString sha256, runId; };
    Result<Weights> weightsIn(const QString &folder) const;
    Status makeDatasetVersion(const WatchedJob &job, const QJsonObject &parameters);

    // ---- the documents of a curate job: batches into a hidden dataset, which then becomes the dataset
    Result<bool> takeInDocuments(const WatchedJob &job, qint64 sequence, const QDeadlineTimer &until);  // true: all are in
    Result<bool> takeBatch(const WatchedJob &job, qint64 sequence, const QString &file, const QDeadlineTimer &until);
    Status windTo(const QString &file, qint64 line);
    Status refuse(const WatchedJob &job, const Error &error);
    Result<qint64> hiddenDataset(const QString &jobId);  // -1: none
    Status discardDataset(qint64 id);
    Result<bool> removeDiscarded(const QDeadlineTimer &until);
};

// ---- columns of each table in the order that its reader expects
extern const char kDatasetColumns[];
extern const char kTokenizerColumns[];
extern const char kRunColumns[];
Dataset datasetFrom(const Statement &row);
Tokenizer tokenizerFrom(const Statement &row);
Run runFrom(const Statement &row);

/// All rows of a statement through `read`.
template <typename T, typename Read> Result<QList<T>> rowsOf(Statement &statement, Read read)
{
    QList<T> rows;
    for (;;) {
        ATHANOR_ASSIGN(const bool hasRow, statement.step());
        if (!hasRow)
            break;
        rows += read(statement);
    }
    statement.reset();
    return rows;
}

}  // namespace athanor::project
