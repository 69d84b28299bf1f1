// Layer layer.token_types: tokens' kinds (B, T) become learned vectors that are added to x (B, T, C) f32; no kinds given: all 0.
// Source: Devlin et al. 2019. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeTokenTypes(const network::LayerBuild &build);

}  // namespace athanor::layer
