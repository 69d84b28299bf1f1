// Number formats by name, and threads' and memory's settings that belong to the process. Thread: pure.
#pragma once

#include "core/base/error.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

/// "f32", "bf16" or "f16"; InvalidInput otherwise.
ATHANOR_EXPORT Result<at::ScalarType> dtypeFromName(const QString &name);
ATHANOR_EXPORT QString dtypeName(at::ScalarType dtype);

}  // namespace athanor::tensor
