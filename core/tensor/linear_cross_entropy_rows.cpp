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
    const float highest = highestOf(row, n);
    sum = sumOfExponentialsOf(row, n, highest);
    return highest;
}

}  // namespace athanor::tensor::kernels
