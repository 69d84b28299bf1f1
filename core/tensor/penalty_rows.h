// Inside core/tensor: the loop of penalties on weights.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

struct Sizes {
    float absolute = 0, squares = 0;  // Σ|w|, Σw²
};
// sum = gradient + l2·w + l1·sign(w); sum may be the gradient.
Sizes penalise(float *sum, const float *gradient, const float *weight, int64_t count, float l1, float l2);
Sizes penalise(float *sum, const Bf16 *gradient, const float *weight, int64_t count, float l1, float l2);

}  // namespace athanor::tensor::kernels
