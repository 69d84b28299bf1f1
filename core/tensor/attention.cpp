#include "core/tensor/attention.h"

#include "core/tensor/attention_rows.h"
#include "core/tensor/element.h"
#include "core/tensor/gemm.h"

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
    int64_t queryColumn(int64_t head) const { return head * d; }
    int64_t keyColumn(int64_t keyHead) const { return (h + keyHead) * d; }
    int64_t valueColumn(int64_t keyHead) const { return (h + k + keyHead) * d; }
    float scale() const { return 1.0f / std::sqrt(float(d)); }
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

// One head's columns of one sequence to (T, D) f32, rotated and scaled.
template <typename T>
void gather(const T *rows, int64_t stride, const Layout &l, const torch::Tensor &rotary, float scale, float *to)
{
    for (int64_t time = 0; time < l.t; ++time)
        kernels::rotateRow(rows + time * stride, to + time * l.d, rotationAt(rotary, time), 1, scale, l.d);
}

// The way back, for gradients.
template <typename T>
void scatter(const float *from, const Layout &l, const torch::Tensor &rotary, float scale, T *rows, int64_t stride)
{
    for (int64_t time = 0; time < l.t; ++time)
        kernels::rotateRow(from + time * l.d, rows + time * stride, rotationAt(rotary, time), -1, scale, l.d);
}

// What one thread needs for one key-value head; made once a task.
struct Scratch {
    explicit Scratch(const Layout &l, bool backward)
        : q(size_t(l.t * l.d)), k(q), v(q), y(q), scores(size_t(std::min(l.t, kQueriesPerBlock) * l.t))
    {
        if (backward) {
            gq = gk = gv = q;
            gScores = scores;
        }
    }
    std::vector<float> q, k, v, y, scores;
    std::vector<float> gq, gk, gv, gScores;
};

// Causal attention of one head: q (scaled), k, v (T, D) to y (T, D) and the rows' log sums.
void attendHead(const Layout &l, Scratch &s, float *logSums)
{
    for (int64_t begin = 0; begin < l.t; begin += kQueriesPerBlock) {
        const int64_t end = std::min(l.t, begin + kQueriesPerBlock), rows = end - begin;
        sgemm(Transposed::No, Transposed::Yes, rows, end, l.d, s.q.data() + begin * l.d, l.d, s.k.data(), l.d, 0,
              s.scores.data(), end);
        for (int64_t r = 0; r < rows; ++r)
            logSums[begin + r] = kernels::softmaxRow(s.scores.data() + r * end, begin + r + 1, end);
        sgemm(Transposed::No, Transposed::No, rows, l.d, end, s.scores.data(), end, s.v.data(), l.d, 0,
              s.y.data() + begin * l.d, l.d);
    }
}

// Its gradients: y holds the gradient of the result. gq is set; gk and gv grow, for the heads of one group share them.
void attendHeadBackward(const Layout &l, Scratch &s, const float *logSums)
{
    for (int64_t begin = 0; begin < l.t; begin += kQueriesPerBlock) {
        const int64_t end = std::min(l.t, begin + kQueriesPerBlock), rows = end - begin;
        const float *q = s.q.data() + begin * l.d, *gy = s.y.data() + begin * l.d;
        float *p = s.scores.data(), *gs = s.gScores.data();
        sgemm(Transposed::No, Transposed::Yes, rows, end, l.d, q, l.d, s.k.data(), l.d, 0, p, end);
        sgemm(Transposed::No, Transposed::Yes, rows, end, l.d, gy, l.d, s.v.data(), l.d, 0, gs, end);
        for (int64_t r = 0; r < rows; ++r)
            kernels::softmaxBackwardRow(p + r * end, gs + r * end, logSums[begin + r], begin + r + 1, end);
        sgemm(Transposed::Yes, Transposed::No, end, l.d, rows, p, end, gy, l.d, 1, s.gv.data(), l.d);
        sgemm(Transposed::Yes, Transposed::No, end, l.d, rows, gs, end, q, l.d, 1, s.gk.data(), l.d);
        sgemm(Transposed::No, Transposed::No, rows, l.d, end, gs, end, s.k.data(), l.d, 0, s.gq.data() + begin * l.d,
              l.d);
    }
}

template <typename T>
void forwardAll(const Layout &l, const torch::Tensor &qkv, const torch::Tensor &rotary, float *logSums, T *result)
{
    at::parallel_for(0, l.b * l.k, 1, [&](int64_t begin, int64_t end) {
        Scratch s(l, false);
        for (int64_t pair = begin; pair < end; ++pair) {
            const int64_t batch = pair / l.k, keyHead = pair % l.k;
            const T *rows = elements<T>(qkv) + batch * l.t * l.rowWidth();
            gather(rows + l.keyColumn(keyHead), l.rowWidth(), l, rotary, 1, s.k.data());
            gather(rows + l.valueColumn(keyHead), l.rowWidth(), l, {}, 1, s.v.data());
            for (int64_t head = keyHead * l.group(); head < (keyHead + 1) * l.group(); ++head) {
                gather(rows + l.queryColumn(head), l.rowWidth(), l, rotary, l.scale(), s.q.data());
                attendHead(l, s, logSums + (batch * l.h + head) * l.t);
                scatter(s.y.data(), l, {}, 1, result + batch * l.t * l.h * l.d + head * l.d, l.h * l.d);
            }
        }
    });
}

