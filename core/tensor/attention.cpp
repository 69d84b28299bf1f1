#include "core/tensor/attention.h"

#include "core/tensor/attention_layout.h"
#include "core/tensor/attention_pairs.h"
#include "core/tensor/blocks.h"
#include "core/tensor/device.h"
#include "core/tensor/gemm.h"
#include "core/tensor/libtorch.h"
#include "core/tensor/plain.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace athanor::tensor {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// The way back, for gradients.
template <typename T>
void scatter(const float *from, const Layout &l, const Turn &turn, float scale, T *rows, int64_t stride, int64_t begin,
             int64_t end)
{
    for (int64_t time = begin; time < end; ++time)
        turn.turn(from + time * l.d, rows + time * stride, time, -1, scale, l.d);
}

void softmaxBackwardBetween(float *scores, float *gradient, float logSum, int64_t first, int64_t last, int64_t width)
{
    std::fill(scores, scores + first, 0.0f);
    std::fill(gradient, gradient + first, 0.0f);
    kernels::softmaxBackwardRow(scores + first, gradient + first, 1, logSum, last - first, width - first);
}

// What one thread needs for one head; kept by the thread, and grown when a call needs more.
struct Scratch {
    void fit(const Layout &l)
    {
        for (std::vector<float> *rows : {&q, &k, &v, &y})
            grow(*rows, l.t * l.d);
    }
    static void grow(std::vector<float> &numbers, int64_t count)
    {
        if (int64_t(numbers.size()) < count)
            numbers.resize(size_t(count));
    }
    std::vector<float> q, k, v, y;
};

struct BackwardScratch : Scratch {
    void fit(const Layout &l)
    {
        Scratch::fit(l);
        for (std::vector<float> *rows : {&gq, &gk, &gv})
            grow(*rows, l.t * l.d);
        for (std::vector<float> *rows : {&scores, &gScores})
            grow(*rows, std::min(l.t, kQueriesPerBlock) * l.t);
    }
    std::vector<float> gq, gk, gv, scores, gScores;
};

// Causal attention of the queries [begin, last) of one head: q (scaled), k, v (T, D) to y (T, D) and the rows' log sums.
void attendHead(const Layout &l, const int64_t *firsts, Scratch &s, float *logSums, int64_t begin, int64_t last)
{
    std::array<KeyRange, kQueriesPerBlock> ranges;
    for (; begin < last; begin += kQueriesPerBlock) {
        const int64_t rows = std::min(last - begin, kQueriesPerBlock);
        for (int64_t r = 0; r < rows; ++r)
            ranges[size_t(r)] = {firsts ? firsts[begin + r] : 0, begin + r + 1};
        attendBlock(s.q.data() + begin * l.d, rows, s.k.data(), s.v.data(), l.d, ranges.data(), s.y.data() + begin * l.d,
                    logSums + begin);
    }
}

// Its gradients: y holds the gradient of the result. gq is set; gk and gv grow, for the heads of one group share them.
void attendHeadBackward(const Layout &l, const int64_t *firsts, BackwardScratch &s, const float *logSums)
{
    for (int64_t begin = 0; begin < l.t; begin += kQueriesPerBlock) {
        const int64_t end = std::min(l.t, begin + kQueriesPerBlock), rows = end - begin;
        const int64_t low = lowestOf(firsts, begin, end), keys = end - low;
        const float *q = s.q.data() + begin * l.d, *gy = s.y.data() + begin * l.d;
        const float *k = s.k.data() + low * l.d, *v = s.v.data() + low * l.d;
        float *p = s.scores.data(), *gs = s.gScores.data();
        sgemm(Transposed::No, Transposed::Yes, rows, keys, l.d, q, l.d, k, l.d, 0, p, keys);
        sgemm(Transposed::No, Transposed::Yes, rows, keys, l.d, gy, l.d, v, l.d, 0, gs, keys);
        for (int64_t r = 0; r < rows; ++r)
            softmaxBackwardBetween(p + r * keys, gs + r * keys, logSums[begin + r], firsts ? firsts[begin + r] - low : 0,
                                   begin + r + 1 - low, keys);
        sgemm(Transposed::Yes, Transposed::No, keys, l.d, rows, p, keys, gy, l.d, 1, s.gv.data() + low * l.d, l.d);
        sgemm(Transposed::Yes, Transposed::No, keys, l.d, rows, gs, keys, q, l.d, 1, s.gk.data() + low * l.d, l.d);
        sgemm(Transposed::No, Transposed::No, rows, l.d, keys, gs, keys, k, l.d, 0, s.gq.data() + begin * l.d, l.d);
    }
}

