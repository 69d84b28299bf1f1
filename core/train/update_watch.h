// What one update does to each layer: the norm of its gradient, how much its weights move, how much of its gradient is
// zero. Role: stands before and behind the optimizer when a step is looked at; reads, never writes. Weights are compared
// on a sample of at most 65,536 evenly spaced numbers of each tensor, so that no second copy of a model is needed.
// Thread: one.
#pragma once

#include "core/train/optimizer.h"

#include <QMap>
#include <QStringList>

namespace athanor::train {

class ATHANOR_EXPORT UpdateWatch {
public:
    /// `gradientScale` makes a parameter's gradient the one that is reported (accumulation). May throw what LibTorch throws.
    void before(const std::vector<TrainedParameter> &parameters, double gradientScale);
    void after(const std::vector<TrainedParameter> &parameters);
    /// By series: "gradient_norm/blocks.3", "update_ratio/…", "zero_gradients/…".
    QMap<QString, double> figures() const;
    /// What looking took since clear().
    double seconds() const { return m_seconds; }
    void clear() { *this = {}; }

private:
    struct LayerSums {
        double gradient = 0, update = 0, weight = 0;  // sums of squares
        double zeros = 0, sampled = 0;
    };
    std::vector<torch::Tensor> m_before;
    std::map<QString, LayerSums> m_layers;
    double m_seconds = 0;
};

/// At most `most` evenly spaced numbers of a tensor, a copy; the step shares no factor with a row's length, so that no
/// column is preferred.
ATHANOR_EXPORT torch::Tensor spacedSample(const torch::Tensor &values, int64_t most);

}  // namespace athanor::train
