// Layer layer.relative_positions: passes x on and leaves (1, H, T, S) in the pass: one learned number for each head and range of distances.
// Source: Raffel et al. 2020, section 2.1. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeRelativePositions(const network::LayerBuild &build);

}  // namespace athanor::layer