template <typename T>
void forwardAll(const Layout &l, const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionView &view,
                float *logSums, T *result)
{
    forEachPart(l, [&](const Part &part) {
        thread_local Scratch s;
        s.fit(l);
        const auto [batch, keyHead, begin, end] = part;
        const int64_t *firsts = rowOf(view.firsts, batch), low = lowestOf(firsts, begin, end);
        const Turn turn = turnOf(rotary, view.positions, batch);
        const T *rows = elements<T>(qkv) + batch * l.t * l.rowWidth();
        gather(rows + l.keyColumn(keyHead), l.rowWidth(), l, turn, 1, s.k.data(), low, end);
        gather(rows + l.valueColumn(keyHead), l.rowWidth(), l, {}, 1, s.v.data(), low, end);
        for (int64_t head = keyHead * l.group(); head < (keyHead + 1) * l.group(); ++head) {
            gather(rows + l.queryColumn(head), l.rowWidth(), l, turn, l.scale(), s.q.data(), begin, end);
            attendHead(l, firsts, s, logSums + (batch * l.h + head) * l.t, begin, end);
            scatter(s.y.data(), l, {}, 1, result + batch * l.t * l.h * l.d + head * l.d, l.h * l.d, begin, end);
        }
    });
}

template <typename T>
void backwardAll(const Layout &l, const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionView &view,
                 const float *logSums, const torch::Tensor &gResult, T *gqkv)
{
    forEachBlock(l.b * l.k, [&](int64_t pair) {
        thread_local BackwardScratch s;
        s.fit(l);
        const int64_t batch = pair / l.k, keyHead = pair % l.k, *firsts = rowOf(view.firsts, batch);
        const Turn turn = turnOf(rotary, view.positions, batch);
        const T *rows = elements<T>(qkv) + batch * l.t * l.rowWidth();
        T *gRows = gqkv + batch * l.t * l.rowWidth();
        gather(rows + l.keyColumn(keyHead), l.rowWidth(), l, turn, 1, s.k.data(), 0, l.t);
        gather(rows + l.valueColumn(keyHead), l.rowWidth(), l, {}, 1, s.v.data(), 0, l.t);
        std::fill_n(s.gk.begin(), l.t * l.d, 0.0f);
        std::fill_n(s.gv.begin(), l.t * l.d, 0.0f);
        for (int64_t head = keyHead * l.group(); head < (keyHead + 1) * l.group(); ++head) {
            gather(rows + l.queryColumn(head), l.rowWidth(), l, turn, l.scale(), s.q.data(), 0, l.t);
            gather(elements<T>(gResult) + batch * l.t * l.h * l.d + head * l.d, l.h * l.d, l, {}, 1, s.y.data(), 0, l.t);
            attendHeadBackward(l, firsts, s, logSums + (batch * l.h + head) * l.t);
            scatter(s.gq.data(), l, turn, l.scale(), gRows + l.queryColumn(head), l.rowWidth(), 0, l.t);
        }
        scatter(s.gk.data(), l, turn, 1, gRows + l.keyColumn(keyHead), l.rowWidth(), 0, l.t);
        scatter(s.gv.data(), l, {}, 1, gRows + l.valueColumn(keyHead), l.rowWidth(), 0, l.t);
    });
}

