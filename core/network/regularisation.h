// What keeps a model from learning by heart while it trains, beside dropout, which the layers do themselves. Role:
// settings that Model::losses() reads; nothing of it holds when a model is measured or used. Thread: values.
#pragma once

#include "core/tensor/linear_cross_entropy.h"
#include "core/tensor/random.h"

#include <vector>

namespace athanor::network {

struct Regularisation {
    tensor::LossTerms terms;         // of tokens; the label smoothing holds for labels too
    double focalGamma = 0;           // of labels: what is known already counts less (Lin et al. 2017, equation 4)
    std::vector<float> labelWeights; // of labels, by class, mean 1 over the records; empty: all alike
    double stochasticDepth = 0;      // chance in [0, 1) that a row leaves out the last residual branch; the first ones less
};

/// Mean over labels ≥ 0 (0 when none is) of −log softmax(logits)[label] as `plain`, and of what is minimised instead:
/// w[label]·(1 − p[label])^γ·(the smoothed loss). logits (B, K) f32, labels (B) int64 below K,
/// of the processor's memory. Rows are not divided by
/// the sum of their weights: a micro-batch of one class would undo them.
ATHANOR_EXPORT tensor::LossPair labelCrossEntropy(const torch::Tensor &logits, const torch::Tensor &labels,
                                                  const Regularisation &regularisation);

/// y (B, …) with each row left out by chance `probability` and the others scaled up by as much, so that the mean stays
/// ("row" mode; Huang et al. 2016). `key` decides; of B rows floor(p·B) or one more are left out each time.
ATHANOR_EXPORT torch::Tensor keptRows(const torch::Tensor &y, double probability, const tensor::RandomKey &key);

}  // namespace athanor::network
