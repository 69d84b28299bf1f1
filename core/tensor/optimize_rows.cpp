#include "core/tensor/optimize_rows.h"

namespace athanor::tensor::kernels {

namespace {

template <typename W, typename G>
ATHANOR_INLINE void adamWBody(W *weight, float *master, float *first, float *second, const G *gradient, int64_t count,
                              const AdamWNumbers n)
{
    for (int64_t i = 0; i < count; ++i) {
        const float g = toFloat(gradient[i]) * n.gradientScale;
        const float m = n.beta1 * first[i] + (1.0f - n.beta1) * g;
        const float v = n.beta2 * second[i] + (1.0f - n.beta2) * g * g;
        first[i] = m;
        second[i] = v;
        const float w = master[i] * n.keep - n.rate * m / (__builtin_sqrtf(v) * n.rootCorrection + n.epsilon);
        master[i] = w;
        weight[i] = fromFloat<W>(w);
    }
}

template <typename G> ATHANOR_INLINE float squaresBody(const G *values, int64_t count)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; ++i)
        sum += toFloat(values[i]) * toFloat(values[i]);
    return sum;
}

template <typename G> ATHANOR_INLINE void addBody(float *sum, const G *values, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        sum[i] += toFloat(values[i]);
}

}  // namespace

// When weight is its own master both are one pointer: no __restrict on those two.
#define ATHANOR_ADAMW(W, G)                                                                                            \
    ATHANOR_CLONES void adamW(W *weight, float *master, float *__restrict first, float *__restrict second,             \
                              const G *__restrict gradient, int64_t count, AdamWNumbers numbers)                       \
    {                                                                                                                  \
        adamWBody(weight, master, first, second, gradient, count, numbers);                                            \
    }
ATHANOR_ADAMW(float, float)
ATHANOR_ADAMW(float, Bf16)
ATHANOR_ADAMW(Bf16, float)
ATHANOR_ADAMW(Bf16, Bf16)
#undef ATHANOR_ADAMW
ATHANOR_CLONES float squares(const float *values, int64_t count) { return squaresBody(values, count); }
ATHANOR_CLONES float squares(const Bf16 *values, int64_t count) { return squaresBody(values, count); }
ATHANOR_CLONES void add(float *__restrict sum, const float *__restrict values, int64_t count)
{
    addBody(sum, values, count);
}
ATHANOR_CLONES void add(float *__restrict sum, const Bf16 *__restrict values, int64_t count)
{
    addBody(sum, values, count);
}

}  // namespace athanor::tensor::kernels
