// Next-token prediction. Letters: B batch, T time. Thread: pure but for the model.
#pragma once

#include "core/train/objective.h"

namespace athanor::train {

/// windows (B, T+1): the first T ids are read, the last T are predicted.
Result<torch::Tensor> nextTokenLoss(network::Model &model, const torch::Tensor &windows, network::Pass &pass);

}  // namespace athanor::train
