// Rows of a table by id. Thread: one at a time.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

/// ids (…) int64, table (V, C) f32 or bf16: (…, C) f32. Backward adds up the rows of each id in the order of their
/// positions, so that the gradient does not depend on the thread count. Throws c10::Error for an id outside [0, V).
ATHANOR_EXPORT torch::Tensor embedding(const torch::Tensor &ids, const torch::Tensor &table);

}  // namespace athanor::tensor
