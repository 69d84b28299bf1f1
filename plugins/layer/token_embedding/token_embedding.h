// Layer layer.token_embedding: ids (B, T) to vectors (B, T, C) f32; the table (V, C) is shared as "token_embedding" with a tied head.
// Source: Bengio et al. 2003. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeTokenEmbedding(const network::LayerBuild &build);

}  // namespace athanor::layer
