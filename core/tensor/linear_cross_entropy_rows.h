// Inside core/tensor: the row kernel of the loss.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

// −log softmax(row)[target]; the row becomes (softmax − one-hot) · scale when scale > 0.
float crossEntropy(float *row, int64_t v, int64_t target, float scale);
float crossEntropy(Bf16 *row, int64_t v, int64_t target, float scale);

}  // namespace athanor::tensor::kernels
