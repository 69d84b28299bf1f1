// See regularising.h.
#include "core/train/regularising.h"

#include "core/tensor/penalty.h"

#include <algorithm>

namespace athanor::train {

std::vector<float> balancedWeights(const adapt::Records &records, qsizetype labelCount)
{
    std::vector<double> counts(size_t(labelCount), 0);
    double counted = 0;
    for (qint64 record = 0; record < records.count(); ++record) {
        const int label = records.label(record);
        if (label < 0 || label >= labelCount)
            continue;
        ++counts[size_t(label)];
        ++counted;
    }
    const auto occurring = double(std::count_if(counts.begin(), counts.end(), [](double count) { return count > 0; }));
    std::vector<float> weights;
    for (const double count : counts)
        weights.push_back(count > 0 ? float(counted / (occurring * count)) : 0.0f);
    return weights;
}

network::Regularisation regularisationOf(const RunSettings &settings, const adapt::Records *records, qsizetype labelCount)
{
    network::Regularisation regularisation;
    regularisation.terms = {settings.labelSmoothing, settings.zLoss};
    regularisation.focalGamma = settings.focalGamma;
    regularisation.stochasticDepth = settings.stochasticDepth;
    if (settings.balanceLabels && records && labelCount > 0)
        regularisation.labelWeights = balancedWeights(*records, labelCount);
    return regularisation;
}

double addPenalties(std::vector<TrainedParameter> &parameters, const RunSettings &settings, double factor)
{
    double total = 0;
    for (TrainedParameter &parameter : parameters) {
        if (!parameter.decays || !parameter.gradient.defined())
            continue;
        const tensor::Penalised penalised =
            tensor::withPenalty(parameter.gradient, parameter.master, {settings.l1, settings.l2, factor});
        parameter.gradient = penalised.gradient;
        total += penalised.penalty;
    }
    return total;
}

}  // namespace athanor::train
