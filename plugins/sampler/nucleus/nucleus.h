// Temperature, top-k, top-p and min-p over a distribution, in this order, as is usual.
// Thread: pure.
#pragma once

#include "core/generate/sampler.h"

namespace athanor::generate {

/// See Sampler::choose. Cost O(V + K log K), K the tokens that can be drawn. The penalty for repeating is not its
/// matter: the probabilities hold it already.
int64_t chooseNucleus(std::span<const float> probabilities, const SamplingSettings &settings, double uniform);

}  // namespace athanor::generate
