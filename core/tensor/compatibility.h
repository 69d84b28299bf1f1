// What differs between versions of LibTorch, under one name each. Role: which version it is, is asked in this room alone;
// who has to write a type or a signature that changed takes its name from here. Thread: any.
#pragma once

#include "core/tensor/libtorch.h"

#include <c10/core/Allocator.h>
#include <torch/version.h>

#include <cstring>
#if TORCH_VERSION_MAJOR >= 2
#include <optional>
#endif

namespace athanor::tensor {

#if TORCH_VERSION_MAJOR >= 2
using OptionalTensor = std::optional<torch::Tensor>;
using PaddingIndex = c10::SymInt;  // of an embedding's operators
inline constexpr bool kProcessorMultipliesF16 = true;
#else
using OptionalTensor = c10::optional<torch::Tensor>;
using PaddingIndex = int64_t;
inline constexpr bool kProcessorMultipliesF16 = false;
#endif

/// An allocator that a derived class writes once for all versions. `take` is called from any thread.
class PortableAllocator : public c10::Allocator {
public:
#if TORCH_VERSION_MAJOR >= 2
    c10::DataPtr allocate(size_t count) final { return take(count); }
    void copy_data(void *to, const void *from, size_t count) const final { std::memcpy(to, from, count); }
#else
    c10::DataPtr allocate(size_t count) const final { return take(count); }
#endif

protected:
    virtual c10::DataPtr take(size_t count) const = 0;
};

}  // namespace athanor::tensor
