// A regular file, whole, as read-only memory. Role: the one place of this room that opens what it reads, so that a
// folder, a pipe or a device in place of a file is refused before it is opened. Thread: const after open().
#pragma once

#include "core/base/error.h"

#include <QByteArrayView>
#include <QFile>

#include <memory>

namespace athanor::interop {

class ATHANOR_EXPORT MappedFile {
public:
    /// Errors: NotFound, InvalidInput (no regular file), Unreadable. An empty file is an empty view.
    static Result<MappedFile> open(const QString &path);

    QByteArrayView bytes() const { return {m_map, qsizetype(m_size)}; }
    qint64 size() const { return m_size; }
    QString path() const { return m_file->fileName(); }

private:
    std::unique_ptr<QFile> m_file;
    const uchar *m_map = nullptr;
    qint64 m_size = 0;
};

}  // namespace athanor::interop
