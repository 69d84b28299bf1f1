// Warm-up, then evenly down to the minimum at the last step. Source: Bergsma et al. 2025, "Straight to Zero" (linear
// decay to a small rate beats the cosine at the same budget). Thread: pure.
#pragma once

#include "core/train/schedule.h"

namespace athanor::train {

double linearFactor(qint64 step, const ScheduleSettings &settings);

}  // namespace athanor::train
