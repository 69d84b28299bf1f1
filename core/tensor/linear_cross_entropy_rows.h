// Inside core/tensor: the row kernel of the loss.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

// −log softmax(row)[target]; the row becomes (softmax − one-hot) · scale when scale > 0.
float crossEntropy(float *row, int64_t v, int64_t target, float scale);
float crossEntropy(Bf16 *row, int64_t v, int64_t target, float scale);
struct RowTerms {
    float labelSmoothing = 0, zWeight = 0;
};
struct RowLosses {
    float plain = 0, objective = 0;
};
// Both losses of a row (core/tensor/linear_cross_entropy.h); it becomes the objective's gradient · scale when scale > 0.
RowLosses regularisedCrossEntropy(float *row, int64_t v, int64_t target, RowTerms terms, float scale);
RowLosses regularisedCrossEntropy(Bf16 *row, int64_t v, int64_t target, RowTerms terms, float scale);
// The highest of a row's n numbers; sum: Σ exp(number − highest).
float sumOfExponentials(const float *row, int64_t n, float &sum);

}  // namespace athanor::tensor::kernels
