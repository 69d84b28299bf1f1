// Progress and cancellation of anything that takes time. Role: the interface between computing rooms and
// whoever watches; it knows nothing of jobs. Thread: a CancelToken may be set from any thread.
#pragma once

#include "core/base/export.h"

#include <QString>

#include <atomic>
#include <memory>

namespace athanor {

/// Shared flag, cheap to copy. Long loops ask isCancelled() at every safe point.
class CancelToken {
public:
    CancelToken() : m_flag(std::make_shared<std::atomic<bool>>(false)) {}
    void cancel() const { m_flag->store(true, std::memory_order_relaxed); }
    bool isCancelled() const { return m_flag->load(std::memory_order_relaxed); }

private:
    std::shared_ptr<std::atomic<bool>> m_flag;
};

/// done/total in `unit`; total 0 when unknown. Rate and time left are derived by the reader of the reports.
struct Progress {
    QString phase;
    qint64 done = 0;
    qint64 total = 0;
    QString unit;
};

class ProgressSink {
public:
    virtual ~ProgressSink() = default;
    virtual void report(const Progress &progress) = 0;
};

/// For callers that do not watch.
class NoProgress final : public ProgressSink {
public:
    void report(const Progress &) override {}
};

}  // namespace athanor
