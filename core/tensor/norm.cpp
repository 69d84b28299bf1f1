#include "core/tensor/norm.h"

#include "core/tensor/device.h"
#include "core/tensor/element.h"
#include "core/tensor/libtorch.h"
#include "core/tensor/norm_rows.h"

#include <cmath>

namespace athanor::tensor {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int64_t kRowsPerTask = 32;
constexpr int64_t kRowsPerBlock = 64;  // of the gains' gradients: fixed, so that sums do not depend on threads

template <typename T> T *elementsOrNull(const torch::Tensor &tensor)
{
    return tensor.defined() ? elements<T>(tensor) : nullptr;
}

struct Swept {
    torch::Tensor sum;    // x itself where nothing is added
    torch::Tensor y;
    torch::Tensor stats;  // (rows, 2): mean, 1 / deviation
};

Swept sweep(const torch::Tensor &xIn, const torch::Tensor &deltaIn, const torch::Tensor &gain, const torch::Tensor &bias,
            NormKind kind, double epsilon)
{
    const torch::Tensor x = xIn.contiguous();
    const torch::Tensor delta = deltaIn.defined() ? deltaIn.contiguous() : torch::Tensor();
    const int64_t c = x.size(-1), rows = x.numel() / c;
    Swept swept{delta.defined() ? torch::empty_like(x) : x, torch::empty(x.sizes(), gain.options().requires_grad(false)),
                torch::empty({rows, 2}, x.options().requires_grad(false))};
    withElement(gain.scalar_type(), [&](auto type) {
        using T = decltype(type);
        const T *deltas = elementsOrNull<T>(delta), *biases = elementsOrNull<T>(bias), *gains = elements<T>(gain);
        float *from = elements<float>(x), *sums = elements<float>(swept.sum), *stats = elements<float>(swept.stats);
        T *y = elements<T>(swept.y);
        at::parallel_for(0, rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row)
                kernels::normForward(kind == NormKind::Layer, from + row * c, deltas ? deltas + row * c : nullptr,
                                     deltas ? sums + row * c : nullptr, gains, biases, y + row * c, stats + 2 * row, c,
                                     float(epsilon));
        });
    });
    return swept;
}

class AddNormFunction : public torch::autograd::Function<AddNormFunction> {
public:
    static tensor_list forward(AutogradContext *context, const torch::Tensor &x, const OptionalTensor &deltaIn,
                               const torch::Tensor &gain, const OptionalTensor &biasIn, int64_t kind, double epsilon)
    {
        const torch::Tensor delta = deltaIn ? *deltaIn : torch::Tensor(), bias = biasIn ? *biasIn : torch::Tensor();
        const auto [sum, y, stats] = sweep(x, delta, gain, bias, NormKind(kind), epsilon);
        context->save_for_backward({sum, gain, stats});
        context->saved_data["kind"] = kind;
        context->saved_data["delta"] = delta.defined();
        context->saved_data["bias"] = bias.defined();
        context->set_materialize_grads(false);
        if (!delta.defined())
            return {y};
        return {sum, y};
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const auto saved = context->get_saved_variables();
        const torch::Tensor &row = saved[0], &gain = saved[1], &stats = saved[2];
        const NormKind kind = NormKind(context->saved_data["kind"].toInt());
        const bool hasDelta = context->saved_data["delta"].toBool(), hasBias = context->saved_data["bias"].toBool();
        torch::Tensor gSum = hasDelta && gradients[0].defined() ? gradients[0].contiguous() : torch::Tensor();
        torch::Tensor gy = gradients.back();
        gy = gy.defined() ? gy.contiguous() : torch::zeros(row.sizes(), gain.options().requires_grad(false));
        const int64_t c = row.size(-1), rows = row.numel() / c, blocks = (rows + kRowsPerBlock - 1) / kRowsPerBlock;
        torch::Tensor gx = torch::empty_like(row);
        torch::Tensor gDelta = hasDelta && gain.scalar_type() != at::kFloat ? torch::empty_like(gy) : torch::Tensor();
        torch::Tensor gGain = torch::zeros({blocks, c}, row.options());
        torch::Tensor gBias = hasBias ? torch::zeros({blocks, c}, row.options()) : torch::Tensor();
        withElement(gain.scalar_type(), [&](auto type) {
            using T = decltype(type);
            const float *sums = elementsOrNull<float>(gSum);
            T *deltas = elementsOrNull<T>(gDelta);
            float *biases = elementsOrNull<float>(gBias);
            at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
                for (int64_t block = begin; block < end; ++block)
                    for (int64_t r = block * kRowsPerBlock; r < std::min(rows, (block + 1) * kRowsPerBlock); ++r)
                        kernels::normBackward(kind == NormKind::Layer, elements<float>(row) + r * c, elements<T>(gy) + r * c,
                                              sums ? sums + r * c : nullptr, elements<T>(gain),
                                              elements<float>(stats) + 2 * r, elements<float>(gx) + r * c,
                                              deltas ? deltas + r * c : nullptr, elements<float>(gGain) + block * c,
                                              biases ? biases + block * c : nullptr, c);
            });
        });
        if (hasDelta && !gDelta.defined())
            gDelta = gx;
        return {gx,
                gDelta,
                gGain.sum(0).to(gain.scalar_type()),
                hasBias ? gBias.sum(0).to(gain.scalar_type()) : torch::Tensor(),
                torch::Tensor(),
                torch::Tensor()};
    }
};

