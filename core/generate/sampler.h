// How the next token is chosen. Role: the interface of plugins of kind "sampler". It sees plain numbers, not
// tensors. Letters: V vocabulary. Thread: const and safe.
#pragma once

#include "core/base/error.h"

#include <QtPlugin>

#include <cstdint>
#include <span>

namespace athanor::generate {

struct SamplingSettings {
    double temperature = 0.8;      // 0: always the likeliest token
    int topK = 0;                  // 0: no limit
    double topP = 1.0;             // 1: no limit
    double minP = 0;               // share of the likeliest; 0: no limit
    double repetitionPenalty = 1;  // 1: none. Already in the probabilities that a sampler sees
};

class ATHANOR_EXPORT Sampler {
public:
    virtual ~Sampler() = default;
    /// Index into `probabilities` (V, they sum to 1 at temperature 1, of the model's own distribution, behind the
    /// penalty for repeating). `uniform` in [0, 1) is the only source of chance.
    virtual int64_t choose(std::span<const float> probabilities, const SamplingSettings &settings,
                           double uniform) const = 0;
};

/// InvalidInput names the value and its limits.
ATHANOR_EXPORT Status checkSettings(const SamplingSettings &settings);

}  // namespace athanor::generate

Q_DECLARE_INTERFACE(athanor::generate::Sampler, "athanor.Sampler/1")
