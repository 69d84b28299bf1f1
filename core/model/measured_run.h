// What a whole run takes, from what its parts were measured to cost. Private to the room. Thread: pure.
#pragma once

#include "core/model/architecture.h"

namespace athanor::model {

/// Everything that is waited for: opening, steps, measurements and samples between them, checkpoints, the final figure.
double wholeRunSeconds(const MeasuredRun &measured, double steps, qint64 validationEvery);

}  // namespace athanor::model
