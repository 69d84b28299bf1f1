// Matrix products with weights. Thread: one at a time.
#pragma once

#include "core/base/export.h"

#include <torch/torch.h>

namespace athanor::tensor {

/// x (…, I) brought to weight's format, weight (O, I), bias (O) or undefined: x·Wᵀ + bias, (…, O). Differentiable.
ATHANOR_EXPORT torch::Tensor linear(const torch::Tensor &x, const torch::Tensor &weight,
                                    const torch::Tensor &bias = {});

}  // namespace athanor::tensor
