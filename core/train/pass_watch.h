// Figures of one forward pass, by layer: how large the stream is, which hidden units stay off, how spread the attention
// looks. Thread: the pass's.
#pragma once

#include "core/network/observer.h"

#include <QMap>
#include <QStringList>

#include <optional>
#include <vector>

namespace athanor::train {

class ATHANOR_EXPORT PassWatch final : public network::PassObserver {
public:
    void stream(const std::string &name, const torch::Tensor &x) override;
    void units(const torch::Tensor &activations) override;
    void attention(const torch::Tensor &entropies) override;
    void crossAttention(const torch::Tensor &entropies) override;

    const QMap<QString, double> &figures() const { return m_figures; }
    const QStringList &layers() const { return m_layers; }  // in the order of the pass

private:
    QMap<QString, double> m_figures;
    QStringList m_layers;
    std::optional<double> m_dead;
    std::vector<double> m_entropies;
    std::optional<double> m_crossEntropy;
};

}  // namespace athanor::train
