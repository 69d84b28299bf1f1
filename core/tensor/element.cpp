#include "core/tensor/element.h"

#include "core/tensor/device.h"
#include "core/tensor/embedding_rows.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

constexpr int64_t kElementsPerTask = 16384;

torch::Tensor inFormat(const torch::Tensor &given, at::ScalarType dtype)
{
    torch::NoGradGuard noGradients;
    const torch::Tensor x = given.detach().contiguous();
    if (x.scalar_type() == dtype)
        return x;
    if (!usesKernels(x) || (x.scalar_type() != at::kFloat && dtype != at::kFloat))
        return x.to(dtype);
    torch::Tensor y = torch::empty(x.sizes(), dtype);
    at::parallel_for(0, x.numel(), kElementsPerTask, [&](int64_t begin, int64_t end) {
        if (dtype == at::kFloat)
            kernels::widen(elements<Bf16>(x) + begin, elements<float>(y) + begin, end - begin);
        else
            kernels::narrow(elements<float>(x) + begin, elements<Bf16>(y) + begin, end - begin);
    });
    return y;
}

}  // namespace athanor::tensor
