// Adam over all parameters. State: two f32 tensors a parameter, ".mean" and ".variance". Thread: one call at a time.
#pragma once

#include "core/train/optimizer.h"

namespace athanor::train {

struct AdamOptions {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0;  // in the gradient: L2
};

/// From the plugin's validated settings; what is missing keeps its default.
AdamOptions adamOptions(const QJsonObject &settings);

class Adam final : public Optimizer {
public:
    Adam(std::vector<TrainedParameter> &parameters, const AdamOptions &options);
    void step(double learningRate, double gradientScale, qint64 step) override;
    std::vector<NamedState> state() override;

private:
    std::vector<TrainedParameter> *m_parameters;
    AdamOptions m_options;
    std::vector<torch::Tensor> m_means, m_variances;
};

}  // namespace athanor::train
