// See lion.h.
#include "plugins/optimizer/lion/lion.h"

#include "core/tensor/update_rules.h"

namespace athanor::train {

LionOptions lionOptions(const QJsonObject &settings)
{
    LionOptions options;
    options.beta1 = settings.value(QLatin1String("beta1")).toDouble(options.beta1);
    options.beta2 = settings.value(QLatin1String("beta2")).toDouble(options.beta2);
    options.weightDecay = settings.value(QLatin1String("weight_decay")).toDouble(options.weightDecay);
    return options;
}

Lion::Lion(std::vector<TrainedParameter> &parameters, const LionOptions &options)
    : m_parameters(&parameters), m_options(options)
{
    for (const TrainedParameter &parameter : parameters)
        m_means.push_back(torch::zeros_like(parameter.master, torch::kFloat));
}

void Lion::step(double learningRate, double gradientScale, qint64)
{
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        const TrainedParameter &parameter = (*m_parameters)[i];
        if (!parameter.gradient.defined())
            continue;
        tensor::lionStep({parameter.weight, parameter.master, parameter.gradient, gradientScale}, m_means[i],
                         {learningRate * parameter.learningRateFactor, m_options.beta1, m_options.beta2,
                          m_options.weightDecay * parameter.decayShare()});
    }
}

std::vector<NamedState> Lion::state()
{
    std::vector<NamedState> state;
    for (size_t i = 0; i < m_parameters->size(); ++i)
        state.push_back({(*m_parameters)[i].name + ".mean", m_means[i]});
    return state;
}

}  // namespace athanor::train
