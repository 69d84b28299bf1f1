// See wsd.h.
#include "plugins/schedule/wsd/wsd.h"

#include <cmath>

namespace athanor::train {

namespace {

/// From 1 to 0 while `x` goes from 0 to 1.
double decayOf(const QString &shape, double x)
{
    constexpr double pi = 3.14159265358979323846;
    if (shape == QLatin1String("linear"))
        return 1 - x;
    return shape == QLatin1String("cosine") ? (1 + std::cos(pi * x)) / 2 : 1 - std::sqrt(x);
}

}  // namespace

double wsdFactor(qint64 step, const ScheduleSettings &settings)
{
    const double rising = warmupFactor(step, settings);
    if (rising < 1)
        return rising;
    const double steps = double(settings.steps);
    const double decay = settings.own.value(QLatin1String("decay_share")).toDouble(0.2);
    const double from = steps * std::max(settings.warmupShare, 1 - decay);
    if (double(step) <= from)
        return 1;
    const double x = std::min(1.0, (double(step) - from) / (steps - from));
    return settings.minimumRatio + (1 - settings.minimumRatio) * decayOf(settings.own.value(QLatin1String("decay_shape")).toString(), x);
}

}  // namespace athanor::train
