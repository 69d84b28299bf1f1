#include "core/tensor/linear_cross_entropy_rows.h"

namespace athanor::tensor::kernels {

namespace {

// −log softmax(row)[target]; the row becomes (softmax − one-hot) · scale when scale > 0.
template <typename T> ATHANOR_INLINE float crossEntropyBody(T *row, int64_t v, int64_t target, float scale)
{
    const float highest = highestOf(row, v), total = sumOfExponentialsOf(row, v, highest);
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

// Σ (highest − number).
template <typename T> ATHANOR_INLINE float spreadOf(const T *row, int64_t v, float highest)
{
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < v; ++i)
        total += highest - toFloat(row[i]);
    return total;
}

// With p = softmax and s = log Σ exp: gradient p·(1 + 2·z·s) − ε/V − (1 − ε)·one-hot.
template <typename T>
ATHANOR_INLINE RowLosses regularisedBody(T *row, int64_t v, int64_t target, const RowTerms terms, float scale)
{
    const float highest = highestOf(row, v), total = sumOfExponentialsOf(row, v, highest);
    const float spread = spreadOf(row, v, highest), logTotal = __builtin_logf(total), level = logTotal + highest;
    const float logit = toFloat(row[target]), smoothing = terms.labelSmoothing;
    const float plain = level - logit, uniform = logTotal + spread / float(v);
    if (scale > 0) {
        const float likely = (1.0f + 2.0f * terms.zWeight * level) * scale / total, even = smoothing / float(v) * scale;
        for (int64_t i = 0; i < v; ++i)
            row[i] = fromFloat<T>(fastExp(toFloat(row[i]) - highest) * likely - even);
        row[target] = fromFloat<T>(fastExp(logit - highest) * likely - even - (1.0f - smoothing) * scale);
    }
    return {plain, (1.0f - smoothing) * plain + smoothing * uniform + terms.zWeight * level * level};
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

ATHANOR_CLONES RowLosses regularisedCrossEntropy(float *__restrict row, int64_t v, int64_t target, RowTerms terms,
                                                 float scale)
{
    return regularisedBody(row, v, target, terms, scale);
}
ATHANOR_CLONES RowLosses regularisedCrossEntropy(Bf16 *__restrict row, int64_t v, int64_t target, RowTerms terms,
                                                 float scale)
{
    return regularisedBody(row, v, target, terms, scale);
}

ATHANOR_CLONES float sumOfExponentials(const float *__restrict row, int64_t n, float &sum)
{
    const float highest = highestOf(row, n);
    sum = sumOfExponentialsOf(row, n, highest);
    return highest;
}

}  // namespace athanor::tensor::kernels
