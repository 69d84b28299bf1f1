#include "core/tensor/penalty.h"

#include "core/tensor/device.h"
#include "core/tensor/element.h"
#include "core/tensor/penalty_rows.h"

#include <vector>

namespace athanor::tensor {

namespace {

constexpr int64_t kBlock = 4096;  // elements summed in f32 before f64 takes over; fixed
constexpr int64_t kBlocksPerTask = 8;

void checkShapes(const torch::Tensor &gradient, const torch::Tensor &weight)
{
    TORCH_CHECK(weight.scalar_type() == at::kFloat && weight.is_contiguous() && gradient.sizes() == weight.sizes(),
                "a penalty needs a contiguous f32 weight and a gradient of its shape");
}

}  // namespace

Penalised withPenalty(const torch::Tensor &gradientIn, const torch::Tensor &weight, const PenaltySettings &settings)
{
    torch::NoGradGuard noGradients;
    checkShapes(gradientIn, weight);
    if (!usesKernels(gradientIn))
        return withPenaltyReference(gradientIn, weight, settings);
    const torch::Tensor gradient = gradientIn.contiguous();
    const bool isFloat = gradient.scalar_type() == at::kFloat;
    Penalised result{isFloat ? gradient : torch::empty(weight.sizes(), at::kFloat), 0};
    const int64_t count = weight.numel(), blocks = (count + kBlock - 1) / kBlock;
    const float l1 = float(settings.l1 * settings.factor), l2 = float(settings.l2 * settings.factor);
    std::vector<kernels::Sizes> sizes(static_cast<size_t>(blocks));
    withElement(gradient.scalar_type(), [&](auto type) {
        using G = decltype(type);
        at::parallel_for(0, blocks, kBlocksPerTask, [&](int64_t begin, int64_t end) {
            for (int64_t block = begin; block < end; ++block) {
                const int64_t first = block * kBlock;
                sizes[size_t(block)] = kernels::penalise(elements<float>(result.gradient) + first, elements<G>(gradient) + first,
                                                         elements<float>(weight) + first, std::min(kBlock, count - first), l1, l2);
            }
        });
    });
    for (const kernels::Sizes &part : sizes)
        result.penalty += settings.l1 * double(part.absolute) + settings.l2 / 2 * double(part.squares);
    return result;
}

Penalised withPenaltyReference(const torch::Tensor &gradient, const torch::Tensor &weight, const PenaltySettings &settings)
{
    torch::NoGradGuard noGradients;
    checkShapes(gradient, weight);
    const torch::Tensor added = settings.l2 * weight + settings.l1 * weight.sign(), w = weight.to(at::kDouble);
    return {gradient.to(at::kFloat) + settings.factor * added,
            settings.l1 * w.abs().sum().item<double>() + settings.l2 / 2 * w.square().sum().item<double>()};
}

}  // namespace athanor::tensor
