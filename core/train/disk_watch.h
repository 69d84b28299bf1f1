// Whether the disk will do until the run ends. Role: free bytes, looked at now and then, become a warning with numbers
// before it is too late; pure but for the function that says how much is free. Thread: one.
#pragma once

#include "core/base/error.h"

#include <deque>
#include <functional>
#include <optional>

namespace athanor::train {

class ATHANOR_EXPORT DiskWatch {
public:
    using FreeBytes = std::function<qint64()>;  // -1: unknown

    DiskWatch(FreeBytes freeBytes, qint64 checkpointBytes) : m_freeBytes(std::move(freeBytes)), m_checkpointBytes(checkpointBytes) {}
    void setFreeBytes(FreeBytes freeBytes) { m_freeBytes = std::move(freeBytes); }

    qint64 freeBytes() const { return m_freeBytes(); }
    /// Of a checkpoint, and of what events and metrics need beside it.
    qint64 neededBytes() const;
    bool fitsOne() const;
    /// To be said after `seconds` of this attempt, when the run goes on for `secondsToEnd` more: that fewer than three
    /// checkpoints fit, or that the disk will be full before the end. Each once, and again when only half is left.
    std::optional<QString> look(double seconds, double secondsToEnd);

private:
    struct Look {
        double seconds;
        qint64 freeBytes;
    };
    double bytesPerSecond() const;
    FreeBytes m_freeBytes;
    qint64 m_checkpointBytes;
    std::deque<Look> m_looks;
    qint64 m_toldAt = -1;  // free bytes at the last warning
};

}  // namespace athanor::train
