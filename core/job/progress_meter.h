// Rate and time left from reports of progress. Role: decides which reports become events (ten a second, changes of
// phase and the end of a phase always) and completes them. Private to this room. Thread: callers lock.
#pragma once

#include "core/base/progress.h"

#include <QJsonObject>

#include <optional>

namespace athanor::job {

class ProgressMeter {
public:
    /// The progress event's data, or nothing when this report is too soon after the last one.
    std::optional<QJsonObject> take(const Progress &progress, qint64 nowMs);

private:
    QString m_phase;
    bool m_hasPhase = false;
    qint64 m_lastMs = 0;
    qint64 m_lastDone = 0;
    double m_rate = 0;  // units per second, smoothed over about ten seconds
};

}  // namespace athanor::job
