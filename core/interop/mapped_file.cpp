// Opening and mapping. Thread: any.
#include "core/interop/mapped_file.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace athanor::interop {

Result<MappedFile> MappedFile::open(const QString &path)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("athanor::interop", text); };
    const QFileInfo info(path);
    if (!info.exists())
        return fail(ErrorCode::NotFound, tr("There is no file “%1”.").arg(path));
    if (!info.isFile())
        return fail(ErrorCode::InvalidInput,
                    info.isDir() ? tr("“%1” is a folder, and a file belongs there.").arg(path)
                                 : tr("“%1” is no regular file.").arg(path),
                    tr("Choose a file with weights."));
    MappedFile mapped;
    mapped.m_file = std::make_unique<QFile>(path);
    if (!mapped.m_file->open(QIODevice::ReadOnly))
        return fail(ErrorCode::Unreadable, tr("“%1” cannot be read: %2.").arg(path, mapped.m_file->errorString()),
                    tr("Check the permissions of the file and of its folder."));
    mapped.m_size = mapped.m_file->size();
    if (mapped.m_size == 0)
        return mapped;
    mapped.m_map = mapped.m_file->map(0, mapped.m_size);
    if (!mapped.m_map)
        return fail(ErrorCode::Unreadable, tr("“%1” cannot be mapped: %2.").arg(path, mapped.m_file->errorString()));
    return mapped;
}

}  // namespace athanor::interop
