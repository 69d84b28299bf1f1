// The nonlinear middles of feed-forward layers, forward and backward in one sweep each. f32 or bf16 in and out,
// computed in f32. Differentiable. Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

enum class Activation { None, GeluTanh, Gelu, Relu, Silu, Tanh };

/// Element by element; Gelu is the exact form, with the error function.
ATHANOR_EXPORT torch::Tensor activated(const torch::Tensor &x, Activation activation);
/// x (…, 2·F) holds gate and up side by side; result (…, F) = activation(gate) · up. Silu is swiglu().
ATHANOR_EXPORT torch::Tensor gated(const torch::Tensor &x, Activation activation);

/// GELU in its tanh form (Hendrycks and Gimpel 2016, as GPT-2 uses it), element by element.
ATHANOR_EXPORT torch::Tensor gelu(const torch::Tensor &x);
ATHANOR_EXPORT torch::Tensor geluReference(const torch::Tensor &x);

/// SwiGLU (Shazeer 2020): x (…, 2·F) holds gate and up side by side; result (…, F) = silu(gate) · up.
ATHANOR_EXPORT torch::Tensor swiglu(const torch::Tensor &x);
ATHANOR_EXPORT torch::Tensor swigluReference(const torch::Tensor &x);

}  // namespace athanor::tensor
