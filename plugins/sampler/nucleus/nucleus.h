// Temperature, top-k and top-p over a distribution. Order: temperature, then top-k, then top-p, as is usual.
// Thread: pure.
#pragma once

#include "core/generate/sampler.h"

namespace athanor::generate {

/// See Sampler::choose. Cost O(V + K log K), K the tokens that can be drawn.
int64_t chooseNucleus(std::span<const float> probabilities, const SamplingSettings &settings, double uniform);

}  // namespace athanor::generate
