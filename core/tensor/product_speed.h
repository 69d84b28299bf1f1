// The speed of plain matrix products: the limit that a run's share is of. Thread: main only.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

/// Operations a second of products of size³, the best of about `seconds`. May throw what LibTorch throws.
ATHANOR_EXPORT double productSpeed(at::ScalarType dtype, int64_t size, double seconds);

}  // namespace athanor::tensor
