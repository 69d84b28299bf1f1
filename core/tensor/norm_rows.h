// Inside core/tensor: the row kernels of the norms.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

// One row. sum = x + delta (delta and sum may be null); y = (sum − mean) · rstd · gain + bias. stats: mean, rstd.
// Backward: gx = gSum + gradient through the norm; gDelta is gx in the branch's format (may be null); gGain and gBias
// (may be null) gather over the rows of a block. A mean is subtracted when `centred` (LayerNorm), else it is 0.
#define ATHANOR_NORM_KERNELS(T)                                                                                        \
    void normForward(bool centred, const float *x, const T *delta, float *sum, const T *gain, const T *bias, T *y,     \
                     float *stats, int64_t c, float epsilon);                                                          \
    void normBackward(bool centred, const float *row, const T *gy, const float *gSum, const T *gain,                   \
                      const float *stats, float *gx, T *gDelta, float *gGain, float *gBias, int64_t c);
ATHANOR_NORM_KERNELS(float)
ATHANOR_NORM_KERNELS(Bf16)
#undef ATHANOR_NORM_KERNELS

}  // namespace athanor::tensor::kernels
