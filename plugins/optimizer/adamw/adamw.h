// AdamW over all parameters. State: two f32 tensors a parameter, ".mean" and ".variance"; in eight bits codes and scales,
// ".mean8", ".mean_scale", ".variance8", ".variance_scale", but for small parameters. Thread: one call at a time.
#pragma once

#include "core/tensor/eight_bit.h"
#include "core/train/optimizer.h"

namespace athanor::train {

struct AdamWOptions {
    double beta1 = 0.9;
    double beta2 = 0.95;
    double epsilon = 1e-8;
    double weightDecay = 0.1;
    bool inEightBits = false;  // the moments of parameters of 4,096 numbers and more
};

/// From the plugin's validated settings; what is missing keeps its default.
AdamWOptions adamWOptions(const QJsonObject &settings);

class AdamW final : public Optimizer {
public:
    AdamW(std::vector<TrainedParameter> &parameters, const AdamWOptions &options);
    void step(double learningRate, double gradientScale, qint64 step) override;
    std::vector<NamedState> state() override;

private:
    struct Moments {
        torch::Tensor mean, variance;     // f32,
        tensor::EightBitMoments inEight;  // or these
    };
    std::vector<TrainedParameter> *m_parameters;
    AdamWOptions m_options;
    std::vector<Moments> m_moments;
};

}  // namespace athanor::train
