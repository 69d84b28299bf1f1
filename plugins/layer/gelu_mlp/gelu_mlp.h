// Layer layer.gelu_mlp: x·Wᵤᵀ, GELU (tanh form), ·W_dᵀ.
// Source: Hendrycks and Gimpel 2016. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeGeluMlp(const network::LayerBuild &build);

}  // namespace athanor::layer
