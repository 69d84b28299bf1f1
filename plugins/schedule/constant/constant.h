// Warm-up, then the peak rate to the end. Thread: pure.
#pragma once

#include "core/train/schedule.h"

namespace athanor::train {

double constantFactor(qint64 step, const ScheduleSettings &settings);

}  // namespace athanor::train
