// Warm-up, then half a cosine from 1 to the minimum. Source: Loshchilov and Hutter 2017 (SGDR), section 3. Thread: pure.
#pragma once

#include "core/train/schedule.h"

namespace athanor::train {

double cosineFactor(qint64 step, const ScheduleSettings &settings);

}  // namespace athanor::train
