// The one writer of events.jsonl. Role: numbers events over all attempts, writes whole lines, makes states and
// artifacts durable. A full disk never stops a job: what could not be written is kept (up to a limit) and written
// before the next event. Thread: append() from any thread.
#pragma once

#include "core/job/event.h"

#include <QElapsedTimer>

#include <memory>

namespace athanor::job {

class ATHANOR_EXPORT EventWriter {
public:
    /// Ends the torn last line of a killed attempt, if there is one, and goes on counting behind it.
    /// attempt 0: one more than the last found in the file.
    static Result<EventWriter> open(const QString &path, int attempt = 0);
    EventWriter(EventWriter &&) noexcept;
    EventWriter &operator=(EventWriter &&) noexcept;
    ~EventWriter();

    int attempt() const;
    /// Highest number of control.jsonl that an earlier attempt acknowledged.
    qint64 lastControlNumber() const;
    void append(EventType type, const QJsonObject &data, qint64 step = -1);
    /// False while something waits for room on the disk.
    bool isWritten() const;

private:
    struct Impl;
    explicit EventWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace athanor::job
