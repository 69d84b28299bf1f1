#include "core/tensor/quantised.h"

#include "core/tensor/element.h"
#include "core/tensor/gemm_rows.h"
#include "core/tensor/weight_blocks.h"

#include <c10/util/Half.h>

#include <cmath>

namespace athanor::tensor {

namespace {

using kernels::kBytesOfGroup;
using kernels::kGroup;

// A scale as f16; its value after rounding divides the weights.
float rounded(float scale, uint16_t &half)
{
    half = c10::Half(std::fabs(scale)).x;
    return std::copysign(kernels::halfToFloat(half), scale);
}

float inverse(float scale) { return scale == 0 ? 0 : 1 / scale; }

// One group of 32 weights.
void quantise(const float *from, int8_t *to, uint16_t &half)
{
    float largest = 0;
    for (int64_t i = 0; i < kGroup; ++i)
        largest = std::max(largest, std::fabs(from[i]));
    const float factor = inverse(rounded(largest / 127, half));
    for (int64_t i = 0; i < kGroup; ++i)
        to[i] = int8_t(std::clamp(std::lrint(from[i] * factor), -127L, 127L));
}

// The weight of the largest size becomes −8 or, where it is positive, 7: scales stay positive.
void quantise(const float *from, uint8_t *to, uint16_t &half)
{
    float least = 0, most = 0;
    for (int64_t i = 0; i < kGroup; ++i) {
        least = std::min(least, from[i]);
        most = std::max(most, from[i]);
    }
    const float factor = inverse(rounded(std::max(-least / 8, most / 7), half));
    const auto level = [&](float x) { return uint8_t(std::clamp(std::lrint(x * factor) + 8, 0L, 15L)); };
    for (int64_t i = 0; i < kGroup / 2; ++i)
        to[i] = uint8_t(level(from[i]) | level(from[i + kGroup / 2]) << 4);
}

template <typename W> struct GroupedWeights {
    const W *weights = nullptr;
    const uint16_t *scales = nullptr;
    int64_t k = 0;

    const W *row(int64_t j) const { return weights + j * (k / kGroup) * kBytesOfGroup<W>; }
    const uint16_t *scalesOf(int64_t j) const { return scales + j * (k / kGroup); }
    void dot(const float *x, int64_t m, float *y, int64_t yStride, int64_t begin, int64_t count) const
    {
        kernels::dotGroups(x, m, row(begin), scalesOf(begin), y, yStride, k, count);
    }
    const float *widened(int64_t begin, int64_t count, std::vector<float> &scratch) const
    {
        scratch.resize(std::max(scratch.size(), size_t(count * k)));
        kernels::widenGroups(row(begin), scalesOf(begin), scratch.data(), count * k);
        return scratch.data();
    }
};

template <typename W> class Grouped final : public QuantisedWeights {
public:
    explicit Grouped(const torch::Tensor &weight)
        : m_n(weight.size(0)), m_inputs(weight.size(1)), m_k((m_inputs + kGroup - 1) / kGroup * kGroup),
          m_weights(torch::empty({m_n * (m_k / kGroup) * kBytesOfGroup<W>}, at::kByte)),
          m_scales(torch::empty({m_n * (m_k / kGroup)}, at::kShort))
    {
        const torch::Tensor from = weight.detach().contiguous();
        at::parallel_for(0, m_n, 64, [&](int64_t begin, int64_t end) {
            std::vector<float> row(size_t(m_k), 0.0f);
            for (int64_t j = begin; j < end; ++j) {
                withElement(from.scalar_type(), [&](auto type) {
                    const auto *numbers = elements<decltype(type)>(from) + j * m_inputs;
                    std::transform(numbers, numbers + m_inputs, row.begin(), [](auto x) { return toFloat(x); });
                });
                for (int64_t group = 0; group < m_k / kGroup; ++group) {
                    const int64_t at = j * (m_k / kGroup) + group;
                    quantise(row.data() + group * kGroup, numbers() + at * kBytesOfGroup<W>, scales()[at]);
                }
            }
        });
    }

    torch::Tensor product(const torch::Tensor &xIn) const override
    {
        torch::NoGradGuard noGradients;
        TORCH_CHECK(xIn.size(-1) == m_inputs, "the input has ", xIn.size(-1), " channels, the matrix ", m_inputs);
        auto shape = xIn.sizes().vec();
        shape.back() = m_n;
        torch::Tensor x = inFormat(xIn, at::kFloat).view({-1, m_inputs});
        if (m_k != m_inputs)
            x = at::constant_pad_nd(x, {0, m_k - m_inputs});
        return productIn(xIn.scalar_type(), elements<float>(x), x.size(0), m_k, view(), m_n).view(shape);
    }

    torch::Tensor widened() const override
    {
        torch::Tensor all = torch::empty({m_n, m_k}, at::kFloat);
        kernels::widenGroups(numbers(), scales(), elements<float>(all), all.numel());
        return all.narrow(1, 0, m_inputs).contiguous();
    }

    int64_t bytes() const override { return m_weights.numel() + 2 * m_scales.numel(); }

private:
    W *numbers() const { return static_cast<W *>(m_weights.data_ptr()); }
    uint16_t *scales() const { return static_cast<uint16_t *>(m_scales.data_ptr()); }
    GroupedWeights<W> view() const { return {numbers(), scales(), m_k}; }

    int64_t m_n = 0;
    int64_t m_inputs = 0;
    int64_t m_k = 0;  // inputs, padded to whole groups
    torch::Tensor m_weights, m_scales;
};

}  // namespace

std::shared_ptr<const QuantisedWeights> QuantisedWeights::create(const torch::Tensor &weight, QuantisedFormat format)
{
    torch::NoGradGuard noGradients;
    TORCH_CHECK(weight.dim() == 2, "only a matrix can be kept as small integers");
    if (format == QuantisedFormat::Int4)
        return std::make_shared<Grouped<uint8_t>>(weight);
    return std::make_shared<Grouped<int8_t>>(weight);
}

}  // namespace athanor::tensor
