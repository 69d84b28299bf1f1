#include "core/base/file_lock.h"

#include <QCoreApplication>
#include <QFile>
#include <QThread>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace athanor {

namespace {

constexpr int kWaitMilliseconds = 5000;
constexpr int kRetryMilliseconds = 20;

int operationOf(FileLock::Kind kind)
{
    return (kind == FileLock::Kind::Exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
}

}  // namespace

FileLock::FileLock(FileLock &&other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

FileLock &FileLock::operator=(FileLock &&other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

FileLock::~FileLock()
{
    release();
}

void FileLock::release()
{
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
}

Result<FileLock> FileLock::acquire(const QString &path, Wait wait, Kind kind)
{
    const QString what = QCoreApplication::translate("athanor", "Cannot lock");
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return fail(systemError(errno, what, path));
    FileLock lock(descriptor);
    for (int waited = 0;; waited += kRetryMilliseconds) {
        if (::flock(descriptor, operationOf(kind)) == 0)
            return lock;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(systemError(errno, what, path));
        if (wait == Wait::No || waited >= kWaitMilliseconds)
            return fail(systemError(EWOULDBLOCK, what, path));
        QThread::msleep(kRetryMilliseconds);
    }
}

bool FileLock::change(Kind kind)
{
    return m_descriptor >= 0 && ::flock(m_descriptor, operationOf(kind)) == 0;
}

bool FileLock::isHeld(const QString &path)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    // A shared lock: several readers may look at once without meeting each other.
    const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(descriptor);
    return held;
}

}  // namespace athanor
