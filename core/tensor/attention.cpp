#include "core/tensor/attention.h"

#include "core/tensor/attention_rows.h"
#include "core/tensor/element.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace athanor::tensor {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int64_t kQueriesPerBlock = 128;

// Sizes of one call, and where things stand in the packed rows.
struct Layout {
    int64_t b, t, h, k, d;
    int64_t group() const { return h / k; }
    int64_t rowWidth() const { return (h + 2 * k) * d; }
    int64_t blockCount() const { return (t + kQueriesPerBlock - 1) / kQueriesPerBlock; }
    int64_t blockBegin(int64_t block) const { return block * kQueriesPerBlock; }
    int64_t blockEnd(int64_t block) const { return std::min(t, (block + 1) * kQueriesPerBlock); }
    int64_t blockRows(int64_t block) const { return blockEnd(block) - blockBegin(block); }
    // Queries of a block lie together as (B·K, G·rows, D): offset of head `head`, time `time` in the flat tensor.
    int64_t queryRow(int64_t batch, int64_t head, int64_t time) const
    {
        const int64_t block = time / kQueriesPerBlock, rows = blockRows(block);
        const int64_t before = b * h * blockBegin(block);
        return before + ((batch * k + head / group()) * group() + head % group()) * rows + time - blockBegin(block);
    }
    int64_t keyRow(int64_t batch, int64_t head, int64_t time) const { return (batch * k + head) * t + time; }
};

Layout layoutOf(const torch::Tensor &qkv, const AttentionShape &shape)
{
    TORCH_CHECK(shape.heads > 0 && shape.keyValueHeads > 0 && shape.heads % shape.keyValueHeads == 0,
                "the key-value heads must divide the heads");
    TORCH_CHECK(qkv.dim() == 3
                    && qkv.size(2) == (shape.heads + 2 * shape.keyValueHeads) * shape.headSize,
                "qkv must be (B, T, (H + 2K)·D)");
    return {qkv.size(0), qkv.size(1), shape.heads, shape.keyValueHeads, shape.headSize};
}

const float *rotationAt(const torch::Tensor &rotary, int64_t time)
{
    return rotary.defined() ? elements<float>(rotary) + time * rotary.size(1) : nullptr;
}

// Packed rows to separate queries (rotated, divided by √D), keys (rotated) and values.
template <typename T>
void unpack(const torch::Tensor &qkv, const torch::Tensor &rotary, const Layout &l, T *q, T *k, T *v)
{
    const T *rows = elements<T>(qkv);
    const float scale = 1.0f / std::sqrt(float(l.d));
    at::parallel_for(0, l.b * l.t, 16, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
            const int64_t batch = r / l.t, time = r % l.t;
            const T *row = rows + r * l.rowWidth();
            const float *rotation = rotationAt(rotary, time);
            for (int64_t head = 0; head < l.h; ++head, row += l.d)
                kernels::rotateRow(row, q + l.queryRow(batch, head, time) * l.d, rotation, 1, scale, l.d);
            for (int64_t head = 0; head < l.k; ++head, row += l.d)
                kernels::rotateRow(row, k + l.keyRow(batch, head, time) * l.d, rotation, 1, 1, l.d);
            for (int64_t head = 0; head < l.k; ++head, row += l.d)
                std::copy(row, row + l.d, v + l.keyRow(batch, head, time) * l.d);
        }
    });
}

// The way back, for gradients: rotated back and scaled.
template <typename T>
void pack(const T *q, const T *k, const T *v, const torch::Tensor &rotary, const Layout &l, T *qkv)
{
    const float scale = 1.0f / std::sqrt(float(l.d));
    at::parallel_for(0, l.b * l.t, 16, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
            const int64_t batch = r / l.t, time = r % l.t;
            T *row = qkv + r * l.rowWidth();
            const float *rotation = rotationAt(rotary, time);
            for (int64_t head = 0; head < l.h; ++head, row += l.d)
                kernels::rotateRow(q + l.queryRow(batch, head, time) * l.d, row, rotation, -1, scale, l.d);
            for (int64_t head = 0; head < l.k; ++head, row += l.d)
                kernels::rotateRow(k + l.keyRow(batch, head, time) * l.d, row, rotation, -1, 1, l.d);
            for (int64_t head = 0; head < l.k; ++head, row += l.d)
                std::copy_n(v + l.keyRow(batch, head, time) * l.d, l.d, row);
        }
    });
}

