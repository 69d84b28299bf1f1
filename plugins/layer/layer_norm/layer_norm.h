// Layer layer.layer_norm: LayerNorm over C of the f32 stream, result in the parameters' format; adds a pending branch in the same sweep.
// Source: Ba et al. 2016. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeLayerNorm(const network::LayerBuild &build);

}  // namespace athanor::layer
