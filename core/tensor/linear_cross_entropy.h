// The head and the loss in one: logits = x·Wᵀ, then cross-entropy, in chunks of rows, so that all logits (N, V) are
// never held. Forward computes the gradients too: each chunk's logits become its gradient in place.
// N = B·T rows, C channels, V vocabulary. Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

/// Mean over rows with target ≥ 0 of −log softmax(x·Wᵀ)[target], nats, f32 scalar; 0 when none counts.
/// x (N, C), weight (V, C), both bf16 or both f32; targets (N) int64, −1: not counted. bias (V) or undefined. Differentiable
/// in x, weight and bias; no gradient is computed for a frozen weight.
/// Cost: 6·N·V·C FLOPs for loss and gradients. Throws c10::Error for a target ≥ V.
ATHANOR_EXPORT torch::Tensor linearCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight,
                                                const torch::Tensor &targets, const torch::Tensor &bias = {});
ATHANOR_EXPORT torch::Tensor linearCrossEntropyReference(const torch::Tensor &x, const torch::Tensor &weight,
                                                         const torch::Tensor &targets, const torch::Tensor &bias = {});

/// (N) f32: the loss of each row, 0 where the target is −1. No gradients. Cost: 2·C·V FLOPs for each row with a target;
/// holds one tile of logits a thread. The same for any number of threads.
ATHANOR_EXPORT torch::Tensor perTokenCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight,
                                                  const torch::Tensor &targets, const torch::Tensor &bias = {});

}  // namespace athanor::tensor