// Heads' outputs between (B, T, H, D) and the queries' block order.
template <typename T, bool toBlocks> void reorder(const T *from, T *to, const Layout &l)
{
    at::parallel_for(0, l.b * l.t, 16, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r)
            for (int64_t head = 0; head < l.h; ++head) {
                const int64_t flat = (r * l.h + head) * l.d, block = l.queryRow(r / l.t, head, r % l.t) * l.d;
                std::copy_n(from + (toBlocks ? flat : block), l.d, to + (toBlocks ? block : flat));
            }
    });
}

// View of one block of a tensor in the queries' order: (B·K, G·rows, width).
torch::Tensor blockOf(const torch::Tensor &flat, const Layout &l, int64_t block)
{
    const int64_t rows = l.blockRows(block);
    return flat.narrow(0, l.b * l.h * l.blockBegin(block), l.b * l.h * rows)
        .view({l.b * l.k, l.group() * rows, flat.size(1)});
}

template <typename T, typename Row> void forEachScoreRow(const Layout &l, int64_t block, Row &&row)
{
    const int64_t rows = l.blockRows(block), count = l.b * l.h * rows;
    at::parallel_for(0, count, 16, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r)
            row(r, l.blockBegin(block) + r % rows + 1);
    });
}

class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
public:
    static torch::Tensor forward(AutogradContext *context, const torch::Tensor &qkvIn,
                                 const OptionalTensor &rotaryIn, int64_t heads, int64_t keyValueHeads, int64_t headSize)
    {
        const torch::Tensor qkv = qkvIn.contiguous(), rotary = rotaryIn ? *rotaryIn : torch::Tensor();
        const Layout l = layoutOf(qkv, {heads, keyValueHeads, headSize});
        const auto options = qkv.options().requires_grad(false);
        torch::Tensor q = torch::empty({l.b * l.h * l.t, l.d}, options), y = torch::empty_like(q);
        torch::Tensor k = torch::empty({l.b * l.k, l.t, l.d}, options), v = torch::empty_like(k);
        torch::Tensor logSums = torch::empty({l.b * l.h * l.t}, options.dtype(at::kFloat));
        torch::Tensor result = torch::empty({l.b, l.t, l.h * l.d}, options);
        withElement(qkv.scalar_type(), [&](auto type) {
            using T = decltype(type);
            unpack<T>(qkv, rotary, l, elements<T>(q), elements<T>(k), elements<T>(v));
            for (int64_t block = 0; block < l.blockCount(); ++block)
                forwardBlock<T>(l, block, q, k, v, logSums, y);
            reorder<T, false>(elements<T>(y), elements<T>(result), l);
        });
        context->save_for_backward({q, k, v, logSums, rotary});
        context->saved_data["shape"] = std::vector<int64_t>{l.b, l.t, l.h, l.k, l.d};
        return result;
    }

    template <typename T>
    static void forwardBlock(const Layout &l, int64_t block, const torch::Tensor &q, const torch::Tensor &k,
                             const torch::Tensor &v, torch::Tensor &logSums, torch::Tensor &y)
    {
        const int64_t keys = l.blockEnd(block);
        torch::Tensor scores = at::bmm(blockOf(q, l, block), k.narrow(1, 0, keys).transpose(1, 2));
        T *values = elements<T>(scores);
        float *sums = elements<float>(logSums) + l.b * l.h * l.blockBegin(block);
        forEachScoreRow<T>(l, block, [&](int64_t r, int64_t n) {
            sums[r] = kernels::softmaxRow(values + r * keys, n, keys);
        });
        blockOf(y, l, block).copy_(at::bmm(scores, v.narrow(1, 0, keys)));
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const auto saved = context->get_saved_variables();
        const auto s = context->saved_data["shape"].toIntVector();
        const Layout l{s[0], s[1], s[2], s[3], s[4]};
        const torch::Tensor gResult = gradients[0].contiguous();
        const auto options = gResult.options();
        torch::Tensor gy = torch::empty_like(saved[0]), gq = torch::empty_like(saved[0]);
        torch::Tensor gk = torch::zeros(saved[1].sizes(), options.dtype(at::kFloat)), gv = torch::zeros_like(gk);
        torch::Tensor gqkv = torch::empty({l.b, l.t, l.rowWidth()}, options);
        withElement(gResult.scalar_type(), [&](auto type) {
            using T = decltype(type);
            reorder<T, true>(elements<T>(gResult), elements<T>(gy), l);
            for (int64_t block = 0; block < l.blockCount(); ++block)
                backwardBlock<T>(l, block, saved, gy, gq, gk, gv);
            const torch::Tensor gkNarrow = gk.to(options.dtype()), gvNarrow = gv.to(options.dtype());
            pack<T>(elements<T>(gq), elements<T>(gkNarrow), elements<T>(gvNarrow), saved[4], l, elements<T>(gqkv));
        });
        return {gqkv, torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor()};
    }

    template <typename T>
    static void backwardBlock(const Layout &l, int64_t block, const std::vector<torch::Tensor> &saved,
                              const torch::Tensor &gy, torch::Tensor &gq, torch::Tensor &gk, torch::Tensor &gv)
    {
        const int64_t keys = l.blockEnd(block);
        const torch::Tensor q = blockOf(saved[0], l, block), gyBlock = blockOf(gy, l, block);
        const torch::Tensor k = saved[1].narrow(1, 0, keys), v = saved[2].narrow(1, 0, keys);
        torch::Tensor p = at::bmm(q, k.transpose(1, 2));         // scores, then probabilities
        torch::Tensor gs = at::bmm(gyBlock, v.transpose(1, 2));  // of the probabilities, then of the scores
        T *scores = elements<T>(p), *gScores = elements<T>(gs);
        const float *sums = elements<float>(saved[3]) + l.b * l.h * l.blockBegin(block);
        forEachScoreRow<T>(l, block, [&](int64_t r, int64_t n) {
            kernels::softmaxBackwardRow(scores + r * keys, gScores + r * keys, sums[r], n, keys);
        });
        gv.narrow(1, 0, keys).add_(at::bmm(p.transpose(1, 2), gyBlock));
        gk.narrow(1, 0, keys).add_(at::bmm(gs.transpose(1, 2), q));
        blockOf(gq, l, block).copy_(at::bmm(gs, k));
    }
};

}  // namespace