class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
public:
    static torch::Tensor forward(AutogradContext *context, const torch::Tensor &qkvIn, const OptionalTensor &rotaryIn,
                                 const OptionalTensor &positions, const OptionalTensor &firsts, int64_t heads,
                                 int64_t keyValueHeads, int64_t headSize)
    {
        const torch::Tensor qkv = qkvIn.contiguous(), rotary = rotaryIn ? *rotaryIn : torch::Tensor();
        const AttentionView view{positions ? *positions : torch::Tensor(), firsts ? *firsts : torch::Tensor()};
        const Layout l = layoutOf(qkv, {heads, keyValueHeads, headSize});
        torch::Tensor logSums = torch::empty({l.b * l.h * l.t}, at::kFloat);
        torch::Tensor result = torch::empty({l.b, l.t, l.h * l.d}, qkv.options().requires_grad(false));
        if (qkv.scalar_type() == at::kBFloat16 && dotsBf16())
            attendInPairs(l, qkv, rotary, view, elements<float>(logSums), elements<Bf16>(result));
        else
            withElement(qkv.scalar_type(), [&](auto type) {
                using T = decltype(type);
                forwardAll<T>(l, qkv, rotary, view, elements<float>(logSums), elements<T>(result));
            });
        context->save_for_backward({qkv, logSums, rotary, view.positions, view.firsts});
        context->saved_data["shape"] = std::vector<int64_t>{l.b, l.t, l.h, l.k, l.d};
        return result;
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const auto saved = context->get_saved_variables();
        const auto s = context->saved_data["shape"].toIntVector();
        const Layout l{s[0], s[1], s[2], s[3], s[4]};
        const torch::Tensor gResult = gradients[0].contiguous();
        torch::Tensor gqkv = torch::empty_like(saved[0]);
        const AttentionView view{saved[3], saved[4]};
        if (gqkv.scalar_type() == at::kBFloat16 && dotsBf16())
            attendInPairsBackward(l, saved[0], saved[2], view, elements<float>(saved[1]), gResult, elements<Bf16>(gqkv));
        else
            withElement(gqkv.scalar_type(), [&](auto type) {
                using T = decltype(type);
                backwardAll<T>(l, saved[0], saved[2], view, elements<float>(saved[1]), gResult, elements<T>(gqkv));
            });
        tensor_list results(7);  // one for each argument of forward
        results[0] = gqkv;
        return results;
    }
};

// Frequencies of the pairs, stretched as the settings say; f64.
torch::Tensor frequenciesOf(int64_t rotated, const RotarySettings &settings)
{
    const torch::Tensor i = torch::arange(0, rotated / 2, at::kDouble);
    const torch::Tensor plain = torch::pow(settings.base, -2.0 * i / double(rotated));
    if (settings.scaling == RotaryScaling::None)
        return plain;
    if (settings.scaling == RotaryScaling::Linear)
        return plain / settings.factor;
    const torch::Tensor turns = settings.originalContext * plain / (2 * M_PI);  // in the original context
    const torch::Tensor kept =
        ((turns - settings.lowFrequency) / (settings.highFrequency - settings.lowFrequency)).clamp(0, 1);
    return (1 - kept) * plain / settings.factor + kept * plain;
}

}  // namespace

torch::Tensor causalAttention(const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionShape &shape,
                              const AttentionView &view)
{
    if (!usesKernels(qkv))
        return plainAttention(qkv, rotary, shape, view);
    checkView(rotary, view, layoutOf(qkv, shape), qkv.size(1));
    return AttentionFunction::apply(qkv, optional(rotary), optional(view.positions), optional(view.firsts), shape.heads,
                                    shape.keyValueHeads, shape.headSize);
}

torch::Tensor rotaryTable(int64_t positions, int64_t rotated, double base)
{
    RotarySettings settings;
    settings.base = base;
    return rotaryTable(positions, rotated, settings);
}

torch::Tensor rotaryTable(int64_t positions, int64_t rotated, const RotarySettings &settings)
{
    TORCH_CHECK(rotated % 2 == 0, "rotary positions need an even head size");
    const torch::Tensor frequency = frequenciesOf(rotated, settings);
    const torch::Tensor angle = torch::arange(0, positions, at::kDouble).unsqueeze(1) * frequency.unsqueeze(0);
    return torch::cat({angle.cos(), angle.sin()}, 1).to(at::kFloat).contiguous();
}

