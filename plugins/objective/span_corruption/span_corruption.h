// Span corruption: passages of a window are replaced by sentinels, and the decoder writes each sentinel with what stood
// there. Text and passages alternate, text first; lengths are drawn so that every division is alike likely.
// Source: Raffel et al. 2020, section 3.1.4 (the counts are those of its code). Letters: B batch, T time, S of the encoder.
// Thread: pure.
#pragma once

#include "core/train/objective.h"

namespace athanor::train {

/// windows (B, N) to encoderIds (B, S), ids and targets (B, T): N tokens, m of them missing in p passages, give
/// S = N − m + p + 1 and T = m + p + 1 (the last is the end). InvalidInput without sentinels enough.
Result<network::Batch> spanCorruptionBatch(const torch::Tensor &windows, const ObjectiveContext &context);

}  // namespace athanor::train
