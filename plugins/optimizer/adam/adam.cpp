// See adam.h.
#include "plugins/optimizer/adam/adam.h"

#include "core/tensor/update_rules.h"

namespace athanor::train {

AdamOptions adamOptions(const QJsonObject &settings)
{
    AdamOptions options;
    options.beta1 = settings.value(QLatin1String("beta1")).toDouble(options.beta1);
    options.beta2 = settings.value(QLatin1String("beta2")).toDouble(options.beta2);
    options.epsilon = settings.value(QLatin1String("epsilon")).toDouble(options.epsilon);
    options.weightDecay = settings.value(QLatin1String("weight_decay")).toDouble(options.weightDecay);
    return options;
}

Adam::Adam(std::vector<TrainedParameter> &parameters, const AdamOptions &options)
    : m_parameters(&parameters), m_options(options)
{
    for (const TrainedParameter &parameter : parameters) {
        m_means.push_back(torch::zeros_like(parameter.master, torch::kFloat));
        m_variances.push_back(torch::zeros_like(parameter.master, torch::kFloat));
    }
}

void Adam::step(double learningRate, double gradientScale, qint64 step)
{
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        const TrainedParameter &parameter = (*m_parameters)[i];
        if (!parameter.gradient.defined())
            continue;
        tensor::adamStep({parameter.weight, parameter.master, parameter.gradient, gradientScale}, m_means[i], m_variances[i],
                         {learningRate * parameter.learningRateFactor, m_options.beta1, m_options.beta2, m_options.epsilon,
                          m_options.weightDecay * parameter.decayShare(), step});
    }
}

std::vector<NamedState> Adam::state()
{
    std::vector<NamedState> state;
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        const std::string &name = (*m_parameters)[i].name;
        state.push_back({name + ".mean", m_means[i]});
        state.push_back({name + ".variance", m_variances[i]});
    }
    return state;
}

}  // namespace athanor::train
