// Inside core/tensor: causal attention in bf16 whose products are the processor's dot products of bf16 pairs, with sums and
// softmax in f32, as PyTorch's autocast has it. attention.cpp takes it where those products are faster than f32's.
// Blocks of queries against the keys they see (FlashAttention, Dao et al. 2022).
#pragma once

#include "core/tensor/attention_layout.h"

namespace athanor::tensor {

/// qkv (B, T, (H + 2K)·D) bf16 to result (B, T, H·D), and each row's log Σ exp (B, H, T). Cost: about half of f32's.
void attendInPairs(const Layout &l, const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionView &view,
                   float *logSums, Bf16 *result);

/// The gradient of qkv, from the gradient of the result; everything is set.
void attendInPairsBackward(const Layout &l, const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionView &view,
                           const float *logSums, const torch::Tensor &gResult, Bf16 *gqkv);

}  // namespace athanor::tensor
