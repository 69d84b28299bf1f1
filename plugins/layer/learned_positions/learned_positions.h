// Layer layer.learned_positions: x (B, T, C) f32 plus one learned vector for each position, (context, C).
// Source: Radford et al. 2019 (GPT-2). Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeLearnedPositions(const network::LayerBuild &build);

}  // namespace athanor::layer
