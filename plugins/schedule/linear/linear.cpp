// See linear.h.
#include "plugins/schedule/linear/linear.h"

namespace athanor::train {

double linearFactor(qint64 step, const ScheduleSettings &settings)
{
    const double rising = warmupFactor(step, settings);
    if (rising < 1)
        return rising;
    return 1 - (1 - settings.minimumRatio) * shareAfterWarmup(step, settings);
}

}  // namespace athanor::train
