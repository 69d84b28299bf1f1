// Layer layer.dense: x·Wᵀ + b of every token or of one vector for the text, then an activation.
// Source: Devlin et al. 2019. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeDense(const network::LayerBuild &build);

}  // namespace athanor::layer
