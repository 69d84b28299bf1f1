// Attention of any kind: by LibTorch's operations where gradients are needed, otherwise head by head.
#include "core/tensor/attention.h"
#include "core/tensor/attention_layout.h"
#include "core/tensor/blocks.h"
#include "core/tensor/device.h"
#include "core/tensor/gemm.h"
#include "core/tensor/plain.h"

#include <vector>

namespace athanor::tensor {

namespace {

constexpr float kHidden = -1e30f;  // finite: a row that sees nothing must not become NaN

// (B, time, heads, D) f32 with the last stride 1.
torch::Tensor readable(const torch::Tensor &x)
{
    const torch::Tensor wide = x.to(at::kFloat);
    return wide.stride(3) == 1 ? wide : wide.contiguous();
}

const float *headOf(const torch::Tensor &x, int64_t batch, int64_t head)
{
    return x.data_ptr<float>() + batch * x.stride(0) + head * x.stride(2);
}

// scores (T, S) of one head: scale, bias and mask; then softmax.
void weigh(float *scores, int64_t t, int64_t s, float scale, const float *bias, const bool *visible, int64_t visibleStride)
{
    for (int64_t row = 0; row < t; ++row) {
        float *numbers = scores + row * s;
        for (int64_t i = 0; i < s; ++i) {
            numbers[i] = numbers[i] * scale + (bias ? bias[row * s + i] : 0.0f);
            if (visible && !visible[row * visibleStride + i])
                numbers[i] = kHidden;
        }
        kernels::softmaxRow(numbers, s, s);
    }
}

torch::Tensor withoutGradients(const torch::Tensor &qIn, const torch::Tensor &kIn, const torch::Tensor &vIn,
                               const torch::Tensor &visibleIn, const torch::Tensor &biasIn, double scale)
{
    const torch::Tensor q = readable(qIn), k = readable(kIn), v = readable(vIn);
    const int64_t b = q.size(0), t = q.size(1), h = q.size(2), d = q.size(3), s = k.size(1), group = h / k.size(2);
    const torch::Tensor visible = visibleIn.defined() ? visibleIn.contiguous() : visibleIn;  // (B or 1, 1, T or 1, S)
    const torch::Tensor bias = biasIn.defined() ? biasIn.to(at::kFloat).expand({1, h, t, s}).contiguous() : biasIn;
    torch::Tensor y = torch::empty({b, t, h * d}, at::kFloat);
    forEachBlock(b * h, [&](int64_t pair) {
        const int64_t batch = pair / h, head = pair % h;
        thread_local std::vector<float> scores;
        scores.resize(std::max(scores.size(), size_t(t * s)));
        sgemm(Transposed::No, Transposed::Yes, t, s, d, headOf(q, batch, head), q.stride(1),
              headOf(k, batch, head / group), k.stride(1), 0, scores.data(), s);
        const int64_t rows = visible.defined() ? visible.size(2) : 0;
        const bool *mask = rows ? visible.data_ptr<bool>() + (visible.size(0) > 1 ? batch : 0) * rows * s : nullptr;
        weigh(scores.data(), t, s, float(scale), bias.defined() ? bias.data_ptr<float>() + head * t * s : nullptr, mask,
              rows > 1 ? s : 0);
        sgemm(Transposed::No, Transposed::No, t, d, s, scores.data(), s, headOf(v, batch, head / group), v.stride(1), 0,
              y.data_ptr<float>() + (batch * t * h + head) * d, h * d);
    });
    return y.to(qIn.scalar_type());
}

}  // namespace

torch::Tensor attentionWithScores(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &v,
                                  const torch::Tensor &visible, const torch::Tensor &bias, double scale)
{
    const int64_t group = q.size(2) / k.size(2);
    const auto heads = [](const torch::Tensor &x, int64_t times) {  // (B, heads, time, D) f32
        const torch::Tensor wide = times > 1 ? x.repeat_interleave(times, 2) : x;
        return wide.to(at::kFloat).transpose(1, 2);
    };
    torch::Tensor scores = torch::matmul(heads(q, 1), heads(k, group).transpose(2, 3)) * scale;
    if (bias.defined())
        scores = scores + bias.to(at::kFloat);
    if (visible.defined())
        scores = scores.masked_fill(visible.logical_not(), double(kHidden));
    return torch::matmul(torch::softmax(scores, -1), heads(v, group))
        .transpose(1, 2)
        .reshape({q.size(0), q.size(1), q.size(2) * q.size(3)})
        .to(q.scalar_type());
}

torch::Tensor openAttention(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &v,
                            const torch::Tensor &visible, const torch::Tensor &bias, double scale)
{
    if (!usesKernels(q))
        return plainOpenAttention(q, k, v, visible, bias, scale);
    return at::GradMode::is_enabled() ? attentionWithScores(q, k, v, visible, bias, scale)
                                      : withoutGradients(q, k, v, visible, bias, scale);
}

}  // namespace athanor::tensor
