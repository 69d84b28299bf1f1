// Layer layer.sinusoidal_positions: x (B, T, C) f32 plus C/2 sines, then C/2 cosines of position · 10000^(−2i/C).
// Source: Vaswani et al. 2017, section 3.5. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeSinusoidalPositions(const network::LayerBuild &build);

}  // namespace athanor::layer
