// Inside core/tensor: the loops of an optimizer's step.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

struct AdamWNumbers {
    float beta1, beta2, rate, keep, epsilon, rootCorrection, gradientScale;
};

#define ATHANOR_ADAMW(W, G)                                                                                            \
    void adamW(W *weight, float *master, float *first, float *second, const G *gradient, int64_t count,                \
               AdamWNumbers numbers);
ATHANOR_ADAMW(float, float)
ATHANOR_ADAMW(float, Bf16)
ATHANOR_ADAMW(Bf16, float)
ATHANOR_ADAMW(Bf16, Bf16)
#undef ATHANOR_ADAMW
float squares(const float *values, int64_t count);
float squares(const Bf16 *values, int64_t count);
void add(float *sum, const float *values, int64_t count);
void add(float *sum, const Bf16 *values, int64_t count);

}  // namespace athanor::tensor::kernels
