// See regularisation.h.
#include "core/network/regularisation.h"

#include <algorithm>
#include <cmath>

namespace athanor::network {

namespace {

constexpr double kLeastDoubt = 1e-8;  // 0^γ has no finite slope where γ < 1

// (N): each row's smoothed loss, before weights. likelihoods (N, K), own (N) of the label.
torch::Tensor smoothed(const torch::Tensor &likelihoods, const torch::Tensor &own, double smoothing)
{
    return smoothing > 0 ? -(1 - smoothing) * own - smoothing * likelihoods.mean(1) : -own;
}

// Which rows are left out: each by the same chance, and as nearly the same number of a batch each time as can be, so that
// small batches do not jump (systematic sampling of rows in a random order).
std::vector<bool> leftOutOf(int64_t rows, double probability, const tensor::RandomKey &key)
{
    std::vector<std::pair<float, int64_t>> order;
    for (int64_t row = 0; row < rows; ++row)
        order.emplace_back(tensor::randomUniform(key, uint64_t(row)), row);
    std::sort(order.begin(), order.end());
    const double offset = tensor::randomUniform(key, uint64_t(rows));
    std::vector<bool> out(size_t(rows), false);
    for (int64_t rank = 0; rank < rows; ++rank)
        out[size_t(order[size_t(rank)].second)] =
            std::floor(double(rank + 1) * probability + offset) > std::floor(double(rank) * probability + offset);
    return out;
}

}  // namespace

tensor::LossPair labelCrossEntropy(const torch::Tensor &logits, const torch::Tensor &labels,
                                   const Regularisation &regularisation)
{
    TORCH_CHECK(labels.max().item<int64_t>() < logits.size(1), "a label is not among the ", logits.size(1), " classes");
    const torch::Tensor counted = labels.ge(0).nonzero().flatten();
    if (counted.numel() == 0)
        return {logits.sum() * 0, torch::zeros({}, at::kFloat)};
    const torch::Tensor likelihoods = at::log_softmax(logits.index_select(0, counted.to(logits.device())), 1);
    const torch::Tensor wanted = labels.index_select(0, counted).to(logits.device()), plain = at::nll_loss(likelihoods, wanted);
    const double smoothing = regularisation.terms.labelSmoothing, gamma = regularisation.focalGamma;
    const std::vector<float> &weights = regularisation.labelWeights;
    if (smoothing <= 0 && gamma <= 0 && weights.empty())
        return {plain, plain.detach()};
    const torch::Tensor own = likelihoods.gather(1, wanted.unsqueeze(1)).squeeze(1);
    torch::Tensor rows = smoothed(likelihoods, own, smoothing);
    if (gamma > 0)
        rows = rows * (1 - own.exp()).clamp_min(kLeastDoubt).pow(gamma);
    if (!weights.empty()) {
        TORCH_CHECK(int64_t(weights.size()) == logits.size(1), "there must be one weight a class");
        rows = rows * torch::tensor(weights, at::kFloat).to(logits.device()).index_select(0, wanted);
    }
    return {rows.mean(), plain.detach()};
}

torch::Tensor keptRows(const torch::Tensor &y, double probability, const tensor::RandomKey &key)
{
    std::vector<int64_t> shape(size_t(y.dim()), 1);
    shape[0] = y.size(0);
    torch::Tensor factors = torch::full(shape, 1.0 / (1.0 - probability), at::kFloat);
    const std::vector<bool> out = leftOutOf(y.size(0), probability, key);
    for (size_t row = 0; row < out.size(); ++row)
        if (out[row])
            factors.data_ptr<float>()[row] = 0;
    return y * factors.to(y.options());
}

}  // namespace athanor::network
