// Next-token prediction. Letters: B batch, T time. Thread: pure.
#pragma once

#include "core/train/objective.h"

namespace athanor::train {

/// windows (B, T+1): the first T ids are read, the last T are predicted.
Result<network::Batch> nextTokenBatch(const torch::Tensor &windows);

}  // namespace athanor::train
