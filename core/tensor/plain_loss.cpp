#include "core/tensor/element.h"
#include "core/tensor/gemm.h"
#include "core/tensor/plain.h"

#include <algorithm>

namespace athanor::tensor {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int64_t kChunkBytes = int64_t(256) << 20;  // of logits as f32, held at a time
constexpr int64_t kLeastRows = 128, kMostRows = 4096;

int64_t rowsPerChunk(int64_t n, int64_t v)
{
    return std::min(n, std::clamp(kChunkBytes / (v * int64_t(sizeof(float))) / kLeastRows * kLeastRows, kLeastRows, kMostRows));
}

// (rows, V) f32: log softmax(x·Wᵀ + bias); `levels` (rows, 1): log Σ exp(logits), where asked for.
torch::Tensor logarithms(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias,
                         torch::Tensor *levels = nullptr)
{
    const torch::Tensor logits = at::linear(x, weight, bias);
    if (levels)
        *levels = logits.to(at::kFloat).logsumexp(1, true);
    return at::log_softmax(logits, 1, at::kFloat);
}

// (rows) f32: 0 where the target is −1.
torch::Tensor lossesOf(const torch::Tensor &logs, const torch::Tensor &targets)
{
    const torch::Tensor places = targets.clamp_min(0).unsqueeze(1);
    return logs.gather(1, places).squeeze(1).neg().masked_fill(targets.lt(0), 0);
}

// (rows) f32: with the terms that are added; 0 where the target is −1.
torch::Tensor objectivesOf(const torch::Tensor &logs, const torch::Tensor &losses, const torch::Tensor &levels,
                           const torch::Tensor &targets, const LossTerms &terms)
{
    const torch::Tensor added = terms.zWeight * levels.squeeze(1).square() - terms.labelSmoothing * logs.mean(1);
    return (1 - terms.labelSmoothing) * losses + added.masked_fill(targets.lt(0), 0);
}

// The logarithms become the gradient of the sum of their losses (with the terms), in place.
void becomeGradients(torch::Tensor &logs, const torch::Tensor &levels, const torch::Tensor &targets, const LossTerms &terms)
{
    const torch::Tensor places = targets.clamp_min(0).unsqueeze(1);
    logs.exp_();
    if (!terms.areNone())
        logs.mul_(1 + 2 * terms.zWeight * levels).sub_(terms.labelSmoothing / double(logs.size(1)));
    logs.scatter_add_(1, places, at::full(places.sizes(), terms.labelSmoothing - 1, logs.options()));
    logs.masked_fill_(targets.lt(0).unsqueeze(1), 0);
}

torch::Tensor meanOf(const torch::Tensor &losses, const torch::Tensor &counted)
{
    return (losses.sum(at::kDouble) / counted.clamp_min(1)).to(at::kFloat);
}

// Gradients are kept as those of the sum, and divided by the count in backward(): as means of many rows they would
// vanish in f16.
class PlainCrossEntropy : public torch::autograd::Function<PlainCrossEntropy> {
public:
    // {objective, plain loss}
    static tensor_list forward(AutogradContext *context, const torch::Tensor &x, const torch::Tensor &weight,
                               const torch::Tensor &targets, const OptionalTensor &bias, const LossTerms &terms)
    {
        const int64_t n = x.size(0), v = weight.size(0), step = rowsPerChunk(n, v);
        const bool learns = weight.requires_grad(), biasLearns = bias && bias->requires_grad();
        const auto wide = x.options().dtype(at::kFloat).requires_grad(false);
        const torch::Tensor losses = torch::empty({n}, wide), objectives = terms.areNone() ? losses : torch::empty({n}, wide);
        const torch::Tensor gx = torch::empty(x.sizes(), x.options().requires_grad(false));
        torch::Tensor gWeight = learns ? torch::zeros(weight.sizes(), wide) : torch::Tensor();
        torch::Tensor gBias = biasLearns ? torch::zeros({v}, wide) : torch::Tensor();
        for (int64_t first = 0; first < n; first += step) {
            const int64_t rows = std::min(step, n - first);
            const torch::Tensor part = x.narrow(0, first, rows), wanted = targets.narrow(0, first, rows);
            torch::Tensor levels;
            torch::Tensor logs = logarithms(part, weight, bias ? *bias : torch::Tensor(),
                                            terms.areNone() ? nullptr : &levels);  // (rows, V)
            const torch::Tensor plain = losses.narrow(0, first, rows).copy_(lossesOf(logs, wanted));
            if (!terms.areNone())
                objectives.narrow(0, first, rows).copy_(objectivesOf(logs, plain, levels, wanted, terms));
            becomeGradients(logs, levels, wanted, terms);
            if (biasLearns)
                gBias.add_(logs.sum(0));
            const torch::Tensor gLogits = logs.to(x.scalar_type());
            gx.narrow(0, first, rows).copy_(matrixProduct(gLogits, Transposed::No, weight, Transposed::No));
            if (learns)
                gWeight.add_(matrixProduct(gLogits, Transposed::Yes, part, Transposed::No));
        }
        const torch::Tensor counted = targets.ge(0).sum();
        context->save_for_backward({gx, gWeight, gBias, counted});
        context->saved_data["format"] = int64_t(weight.scalar_type());
        const torch::Tensor plain = meanOf(losses, counted);
        context->mark_non_differentiable({plain});
        return {meanOf(objectives, counted), plain};
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const auto saved = context->get_saved_variables();
        const auto format = at::ScalarType(context->saved_data["format"].toInt());
        const torch::Tensor factor = gradients[0].to(at::kFloat) / saved[3].clamp_min(1);
        const auto scaled = [&](const torch::Tensor &gradient) {
            return gradient.defined() ? (gradient * factor).to(format) : gradient;
        };
        return {scaled(saved[0]), scaled(saved[1]), torch::Tensor(), scaled(saved[2]), torch::Tensor()};
    }
};

}  // namespace

LossPair plainCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &targets,
                           const torch::Tensor &bias, const LossTerms &terms)
{
    if (at::GradMode::is_enabled() || !terms.areNone()) {
        const tensor_list both = PlainCrossEntropy::apply(x, weight, targets, optional(bias), terms);
        return {both[0], both[1]};
    }
    const torch::Tensor loss = meanOf(plainPerTokenCrossEntropy(x, weight, targets, bias), targets.ge(0).sum());
    return {loss, loss};
}

torch::Tensor plainPerTokenCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &targets,
                                        const torch::Tensor &bias)
{
    const int64_t n = x.size(0), step = rowsPerChunk(n, weight.size(0));
    const torch::Tensor losses = torch::empty({n}, x.options().dtype(at::kFloat).requires_grad(false));
    for (int64_t first = 0; first < n; first += step) {
        const int64_t rows = std::min(step, n - first);
        losses.narrow(0, first, rows)
            .copy_(lossesOf(logarithms(x.narrow(0, first, rows), weight, bias), targets.narrow(0, first, rows)));
    }
    return losses;
}

}  // namespace athanor::tensor