namespace {

// firstsOf() by operations, on a device.
torch::Tensor firstsThere(const torch::Tensor &segments, int64_t window, int64_t b, int64_t t, at::Device device)
{
    const torch::Tensor times = torch::arange(t, at::TensorOptions(at::kLong).device(device)).expand({b, t});
    torch::Tensor firsts = torch::zeros_like(times);
    if (segments.defined() && t > 1) {
        const torch::Tensor begins = segments.narrow(1, 1, t - 1).ne(segments.narrow(1, 0, t - 1));
        firsts = torch::constant_pad_nd(begins.to(at::kLong), {1, 0}) * times;
        firsts = std::get<0>(firsts.cummax(1));
    }
    return window > 0 ? torch::maximum(firsts, times - (window - 1)) : firsts;
}

}  // namespace

torch::Tensor firstsOf(const torch::Tensor &segmentsIn, int64_t window, int64_t b, int64_t t, at::Device device)
{
    if (!segmentsIn.defined() && window <= 0)
        return {};
    TORCH_CHECK(!segmentsIn.defined()
                    || (segmentsIn.scalar_type() == at::kLong && segmentsIn.dim() == 2 && segmentsIn.size(0) == b
                        && segmentsIn.size(1) == t),
                "segments must be (B, T) int64");
    if (!usesKernels(device))
        return firstsThere(segmentsIn, window, b, t, device);
    const torch::Tensor segments = segmentsIn.defined() ? segmentsIn.contiguous() : segmentsIn;
    torch::Tensor firsts = torch::empty({b, t}, at::kLong);
    for (int64_t batch = 0; batch < b; ++batch) {
        const int64_t *numbers = rowOf(segments, batch);
        int64_t *row = firsts.data_ptr<int64_t>() + batch * t, start = 0;
        for (int64_t time = 0; time < t; ++time) {
            if (numbers && time > 0 && numbers[time] != numbers[time - 1])
                start = time;
            row[time] = window > 0 ? std::max(start, time - window + 1) : start;
        }
    }
    return firsts;
}

torch::Tensor rotated(const torch::Tensor &x, const torch::Tensor &rotary, const torch::Tensor &positions)
{
    if (!rotary.defined())
        return x;
    const int64_t r = rotary.size(1);
    const torch::Tensor table = positions.defined() ? rotary.index_select(0, positions.flatten()).view({x.size(0), x.size(1), 1, r})
                                                    : rotary.narrow(0, 0, x.size(1)).view({1, x.size(1), 1, r});
    const auto c = table.chunk(2, -1), halves = x.narrow(-1, 0, r).to(at::kFloat).chunk(2, -1);
    const torch::Tensor turned = torch::cat({halves[0] * c[0] - halves[1] * c[1], halves[1] * c[0] + halves[0] * c[1]}, -1)
                                     .to(x.scalar_type());
    return r == x.size(-1) ? turned : torch::cat({turned, x.narrow(-1, r, x.size(-1) - r)}, -1);
}

torch::Tensor causalAttentionReference(const torch::Tensor &qkv, const torch::Tensor &rotary,
                                       const AttentionShape &shape, const AttentionView &view)
{
    const Layout l = layoutOf(qkv, shape);
    const auto parts = qkv.to(at::kFloat).view({l.b, l.t, l.h + 2 * l.k, l.d}).split_with_sizes({l.h, l.k, l.k}, 2);
    const torch::Tensor times = torch::arange(l.t, at::TensorOptions(at::kLong).device(qkv.device()));
    torch::Tensor visible = (times.view({1, 1, 1, l.t}) <= times.view({1, 1, l.t, 1}));
    if (view.firsts.defined())
        visible = visible.logical_and(times.view({1, 1, 1, l.t}) >= view.firsts.view({l.b, 1, l.t, 1}));
    return openAttention(rotated(parts[0], rotary, view.positions), rotated(parts[1], rotary, view.positions), parts[2],
                         visible, {}, 1 / std::sqrt(double(l.d)))
        .to(qkv.scalar_type());
}

}  // namespace athanor::tensor
