// Layer layer.head: logits (…, V) = x·Wᵀ with the embedding's table or a matrix of its own.
// Source: Press and Wolf 2017 (tied weights). Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeHead(const network::LayerBuild &build);

}  // namespace athanor::layer
