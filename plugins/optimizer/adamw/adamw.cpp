// See adamw.h.
#include "plugins/optimizer/adamw/adamw.h"

#include "core/tensor/optimize.h"

namespace athanor::train {

namespace {

constexpr int64_t kLeastForEightBits = 4096;  // smaller ones cost little, and their moments differ much (Dettmers et al. 2022)

}  // namespace

AdamWOptions adamWOptions(const QJsonObject &settings)
{
    AdamWOptions options;
    options.beta1 = settings.value(QLatin1String("beta1")).toDouble(options.beta1);
    options.beta2 = settings.value(QLatin1String("beta2")).toDouble(options.beta2);
    options.epsilon = settings.value(QLatin1String("epsilon")).toDouble(options.epsilon);
    options.weightDecay = settings.value(QLatin1String("weight_decay")).toDouble(options.weightDecay);
    options.inEightBits = settings.value(QLatin1String("state_bits")).toString() == QLatin1String("8");
    return options;
}

AdamW::AdamW(std::vector<TrainedParameter> &parameters, const AdamWOptions &options)
    : m_parameters(&parameters), m_options(options)
{
    for (const TrainedParameter &parameter : parameters) {
        Moments moments;
        if (options.inEightBits && parameter.master.numel() >= kLeastForEightBits)
            moments.inEight = tensor::eightBitMoments(parameter.master.numel(), parameter.master.device());
        else
            moments = {torch::zeros_like(parameter.master, torch::kFloat), torch::zeros_like(parameter.master, torch::kFloat), {}};
        m_moments.push_back(std::move(moments));
    }
}

void AdamW::step(double learningRate, double gradientScale, qint64 step)
{
    torch::NoGradGuard noGradients;
    tensor::AdamWSettings settings{learningRate, m_options.beta1, m_options.beta2, m_options.epsilon, 0,
                                   gradientScale, step};
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        TrainedParameter &parameter = (*m_parameters)[i];
        Moments &moments = m_moments[i];
        if (!parameter.gradient.defined())
            continue;
        settings.lr = learningRate * parameter.learningRateFactor;
        settings.weightDecay = m_options.weightDecay * parameter.decayShare();
        if (moments.mean.defined())
            tensor::adamWStep(parameter.weight, parameter.master, moments.mean, moments.variance, parameter.gradient, settings);
        else
            tensor::adamW8Step(parameter.weight, parameter.master, moments.inEight, parameter.gradient, settings);
    }
}

std::vector<NamedState> AdamW::state()
{
    std::vector<NamedState> state;
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        const std::string &name = (*m_parameters)[i].name;
        const Moments &moments = m_moments[i];
        if (moments.mean.defined()) {
            state.push_back({name + ".mean", moments.mean});
            state.push_back({name + ".variance", moments.variance});
            continue;
        }
        state.push_back({name + ".mean8", moments.inEight.first});
        state.push_back({name + ".mean_scale", moments.inEight.firstScales});
        state.push_back({name + ".variance8", moments.inEight.second});
        state.push_back({name + ".variance_scale", moments.inEight.secondScales});
    }
    return state;
}

}  // namespace athanor::train
