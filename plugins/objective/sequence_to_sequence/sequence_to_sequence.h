// One text from another: the encoder reads the first part of a window, the decoder writes the rest.
// Source: Vaswani et al. 2017; on text alone: the prefix objective of Raffel et al. 2020, section 3.2.1.
// Letters: B batch, T time, S time of the encoder. Thread: pure.
#pragma once

#include "core/train/objective.h"

namespace athanor::train {

/// windows (B, N) to encoderIds (B, S), ids and targets (B, T), S + T = N.
Result<network::Batch> sequenceToSequenceBatch(const torch::Tensor &windows, const ObjectiveContext &context);

}  // namespace athanor::train
