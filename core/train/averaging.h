// The mean of the weights over the steps, beside the weights themselves. Role: keeps it, takes a step's weights in, puts
// it into the model to be measured and takes it out again. It follows the f32 masters of what learns. Its state is in
// every checkpoint, so that a resumed run goes on exactly. Thread: one.
// Sources: Polyak and Juditsky 1992; exponential with a growing memory: Tarvainen and Valpola 2017, section 3; the mean
// of a run's tail: Izmailov et al. 2018.
#pragma once

#include "core/train/optimizer.h"
#include "core/train/run_settings.h"

namespace athanor::train {

class ATHANOR_EXPORT WeightAverage {
public:
    /// The parameters outlive it. Without averaging it keeps nothing and costs nothing.
    WeightAverage(std::vector<TrainedParameter> &parameters, const AveragingSettings &settings);

    bool isOn() const { return m_settings.kind != Averaging::None; }
    /// Whether it holds the weights of any step yet.
    bool isReady() const;
    /// After update `step` of `steps`. May throw what LibTorch throws.
    void add(qint64 step, qint64 steps);
    /// "average.<parameter>" (f32), and "average.count" {1}: steps in it. Empty when it is off.
    std::vector<NamedState> state() const;
    /// The mean for `name`; undefined when it is off or does not know it.
    torch::Tensor of(const std::string &name) const;
    /// Exchanges the masters and the mean, bit for bit; weights that are rounded masters follow. Twice: as before.
    void exchange();

private:
    double share(qint64 step, qint64 steps);

    std::vector<TrainedParameter> *m_parameters;
    AveragingSettings m_settings;
    std::vector<torch::Tensor> m_means;
    torch::Tensor m_count;
};

}  // namespace athanor::train
