// The course of the learning rate, as the training loop and plugins of kind "schedule" know it: core/model/schedule.h.
#pragma once

#include "core/model/schedule.h"

namespace athanor::train {

using model::Schedule;
using model::ScheduleSettings;
using model::scheduleSettings;
using model::shareAfterWarmup;
using model::warmupFactor;

}  // namespace athanor::train
