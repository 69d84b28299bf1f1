// Layer layer.cross_attention: queries from x (B, T, C), keys and values from the encoder's result (B, S, C).
// Source: Vaswani et al. 2017, section 3.2.3. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeCrossAttention(const network::LayerBuild &build);

}  // namespace athanor::layer
