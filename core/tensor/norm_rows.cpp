#include "core/tensor/norm_rows.h"

namespace athanor::tensor::kernels {

namespace {

// One row. sum = x + delta (delta and sum may be null); y = (sum − mean) · rstd · gain + bias. stats: mean, rstd.
template <bool centred, typename T>
ATHANOR_INLINE void normForwardBody(const float *x, const T *delta, float *sum, const T *gain, const T *bias, T *y,
                                    float *stats, int64_t c, float epsilon)
{
    if (delta)
        for (int64_t i = 0; i < c; ++i)
            sum[i] = x[i] + toFloat(delta[i]);
    const float *row = delta ? sum : x;
    float mean = 0, square = 0;
    if constexpr (centred) {
#pragma omp simd reduction(+ : mean)
        for (int64_t i = 0; i < c; ++i)
            mean += row[i];
        mean /= float(c);
    }
#pragma omp simd reduction(+ : square)
    for (int64_t i = 0; i < c; ++i)
        square += (row[i] - mean) * (row[i] - mean);
    const float rstd = 1.0f / __builtin_sqrtf(square / float(c) + epsilon);
    stats[0] = mean;
    stats[1] = rstd;
    if (bias)
        for (int64_t i = 0; i < c; ++i)
            y[i] = fromFloat<T>((row[i] - mean) * rstd * toFloat(gain[i]) + toFloat(bias[i]));
    else
        for (int64_t i = 0; i < c; ++i)
            y[i] = fromFloat<T>((row[i] - mean) * rstd * toFloat(gain[i]));
}

// One row backward: gx = gSum + gradient through the norm; gDelta is gx in the branch's format (may be null).
// gGain, gBias gather over the rows of a block.
template <bool centred, typename T>
ATHANOR_INLINE void normBackwardBody(const float *row, const T *gy, const float *gSum, const T *gain,
                                     const float *stats, float *gx, T *gDelta, float *gGain, float *gBias, int64_t c)
{
    const float mean = stats[0], rstd = stats[1];
    float sumG = 0, sumGx = 0;
#pragma omp simd reduction(+ : sumG, sumGx)
    for (int64_t i = 0; i < c; ++i) {
        const float g = toFloat(gy[i]), unit = (row[i] - mean) * rstd;
        gGain[i] += g * unit;
        const float scaled = g * toFloat(gain[i]);
        sumG += scaled;
        sumGx += scaled * unit;
    }
    if (gBias)
        for (int64_t i = 0; i < c; ++i)
            gBias[i] += toFloat(gy[i]);
    const float meanG = centred ? sumG / float(c) : 0.0f, meanGx = sumGx / float(c);
    for (int64_t i = 0; i < c; ++i) {
        const float unit = (row[i] - mean) * rstd;
        const float through = rstd * (toFloat(gy[i]) * toFloat(gain[i]) - meanG - unit * meanGx);
        gx[i] = gSum ? gSum[i] + through : through;
    }
    if (gDelta)
        for (int64_t i = 0; i < c; ++i)
            gDelta[i] = fromFloat<T>(gx[i]);
}

}  // namespace

#define ATHANOR_NORM_KERNELS(T)                                                                                        \
    ATHANOR_CLONES void normForward(bool centred, const float *__restrict x, const T *__restrict delta,               \
                                    float *__restrict sum, const T *__restrict gain, const T *__restrict bias,         \
                                    T *__restrict y, float *__restrict stats, int64_t c, float epsilon)                \
    {                                                                                                                  \
        if (centred)                                                                                   \
            normForwardBody<true>(x, delta, sum, gain, bias, y, stats, c, epsilon);                                    \
        else                                                                                                           \
            normForwardBody<false>(x, delta, sum, gain, bias, y, stats, c, epsilon);                                   \
    }                                                                                                                  \
    ATHANOR_CLONES void normBackward(bool centred, const float *__restrict row, const T *__restrict gy,               \
                                     const float *__restrict gSum, const T *__restrict gain,                           \
                                     const float *__restrict stats, float *__restrict gx, T *__restrict gDelta,        \
                                     float *__restrict gGain, float *__restrict gBias, int64_t c)                      \
    {                                                                                                                  \
        if (centred)                                                                                   \
            normBackwardBody<true>(row, gy, gSum, gain, stats, gx, gDelta, gGain, gBias, c);                           \
        else                                                                                                           \
            normBackwardBody<false>(row, gy, gSum, gain, stats, gx, gDelta, gGain, gBias, c);                          \
    }
ATHANOR_NORM_KERNELS(float)
ATHANOR_NORM_KERNELS(Bf16)
#undef ATHANOR_NORM_KERNELS

}  // namespace athanor::tensor::kernels
