// Counter-based random numbers (Philox 4×32-10; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
// Role: a number depends only on (seed, step, site, index): resuming needs no hidden state, and the thread count
// does not matter. Thread: safe, pure.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace athanor::tensor {

/// Where in the work a draw stands. `site` tells apart the places of one step (a parameter, a dropout, a batch).
struct RandomKey {
    uint64_t seed = 0;
    uint64_t step = 0;
    uint64_t site = 0;
};

/// Four independent 32-bit words of `block` at `key`.
ATHANOR_EXPORT std::array<uint32_t, 4> randomWords(const RandomKey &key, uint64_t block);
/// Uniform in [0, 1), 24 bits; `index` counts single numbers.
ATHANOR_EXPORT float randomUniform(const RandomKey &key, uint64_t index);
/// Uniform integer in [0, limit), limit > 0.
ATHANOR_EXPORT uint64_t randomBelow(const RandomKey &key, uint64_t index, uint64_t limit);
/// A site number made from a name (FNV-1a); stable for ever.
ATHANOR_EXPORT uint64_t randomSite(std::string_view name);

/// f32 tensor of normal numbers with mean 0 (Box–Muller); same on every run and thread count.
ATHANOR_EXPORT torch::Tensor normalTensor(at::IntArrayRef shape, double deviation, const RandomKey &key);

/// Inverted dropout: zero with probability p, else divided by 1 − p. Same shape and dtype. Differentiable.
ATHANOR_EXPORT torch::Tensor dropout(const torch::Tensor &x, double p, const RandomKey &key);

}  // namespace athanor::tensor
