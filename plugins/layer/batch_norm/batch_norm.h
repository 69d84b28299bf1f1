// Layer layer.batch_norm: brings each channel to mean 0 and deviation 1 over all tokens of a batch that are no padding, and
// over those of the batches before when it is used (running mean and variance, kept as buffers). Result in the parameters'
// format. While training a token thereby sees the statistics of later ones. Source: Ioffe and Szegedy 2015.
// Thread: one pass at a time.
#pragma once

#include "core/network/layer.h"

namespace athanor::layer {

Result<std::shared_ptr<network::Layer>> makeBatchNorm(const network::LayerBuild &build);

}  // namespace athanor::layer
