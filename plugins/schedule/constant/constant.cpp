// See constant.h.
#include "plugins/schedule/constant/constant.h"

namespace athanor::train {

double constantFactor(qint64 step, const ScheduleSettings &settings) { return warmupFactor(step, settings); }

}  // namespace athanor::train
