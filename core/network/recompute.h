// Inside core/network: a stretch of a model that keeps only what goes into it, and runs a second time when its gradients
// are wanted (Chen et al. 2016, section 3: sublinear memory). Same bits as without: random numbers are counted by the
// Pass, which is kept as it was. Costs one more forward pass of the stretch. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

#include <functional>

namespace athanor::network {

/// What goes from node to node: the residual stream and a branch's result that is not added to it yet (or undefined).
struct Flow {
    torch::Tensor stream;
    torch::Tensor pending;
};

using Stretch = std::function<Flow(Flow flow, Pass &pass)>;

/// `learns`: whether the stretch has parameters that want gradients, also where its inputs want none.
Flow recomputed(const Stretch &stretch, const Flow &flow, Pass &pass, bool learns);

}  // namespace athanor::network
