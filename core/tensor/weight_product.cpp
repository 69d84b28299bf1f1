#include "core/tensor/weight_product.h"

#include "core/tensor/device.h"
#include "core/tensor/element.h"
#include "core/tensor/embedding_rows.h"
#include "core/tensor/gemm_rows.h"
#include "core/tensor/weight_blocks.h"

namespace athanor::tensor {

namespace {

template <typename T> struct PlainWeights {
    const T *weights = nullptr;
    int64_t k = 0;

    void dot(const float *x, int64_t m, float *y, int64_t yStride, int64_t begin, int64_t count) const
    {
        kernels::dotRows(x, m, weights + begin * k, y, yStride, k, count);
    }
    const float *widened(int64_t begin, int64_t count, std::vector<float> &scratch) const
    {
        const T *from = weights + begin * k;
        if constexpr (std::is_same_v<T, float>)
            return from;
        scratch.resize(std::max(scratch.size(), size_t(count * k)));
        kernels::widen(from, scratch.data(), count * k);
        return scratch.data();
    }
};

// bf16 as the processor multiplies it.
torch::Tensor nativeProduct(const torch::Tensor &x, const torch::Tensor &weight)
{
    const int64_t m = x.size(0), n = weight.size(0);
    torch::Tensor y = torch::empty({m, n}, weight.options().requires_grad(false));
    Tiling(m, n).forEach([&](const Tile &tile) {
        torch::NoGradGuard noGradients;  // each thread has its own
        y.narrow(0, tile.row, tile.rows)
            .narrow(1, tile.column, tile.columns)
            .copy_(at::mm(x.narrow(0, tile.row, tile.rows), weight.narrow(0, tile.column, tile.columns).t()));
    });
    return y;
}

torch::Tensor productOfMatrices(const torch::Tensor &x, const torch::Tensor &weight)
{
    const int64_t m = x.size(0), k = x.size(1), n = weight.size(0);
    if (weight.scalar_type() != at::kFloat && m > kFewRows && multipliesBf16())
        return nativeProduct(x, weight);
    const torch::Tensor wide = inFormat(x, at::kFloat);
    torch::Tensor y;
    withElement(weight.scalar_type(), [&](auto type) {
        using T = decltype(type);
        y = productIn(weight.scalar_type(), elements<float>(wide), m, k, PlainWeights<T>{elements<T>(weight), k}, n);
    });
    return y;
}

}  // namespace

torch::Tensor weightProduct(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias)
{
    torch::NoGradGuard noGradients;
    TORCH_CHECK(weight.dim() == 2 && x.size(-1) == weight.size(1), "the input has ", x.size(-1),
                " channels, the matrix ", weight.sizes());
    if (!usesKernels(weight))
        return at::linear(x.to(weight.scalar_type()), weight, bias);
    auto shape = x.sizes().vec();
    const int64_t k = shape.back();
    shape.back() = weight.size(0);
    torch::Tensor y = productOfMatrices(inFormat(x, weight.scalar_type()).view({-1, k}), weight.detach().contiguous());
    if (bias.defined())
        y.add_(bias);
    return y.view(shape);
}

}  // namespace athanor::tensor