torch::Tensor causalAttention(const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionShape &shape)
{
    TORCH_CHECK(!rotary.defined() || (rotary.size(0) >= qkv.size(1) && rotary.size(1) == shape.headSize),
                "the rotary table does not fit");
    return AttentionFunction::apply(qkv, optional(rotary), shape.heads, shape.keyValueHeads, shape.headSize);
}

torch::Tensor rotaryTable(int64_t positions, int64_t headSize, double base)
{
    TORCH_CHECK(headSize % 2 == 0, "rotary positions need an even head size");
    const torch::Tensor i = torch::arange(0, headSize / 2, at::kDouble);
    const torch::Tensor frequency = torch::pow(base, -2.0 * i / double(headSize));
    const torch::Tensor angle = torch::arange(0, positions, at::kDouble).unsqueeze(1) * frequency.unsqueeze(0);
    return torch::cat({angle.cos(), angle.sin()}, 1).to(at::kFloat).contiguous();
}

torch::Tensor causalAttentionReference(const torch::Tensor &qkv, const torch::Tensor &rotary,
                                       const AttentionShape &shape)
{
    const Layout l = layoutOf(qkv, shape);
    const auto parts = qkv.to(at::kFloat).view({l.b, l.t, l.h + 2 * l.k, l.d}).split_with_sizes({l.h, l.k, l.k}, 2);
    const auto rotate = [&](const torch::Tensor &x) {  // (B, T, heads, D)
        if (!rotary.defined())
            return x;
        const torch::Tensor table = rotary.narrow(0, 0, l.t).unsqueeze(1);  // (T, 1, D)
        const auto c = table.chunk(2, -1), halves = x.chunk(2, -1);
        return torch::cat({halves[0] * c[0] - halves[1] * c[1], halves[1] * c[0] + halves[0] * c[1]}, -1);
    };
    const torch::Tensor q = rotate(parts[0]).transpose(1, 2);                                          // (B, H, T, D)
    const torch::Tensor k = rotate(parts[1]).repeat_interleave(l.group(), 2).transpose(1, 2);
    const torch::Tensor v = parts[2].repeat_interleave(l.group(), 2).transpose(1, 2);
    const torch::Tensor hidden = torch::ones({l.t, l.t}, at::kBool).triu(1);
    torch::Tensor scores = torch::matmul(q, k.transpose(2, 3)) / std::sqrt(double(l.d));
    scores = scores.masked_fill(hidden, -INFINITY);
    return torch::matmul(torch::softmax(scores, -1), v).transpose(1, 2).reshape({l.b, l.t, l.h * l.d}).to(
        qkv.scalar_type());
}

