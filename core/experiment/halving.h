// Which runs of a sweep are hopeless. Role: the rule of asynchronous successive halving as a rule for stopping: at a
// quarter and at half of its way a run goes on only while it is among the best third of those that came so far (Li et al.
// 2020, with reduction factor 3). Thread: pure.
#pragma once

#include "core/base/export.h"

#include <vector>

namespace athanor::experiment {

inline constexpr int kReduction = 3;
inline constexpr double kRungs[] = {0.25, 0.5};  // shares of a run

/// Whether a run with `loss` at a rung is not among the best third of all that reached it, `others` and itself. The first
/// runs are never hopeless; a loss that is no number always is.
ATHANOR_EXPORT bool isHopeless(double loss, const std::vector<double> &others);

}  // namespace athanor::experiment
