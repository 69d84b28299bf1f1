// Warm-up, the peak for most of the run, and a decay at its end. Where the two shares make more than the whole, the decay
// begins when the warm-up ends. Sources: Hu et al. 2024, section 4; Hägele et al. 2024. Thread: pure.
#pragma once

#include "core/train/schedule.h"

namespace athanor::train {

double wsdFactor(qint64 step, const ScheduleSettings &settings);

}  // namespace athanor::train
