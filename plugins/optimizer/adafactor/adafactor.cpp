// See adafactor.h.
#include "plugins/optimizer/adafactor/adafactor.h"

namespace athanor::train {

namespace {

tensor::AdafactorState emptyState(const TrainedParameter &parameter, bool keepsMean)
{
    const torch::Tensor &master = parameter.master;
    tensor::AdafactorState state;
    const bool isMatrix = master.dim() == 2;
    if (isMatrix)
        state.rows = torch::zeros({master.size(0)}, master.options());
    state.columns = torch::zeros({isMatrix ? master.size(1) : master.numel()}, master.options());
    if (keepsMean)
        state.mean = torch::zeros_like(master, torch::kFloat);
    return state;
}

}  // namespace

tensor::AdafactorSettings adafactorOptions(const QJsonObject &settings)
{
    tensor::AdafactorSettings options;
    const auto number = [&](const char *key, double usual) { return settings.value(QLatin1String(key)).toDouble(usual); };
    options.relativeToWeights = settings.value(QLatin1String("relative_update")).toBool(false);
    options.beta1 = number("beta1", 0);
    options.clipThreshold = number("clip_update", 1);
    options.weightDecay = number("weight_decay", 0.1);
    options.decayPower = number("square_decay_power", 0.8);
    options.smallestScale = number("smallest_scale", 1e-3);
    return options;
}

Adafactor::Adafactor(std::vector<TrainedParameter> &parameters, const tensor::AdafactorSettings &options)
    : m_parameters(&parameters), m_options(options)
{
    for (const TrainedParameter &parameter : parameters)
        m_states.push_back(emptyState(parameter, options.beta1 > 0));
}

void Adafactor::step(double learningRate, double gradientScale, qint64 step)
{
    tensor::AdafactorSettings settings = m_options;
    settings.step = step;
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        const TrainedParameter &parameter = (*m_parameters)[i];
        if (!parameter.gradient.defined())
            continue;
        settings.lr = learningRate * parameter.learningRateFactor;
        settings.weightDecay = m_options.weightDecay * parameter.decayShare();
        tensor::adafactorStep({parameter.weight, parameter.master, parameter.gradient, gradientScale}, m_states[i], settings);
    }
}

std::vector<NamedState> Adafactor::state()
{
    std::vector<NamedState> state;
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        const std::string &name = (*m_parameters)[i].name;
        for (const auto &[what, tensor] : {std::pair(".rows", m_states[i].rows), std::pair(".columns", m_states[i].columns), std::pair(".mean", m_states[i].mean)})
            if (tensor.defined())
                state.push_back({name + what, tensor});
    }
    return state;
}

}  // namespace athanor::train
