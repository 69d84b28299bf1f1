// Adafactor over all parameters. State: of a matrix (m, n) ".rows" (m) and ".columns" (n), of others ".columns" with as many
// numbers as the parameter, and ".mean" of the updates where it is kept; f32. Thread: one call at a time.
#pragma once

#include "core/tensor/update_rules.h"
#include "core/train/optimizer.h"

namespace athanor::train {

/// From the plugin's validated settings; what is missing keeps its default.
tensor::AdafactorSettings adafactorOptions(const QJsonObject &settings);

class Adafactor final : public Optimizer {
public:
    Adafactor(std::vector<TrainedParameter> &parameters, const tensor::AdafactorSettings &options);
    void step(double learningRate, double gradientScale, qint64 step) override;
    std::vector<NamedState> state() override;

private:
    std::vector<TrainedParameter> *m_parameters;
    tensor::AdafactorSettings m_options;  // lr, decay and step are those of the call
    std::vector<tensor::AdafactorState> m_states;
};

}  // namespace athanor::train
