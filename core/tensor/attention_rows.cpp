#include "core/tensor/attention_rows.h"

namespace athanor::tensor::kernels {

namespace {

template <typename T>
ATHANOR_INLINE void rotateRowBody(const T *from, T *to, const float *rotation, float turn, float scale, int64_t d)
{
    const int64_t half = d / 2;
    if (!rotation) {
        for (int64_t i = 0; i < d; ++i)
            to[i] = fromFloat<T>(toFloat(from[i]) * scale);
        return;
    }
    for (int64_t i = 0; i < half; ++i) {
        const float a = toFloat(from[i]), b = toFloat(from[i + half]);
        const float c = rotation[i] * scale, s = rotation[i + half] * scale * turn;
        to[i] = fromFloat<T>(a * c - b * s);
        to[i + half] = fromFloat<T>(b * c + a * s);
    }
}

template <typename T> ATHANOR_INLINE float softmaxRowBody(T *row, int64_t n, int64_t width)
{
    float highest = toFloat(row[0]);
#pragma omp simd reduction(max : highest)
    for (int64_t i = 0; i < n; ++i)
        highest = toFloat(row[i]) > highest ? toFloat(row[i]) : highest;
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < n; ++i)
        total += fastExp(toFloat(row[i]) - highest);
    const float inverse = 1.0f / total;
    for (int64_t i = 0; i < n; ++i)
        row[i] = fromFloat<T>(fastExp(toFloat(row[i]) - highest) * inverse);
    for (int64_t i = n; i < width; ++i)
        row[i] = fromFloat<T>(0.0f);
    return highest + __builtin_logf(total);
}

template <typename T>
ATHANOR_INLINE void softmaxBackwardRowBody(T *scores, T *gradient, float logSum, int64_t n, int64_t width)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; ++i)
        sum += fastExp(toFloat(scores[i]) - logSum) * toFloat(gradient[i]);
    for (int64_t i = 0; i < n; ++i) {
        const float p = fastExp(toFloat(scores[i]) - logSum);
        scores[i] = fromFloat<T>(p);
        gradient[i] = fromFloat<T>(p * (toFloat(gradient[i]) - sum));
    }
    for (int64_t i = n; i < width; ++i) {
        scores[i] = fromFloat<T>(0.0f);
        gradient[i] = fromFloat<T>(0.0f);
    }
}

template <typename T>
ATHANOR_INLINE void attendRowBody(const T *query, const T *keys, const T *values, float *scores, float *to, int64_t n,
                                  int64_t d, float scale)
{
    float highest = -__builtin_inff();
    for (int64_t j = 0; j < n; ++j) {
        float dot = 0;
#pragma omp simd reduction(+ : dot)
        for (int64_t i = 0; i < d; ++i)
            dot += toFloat(query[i]) * toFloat(keys[j * d + i]);
        scores[j] = dot * scale;
        highest = scores[j] > highest ? scores[j] : highest;
    }
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t j = 0; j < n; ++j) {
        scores[j] = fastExp(scores[j] - highest);
        total += scores[j];
    }
    for (int64_t i = 0; i < d; ++i)
        to[i] = 0;
    for (int64_t j = 0; j < n; ++j) {
        const float p = scores[j] / total;
        for (int64_t i = 0; i < d; ++i)
            to[i] += p * toFloat(values[j * d + i]);
    }
}

}  // namespace

#define ATHANOR_ATTENTION_ROWS(T)                                                                                      \
    ATHANOR_CLONES void rotateRow(const T *__restrict from, T *__restrict to, const float *__restrict rotation,        \
                                  float turn, float scale, int64_t d)                                                  \
    {                                                                                                                  \
        rotateRowBody(from, to, rotation, turn, scale, d);                                                             \
    }                                                                                                                  \
    ATHANOR_CLONES float softmaxRow(T *__restrict row, int64_t n, int64_t width)                                       \
    {                                                                                                                  \
        return softmaxRowBody(row, n, width);                                                                          \
    }                                                                                                                  \
    ATHANOR_CLONES void softmaxBackwardRow(T *__restrict scores, T *__restrict gradient, float logSum, int64_t n,      \
                                           int64_t width)                                                              \
    {                                                                                                                  \
        softmaxBackwardRowBody(scores, gradient, logSum, n, width);                                                    \
    }                                                                                                                  \
    ATHANOR_CLONES void attendRow(const T *__restrict query, const T *__restrict keys, const T *__restrict values,     \
                                  float *__restrict scores, float *__restrict to, int64_t n, int64_t d, float scale)   \
    {                                                                                                                  \
        attendRowBody(query, keys, values, scores, to, n, d, scale);                                                   \
    }
ATHANOR_ATTENTION_ROWS(float)
ATHANOR_ATTENTION_ROWS(Bf16)
#undef ATHANOR_ATTENTION_ROWS

}  // namespace athanor::tensor::kernels
