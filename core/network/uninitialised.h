// For models whose weights are read from a file at once. Thread: a constant.
#pragma once

#include <cstdint>

namespace athanor::network {

/// As BuildOptions::seed: parameters are made without numbers in them, and without touching their memory. Only for who
/// fills every parameter before the first pass.
inline constexpr uint64_t kUninitialisedSeed = ~uint64_t(0);

}  // namespace athanor::network
