#include "core/base/atomic_file.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace athanor {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString temporaryName(const QString &path)
{
    static std::atomic<int> counter{0};
    return QStringLiteral("%1.tmp-%2-%3").arg(path).arg(::getpid()).arg(++counter);
}

}  // namespace

AtomicFile::AtomicFile(int descriptor, QString path, QString temporaryPath)
    : m_descriptor(descriptor), m_path(std::move(path)), m_temporaryPath(std::move(temporaryPath))
{
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)),
      m_path(std::move(other.m_path)),
      m_temporaryPath(std::move(other.m_temporaryPath)),
      m_position(other.m_position)
{
}

AtomicFile::~AtomicFile()
{
    if (m_descriptor < 0)
        return;
    ::close(m_descriptor);
    ::unlink(QFile::encodeName(m_temporaryPath).constData());
}

Result<AtomicFile> AtomicFile::create(const QString &path)
{
    const QString temporary = temporaryName(path);
    const int descriptor =
        ::open(QFile::encodeName(temporary).constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return fail(systemError(errno, tr("Cannot write"), path));
    return AtomicFile(descriptor, path, temporary);
}

Status AtomicFile::write(QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const ssize_t count = ::write(m_descriptor, bytes.data(), static_cast<size_t>(bytes.size()));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(systemError(errno, tr("Cannot write"), m_path));
        m_position += count;
        bytes = bytes.sliced(count);
    }
    return {};
}

Status AtomicFile::commit()
{
    if (::fsync(m_descriptor) != 0)
        return fail(systemError(errno, tr("Cannot write"), m_path));
    const int descriptor = std::exchange(m_descriptor, -1);
    const bool closed = ::close(descriptor) == 0;
    const QByteArray temporary = QFile::encodeName(m_temporaryPath);
    if (!closed || ::rename(temporary.constData(), QFile::encodeName(m_path).constData()) != 0) {
        const int error = errno;
        ::unlink(temporary.constData());
        return fail(systemError(error, tr("Cannot write"), m_path));
    }
    return syncFolder(QFileInfo(m_path).absolutePath());
}

Status writeFileAtomically(const QString &path, QByteArrayView bytes)
{
    ATHANOR_ASSIGN(AtomicFile file, AtomicFile::create(path));
    ATHANOR_TRY(file.write(bytes));
    return file.commit();
}

Result<QByteArray> readFile(const QString &path, qint64 limitBytes)
{
    QFile file(path);
    errno = 0;
    if (!file.open(QIODevice::ReadOnly))
        return fail(systemError(errno ? errno : ENOENT, tr("Cannot read"), path));
    if (file.size() > limitBytes)
        return fail(ErrorCode::LimitExceeded,
                    tr("“%1” has %2 bytes; the limit here is %3.").arg(path).arg(file.size()).arg(limitBytes));
    const QByteArray bytes = file.readAll();
    if (file.error() != QFileDevice::NoError)
        return fail(systemError(EIO, tr("Cannot read"), path));
    return bytes;
}

Status makeFolder(const QString &path)
{
    errno = 0;
    if (QDir().mkpath(path))
        return {};
    return fail(systemError(errno ? errno : EACCES, tr("Cannot make the folder"), path));
}

Status syncFolder(const QString &folder)
{
    const int descriptor = ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return fail(systemError(errno, tr("Cannot open the folder"), folder));
    ::fsync(descriptor);  // some file systems refuse to sync a folder; the rename itself has been done
    ::close(descriptor);
    return {};
}

qint64 freeDiskBytes(const QString &path)
{
    QString existing = QFileInfo(path).absoluteFilePath();
    while (!QFileInfo::exists(existing) && existing != QLatin1String("/"))
        existing = QFileInfo(existing).absolutePath();
    // Asked of the kernel: QStorageInfo reads the list of mounts, which a root made by chroot does not have.
    struct statvfs facts {};
    if (::statvfs(QFile::encodeName(existing).constData(), &facts) != 0)
        return -1;
    return static_cast<qint64>(facts.f_bavail) * static_cast<qint64>(facts.f_frsize);
}

Result<QJsonObject> readJsonFile(const QString &path)
{
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(path));
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (!document.isObject())
        return fail(ErrorCode::Corrupt,
                    tr("“%1” is not a JSON object: %2 at byte %3.").arg(path, error.errorString()).arg(error.offset));
    return document.object();
}

Status writeJsonFile(const QString &path, const QJsonObject &object)
{
    return writeFileAtomically(path, QJsonDocument(object).toJson(QJsonDocument::Indented));
}

}  // namespace athanor
