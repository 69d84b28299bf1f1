// LayerNorm (Ba et al. 2016) and RMSNorm (Zhang and Sennrich 2019), with the residual addition before them in the
// same sweep. The stream x is f32; the branch (delta, result, gain, bias) is f32 or bf16. Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

#include <utility>

namespace athanor::tensor {

enum class NormKind { Layer, Rms };

struct NormSettings {
    NormKind kind = NormKind::Rms;
    double epsilon = 1e-5;
};

/// x (…, C) f32; delta like x in gain's dtype, or undefined; gain (C); bias (C) or undefined.
/// Returns {x + delta (f32), norm(x + delta) (gain's dtype)}. Differentiable in all four.
ATHANOR_EXPORT std::pair<torch::Tensor, torch::Tensor> addNorm(const torch::Tensor &x, const torch::Tensor &delta,
                                                               const torch::Tensor &gain, const torch::Tensor &bias,
                                                               const NormSettings &settings);
ATHANOR_EXPORT std::pair<torch::Tensor, torch::Tensor>
addNormReference(const torch::Tensor &x, const torch::Tensor &delta, const torch::Tensor &gain,
                 const torch::Tensor &bias, const NormSettings &settings);

}  // namespace athanor::tensor
