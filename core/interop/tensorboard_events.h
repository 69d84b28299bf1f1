// Event files that TensorBoard reads: scalars and texts by step. Role: record framing (length, masked CRC-32C, bytes)
// and the few messages of the protocol that are needed, written by hand. Each attempt of a run has a file of its own,
// whose second event says from which step on it replaces what earlier files hold. Every call is one write: after a kill
// the file ends with a torn record at most, which TensorBoard waits for and passes over. Thread: one writer.
#pragma once

#include "core/base/error.h"

#include <QMap>

namespace athanor::interop {

class ATHANOR_EXPORT EventFileWriter {
public:
    /// Makes `folder` and in it events.out.tfevents.<time>.<host>.<pid>. `firstStep`: the first that this attempt makes.
    static Result<EventFileWriter> create(const QString &folder, qint64 firstStep);
    EventFileWriter(EventFileWriter &&) noexcept;
    EventFileWriter &operator=(EventFileWriter &&) = delete;
    ~EventFileWriter();

    /// One event with all of them; names with '/' become groups.
    Status scalars(qint64 step, const QMap<QString, double> &values);
    /// Shown as Markdown.
    Status text(qint64 step, const QString &name, const QString &text);
    const QString &path() const { return m_path; }

private:
    EventFileWriter(int descriptor, QString path) : m_descriptor(descriptor), m_path(std::move(path)) {}
    Status write(const QByteArray &event);
    int m_descriptor = -1;
    QString m_path;
};

}  // namespace athanor::interop
