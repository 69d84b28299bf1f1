// Matrix products with weights. Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

/// x (…, I) brought to weight's format, weight (O, I), bias (O) or undefined: x·Wᵀ + bias, (…, O). Differentiable;
/// what needs no gradient (a frozen matrix, an input without one) costs none.
ATHANOR_EXPORT torch::Tensor linear(const torch::Tensor &x, const torch::Tensor &weight,
                                    const torch::Tensor &bias = {});

/// A low-rank change of a matrix (Hu et al. 2021): y (…, O) plus scale·(x·Aᵀ)·Bᵀ in the columns from `begin` on.
/// x (…, I); a (r, I) and b (rows, r) f32, added up in f32. Differentiable in y, x, a and b.
ATHANOR_EXPORT torch::Tensor addLowRank(const torch::Tensor &y, const torch::Tensor &x, const torch::Tensor &a,
                                        const torch::Tensor &b, int64_t begin, double scale);

}  // namespace athanor::tensor
