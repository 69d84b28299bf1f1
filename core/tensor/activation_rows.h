// Inside core/tensor: the row kernels of GELU (tanh form) and SwiGLU.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

inline constexpr float kSqrt2OverPi = 0.7978845608028654f;
inline constexpr float kCubic = 0.044715f;

#define ATHANOR_ACTIVATION_KERNELS(T)                                                                                  \
    void geluForward(const T *x, T *y, int64_t count);                                                                 \
    void geluBackward(const T *x, const T *gy, T *gx, int64_t count);                                                  \
    void swigluForward(const T *gate, const T *up, T *y, int64_t count);                                               \
    void swigluBackward(const T *gate, const T *up, const T *gy, T *gGate, T *gUp, int64_t count);
ATHANOR_ACTIVATION_KERNELS(float)
ATHANOR_ACTIVATION_KERNELS(Bf16)
#undef ATHANOR_ACTIVATION_KERNELS

}  // namespace athanor::tensor::kernels
