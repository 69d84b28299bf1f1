// See cosine.h.
#include "plugins/schedule/cosine/cosine.h"

#include <cmath>

namespace athanor::train {

double cosineFactor(qint64 step, const ScheduleSettings &settings)
{
    const double rising = warmupFactor(step, settings);
    if (rising < 1)
        return rising;
    const double falling = 0.5 * (1 + std::cos(M_PI * shareAfterWarmup(step, settings)));
    return settings.minimumRatio + (1 - settings.minimumRatio) * falling;
}

}  // namespace athanor::train