template <typename T>
void backwardAll(const Layout &l, const torch::Tensor &qkv, const torch::Tensor &rotary, const float *logSums,
                 const torch::Tensor &gResult, T *gqkv)
{
    at::parallel_for(0, l.b * l.k, 1, [&](int64_t begin, int64_t end) {
        Scratch s(l, true);
        for (int64_t pair = begin; pair < end; ++pair) {
            const int64_t batch = pair / l.k, keyHead = pair % l.k;
            const T *rows = elements<T>(qkv) + batch * l.t * l.rowWidth();
            T *gRows = gqkv + batch * l.t * l.rowWidth();
            gather(rows + l.keyColumn(keyHead), l.rowWidth(), l, rotary, 1, s.k.data());
            gather(rows + l.valueColumn(keyHead), l.rowWidth(), l, {}, 1, s.v.data());
            std::fill(s.gk.begin(), s.gk.end(), 0.0f);
            std::fill(s.gv.begin(), s.gv.end(), 0.0f);
            for (int64_t head = keyHead * l.group(); head < (keyHead + 1) * l.group(); ++head) {
                gather(rows + l.queryColumn(head), l.rowWidth(), l, rotary, l.scale(), s.q.data());
                gather(elements<T>(gResult) + batch * l.t * l.h * l.d + head * l.d, l.h * l.d, l, {}, 1, s.y.data());
                attendHeadBackward(l, s, logSums + (batch * l.h + head) * l.t);
                scatter(s.gq.data(), l, rotary, l.scale(), gRows + l.queryColumn(head), l.rowWidth());
            }
            scatter(s.gk.data(), l, rotary, 1, gRows + l.keyColumn(keyHead), l.rowWidth());
            scatter(s.gv.data(), l, {}, 1, gRows + l.valueColumn(keyHead), l.rowWidth());
        }
    });
}

class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
public:
    static torch::Tensor forward(AutogradContext *context, const torch::Tensor &qkvIn, const OptionalTensor &rotaryIn,
                                 int64_t heads, int64_t keyValueHeads, int64_t headSize)
    {
        const torch::Tensor qkv = qkvIn.contiguous(), rotary = rotaryIn ? *rotaryIn : torch::Tensor();
        const Layout l = layoutOf(qkv, {heads, keyValueHeads, headSize});
        torch::Tensor logSums = torch::empty({l.b * l.h * l.t}, at::kFloat);
        torch::Tensor result = torch::empty({l.b, l.t, l.h * l.d}, qkv.options().requires_grad(false));
        withElement(qkv.scalar_type(), [&](auto type) {
            using T = decltype(type);
            forwardAll<T>(l, qkv, rotary, elements<float>(logSums), elements<T>(result));
        });
        context->save_for_backward({qkv, logSums, rotary});
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
        withElement(gqkv.scalar_type(), [&](auto type) {
            using T = decltype(type);
            backwardAll<T>(l, saved[0], saved[2], elements<float>(saved[1]), gResult, elements<T>(gqkv));
        });
        return {gqkv, torch::Tensor(), torch::Tensor(), torch::Tensor(), torch::Tensor()};
    }
};

// One key-value head of one sequence: the new keys and values go to the cache, then each new query looks back.
template <typename T>
void attendCached(const Layout &l, const torch::Tensor &qkv, const torch::Tensor &rotary, int64_t pair,
                  int64_t position, torch::Tensor &keys, torch::Tensor &values, T *result)
{
    const int64_t batch = pair / l.k, keyHead = pair % l.k, capacity = keys.size(2);
    T *k = elements<T>(keys) + pair * capacity * l.d, *v = elements<T>(values) + pair * capacity * l.d;
    std::vector<float> turned(static_cast<size_t>(l.d)), scores(static_cast<size_t>(capacity)), sum(turned);
    std::vector<T> query(static_cast<size_t>(l.d));
    const auto narrow = [](float x) { return fromFloat<T>(x); };
    for (int64_t time = 0; time < l.t; ++time) {
        const T *row = elements<T>(qkv) + (batch * l.t + time) * l.rowWidth();
        const int64_t at = position + time;
        kernels::rotateRow(row + l.keyColumn(keyHead), turned.data(), rotationAt(rotary, at), 1, 1, l.d);
        std::transform(turned.begin(), turned.end(), k + at * l.d, narrow);
        std::copy_n(row + l.valueColumn(keyHead), l.d, v + at * l.d);
        for (int64_t head = keyHead * l.group(); head < (keyHead + 1) * l.group(); ++head) {
            kernels::rotateRow(row + l.queryColumn(head), turned.data(), rotationAt(rotary, at), 1, 1, l.d);
            std::transform(turned.begin(), turned.end(), query.begin(), narrow);
            kernels::attendRow(query.data(), k, v, scores.data(), sum.data(), at + 1, l.d, l.scale());
            std::transform(sum.begin(), sum.end(), result + (batch * l.t + time) * l.h * l.d + head * l.d, narrow);
        }
    }
}

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
    TORCH_CHECK(position + l.t <= keys.size(2) && keys.size(0) == l.b && keys.size(1) == l.k, "the cache is too small");
    TORCH_CHECK(!rotary.defined() || rotary.size(0) >= position + l.t, "the rotary table does not fit");
    torch::Tensor result = torch::empty({l.b, l.t, l.h * l.d}, qkv.options());
    withElement(qkv.scalar_type(), [&](auto type) {
        using T = decltype(type);
        at::parallel_for(0, l.b * l.k, 1, [&](int64_t begin, int64_t end) {
            for (int64_t pair = begin; pair < end; ++pair)
                attendCached<T>(l, qkv, rotary, pair, position, keys, values, elements<T>(result));
        });
    });
    return result;
}

}  // namespace athanor::tensor
