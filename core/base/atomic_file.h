// Files that are never half written: a temporary name in the same folder, fsync, rename, fsync of the folder.
// A process killed at any moment leaves the old file or the new one. Thread: each object for one thread.
#pragma once

#include "core/base/error.h"

#include <QByteArray>

namespace athanor {

class ATHANOR_EXPORT AtomicFile {
public:
    /// Opens `path`.tmp-<pid>-<n> for writing. Missing folders are not made.
    static Result<AtomicFile> create(const QString &path);
    AtomicFile(AtomicFile &&other) noexcept;
    AtomicFile &operator=(AtomicFile &&) = delete;
    ~AtomicFile();  // without commit(): removes the temporary file

    Status write(QByteArrayView bytes);
    qint64 position() const { return m_position; }
    Status commit();

private:
    AtomicFile(int descriptor, QString path, QString temporaryPath);
    int m_descriptor = -1;
    QString m_path;
    QString m_temporaryPath;
    qint64 m_position = 0;
};

ATHANOR_EXPORT Status writeFileAtomically(const QString &path, QByteArrayView bytes);
/// Whole file; LimitExceeded when larger than `limitBytes`.
ATHANOR_EXPORT Result<QByteArray> readFile(const QString &path, qint64 limitBytes = qint64(1) << 30);
/// Makes a folder and its parents.
ATHANOR_EXPORT Status makeFolder(const QString &path);
/// Makes renames in `folder` durable.
ATHANOR_EXPORT Status syncFolder(const QString &folder);
/// Bytes that can still be written on the disk of `path`; -1 when unknown.
ATHANOR_EXPORT qint64 freeDiskBytes(const QString &path);

ATHANOR_EXPORT Result<QJsonObject> readJsonFile(const QString &path);
ATHANOR_EXPORT Status writeJsonFile(const QString &path, const QJsonObject &object);

}  // namespace athanor
