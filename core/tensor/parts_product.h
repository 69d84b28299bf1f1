// Inside core/tensor: products of f32 matrices by the matrix unit for bf16, in parts (parts_rows.h, decision 0029): blocks for the
// caches and work for the threads. The order in which a sum is added up depends on the inner dimension only: results are the
// same for any number of threads. Thread: safe; inside a parallel region a product runs on one thread.
#pragma once

#include "core/tensor/parts_rows.h"

namespace athanor::tensor {

/// Whether products of this size are faster in parts than by the library; false where there is no matrix unit.
bool isFasterInParts(int64_t m, int64_t n, int64_t k);

/// c (m, n) = left (m, k) · right (k, n), or added to what stands there; `stride`: numbers from one row of c to the next.
void multiplyInParts(const kernels::Side &left, const kernels::Side &right, bool adds, float *c, int64_t stride);

}  // namespace athanor::tensor
