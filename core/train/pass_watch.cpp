// See pass_watch.h.
#include "core/train/pass_watch.h"

#include "core/insight/names.h"

#include <cmath>
#include <numeric>

namespace athanor::train {
namespace {

using insight::Figure;

constexpr double kOff = 1e-4;  // an activation below this is none

}  // namespace

void PassWatch::units(const torch::Tensor &activations)
{
    torch::NoGradGuard noGradients;
    const torch::Tensor most = activations.detach().to(at::kFloat).flatten(0, -2).amax(0);  // (F)
    m_dead = most.le(kOff).to(at::kFloat).mean().item<double>();
}

void PassWatch::attention(const torch::Tensor &entropies)
{
    const torch::Tensor numbers = entropies.to(at::kCPU, at::kDouble).contiguous();
    m_entropies.assign(numbers.data_ptr<double>(), numbers.data_ptr<double>() + numbers.numel());
}

void PassWatch::crossAttention(const torch::Tensor &entropies) { m_crossEntropy = entropies.mean().item<double>(); }

/// Behind each branch of a block; the last one's stream is the block's.
void PassWatch::stream(const std::string &name, const torch::Tensor &x)
{
    torch::NoGradGuard noGradients;
    const QString layer = insight::layerOf(QString::fromStdString(name));
    if (!m_layers.contains(layer))
        m_layers += layer;
    const torch::Tensor wide = x.detach().to(at::kFloat);
    m_figures[insight::figureName(Figure::ActivationRms, layer)] = std::sqrt(wide.square().mean().item<double>());
    m_figures[insight::figureName(Figure::ActivationMin, layer)] = wide.min().item<double>();
    m_figures[insight::figureName(Figure::ActivationMax, layer)] = wide.max().item<double>();
    if (m_dead)
        m_figures[insight::figureName(Figure::DeadUnits, layer)] = *m_dead;
    if (m_crossEntropy)
        m_figures[QStringLiteral("cross_attention_entropy/") + layer] = *m_crossEntropy;
    if (!m_entropies.empty()) {
        m_figures[insight::figureName(Figure::AttentionEntropy, layer)] =
            std::accumulate(m_entropies.begin(), m_entropies.end(), 0.0) / double(m_entropies.size());
        for (size_t head = 0; head < m_entropies.size(); ++head)
            m_figures[insight::headName(layer, int(head))] = m_entropies[head];
    }
    m_dead.reset();
    m_crossEntropy.reset();
    m_entropies.clear();
}

}  // namespace athanor::train
