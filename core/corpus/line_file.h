// Lines into a zstd file, in frames of about 1 MiB; complete or absent. Thread: each object for one thread.
#pragma once

#include "core/base/atomic_file.h"

#include <optional>

namespace athanor::corpus {

class LineFile {
public:
    static Result<LineFile> create(const QString &path);
    Status add(const QByteArray &line);  // with its line feed
    Status finish();

private:
    explicit LineFile(AtomicFile file) : m_file(std::move(file)) {}
    Status flush();
    AtomicFile m_file;
    QByteArray m_frame;
};

}  // namespace athanor::corpus
