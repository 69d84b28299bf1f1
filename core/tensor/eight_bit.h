// AdamW with both moments in eight bits: a quarter of their memory. Role: the sweep and its readable reference for
// plugins of kind "optimizer". Moments stand in blocks of 256 numbers of the flattened parameter, each with its largest
// as f32 scale. Errors and thread: as optimize.h.
// Source: Dettmers et al. 2022 (block-wise dynamic quantisation); a square that is not zero never rounds to zero.
#pragma once

#include "core/tensor/optimize.h"

namespace athanor::tensor {

/// The moments of one parameter of N numbers.
struct EightBitMoments {
    torch::Tensor first, firstScales;    // (N) uint8, (blocks) f32
    torch::Tensor second, secondScales;  // the same
};

/// All zero.
ATHANOR_EXPORT EightBitMoments eightBitMoments(int64_t count, at::Device device = at::kCPU);
/// As f32, (N).
ATHANOR_EXPORT torch::Tensor firstMoment(const EightBitMoments &moments);
ATHANOR_EXPORT torch::Tensor secondMoment(const EightBitMoments &moments);

/// As adamWStep(), with these moments. The update is made from the moments before they are rounded.
ATHANOR_EXPORT void adamW8Step(torch::Tensor &weight, torch::Tensor &master, EightBitMoments &moments,
                               const torch::Tensor &gradient, const AdamWSettings &settings);
/// The same in readable tensor operations; the test holds the two together.
ATHANOR_EXPORT void adamW8StepReference(torch::Tensor &weight, torch::Tensor &master, EightBitMoments &moments,
                                        const torch::Tensor &gradient, const AdamWSettings &settings);

}  // namespace athanor::tensor
