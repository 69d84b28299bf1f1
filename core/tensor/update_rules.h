// Further rules by which an optimizer changes a parameter, each in as few sweeps over memory as it can be (optimize.h has
// AdamW's). Role: loops for plugins of kind "optimizer". For all: weight bf16 or f32; gradient bf16 or f32, same shape;
// master f32 (the weight itself when that is f32); state f32; all contiguous but the gradient. Results do not depend on the
// thread count. Errors: throw c10::Error for wrong shapes or dtypes; call inside guarded(). Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

/// What a rule changes: one parameter and its gradient.
struct Updated {
    torch::Tensor weight, master, gradient;
    double gradientScale = 1.0;  // multiplies the gradient first (clipping, accumulation)
};

struct AdamSettings {
    double lr = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightPull = 0;  // L2: added to the gradient as pull · w, unlike AdamW's decay
    int64_t step = 1;       // from 1, for bias correction
};
/// Adam with L2 in the gradient (Kingma and Ba 2015, algorithm 1). One sweep.
ATHANOR_EXPORT void adamStep(const Updated &updated, torch::Tensor &first, torch::Tensor &second, const AdamSettings &settings);
ATHANOR_EXPORT void adamStepReference(const Updated &updated, torch::Tensor &first, torch::Tensor &second,
                                      const AdamSettings &settings);

struct MomentumSettings {
    double lr = 0.1;
    double momentum = 0.9;
    double weightPull = 0;  // L2: added to the gradient as pull · w
    bool nesterov = false;
};
/// Stochastic gradient descent: v ← μ·v + g, w ← w − lr·v, or with Nesterov's look ahead w ← w − lr·(g + μ·v) (Sutskever et
/// al. 2013, without dampening). `velocity` is undefined where there is no momentum. One sweep.
ATHANOR_EXPORT void momentumStep(const Updated &updated, torch::Tensor &velocity, const MomentumSettings &settings);
ATHANOR_EXPORT void momentumStepReference(const Updated &updated, torch::Tensor &velocity, const MomentumSettings &settings);

struct LionSettings {
    double lr = 1e-4;
    double beta1 = 0.9;   // of what the sign is taken of
    double beta2 = 0.99;  // of what is remembered
    double weightDecay = 0;  // decoupled: w -= lr · decay · w
};
/// Lion (Chen et al. 2023, algorithm 2): every weight moves by lr, in the direction of a sign. One sweep.
ATHANOR_EXPORT void lionStep(const Updated &updated, torch::Tensor &mean, const LionSettings &settings);
ATHANOR_EXPORT void lionStepReference(const Updated &updated, torch::Tensor &mean, const LionSettings &settings);

struct AdafactorSettings {
    double lr = 0.01;
    double beta1 = 0;            // of the mean of updates; 0: none is kept
    double decayPower = 0.8;     // the newest square counts step^−power
    double clipThreshold = 1;    // largest root mean square of an update before lr
    double smallestSquare = 1e-30;
    double smallestScale = 1e-3;  // of a weight's own size, when updates are relative to it
    bool relativeToWeights = false;
    double weightDecay = 0;      // decoupled
    int64_t step = 1;
};
/// What Adafactor remembers of a parameter. A matrix (m, n) has `rows` (m) and `columns` (n); anything else, as a row of n
/// numbers, has `columns` alone: the squares themselves.
struct AdafactorState {
    torch::Tensor rows, columns, mean;  // mean: of the parameter's shape, or undefined
};
/// Adafactor (Shazeer and Stern 2018, algorithms 4 and 5; section 8 for updates relative to the weights). Three sweeps over
/// the gradient, one over the weights.
ATHANOR_EXPORT void adafactorStep(const Updated &updated, AdafactorState &state, const AdafactorSettings &settings);
ATHANOR_EXPORT void adafactorStepReference(const Updated &updated, AdafactorState &state, const AdafactorSettings &settings);

}  // namespace athanor::tensor
