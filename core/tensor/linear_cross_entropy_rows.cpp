#include "core/tensor/linear_cross_entropy_rows.h"

namespace athanor::tensor::kernels {

namespace {

// −log softmax(row)[target]; the row becomes (softmax − one-hot) · scale when scale > 0.
template <typename T> ATHANOR_INLINE float crossEntropyBody(T *row, int64_t v, int64_t target, float scale)
{
    float highest = toFloat(row[0]);
#pragma omp simd reduction(max : highest)
    for (int64_t i = 0; i < v; ++i)
        highest = toFloat(row[i]) > highest ? toFloat(row[i]) : highest;
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < v; ++i)
        total += fastExp(toFloat(row[i]) - highest);
    const float logit = toFloat(row[target]);
    const float loss = __builtin_logf(total) + highest - logit;
    if (scale > 0) {
        const float factor = scale / total;
        for (int64_t i = 0; i < v; ++i)
            row[i] = fromFloat<T>(fastExp(toFloat(row[i]) - highest) * factor);
        row[target] = fromFloat<T>((fastExp(logit - highest) / total - 1.0f) * scale);
    }
    return loss;
}

}  // namespace

ATHANOR_CLONES float crossEntropy(float *__restrict row, int64_t v, int64_t target, float scale)
{
    return crossEntropyBody(row, v, target, scale);
}
ATHANOR_CLONES float crossEntropy(Bf16 *__restrict row, int64_t v, int64_t target, float scale)
{
    return crossEntropyBody(row, v, target, scale);
}

ATHANOR_CLONES float sumOfExponentials(const float *__restrict row, int64_t n, float &sum)
{
    float highest = row[0];
#pragma omp simd reduction(max : highest)
    for (int64_t i = 0; i < n; ++i)
        highest = row[i] > highest ? row[i] : highest;
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < n; ++i)
        total += fastExp(row[i] - highest);
    sum = total;
    return highest;
}

}  // namespace athanor::tensor::kernels
