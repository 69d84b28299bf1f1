// Layer layer.scale: x times a constant.
// Source: Vaswani et al. 2017, section 3.4. Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeScale(const network::LayerBuild &build);

}  // namespace athanor::layer
