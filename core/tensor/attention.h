// Causal self-attention with grouped queries and rotary positions, from the fused projection to the heads' outputs.
// Letters: B batch, T time, H query heads, K key-value heads (K divides H), D head size. Works in blocks of queries:
// at most (B·H, block, T) scores are held at a time, and none are kept for the backward pass, which computes them
// again (as FlashAttention does; Dao et al. 2022). Grouped queries: Ainslie et al. 2023. Thread: one at a time.
#pragma once

#include "core/base/export.h"

#include <torch/torch.h>

namespace athanor::tensor {

struct AttentionShape {
    int64_t heads = 1;          // H
    int64_t keyValueHeads = 1;  // K
    int64_t headSize = 64;      // D, even when rotary positions are used
};

/// (positions, D) f32: D/2 cosines, then D/2 sines of position · base^(−2i/D) (Su et al. 2021).
ATHANOR_EXPORT torch::Tensor rotaryTable(int64_t positions, int64_t headSize, double base);

/// qkv (B, T, (H + 2·K)·D): queries, keys, values side by side, f32 or bf16. rotary: table with at least T rows, or
/// undefined. Result (B, T, H·D). Scores are divided by √D. Differentiable in qkv.
ATHANOR_EXPORT torch::Tensor causalAttention(const torch::Tensor &qkv, const torch::Tensor &rotary,
                                             const AttentionShape &shape);
ATHANOR_EXPORT torch::Tensor causalAttentionReference(const torch::Tensor &qkv, const torch::Tensor &rotary,
                                                      const AttentionShape &shape);

/// The same for ids that continue a text: keys and values (B, K, capacity, D) hold `position` earlier ones; the new
/// ones are written behind them. No gradients. position + T must be ≤ capacity.
ATHANOR_EXPORT torch::Tensor cachedAttention(const torch::Tensor &qkv, const torch::Tensor &rotary,
                                             const AttentionShape &shape, torch::Tensor &keys, torch::Tensor &values,
                                             int64_t position);

}  // namespace athanor::tensor
