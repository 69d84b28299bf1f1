#include "core/tensor/penalty_rows.h"

namespace athanor::tensor::kernels {

namespace {

template <typename G>
ATHANOR_INLINE Sizes penaliseBody(float *sum, const G *gradient, const float *weight, int64_t count, float l1, float l2)
{
    float absolute = 0, squares = 0;
#pragma omp simd reduction(+ : absolute, squares)
    for (int64_t i = 0; i < count; ++i) {
        const float w = weight[i], sign = float(w > 0) - float(w < 0);
        absolute += w * sign;
        squares += w * w;
        sum[i] = toFloat(gradient[i]) + l2 * w + l1 * sign;
    }
    return {absolute, squares};
}

}  // namespace

ATHANOR_CLONES Sizes penalise(float *sum, const float *gradient, const float *weight, int64_t count, float l1, float l2)
{
    return penaliseBody(sum, gradient, weight, count, l1, l2);
}
ATHANOR_CLONES Sizes penalise(float *sum, const Bf16 *gradient, const float *weight, int64_t count, float l1, float l2)
{
    return penaliseBody(sum, gradient, weight, count, l1, l2);
}

}  // namespace athanor::tensor::kernels