torch::Tensor cachedAttention(const torch::Tensor &qkvIn, const torch::Tensor &rotary, const AttentionShape &shape,
                              torch::Tensor &keys, torch::Tensor &values, int64_t position)
{
    torch::NoGradGuard noGradients;
    const torch::Tensor qkv = qkvIn.contiguous();
    const Layout l = layoutOf(qkv, shape);
    const int64_t capacity = keys.size(2);
    TORCH_CHECK(position + l.t <= capacity && keys.size(0) == l.b && keys.size(1) == l.k, "the cache is too small");
    TORCH_CHECK(!rotary.defined() || rotary.size(0) >= position + l.t, "the rotary table does not fit");
    torch::Tensor result = torch::empty({l.b, l.t, l.h * l.d}, qkv.options());
    withElement(qkv.scalar_type(), [&](auto type) {
        using T = decltype(type);
        at::parallel_for(0, l.b * l.k, 1, [&](int64_t begin, int64_t end) {
            std::vector<T> query(static_cast<size_t>(l.d));
            std::vector<float> scores(static_cast<size_t>(capacity)), sum(static_cast<size_t>(l.d));
            for (int64_t pair = begin; pair < end; ++pair) {
                const int64_t batch = pair / l.k, keyHead = pair % l.k;
                T *k = elements<T>(keys) + pair * capacity * l.d, *v = elements<T>(values) + pair * capacity * l.d;
                for (int64_t time = 0; time < l.t; ++time) {
                    const T *row = elements<T>(qkv) + (batch * l.t + time) * l.rowWidth();
                    const int64_t at = position + time;
                    kernels::rotateRow(row + (l.h + keyHead) * l.d, k + at * l.d, rotationAt(rotary, at), 1, 1, l.d);
                    std::copy_n(row + (l.h + l.k + keyHead) * l.d, l.d, v + at * l.d);
                    for (int64_t head = keyHead * l.group(); head < (keyHead + 1) * l.group(); ++head) {
                        kernels::rotateRow(row + head * l.d, query.data(), rotationAt(rotary, at), 1, 1, l.d);
                        kernels::attendRow(query.data(), k, v, scores.data(), sum.data(), at + 1, l.d,
                                           1.0f / std::sqrt(float(l.d)));
                        T *to = elements<T>(result) + (batch * l.t + time) * l.h * l.d + head * l.d;
                        std::transform(sum.begin(), sum.end(), to, [](float x) { return fromFloat<T>(x); });
                    }
                }
            }
        });
    });
    return result;
}

}  // namespace athanor::tensor
