// Inside core/tensor: the constants of Philox 4×32-10, and how seed and step become its key.
#pragma once

#include "core/tensor/random.h"

namespace athanor::tensor::philox {

inline constexpr uint32_t kMultiplier0 = 0xD2511F53u;
inline constexpr uint32_t kMultiplier1 = 0xCD9E8D57u;
inline constexpr uint32_t kWeyl0 = 0x9E3779B9u;
inline constexpr uint32_t kWeyl1 = 0xBB67AE85u;
inline constexpr int kRounds = 10;

// A full mixing function (the finaliser of SplitMix64).
inline uint64_t mix(uint64_t value)
{
    value += 0x9E3779B97F4A7C15u;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

// Steps are folded into the seed.
inline uint64_t keyOf(const RandomKey &key) { return mix(key.seed ^ mix(key.step)); }

}  // namespace athanor::tensor::philox
