#include "core/tensor/attention_rows.h"

namespace athanor::tensor::kernels {

namespace {

template <typename From, typename To>
ATHANOR_INLINE void rotateRowBody(const From *from, To *to, const float *rotation, float turn, float scale, int64_t d)
{
    const int64_t half = d / 2;
    if (!rotation) {
        for (int64_t i = 0; i < d; ++i)
            to[i] = fromFloat<To>(toFloat(from[i]) * scale);
        return;
    }
    for (int64_t i = 0; i < half; ++i) {
        const float a = toFloat(from[i]), b = toFloat(from[i + half]);
        const float c = rotation[i] * scale, s = rotation[i + half] * scale * turn;
        to[i] = fromFloat<To>(a * c - b * s);
        to[i + half] = fromFloat<To>(b * c + a * s);
    }
}

// Four keys at a time: one sum alone waits for its own additions.
template <typename T>
ATHANOR_INLINE void scoresBody(const float *query, const T *keys, float *scores, int64_t n, int64_t d)
{
    int64_t j = 0;
    for (; j + 4 <= n; j += 4) {
        const T *k0 = keys + j * d, *k1 = k0 + d, *k2 = k1 + d, *k3 = k2 + d;
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
        for (int64_t i = 0; i < d; ++i) {
            s0 += query[i] * toFloat(k0[i]);
            s1 += query[i] * toFloat(k1[i]);
            s2 += query[i] * toFloat(k2[i]);
            s3 += query[i] * toFloat(k3[i]);
        }
        scores[j] = s0;
        scores[j + 1] = s1;
        scores[j + 2] = s2;
        scores[j + 3] = s3;
    }
    for (; j < n; ++j) {
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < d; ++i)
            sum += query[i] * toFloat(keys[j * d + i]);
        scores[j] = sum;
    }
}

template <typename T>
ATHANOR_INLINE void attendRowBody(const float *query, const T *keys, const T *values, float *scores, float *to,
                                  int64_t n, int64_t d)
{
    scoresBody(query, keys, scores, n, d);
    const float total = exponentiate(scores, n, highestOf(scores, n));
    for (int64_t i = 0; i < d; ++i)
        to[i] = 0;
    for (int64_t j = 0; j < n; ++j) {
        const float p = scores[j] / total;
        for (int64_t i = 0; i < d; ++i)
            to[i] += p * toFloat(values[j * d + i]);
    }
}

}  // namespace

#define ATHANOR_ROTATE(From, To)                                                                                       \
    ATHANOR_CLONES void rotateRow(const From *__restrict from, To *__restrict to, const float *__restrict rotation,    \
                                  float turn, float scale, int64_t d)                                                  \
    {                                                                                                                  \
        rotateRowBody(from, to, rotation, turn, scale, d);                                                             \
    }
ATHANOR_ROTATE(float, float)
ATHANOR_ROTATE(Bf16, float)
ATHANOR_ROTATE(float, Bf16)
ATHANOR_ROTATE(Bf16, Bf16)
#undef ATHANOR_ROTATE

ATHANOR_CLONES float softmaxRow(float *__restrict row, int64_t n, int64_t width)
{
    const float highest = highestOf(row, n), total = exponentiate(row, n, highest);
    const float inverse = 1.0f / total;
    for (int64_t i = 0; i < n; ++i)
        row[i] *= inverse;
    for (int64_t i = n; i < width; ++i)
        row[i] = 0.0f;
    return highest + __builtin_logf(total);
}

ATHANOR_CLONES float exponentials(float *__restrict scores, float scale, int64_t n, float &highest, float &total)
{
    const float before = highest, here = scale * highestOf(scores, n), most = here > before ? here : before;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; ++i) {
        scores[i] = fastExp(scale * scores[i] - most);
        sum += scores[i];
    }
    const float factor = total > 0 ? (before == most ? 1.0f : fastExp(before - most)) : 0.0f;
    highest = most;
    total = total * factor + sum;
    return factor;
}

ATHANOR_CLONES void scaleRow(float *__restrict row, float factor, int64_t n)
{
    for (int64_t i = 0; i < n; ++i)
        row[i] *= factor;
}

ATHANOR_CLONES void softmaxBackwardRow(float *__restrict scores, float *__restrict gradient, float scale, float logSum, int64_t n,
                                       int64_t width)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; ++i) {
        scores[i] = fastExp(scale * scores[i] - logSum);
        sum += scores[i] * gradient[i];
    }
    for (int64_t i = 0; i < n; ++i)
        gradient[i] = scores[i] * (gradient[i] - sum);
    for (int64_t i = n; i < width; ++i) {
        scores[i] = 0.0f;
        gradient[i] = 0.0f;
    }
}

#define ATHANOR_ATTEND(T)                                                                                              \
    ATHANOR_CLONES void attendRow(const float *__restrict query, const T *__restrict keys, const T *__restrict values, \
                                  float *__restrict scores, float *__restrict to, int64_t n, int64_t d)                \
    {                                                                                                                  \
        attendRowBody(query, keys, values, scores, to, n, d);                                                          \
    }
ATHANOR_ATTEND(float)
ATHANOR_ATTEND(Bf16)
#undef ATHANOR_ATTEND

}  // namespace athanor::tensor::kernels
