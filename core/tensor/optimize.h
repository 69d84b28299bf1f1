// What an optimizer does to tensors, in one sweep each. Role: memory-bound loops for plugins of kind "optimizer" and
// for core/train. bf16 parameters have an f32 master; f32 parameters are their own master. Results do not depend on
// the thread count. Errors: throw c10::Error for wrong shapes or dtypes; call inside guarded(). Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

#include <vector>

namespace athanor::tensor {

struct AdamWSettings {
    double lr = 6e-4;
    double beta1 = 0.9;
    double beta2 = 0.95;
    double epsilon = 1e-8;
    double weightDecay = 0.1;   // decoupled: w -= lr · decay · w
    double gradientScale = 1.0; // multiplies every gradient first (clipping, accumulation)
    int64_t step = 1;           // from 1, for bias correction
};

/// One AdamW step (Loshchilov and Hutter 2019) of one parameter: weight bf16 or f32; gradient bf16 or f32, same shape;
/// master f32 (weight itself when weight is f32, or undefined then); first, second moment f32. All contiguous.
ATHANOR_EXPORT void adamWStep(torch::Tensor &weight, torch::Tensor &master, torch::Tensor &first, torch::Tensor &second,
                              const torch::Tensor &gradient, const AdamWSettings &settings);
/// The same in readable tensor operations; the test holds the two together.
ATHANOR_EXPORT void adamWStepReference(torch::Tensor &weight, torch::Tensor &master, torch::Tensor &first,
                                       torch::Tensor &second, const torch::Tensor &gradient,
                                       const AdamWSettings &settings);

/// Square root of the sum of squares of all gradients (undefined ones count nothing). Summed in f64 over fixed
/// blocks in a fixed order. NaN or infinity when a gradient has one.
ATHANOR_EXPORT double gradientNorm(const std::vector<torch::Tensor> &gradients);

/// sum += gradient (f32 sum; gradient bf16 or f32): accumulation over micro-batches without rounding to bf16.
ATHANOR_EXPORT void accumulate(torch::Tensor &sum, const torch::Tensor &gradient);

}  // namespace athanor::tensor
