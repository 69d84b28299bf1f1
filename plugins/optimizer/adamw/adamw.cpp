// See adamw.h.
#include "plugins/optimizer/adamw/adamw.h"

#include "core/tensor/optimize.h"

namespace athanor::train {

AdamWOptions adamWOptions(const QJsonObject &settings)
{
    AdamWOptions options;
    options.beta1 = settings.value(QLatin1String("beta1")).toDouble(options.beta1);
    options.beta2 = settings.value(QLatin1String("beta2")).toDouble(options.beta2);
    options.epsilon = settings.value(QLatin1String("epsilon")).toDouble(options.epsilon);
    options.weightDecay = settings.value(QLatin1String("weight_decay")).toDouble(options.weightDecay);
    return options;
}

AdamW::AdamW(std::vector<TrainedParameter> &parameters, const AdamWOptions &options)
    : m_parameters(&parameters), m_options(options)
{
    for (const TrainedParameter &parameter : parameters) {
        m_means.push_back(torch::zeros_like(parameter.master, torch::kFloat));
        m_variances.push_back(torch::zeros_like(parameter.master, torch::kFloat));
    }
}

void AdamW::step(double learningRate, double gradientScale, qint64 step)
{
    torch::NoGradGuard noGradients;
    tensor::AdamWSettings settings{learningRate, m_options.beta1, m_options.beta2, m_options.epsilon, 0,
                                   gradientScale, step};
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        TrainedParameter &parameter = (*m_parameters)[i];
        if (!parameter.gradient.defined())
            continue;
        settings.lr = learningRate * parameter.learningRateFactor;
        settings.weightDecay = m_options.weightDecay * parameter.decayShare();
        tensor::adamWStep(parameter.weight, parameter.master, m_means[i], m_variances[i], parameter.gradient, settings);
    }
}

std::vector<NamedState> AdamW::state()
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
