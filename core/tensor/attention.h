// Causal self-attention with grouped queries and rotary positions, from the fused projection to the heads' outputs.
// Letters: B batch, T time, H query heads, K key-value heads (K divides H), D head size. Works in blocks of queries:
// at most (B·H, block, T) scores are held at a time, and none are kept for the backward pass, which computes them
// again (as FlashAttention does; Dao et al. 2022). Grouped queries: Ainslie et al. 2023. Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

struct AttentionShape {
    int64_t heads = 1;          // H
    int64_t keyValueHeads = 1;  // K
    int64_t headSize = 64;      // D, even when rotary positions are used
};

/// What each query sees besides "everything before it". Both (B, T) int64, or undefined.
struct AttentionView {
    torch::Tensor positions;  // for the rotary table; undefined: the place in the row
    torch::Tensor firsts;     // the first key that the query sees; undefined: 0
};

/// How rotary positions are stretched for contexts longer than those of the first training.
enum class RotaryScaling { None, Linear, Llama3 };
struct RotarySettings {
    double base = 10000;
    RotaryScaling scaling = RotaryScaling::None;
    double factor = 1;              // the stretch
    double lowFrequency = 1;        // Llama3: turns in the original context below which all is stretched …
    double highFrequency = 4;       // … and above which nothing is
    double originalContext = 8192;  // Llama3
};

/// (positions, R) f32: R/2 cosines, then R/2 sines of position · base^(−2i/R) (Su et al. 2021). R ≤ D: only the first
/// R numbers of a head are turned.
ATHANOR_EXPORT torch::Tensor rotaryTable(int64_t positions, int64_t rotated, double base);
ATHANOR_EXPORT torch::Tensor rotaryTable(int64_t positions, int64_t rotated, const RotarySettings &settings);

/// From segments (B, T) int64 (a query sees only the run of equal numbers that it stands in) and a window (a query
/// sees itself and the window − 1 keys before it; 0: no limit) to AttentionView::firsts on that device, where the segments are too; undefined when both are absent.
ATHANOR_EXPORT torch::Tensor firstsOf(const torch::Tensor &segments, int64_t window, int64_t b, int64_t t,
                                      at::Device device = at::kCPU);

/// qkv (B, T, (H + 2·K)·D): queries, keys, values side by side, f32 or bf16. rotary: table with a row for each
/// position, or undefined. Result (B, T, H·D). Scores are divided by √D. Differentiable in qkv.
ATHANOR_EXPORT torch::Tensor causalAttention(const torch::Tensor &qkv, const torch::Tensor &rotary,
                                             const AttentionShape &shape, const AttentionView &view = {});
ATHANOR_EXPORT torch::Tensor causalAttentionReference(const torch::Tensor &qkv, const torch::Tensor &rotary,
                                                      const AttentionShape &shape, const AttentionView &view = {});

/// Attention of any kind by LibTorch's operations, all scores held: q (B, T, H, D), k and v (B, S, K, D), visible
/// (B or 1, 1, T, S) bool or undefined, bias (1, H, T, S) added to the scores or undefined. Result (B, T, H·D).
ATHANOR_EXPORT torch::Tensor openAttention(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &v,
                                           const torch::Tensor &visible, const torch::Tensor &bias, double scale);

/// x (B, T, heads, D) turned by its positions ((B, T) int64, or undefined: 0 … T − 1).
ATHANOR_EXPORT torch::Tensor rotated(const torch::Tensor &x, const torch::Tensor &rotary,
                                     const torch::Tensor &positions);

/// The same for ids that continue a text: keys and values (B, K, capacity, D) hold `position` earlier ones; the new
/// ones are written behind them. No gradients. position + T must be ≤ capacity. The view's positions default to
/// position …; its firsts count from the start of the cache.
ATHANOR_EXPORT torch::Tensor cachedAttention(const torch::Tensor &qkv, const torch::Tensor &rotary,
                                             const AttentionShape &shape, torch::Tensor &keys, torch::Tensor &values,
                                             int64_t position, const AttentionView &view = {});

}  // namespace athanor::tensor
