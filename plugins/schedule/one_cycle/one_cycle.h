// Half a cosine up to the peak, half a cosine down to next to nothing. The optimizer's momentum stays as it is (the paper
// lowers it while the rate is high). Source: Smith and Topin 2019. Thread: pure.
#pragma once

#include "core/train/schedule.h"

namespace athanor::train {

double oneCycleFactor(qint64 step, const ScheduleSettings &settings);

}  // namespace athanor::train
