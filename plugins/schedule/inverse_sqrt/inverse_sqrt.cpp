// See inverse_sqrt.h.
#include "plugins/schedule/inverse_sqrt/inverse_sqrt.h"

#include <cmath>

namespace athanor::train {

double inverseSqrtFactor(qint64 step, const ScheduleSettings &settings)
{
    const double rising = warmupFactor(step, settings);
    if (rising < 1)
        return rising;
    const double warmup = std::max(1.0, settings.warmupShare * double(settings.steps));
    return std::sqrt(warmup / std::max(warmup, double(step)));
}

}  // namespace athanor::train
