// Masked language modelling: of the chosen tokens 80 % become the mask, 10 % another token, 10 % stay as they are; the
// model is asked for all of them. Source: Devlin et al. 2019, section 3.1 and appendix A.1. Letters: B batch, T time.
// Thread: pure.
#pragma once

#include "core/train/objective.h"

namespace athanor::train {

/// windows (B, T) to ids and targets (B, T). Where the tokenizer has them, a beginning and a separator stand around the
/// text, which is then shorter by two. InvalidInput without a mask token.
Result<network::Batch> maskedTokensBatch(const torch::Tensor &windows, const ObjectiveContext &context);

/// Hides tokens of `ids` (B, T) in place and writes what they were to `targets` (B, T), −1 elsewhere.
Status maskTokens(torch::Tensor &ids, torch::Tensor &targets, const ObjectiveContext &context);

}  // namespace athanor::train
