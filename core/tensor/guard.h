// The one place where LibTorch's exceptions (and std::bad_alloc) become errors.
// Role: everything that calls LibTorch on behalf of another room goes through guarded(). Thread: safe.
#pragma once

#include "core/base/error.h"
#include "core/tensor/libtorch.h"

#include <type_traits>
#include <utility>

namespace athanor::tensor {

/// The Error for the exception being handled; call inside a catch block only. `doing` completes
/// "… failed while <doing>." Out of memory, wrong shapes and everything else are told apart.
ATHANOR_EXPORT Error errorFromCurrentException(const QString &doing);

/// Runs `work`, which may throw; its value (or a Result of its own) becomes a Result.
template <typename Work> auto guarded(const QString &doing, Work &&work)
{
    using Value = std::invoke_result_t<Work>;
    if constexpr (std::is_void_v<Value>) {
        try {
            std::forward<Work>(work)();
            return Status();
        } catch (...) {
            return Status(fail(errorFromCurrentException(doing)));
        }
    } else {
        try {
            return Result<Value>(std::forward<Work>(work)());
        } catch (...) {
            return Result<Value>(fail(errorFromCurrentException(doing)));
        }
    }
}

/// loss.backward() with errors as values; `loss` is a scalar.
ATHANOR_EXPORT Status backward(const torch::Tensor &loss);

}  // namespace athanor::tensor
