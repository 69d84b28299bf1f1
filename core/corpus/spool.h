// Texts on disk while a job works, so that memory holds only what is being worked on. Role: append from any thread,
// read back by place. The file has no name: it is gone when the job ends, however it ends.
// Thread: append() and read() from many threads.
#pragma once

#include "core/base/error.h"

#include <QByteArray>

#include <atomic>
#include <memory>

namespace athanor::corpus {

struct SpoolPlace {
    qint64 offset = 0;
    qint64 length = -1;  // -1: nothing was written
};

class Spool {
public:
    static Result<std::unique_ptr<Spool>> create(const QString &folder);
    ~Spool();
    Result<SpoolPlace> append(const QByteArray &bytes);
    Result<QByteArray> read(const SpoolPlace &place) const;
    qint64 bytes() const { return m_end; }

private:
    Spool(int descriptor, QString folder);
    int m_descriptor;
    QString m_folder;
    std::atomic<qint64> m_end{0};
};

}  // namespace athanor::corpus
