#include "core/tensor/attention_entropy.h"

namespace athanor::tensor {

namespace {

constexpr double kHidden = -1e30;  // finite: a query that sees nothing must not become NaN

torch::Tensor headsOf(const torch::Tensor &x, int64_t times)  // (B, H, time, D) f32
{
    const torch::Tensor wide = times > 1 ? x.repeat_interleave(times, 2) : x;
    return wide.to(at::kFloat).transpose(1, 2);
}

}  // namespace

torch::Tensor attentionEntropy(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &visible,
                               const torch::Tensor &bias, double scale)
{
    torch::NoGradGuard noGradients;
    torch::Tensor scores = torch::matmul(headsOf(q, 1), headsOf(k, q.size(2) / k.size(2)).transpose(2, 3)) * scale;  // (B, H, T, S)
    if (bias.defined())
        scores = scores + bias.to(at::kFloat);
    if (visible.defined())
        scores = scores.masked_fill(visible.logical_not(), kHidden);
    const torch::Tensor logarithms = torch::log_softmax(scores, -1);
    return -(logarithms.exp() * logarithms).sum(-1).mean(at::IntArrayRef({0, 2}));
}

}  // namespace athanor::tensor
