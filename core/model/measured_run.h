// What a whole run takes, from what its parts were measured, or are assumed, to cost. Private to the room. Thread: pure.
#pragma once

#include "core/model/architecture.h"

namespace athanor::model {

/// Everything that is waited for: opening, steps, measurements and samples between them, checkpoints, the final figure.
double wholeRunSeconds(const MeasuredRun &measured, double steps, qint64 validationEvery);

/// What the parts of a run are expected to cost before any was measured, from the speed of its steps. `trainTokens`: of the text.
MeasuredRun assumedRun(double tokensPerStep, double tokensPerSecond, double trainTokens, double checkpointBytes);

}  // namespace athanor::model
