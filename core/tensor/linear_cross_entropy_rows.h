// Inside core/tensor: the row kernel of the loss.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

// −log softmax(row)[target]; the row becomes (softmax − one-hot) · scale when scale > 0.
float crossEntropy(float *row, int64_t v, int64_t target, float scale);
float crossEntropy(Bf16 *row, int64_t v, int64_t target, float scale);
// The highest of a row's n numbers; sum: Σ exp(number − highest).
float sumOfExponentials(const float *row, int64_t n, float &sum);

}  // namespace athanor::tensor::kernels
