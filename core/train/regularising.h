// From the settings of a run to what holds its model back: the terms of its loss, and penalties on its weights.
// Thread: one.
#pragma once

#include "core/adapt/record_batches.h"
#include "core/network/regularisation.h"
#include "core/train/optimizer.h"
#include "core/train/run_settings.h"

namespace athanor::train {

/// `records` and the number of their labels matter where rare labels are to count more; null and 0: there are none.
ATHANOR_EXPORT network::Regularisation regularisationOf(const RunSettings &settings, const adapt::Records *records,
                                                        qsizetype labelCount);

/// Weights by class that make every label count alike as a whole: records / (labels that occur · records of this one),
/// as scikit-learn's "balanced" (King and Zeng 2001); 0 for one that never occurs. Their mean over the records is 1.
ATHANOR_EXPORT std::vector<float> balancedWeights(const adapt::Records &records, qsizetype labelCount);

/// Adds the gradient of the penalties to the matrices' gradients, `factor` times, and returns the penalties themselves.
/// May throw what LibTorch throws.
ATHANOR_EXPORT double addPenalties(std::vector<TrainedParameter> &parameters, const RunSettings &settings, double factor);

}  // namespace athanor::train
