#include "core/job/worker_lock.h"

#include "core/base/machine.h"

#include <QCoreApplication>
#include <QFile>
#include <QThread>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace athanor::job {

namespace {

constexpr int kWaitMilliseconds = 5000;
constexpr int kRetryMilliseconds = 20;

qint64 startTicksOf(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray line = file.readAll();
    // The program's name stands in parentheses and may hold spaces; start time is the 20th field after it.
    const QList<QByteArray> fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    const bool isGone = fields.first() == "Z" || fields.first() == "X";  // dead, only not yet collected by its parent
    return fields.size() > 19 && !isGone ? fields[19].toLongLong() : 0;
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

Result<FileLock> FileLock::acquire(const QString &path, Wait wait)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return fail(systemError(errno, QCoreApplication::translate("athanor", "Cannot lock"), path));
    FileLock lock(descriptor);
    for (int waited = 0;; waited += kRetryMilliseconds) {
        if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            return lock;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(systemError(errno, QCoreApplication::translate("athanor", "Cannot lock"), path));
        if (wait == Wait::No || waited >= kWaitMilliseconds)
            return fail(systemError(EWOULDBLOCK, QCoreApplication::translate("athanor", "Cannot lock"), path));
        QThread::msleep(kRetryMilliseconds);
    }
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

WorkerIdentity identityOfThisProcess(int attempt)
{
    const MachineFacts facts = machineFacts();
    return {facts.hostName, facts.bootId, ::getpid(), startTicksOf(::getpid()), attempt};
}

QJsonObject toJson(const WorkerIdentity &identity)
{
    return {{QStringLiteral("format"), 1},
            {QStringLiteral("host"), identity.host},
            {QStringLiteral("bootId"), identity.bootId},
            {QStringLiteral("pid"), identity.pid},
            {QStringLiteral("startTicks"), identity.startTicks},
            {QStringLiteral("attempt"), identity.attempt}};
}

WorkerIdentity identityFromJson(const QJsonObject &object)
{
    return {object.value(QLatin1String("host")).toString(), object.value(QLatin1String("bootId")).toString(),
            object.value(QLatin1String("pid")).toInteger(), object.value(QLatin1String("startTicks")).toInteger(),
            object.value(QLatin1String("attempt")).toInt()};
}

bool isAliveHere(const WorkerIdentity &identity)
{
    if (identity.pid <= 0 || identity.startTicks <= 0)
        return false;
    const MachineFacts facts = machineFacts();
    return identity.host == facts.hostName && identity.bootId == facts.bootId
           && startTicksOf(identity.pid) == identity.startTicks;
}

}  // namespace athanor::job
