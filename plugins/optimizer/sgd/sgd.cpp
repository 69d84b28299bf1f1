// See sgd.h.
#include "plugins/optimizer/sgd/sgd.h"

#include "core/tensor/update_rules.h"

namespace athanor::train {

SgdOptions sgdOptions(const QJsonObject &settings)
{
    SgdOptions options;
    options.momentum = settings.value(QLatin1String("momentum")).toDouble(options.momentum);
    options.nesterov = settings.value(QLatin1String("nesterov")).toBool(options.nesterov);
    options.weightDecay = settings.value(QLatin1String("weight_decay")).toDouble(options.weightDecay);
    return options;
}

Sgd::Sgd(std::vector<TrainedParameter> &parameters, const SgdOptions &options)
    : m_parameters(&parameters), m_options(options)
{
    for (const TrainedParameter &parameter : parameters)
        m_velocities.push_back(options.momentum > 0 ? torch::zeros_like(parameter.master, torch::kFloat) : torch::Tensor());
}

void Sgd::step(double learningRate, double gradientScale, qint64)
{
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        const TrainedParameter &parameter = (*m_parameters)[i];
        if (!parameter.gradient.defined())
            continue;
        tensor::momentumStep({parameter.weight, parameter.master, parameter.gradient, gradientScale}, m_velocities[i],
                             {learningRate * parameter.learningRateFactor, m_options.momentum,
                              m_options.weightDecay * parameter.decayShare(), m_options.nesterov});
    }
}

std::vector<NamedState> Sgd::state()
{
    std::vector<NamedState> state;
    for (size_t i = 0; i < m_parameters->size(); ++i)
        if (m_velocities[i].defined())
            state.push_back({(*m_parameters)[i].name + ".velocity", m_velocities[i]});
    return state;
}

}  // namespace athanor::train
