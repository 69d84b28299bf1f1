#include "core/tensor/optimize.h"

#include "core/tensor/adamw_numbers.h"
#include "core/tensor/device.h"
#include "core/tensor/element.h"

#include <cmath>

namespace athanor::tensor {

namespace {

constexpr int64_t kBlock = 4096;         // elements summed in f32 before f64 takes over; fixed
constexpr int64_t kElementsPerTask = 32768;

void checkAdamW(const torch::Tensor &weight, const torch::Tensor &master, const torch::Tensor &first,
                const torch::Tensor &second, const torch::Tensor &gradient)
{
    for (const torch::Tensor *tensor : {&master, &first, &second})
        TORCH_CHECK(tensor->scalar_type() == at::kFloat && tensor->sizes() == weight.sizes()
                        && tensor->is_contiguous(),
                    "AdamW's masters and moments must be contiguous f32 of the weight's shape");
    TORCH_CHECK(weight.is_contiguous() && gradient.sizes() == weight.sizes(),
                "AdamW's weight must be contiguous and the gradient of its shape");
}

}  // namespace

void adamWStep(torch::Tensor &weight, torch::Tensor &master, torch::Tensor &first, torch::Tensor &second,
               const torch::Tensor &gradientIn, const AdamWSettings &settings)
{
    torch::NoGradGuard noGradients;
    const torch::Tensor own = weight.scalar_type() == at::kFloat ? weight : master;
    const torch::Tensor gradient = gradientIn.contiguous();
    checkAdamW(weight, own, first, second, gradient);
    if (!usesKernels(weight))
        return adamWStepReference(weight, master, first, second, gradient, settings);
    const kernels::AdamWNumbers numbers = numbersOf(settings);
    withElement(weight.scalar_type(), [&](auto weightType) {
        withElement(gradient.scalar_type(), [&](auto gradientType) {
            using W = decltype(weightType);
            using G = decltype(gradientType);
            at::parallel_for(0, weight.numel(), kElementsPerTask, [&](int64_t begin, int64_t end) {
                kernels::adamW(elements<W>(weight) + begin, elements<float>(own) + begin,
                               elements<float>(first) + begin, elements<float>(second) + begin,
                               elements<G>(gradient) + begin, end - begin, numbers);
            });
        });
    });
}

void adamWStepReference(torch::Tensor &weight, torch::Tensor &master, torch::Tensor &first, torch::Tensor &second,
                        const torch::Tensor &gradient, const AdamWSettings &settings)
{
    torch::NoGradGuard noGradients;
    torch::Tensor own = weight.scalar_type() == at::kFloat ? weight : master;
    const torch::Tensor g = gradient.to(at::kFloat) * settings.gradientScale;
    first.mul_(settings.beta1).add_(g, 1 - settings.beta1);
    second.mul_(settings.beta2).add_(g * g, 1 - settings.beta2);
    const torch::Tensor m = first / (1 - std::pow(settings.beta1, double(settings.step)));
    const torch::Tensor v = second / (1 - std::pow(settings.beta2, double(settings.step)));
    own.mul_(1 - settings.lr * settings.weightDecay).sub_(settings.lr * m / (v.sqrt() + settings.epsilon));
    if (!own.is_same(weight))
        weight.copy_(own);
}

double gradientNorm(const std::vector<torch::Tensor> &gradients)
{
    double total = 0;
    torch::Tensor elsewhere;  // of gradients that no kernel reads: one number, fetched once
    for (const torch::Tensor &given : gradients) {
        if (!given.defined())
            continue;
        if (!usesKernels(given)) {
            const torch::Tensor squares = given.detach().to(at::kFloat).square().sum(at::kDouble);
            elsewhere = elsewhere.defined() ? elsewhere + squares : squares;
            continue;
        }
        const torch::Tensor gradient = given.contiguous();
        const int64_t count = gradient.numel(), blocks = (count + kBlock - 1) / kBlock;
        std::vector<float> sums(size_t(blocks), 0.0f);
        withElement(gradient.scalar_type(), [&](auto type) {
            using G = decltype(type);
            at::parallel_for(0, blocks, kElementsPerTask / kBlock, [&](int64_t begin, int64_t end) {
                for (int64_t block = begin; block < end; ++block)
                    sums[size_t(block)] = kernels::squares(elements<G>(gradient) + block * kBlock,
                                                           std::min(kBlock, count - block * kBlock));
            });
        });
        for (const float sum : sums)
            total += double(sum);
    }
    return std::sqrt(total + (elsewhere.defined() ? elsewhere.item<double>() : 0.0));
}

void accumulate(torch::Tensor &sum, const torch::Tensor &gradientIn)
{
    const torch::Tensor gradient = gradientIn.contiguous();
    TORCH_CHECK(sum.scalar_type() == at::kFloat && sum.is_contiguous() && sum.sizes() == gradient.sizes(),
                "the sum must be contiguous f32 of the gradient's shape");
    if (!usesKernels(sum)) {
        sum.add_(gradient);
        return;
    }
    withElement(gradient.scalar_type(), [&](auto type) {
        using G = decltype(type);
        at::parallel_for(0, sum.numel(), kElementsPerTask, [&](int64_t begin, int64_t end) {
            kernels::add(elements<float>(sum) + begin, elements<G>(gradient) + begin, end - begin);
        });
    });
}

}  // namespace athanor::tensor
