// Layer layer.swiglu: gate and up in one matrix (2F, C), silu(gate)·up, then down (C, F).
// Source: Shazeer 2020. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeSwiglu(const network::LayerBuild &build);

}  // namespace athanor::layer
