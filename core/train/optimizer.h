// How gradients become updates. Role: the interface of plugins of kind "optimizer". Every parameter has an f32 master;
// a bf16 model's weights are its masters rounded, an f32 model's weights are their masters. Thread: one call at a time.
#pragma once

#include "core/base/error.h"
#include "core/tensor/libtorch.h"

#include <QJsonObject>
#include <QtPlugin>

#include <memory>
#include <string>
#include <vector>

namespace athanor::train {

struct TrainedParameter {
    std::string name;
    torch::Tensor weight;         // bf16 or f32, what the model computes with
    torch::Tensor master;         // f32; shares memory with `weight` when that is f32
    torch::Tensor gradient;       // of the coming update, bf16 or f32; undefined: this parameter rests
    bool decays = false;          // matrices decay, gains and biases do not
    bool isHiddenMatrix = false;  // a matrix inside a residual branch: neither embedding nor head
    double learningRateFactor = 1;  // of the group that it belongs to; every optimizer honours both
    double decayFactor = 1;

    /// What its weight decay is multiplied by.
    double decayShare() const { return decays ? decayFactor : 0; }
};

struct NamedState {
    std::string name;       // "<parameter>.<what>", unique
    torch::Tensor tensor;   // f32, or uint8 (codes); loading writes into it
};

/// One run's optimizer. It reads the gradients of the parameters it was made for, and writes masters and weights.
class ATHANOR_EXPORT Optimizer {
public:
    virtual ~Optimizer() = default;
    /// `gradientScale` multiplies every gradient first (clipping, accumulation); `step` counts from 1. May throw
    /// what LibTorch throws.
    virtual void step(double learningRate, double gradientScale, qint64 step) = 0;
    /// Everything that must be in a checkpoint, always in the same order.
    virtual std::vector<NamedState> state() = 0;
};

class ATHANOR_EXPORT OptimizerPlugin {
public:
    virtual ~OptimizerPlugin() = default;
    /// `settings` are those of the plugin's own schema, validated. The parameters outlive the optimizer.
    virtual Result<std::unique_ptr<Optimizer>> create(std::vector<TrainedParameter> &parameters,
                                                      const QJsonObject &settings) = 0;
};

}  // namespace athanor::train

Q_DECLARE_INTERFACE(athanor::train::OptimizerPlugin, "athanor.Optimizer/1")
