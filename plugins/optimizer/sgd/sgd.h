// Stochastic gradient descent with momentum over all parameters. State: ".velocity", f32, where there is momentum.
// Thread: one call at a time.
#pragma once

#include "core/train/optimizer.h"

namespace athanor::train {

struct SgdOptions {
    double momentum = 0.9;
    bool nesterov = false;
    double weightDecay = 0;  // in the gradient: L2
};

/// From the plugin's validated settings; what is missing keeps its default.
SgdOptions sgdOptions(const QJsonObject &settings);

class Sgd final : public Optimizer {
public:
    Sgd(std::vector<TrainedParameter> &parameters, const SgdOptions &options);
    void step(double learningRate, double gradientScale, qint64 step) override;
    std::vector<NamedState> state() override;

private:
    std::vector<TrainedParameter> *m_parameters;
    SgdOptions m_options;
    std::vector<torch::Tensor> m_velocities;  // undefined without momentum
};

}  // namespace athanor::train
