// How spread an attention looks. Role: a figure to watch, not part of any pass. Letters: B batch, T time, S time of the
// keys, H heads, K key-value heads, D head size. Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

/// (H) f32, nats: −Σ p·ln p of the weights p that a query gives its keys, the mean over queries and rows. 0: each query
/// looks at one key alone; ln S: at all alike. q (B, T, H, D) and k (B, S, K, D), turned by their positions already;
/// visible and bias as for openAttention(). Cost: one product of q and k, all B·H·T·S scores held. No gradients.
ATHANOR_EXPORT torch::Tensor attentionEntropy(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &visible,
                                              const torch::Tensor &bias, double scale);

}  // namespace athanor::tensor
