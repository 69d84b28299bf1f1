// See update_watch.h.
#include "core/train/update_watch.h"

#include "core/insight/names.h"
#include "core/tensor/optimize.h"

#include <QElapsedTimer>

#include <cmath>
#include <numeric>

namespace athanor::train {
namespace {

constexpr int64_t kSampled = 65'536;

double squaresOf(const torch::Tensor &values)
{
    const double norm = tensor::gradientNorm({values});
    return norm * norm;
}

QString layerOf(const TrainedParameter &parameter) { return insight::layerOf(QString::fromStdString(parameter.name)); }

/// What the optimizer moves: the master where there is one.
const torch::Tensor &movedOf(const TrainedParameter &parameter)
{
    return parameter.master.defined() ? parameter.master : parameter.weight;
}

}  // namespace

torch::Tensor spacedSample(const torch::Tensor &values, int64_t most)
{
    const torch::Tensor flat = values.detach().reshape({-1});
    const int64_t count = flat.numel(), row = values.dim() > 0 ? values.size(-1) : 1;
    int64_t step = (count + most - 1) / std::max<int64_t>(1, most);
    while (step > 1 && std::gcd(step, row) > 1)
        ++step;
    return step > 1 ? flat.slice(0, 0, count, step).clone() : flat.clone();
}

void UpdateWatch::before(const std::vector<TrainedParameter> &parameters, double gradientScale)
{
    QElapsedTimer timer;
    timer.start();
    torch::NoGradGuard noGradients;
    m_before.clear();  // of a step that is made again in smaller portions
    m_layers.clear();
    for (const TrainedParameter &parameter : parameters) {
        m_before.push_back(parameter.gradient.defined() ? spacedSample(movedOf(parameter), kSampled) : torch::Tensor());
        if (!parameter.gradient.defined())
            continue;
        LayerSums &sums = m_layers[layerOf(parameter)];
        sums.gradient += squaresOf(parameter.gradient) * gradientScale * gradientScale;
        const torch::Tensor sample = spacedSample(parameter.gradient, kSampled);
        sums.zeros += sample.eq(0).sum().item<double>() * double(parameter.gradient.numel()) / double(sample.numel());
        sums.sampled += double(parameter.gradient.numel());
    }
    m_seconds += double(timer.nsecsElapsed()) * 1e-9;
}

void UpdateWatch::after(const std::vector<TrainedParameter> &parameters)
{
    QElapsedTimer timer;
    timer.start();
    torch::NoGradGuard noGradients;
    for (size_t i = 0; i < m_before.size() && i < parameters.size(); ++i) {
        if (!m_before[i].defined())
            continue;
        const torch::Tensor now = spacedSample(movedOf(parameters[i]), kSampled);
        const double whole = double(movedOf(parameters[i]).numel()) / double(now.numel());
        LayerSums &sums = m_layers[layerOf(parameters[i])];
        sums.update += whole * squaresOf(now - m_before[i]);
        sums.weight += whole * squaresOf(m_before[i]);
    }
    m_before.clear();
    m_seconds += double(timer.nsecsElapsed()) * 1e-9;
}

QMap<QString, double> UpdateWatch::figures() const
{
    QMap<QString, double> values;
    for (const auto &[layer, sums] : m_layers) {
        values.insert(insight::figureName(insight::Figure::GradientNorm, layer), std::sqrt(sums.gradient));
        if (sums.weight > 0)  // an adapter that begins with zeros has no size to compare with
            values.insert(insight::figureName(insight::Figure::UpdateRatio, layer), std::sqrt(sums.update / sums.weight));
        if (sums.sampled > 0)
            values.insert(insight::figureName(insight::Figure::ZeroGradients, layer), sums.zeros / sums.sampled);
    }
    return values;
}

}  // namespace athanor::train
