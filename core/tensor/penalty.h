// Penalties on the size of weights, as part of what is minimised (coupled; decoupled weight decay is the optimizer's).
// Role: one sweep over a weight and its gradient. Results do not depend on the thread count. Errors: throw c10::Error
// for wrong shapes or dtypes; call inside guarded(). Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

struct PenaltySettings {
    double l1 = 0;      // times Σ|w| (Tibshirani 1996)
    double l2 = 0;      // times Σw²/2, so that the gradient is l2·w (Hoerl and Kennard 1970)
    double factor = 1;  // of the gradient that is added: micro-batches whose gradients are summed, not averaged
};

struct Penalised {
    torch::Tensor gradient;  // f32: `gradient` + factor·(l2·w + l1·sign(w))
    double penalty = 0;      // l1·Σ|w| + l2·Σw²/2, without the factor
};

/// gradient bf16 or f32, weight f32 contiguous, of one shape. An f32 gradient is changed in place; a bf16 one becomes
/// f32, because what is added is smaller than its rounding.
ATHANOR_EXPORT Penalised withPenalty(const torch::Tensor &gradient, const torch::Tensor &weight,
                                     const PenaltySettings &settings);
ATHANOR_EXPORT Penalised withPenaltyReference(const torch::Tensor &gradient, const torch::Tensor &weight,
                                              const PenaltySettings &settings);

}  // namespace athanor::tensor
