#include "core/tensor/activation.h"

#include "core/tensor/device.h"
#include "core/tensor/element.h"
#include "core/tensor/activation_rows.h"
#include "core/tensor/libtorch.h"

#include <algorithm>

namespace athanor::tensor {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int64_t kElementsPerTask = 16384;

torch::Tensor geluOf(const torch::Tensor &input)
{
    const torch::Tensor x = input.contiguous();
    torch::Tensor y = torch::empty_like(x);
    const int64_t count = x.numel();
    withElement(x.scalar_type(), [&](auto type) {
        using T = decltype(type);
        const T *from = elements<T>(x);
        T *to = elements<T>(y);
        // Whole blocks, so that what the vector code leaves over is the same for any number of threads.
        const int64_t blocks = (count + kElementsPerTask - 1) / kElementsPerTask;
        at::parallel_for(0, blocks, 1, [&](int64_t first, int64_t last) {
            for (int64_t begin = first * kElementsPerTask; begin < std::min(count, last * kElementsPerTask);
                 begin += kElementsPerTask)
                kernels::geluForward(from + begin, to + begin, std::min(kElementsPerTask, count - begin));
        });
    });
    return y;
}

class GeluFunction : public torch::autograd::Function<GeluFunction> {
public:
    static torch::Tensor forward(AutogradContext *context, const torch::Tensor &x)
    {
        context->save_for_backward({x.contiguous()});
        return geluOf(x);
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const torch::Tensor x = context->get_saved_variables()[0];
        const torch::Tensor gy = gradients[0].contiguous();
        torch::Tensor gx = torch::empty_like(x);
        withElement(x.scalar_type(), [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, x.numel(), kElementsPerTask, [&](int64_t begin, int64_t end) {
                kernels::geluBackward(elements<T>(x) + begin, elements<T>(gy) + begin, elements<T>(gx) + begin,
                                      end - begin);
            });
        });
        return {gx};
    }
};

torch::Tensor swigluOf(const torch::Tensor &input)
{
    const torch::Tensor x = input.contiguous();
    auto shape = x.sizes().vec();
    const int64_t f = shape.back() / 2, rows = x.numel() / (2 * f);
    shape.back() = f;
    torch::Tensor y = torch::empty(shape, x.options().requires_grad(false));
    withElement(x.scalar_type(), [&](auto type) {
        using T = decltype(type);
        const T *from = elements<T>(x);
        T *to = elements<T>(y);
        at::parallel_for(0, rows, 8, [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row)
                kernels::swigluForward(from + row * 2 * f, from + row * 2 * f + f, to + row * f, f);
        });
    });
    return y;
}

class SwigluFunction : public torch::autograd::Function<SwigluFunction> {
public:
    static torch::Tensor forward(AutogradContext *context, const torch::Tensor &x)
    {
        context->save_for_backward({x.contiguous()});
        return swigluOf(x);
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const torch::Tensor x = context->get_saved_variables()[0];
        const torch::Tensor gy = gradients[0].contiguous();
        torch::Tensor gx = torch::empty_like(x);
        const int64_t f = x.size(-1) / 2, rows = x.numel() / (2 * f);
        withElement(x.scalar_type(), [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, rows, 8, [&](int64_t begin, int64_t end) {
                for (int64_t row = begin; row < end; ++row) {
                    const T *gate = elements<T>(x) + row * 2 * f;
                    T *gGate = elements<T>(gx) + row * 2 * f;
                    kernels::swigluBackward(gate, gate + f, elements<T>(gy) + row * f, gGate, gGate + f, f);
                }
            });
        });
        return {gx};
    }
};

}  // namespace

torch::Tensor gelu(const torch::Tensor &x)
{
    if (!usesKernels(x))
        return at::gelu(x, "tanh");
    return at::GradMode::is_enabled() ? GeluFunction::apply(x) : geluOf(x);
}

torch::Tensor geluReference(const torch::Tensor &x)
{
    return 0.5 * x * (1 + torch::tanh(kernels::kSqrt2OverPi * (x + kernels::kCubic * x * x * x)));
}

torch::Tensor swiglu(const torch::Tensor &x)
{
    TORCH_CHECK(x.dim() > 0 && x.size(-1) % 2 == 0, "swiglu needs gate and up side by side");
    if (!usesKernels(x)) {
        const auto parts = x.chunk(2, -1);
        return at::silu(parts[0]) * parts[1];
    }
    return at::GradMode::is_enabled() ? SwigluFunction::apply(x) : swigluOf(x);
}

torch::Tensor swigluReference(const torch::Tensor &x)
{
    const auto parts = x.chunk(2, -1);
    return parts[0] * torch::sigmoid(parts[0]) * parts[1];
}

torch::Tensor activated(const torch::Tensor &x, Activation activation)
{
    switch (activation) {
    case Activation::GeluTanh:
        return tensor::gelu(x);
    case Activation::Gelu:
        return at::gelu(x);
    case Activation::Relu:
        return at::relu(x);
    case Activation::Silu:
        return at::silu(x);
    case Activation::Tanh:
        return at::tanh(x);
    case Activation::None:
        break;
    }
    return x;
}

torch::Tensor gated(const torch::Tensor &x, Activation activation)
{
    if (activation == Activation::Silu)
        return swiglu(x);
    const auto halves = x.chunk(2, -1);
    return activated(halves[0].contiguous(), activation) * halves[1];
}

}  // namespace athanor::tensor
