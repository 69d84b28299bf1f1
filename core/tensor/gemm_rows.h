// Inside core/tensor: one row times a matrix, bound by memory; what generation spends its time in.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

// y[j] = x · w[j] for the `n` rows w[j] of `k` numbers; summed in f32.
void dotRows(const float *x, const float *w, float *y, int64_t k, int64_t n);
void dotRows(const Bf16 *x, const Bf16 *w, Bf16 *y, int64_t k, int64_t n);

}  // namespace athanor::tensor::kernels
