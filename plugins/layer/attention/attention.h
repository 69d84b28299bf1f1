// Layer layer.attention: causal attention with grouped queries; one matrix for queries, keys and values, one for the output.
// Source: Vaswani et al. 2017; grouped queries: Ainslie et al. 2023; rotary positions: Su et al. 2021. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeAttention(const network::LayerBuild &build);

}  // namespace athanor::layer
