// Inside core/tensor: the ways of LibTorch's operations, for tensors that the kernels do not read (device.h). Every one is
// what the kernel of its name computes, and differentiable where that is. Nothing here fetches a number from a device.
#pragma once

#include "core/tensor/attention.h"
#include "core/tensor/linear_cross_entropy.h"
#include "core/tensor/random.h"

namespace athanor::tensor {

// As regularisedCrossEntropy() with gradients: in chunks of rows, so that all logits (N, V) are never held.
LossPair plainCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &targets,
                           const torch::Tensor &bias, const LossTerms &terms);
torch::Tensor plainPerTokenCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &targets,
                                        const torch::Tensor &bias);

torch::Tensor plainAttention(const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionShape &shape,
                             const AttentionView &view);
torch::Tensor plainCachedAttention(const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionShape &shape,
                                   torch::Tensor &keys, torch::Tensor &values, int64_t position, const AttentionView &view);
// As openAttention(): LibTorch's fused attention where it has one and nothing is added to the scores.
torch::Tensor plainOpenAttention(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &v,
                                 const torch::Tensor &visible, const torch::Tensor &bias, double scale);
// The same with all scores held, in f32 (attention_open.cpp).
torch::Tensor attentionWithScores(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &v,
                                  const torch::Tensor &visible, const torch::Tensor &bias, double scale);

// (count) f32 on the device: what randomUniform(key, 0 … count − 1) gives, to the bit.
torch::Tensor plainUniform(const RandomKey &key, int64_t count, at::Device device);

}  // namespace athanor::tensor
