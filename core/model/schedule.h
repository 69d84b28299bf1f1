// The course of the learning rate. Role: the interface of plugins of kind "schedule"; pure arithmetic, no LibTorch, so that
// the window can draw what a run will do.
// Thread: const and safe.
#pragma once

#include "core/base/export.h"

#include <QJsonObject>
#include <QtPlugin>

namespace athanor::model {

struct ScheduleSettings {
    qint64 steps = 1;             // of the whole run
    double warmupShare = 0.05;    // of the steps
    double minimumRatio = 0.1;    // lowest rate, as a share of the peak
    QJsonObject own;              // of the plugin's own schema, validated and completed
};

/// From the validated settings of a schedule's own schema.
inline ScheduleSettings scheduleSettings(qint64 steps, const QJsonObject &own)
{
    ScheduleSettings settings;
    settings.steps = steps;
    settings.warmupShare = own.value(QLatin1String("warmup_share")).toDouble(settings.warmupShare);
    settings.minimumRatio = own.value(QLatin1String("minimum_lr_ratio")).toDouble(settings.minimumRatio);
    settings.own = own;
    return settings;
}

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

}  // namespace athanor::model

Q_DECLARE_INTERFACE(athanor::model::Schedule, "athanor.Schedule/1")
