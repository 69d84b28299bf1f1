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

/// What is added to the cross-entropy of a row; nothing by default.
struct LossTerms {
    double labelSmoothing = 0;  // ε in [0, 1): the target is (1 − ε)·one-hot + ε/V (Szegedy et al. 2016, section 7)
    double zWeight = 0;         // ≥ 0, times log²Σexp(logits): keeps it near 0 (Chowdhery et al. 2022, section 5)
    bool areNone() const { return labelSmoothing <= 0 && zWeight <= 0; }
};

/// What is minimised, and the plain cross-entropy of the same pass, by which models are compared. f32 scalars.
struct LossPair {
    torch::Tensor objective;  // differentiable as linearCrossEntropy()
    torch::Tensor plain;      // no gradients
};

/// Both in one sweep; without terms they are equal and cost what linearCrossEntropy() does.
ATHANOR_EXPORT LossPair regularisedCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight,
                                                const torch::Tensor &targets, const torch::Tensor &bias,
                                                const LossTerms &terms);
ATHANOR_EXPORT LossPair regularisedCrossEntropyReference(const torch::Tensor &x, const torch::Tensor &weight,
                                                         const torch::Tensor &targets, const torch::Tensor &bias,
                                                         const LossTerms &terms);

/// (N) f32: the loss of each row, 0 where the target is −1. No gradients. Cost: 2·C·V FLOPs for each row with a target;
/// holds one tile of logits a thread. The same for any number of threads.
ATHANOR_EXPORT torch::Tensor perTokenCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight,
                                                  const torch::Tensor &targets, const torch::Tensor &bias = {});

}  // namespace athanor::tensor
