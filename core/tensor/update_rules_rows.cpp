#include "core/tensor/update_rules_rows.h"

namespace athanor::tensor::kernels {

namespace {

template <typename W, typename G>
ATHANOR_INLINE void adamBody(W *weight, float *master, float *first, float *second, const G *gradient, int64_t count,
                             const AdamNumbers n)
{
    for (int64_t i = 0; i < count; ++i) {
        const float g = toFloat(gradient[i]) * n.gradientScale + n.pull * master[i];
        const float m = n.beta1 * first[i] + (1.0f - n.beta1) * g;
        const float v = n.beta2 * second[i] + (1.0f - n.beta2) * g * g;
        first[i] = m;
        second[i] = v;
        const float w = master[i] - n.rate * m / (__builtin_sqrtf(v) * n.rootCorrection + n.epsilon);
        master[i] = w;
        weight[i] = fromFloat<W>(w);
    }
}

template <typename W, typename G>
ATHANOR_INLINE void momentumBody(W *weight, float *master, float *velocity, const G *gradient, int64_t count,
                                 const MomentumNumbers n)
{
    for (int64_t i = 0; i < count; ++i) {
        const float g = toFloat(gradient[i]) * n.gradientScale + n.pull * master[i];
        const float v = n.momentum * velocity[i] + g;
        velocity[i] = v;
        const float w = master[i] - n.rate * (n.ahead * (g + n.momentum * v) + (1.0f - n.ahead) * v);
        master[i] = w;
        weight[i] = fromFloat<W>(w);
    }
}

template <typename W, typename G>
ATHANOR_INLINE void plainBody(W *weight, float *master, const G *gradient, int64_t count, const MomentumNumbers n)
{
    for (int64_t i = 0; i < count; ++i) {
        const float w = master[i] - n.rate * (toFloat(gradient[i]) * n.gradientScale + n.pull * master[i]);
        master[i] = w;
        weight[i] = fromFloat<W>(w);
    }
}

template <typename W, typename G>
ATHANOR_INLINE void lionBody(W *weight, float *master, float *mean, const G *gradient, int64_t count, const LionNumbers n)
{
    for (int64_t i = 0; i < count; ++i) {
        const float g = toFloat(gradient[i]) * n.gradientScale;
        const float direction = n.beta1 * mean[i] + (1.0f - n.beta1) * g;
        mean[i] = n.beta2 * mean[i] + (1.0f - n.beta2) * g;
        const float sign = direction > 0.0f ? 1.0f : direction < 0.0f ? -1.0f : 0.0f;
        const float w = master[i] * n.keep - n.rate * sign;
        master[i] = w;
        weight[i] = fromFloat<W>(w);
    }
}

ATHANOR_INLINE float updateOf(float gradient, float square, float smallest)
{
    return gradient / __builtin_sqrtf(square > smallest ? square : smallest);
}

template <typename W, typename G>
ATHANOR_INLINE void adafactorBody(W *weight, float *master, const G *gradient, float rowSquare, const float *columns,
                                  int64_t count, const AdafactorNumbers n)
{
    for (int64_t j = 0; j < count; ++j) {
        const float update = updateOf(toFloat(gradient[j]) * n.gradientScale, rowSquare * columns[j], n.smallest);
        const float w = master[j] * n.keep - n.rate * update;
        master[j] = w;
        weight[j] = fromFloat<W>(w);
    }
}

template <typename W, typename G>
ATHANOR_INLINE void adafactorMeanBody(W *weight, float *master, float *mean, const G *gradient, float rowSquare,
                                      const float *columns, int64_t count, const AdafactorNumbers n)
{
    for (int64_t j = 0; j < count; ++j) {
        const float update = updateOf(toFloat(gradient[j]) * n.gradientScale, rowSquare * columns[j], n.smallest);
        const float m = n.beta1 * mean[j] + (1.0f - n.beta1) * n.rate * update;
        mean[j] = m;
        const float w = master[j] * n.keep - m;
        master[j] = w;
        weight[j] = fromFloat<W>(w);
    }
}

template <typename G> ATHANOR_INLINE float addSquaresBody(const G *row, float *columns, int64_t n, float scale)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < n; ++j) {
        const float g = toFloat(row[j]) * scale;
        columns[j] += g * g;
        sum += g * g;
    }
    return sum;
}

template <typename G>
ATHANOR_INLINE float squaresOfUpdateBody(const G *row, float rowSquare, const float *columns, int64_t count,
                                         const AdafactorNumbers n)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < count; ++j) {
        const float update = updateOf(toFloat(row[j]) * n.gradientScale, rowSquare * columns[j], n.smallest);
        sum += update * update;
    }
    return sum;
}

}  // namespace

// When weight is its own master both are one pointer: no __restrict on those two.
#define ATHANOR_RULES(W, G)                                                                                            \
    ATHANOR_CLONES void adam(W *weight, float *master, float *__restrict first, float *__restrict second,              \
                             const G *__restrict gradient, int64_t count, AdamNumbers numbers)                         \
    {                                                                                                                  \
        adamBody(weight, master, first, second, gradient, count, numbers);                                             \
    }                                                                                                                  \
    ATHANOR_CLONES void momentum(W *weight, float *master, float *__restrict velocity, const G *__restrict gradient,   \
                                 int64_t count, MomentumNumbers numbers)                                               \
    {                                                                                                                  \
        velocity ? momentumBody(weight, master, velocity, gradient, count, numbers)                                    \
                 : plainBody(weight, master, gradient, count, numbers);                                                \
    }                                                                                                                  \
    ATHANOR_CLONES void lion(W *weight, float *master, float *__restrict mean, const G *__restrict gradient,           \
                             int64_t count, LionNumbers numbers)                                                       \
    {                                                                                                                  \
        lionBody(weight, master, mean, gradient, count, numbers);                                                      \
    }                                                                                                                  \
    ATHANOR_CLONES void adafactorRow(W *weight, float *master, float *__restrict mean, const G *__restrict gradient,   \
                                     float rowSquare, const float *__restrict columns, int64_t n,                      \
                                     AdafactorNumbers numbers)                                                         \
    {                                                                                                                  \
        mean ? adafactorMeanBody(weight, master, mean, gradient, rowSquare, columns, n, numbers)                       \
             : adafactorBody(weight, master, gradient, rowSquare, columns, n, numbers);                                \
    }
ATHANOR_RULES(float, float)
ATHANOR_RULES(float, Bf16)
ATHANOR_RULES(Bf16, float)
ATHANOR_RULES(Bf16, Bf16)
#undef ATHANOR_RULES

#define ATHANOR_SQUARES(G)                                                                                             \
    ATHANOR_CLONES float addSquares(const G *__restrict row, float *__restrict columns, int64_t n, float scale)        \
    {                                                                                                                  \
        return addSquaresBody(row, columns, n, scale);                                                                 \
    }                                                                                                                  \
    ATHANOR_CLONES float squaresOfUpdate(const G *__restrict row, float rowSquare, const float *__restrict columns,    \
                                         int64_t n, AdafactorNumbers numbers)                                          \
    {                                                                                                                  \
        return squaresOfUpdateBody(row, rowSquare, columns, n, numbers);                                               \
    }
ATHANOR_SQUARES(float)
ATHANOR_SQUARES(Bf16)
#undef ATHANOR_SQUARES

}  // namespace athanor::tensor::kernels