// By LibTorch's operations, which keep their own gradients.
std::pair<torch::Tensor, torch::Tensor> plainAddNorm(const torch::Tensor &x, const torch::Tensor &delta, const torch::Tensor &gain,
                                                     const torch::Tensor &bias, const NormSettings &settings)
{
    if (settings.kind != NormKind::Layer)
        return addNormReference(x, delta, gain, bias, settings);
    const torch::Tensor sum = delta.defined() ? x + delta : x;
    const torch::Tensor wideBias = bias.defined() ? bias.to(at::kFloat) : bias;
    return {sum, at::layer_norm(sum, {x.size(-1)}, gain.to(at::kFloat), optional(wideBias), settings.epsilon).to(gain.scalar_type())};
}

}  // namespace

std::pair<torch::Tensor, torch::Tensor> addNorm(const torch::Tensor &x, const torch::Tensor &delta,
                                                const torch::Tensor &gain, const torch::Tensor &bias,
                                                const NormSettings &settings)
{
    TORCH_CHECK(x.scalar_type() == at::kFloat, "the residual stream must be f32");
    TORCH_CHECK(gain.dim() == 1 && gain.size(0) == x.size(-1), "a norm's gain must have one number a channel");
    TORCH_CHECK(!delta.defined() || delta.sizes() == x.sizes(), "the branch must have the stream's shape");
    if (!usesKernels(x))
        return plainAddNorm(x, delta, gain, bias, settings);
    const torch::Tensor branch = delta.defined() ? delta.to(gain.scalar_type()) : delta;
    if (!at::GradMode::is_enabled()) {
        Swept swept = sweep(x, branch, gain.detach().contiguous(), bias, settings.kind, settings.epsilon);
        return {delta.defined() ? swept.sum : x, swept.y};
    }
    const tensor_list results =
        AddNormFunction::apply(x, optional(branch), gain, optional(bias), int64_t(settings.kind), settings.epsilon);
    return {delta.defined() ? results.front() : x, results.back()};
}

std::pair<torch::Tensor, torch::Tensor> addNormReference(const torch::Tensor &x, const torch::Tensor &delta,
                                                         const torch::Tensor &gain, const torch::Tensor &bias,
                                                         const NormSettings &settings)
{
    torch::Tensor sum = delta.defined() ? x + delta.to(at::kFloat) : x;
    torch::Tensor centred = settings.kind == NormKind::Layer ? sum - sum.mean(-1, true) : sum;
    torch::Tensor unit = centred * torch::rsqrt((centred * centred).mean(-1, true) + settings.epsilon);
    torch::Tensor y = unit * gain.to(at::kFloat);
    if (bias.defined())
        y = y + bias.to(at::kFloat);
    return {sum, y.to(gain.scalar_type())};
}

}  // namespace athanor::tensor
