// Matrix products for running a model without gradients: x·Wᵀ + b. Every result is the same for any number of threads:
// rows of weights are worked on in blocks that depend on the sizes only. bf16 and small integers are widened block by
// block, never as a whole. Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

/// x (…, I), brought to weight's format; weight (O, I) f32 or bf16, contiguous; bias (O) or undefined. (…, O).
ATHANOR_EXPORT torch::Tensor weightProduct(const torch::Tensor &x, const torch::Tensor &weight,
                                           const torch::Tensor &bias = {});

}  // namespace athanor::tensor
