// Lion over all parameters. State: ".mean", f32. Thread: one call at a time.
#pragma once

#include "core/train/optimizer.h"

namespace athanor::train {

struct LionOptions {
    double beta1 = 0.9;
    double beta2 = 0.99;
    double weightDecay = 0.5;
};

/// From the plugin's validated settings; what is missing keeps its default.
LionOptions lionOptions(const QJsonObject &settings);

class Lion final : public Optimizer {
public:
    Lion(std::vector<TrainedParameter> &parameters, const LionOptions &options);
    void step(double learningRate, double gradientScale, qint64 step) override;
    std::vector<NamedState> state() override;

private:
    std::vector<TrainedParameter> *m_parameters;
    LionOptions m_options;
    std::vector<torch::Tensor> m_means;
};

}  // namespace athanor::train
