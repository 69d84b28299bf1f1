#include "core/corpus/spool.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace athanor::corpus {

Spool::Spool(int descriptor, QString folder) : m_descriptor(descriptor), m_folder(std::move(folder)) {}

Spool::~Spool()
{
    ::close(m_descriptor);
}

Result<std::unique_ptr<Spool>> Spool::create(const QString &folder)
{
    QByteArray name = QFile::encodeName(folder + QStringLiteral("/spool-XXXXXX"));
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0)
        return fail(systemError(errno, QCoreApplication::translate("athanor", "Cannot write in"), folder));
    ::unlink(name.constData());
    return std::unique_ptr<Spool>(new Spool(descriptor, folder));
}

Result<SpoolPlace> Spool::append(const QByteArray &bytes)
{
    const SpoolPlace place{m_end.fetch_add(bytes.size()), bytes.size()};
    qint64 done = 0;
    while (done < place.length) {
        const ssize_t count =
            ::pwrite(m_descriptor, bytes.constData() + done, static_cast<size_t>(place.length - done), place.offset + done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(systemError(errno, QCoreApplication::translate("athanor", "Cannot write in"), m_folder));
        done += count;
    }
    return place;
}

Result<QByteArray> Spool::read(const SpoolPlace &place) const
{
    QByteArray bytes(std::max<qint64>(place.length, 0), Qt::Uninitialized);
    qint64 done = 0;
    while (done < bytes.size()) {
        const ssize_t count =
            ::pread(m_descriptor, bytes.data() + done, static_cast<size_t>(bytes.size() - done), place.offset + done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return fail(systemError(count < 0 ? errno : EIO, QCoreApplication::translate("athanor", "Cannot read in"), m_folder));
        done += count;
    }
    return bytes;
}

}  // namespace athanor::corpus
