// Layer layer.rms_norm: RMSNorm over C of the f32 stream, result in the parameters' format; adds a pending branch in the same sweep.
// Source: Zhang and Sennrich 2019. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeRmsNorm(const network::LayerBuild &build);

}  // namespace athanor::layer
