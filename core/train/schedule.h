// The course of the learning rate. Role: the interface of plugins of kind "schedule"; pure arithmetic, no LibTorch.
// Thread: const and safe.
#pragma once

#include "core/base/export.h"

#include <QtPlugin>

namespace athanor::train {

struct ScheduleSettings {
    qint64 steps = 1;             // of the whole run
    double warmupShare = 0.05;    // of the steps
    double minimumRatio = 0.1;    // lowest rate, as a share of the peak
};

class ATHANOR_EXPORT Schedule {
public:
    virtual ~Schedule() = default;
    /// The rate at `step` (1 … steps) as a share of the peak, in [0, 1].
    virtual double factor(qint64 step, const ScheduleSettings &settings) const = 0;
};

/// Linear warm-up: below 1 while the rate still rises (never 0: the first update counts), 1 afterwards.
inline double warmupFactor(qint64 step, const ScheduleSettings &settings)
{
    const double warmup = settings.warmupShare * double(settings.steps);
    return warmup > 0 && double(step) < warmup ? double(step) / warmup : 1.0;
}
/// How far the run is after the warm-up, 0 … 1.
inline double shareAfterWarmup(qint64 step, const ScheduleSettings &settings)
{
    const double warmup = settings.warmupShare * double(settings.steps);
    const double length = double(settings.steps) - warmup;
    const double share = length > 0 ? (double(step) - warmup) / length : 1.0;
    return share < 0 ? 0.0 : share > 1 ? 1.0 : share;
}

}  // namespace athanor::train

Q_DECLARE_INTERFACE(athanor::train::Schedule, "athanor.Schedule/1")
