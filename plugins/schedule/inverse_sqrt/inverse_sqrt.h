// Warm-up, then √(warm-up steps / step). Source: Vaswani et al. 2017, equation 3, as a share of its peak. Thread: pure.
#pragma once

#include "core/train/schedule.h"

namespace athanor::train {

double inverseSqrtFactor(qint64 step, const ScheduleSettings &settings);

}  // namespace athanor::train
