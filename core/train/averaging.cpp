// See averaging.h.
#include "core/train/averaging.h"

#include <algorithm>

namespace athanor::train {

WeightAverage::WeightAverage(std::vector<TrainedParameter> &parameters, const AveragingSettings &settings)
    : m_parameters(&parameters), m_settings(settings)
{
    if (!isOn())
        return;
    torch::NoGradGuard noGradients;
    m_count = torch::zeros({1}, torch::kFloat);
    for (const TrainedParameter &parameter : parameters)
        m_means.push_back(torch::zeros_like(parameter.master));
}

bool WeightAverage::isReady() const { return isOn() && m_count.item<float>() > 0; }

/// What the new weights weigh; 0: they do not count yet. The first ones are the mean by themselves.
double WeightAverage::share(qint64 step, qint64 steps)
{
    if (m_settings.kind == Averaging::Tail && double(step) <= (1 - m_settings.tailShare) * double(steps)) {
        m_count.zero_();  // a run whose end moved away begins its tail later
        return 0;
    }
    const double count = m_count.item<float>();
    m_count.add_(1);
    if (m_settings.kind == Averaging::Tail || count < 1)
        return 1 / (count + 1);
    return 1 - std::min(m_settings.decay, (1 + count) / (10 + count));
}

void WeightAverage::add(qint64 step, qint64 steps)
{
    if (!isOn())
        return;
    torch::NoGradGuard noGradients;
    const double weight = share(step, steps);
    if (weight <= 0)
        return;
    for (size_t i = 0; i < m_means.size(); ++i) {
        if (weight >= 1)
            m_means[i].copy_((*m_parameters)[i].master);
        else
            m_means[i].lerp_((*m_parameters)[i].master, weight);
    }
}

std::vector<NamedState> WeightAverage::state() const
{
    std::vector<NamedState> all;
    for (size_t i = 0; i < m_means.size(); ++i)
        all.push_back({"average." + (*m_parameters)[i].name, m_means[i]});
    if (isOn())
        all.push_back({"average.count", m_count});
    return all;
}

torch::Tensor WeightAverage::of(const std::string &name) const
{
    for (size_t i = 0; i < m_means.size(); ++i)
        if ((*m_parameters)[i].name == name)
            return m_means[i];
    return {};
}

void WeightAverage::exchange()
{
    torch::NoGradGuard noGradients;
    for (size_t i = 0; i < m_means.size(); ++i) {
        TrainedParameter &parameter = (*m_parameters)[i];
        const torch::Tensor own = parameter.master.clone();
        parameter.master.copy_(m_means[i]);
        m_means[i].copy_(own);
        if (!parameter.weight.is_alias_of(parameter.master))
            parameter.weight.copy_(parameter.master);
    }
}

}  // namespace athanor::train
