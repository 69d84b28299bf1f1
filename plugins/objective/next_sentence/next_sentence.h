// Next-sentence prediction with masked tokens: [CLS] A [SEP] B [SEP]; in half of the rows B is what follows A (label 0), in
// the others it comes from another row (label 1). Source: Devlin et al. 2019, section 3.1. Letters: B batch, T time.
// Thread: pure.
#pragma once

#include "core/train/objective.h"

namespace athanor::train {

/// windows (B, T), T ≥ 5, B ≥ 2 (held-out text may come one by one: it then follows), to ids, targets and tokenTypes (B, T) and labels (B).
Result<network::Batch> nextSentenceBatch(const torch::Tensor &windows, const ObjectiveContext &context);

}  // namespace athanor::train
