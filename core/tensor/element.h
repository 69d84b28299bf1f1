// Inside core/tensor: typed pointers to a tensor's numbers, and choosing the kernel by number format.
#pragma once

#include "core/tensor/compatibility.h"
#include "core/tensor/vector.h"

namespace athanor::tensor {

// Undefined tensors cannot be arguments of an autograd function; absent ones can.
inline OptionalTensor optional(const torch::Tensor &tensor)
{
    return tensor.defined() ? OptionalTensor(tensor) : OptionalTensor();
}

template <typename T> struct ElementType;
template <> struct ElementType<float> {
    static constexpr at::ScalarType dtype = at::kFloat;
};
template <> struct ElementType<Bf16> {
    static constexpr at::ScalarType dtype = at::kBFloat16;
};

template <typename T> T *elements(const torch::Tensor &tensor)
{
    TORCH_INTERNAL_ASSERT(tensor.scalar_type() == ElementType<T>::dtype && tensor.is_contiguous());
    return static_cast<T *>(tensor.data_ptr());
}

/// The same numbers in `dtype` (f32 or bf16), contiguous; the tensor itself when nothing changes. No gradients.
torch::Tensor inFormat(const torch::Tensor &x, at::ScalarType dtype);

/// Calls work(float()) or work(Bf16()) for the format of `dtype`.
template <typename Work> void withElement(at::ScalarType dtype, Work &&work)
{
    if (dtype == at::kFloat)
        work(float());
    else if (dtype == at::kBFloat16)
        work(Bf16());
    else
        TORCH_CHECK(false, "only f32 and bf16 are supported, not ", dtype);
}

}  // namespace athanor::tensor
