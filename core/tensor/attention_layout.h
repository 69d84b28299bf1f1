// Inside core/tensor: sizes of an attention, where things stand in its packed rows, and how heads are gathered.
#pragma once

#include "core/tensor/attention.h"
#include "core/tensor/attention_block.h"
#include "core/tensor/attention_rows.h"
#include "core/tensor/blocks.h"
#include "core/tensor/element.h"

#include <algorithm>
#include <cmath>

namespace athanor::tensor {

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

inline Layout layoutOf(const torch::Tensor &qkv, const AttentionShape &shape)
{
    TORCH_CHECK(shape.heads > 0 && shape.keyValueHeads > 0 && shape.heads % shape.keyValueHeads == 0,
                "the key-value heads must divide the heads");
    TORCH_CHECK(qkv.dim() == 3
                    && qkv.size(2) == (shape.heads + 2 * shape.keyValueHeads) * shape.headSize,
                "qkv must be (B, T, (H + 2K)·D)");
    return {qkv.size(0), qkv.size(1), shape.heads, shape.keyValueHeads, shape.headSize};
}

// The rotary table with the positions of one sequence; without a table nothing turns.
struct Turn {
    const float *table = nullptr;
    int64_t width = 0;                   // R: numbers of a head that are turned
    const int64_t *positions = nullptr;  // of the sequence's tokens; null: the place in the row
    int64_t first = 0;                   // place of the row's first token

    // One head of one token: to = scale · from, its first R numbers turned.
    template <typename From, typename To>
    void turn(const From *from, To *to, int64_t time, float direction, float scale, int64_t d) const
    {
        const int64_t r = table ? std::min(width, d) : d;
        const float *rotation = table ? table + (positions ? positions[time] : first + time) * width : nullptr;
        kernels::rotateRow(from, to, rotation, direction, scale, r);
        if (r < d)
            kernels::rotateRow(from + r, to + r, nullptr, 1, scale, d - r);
    }
};

inline const int64_t *rowOf(const torch::Tensor &numbers, int64_t batch)
{
    return numbers.defined() ? numbers.data_ptr<int64_t>() + batch * numbers.size(1) : nullptr;
}

inline Turn turnOf(const torch::Tensor &rotary, const torch::Tensor &positions, int64_t batch, int64_t first = 0)
{
    if (!rotary.defined())
        return {};
    return {elements<float>(rotary), rotary.size(1), rowOf(positions, batch), first};
}

// One head's columns of the tokens [begin, end) of one sequence to their rows of (T, D) f32, rotated and scaled.
template <typename T>
void gather(const T *rows, int64_t stride, const Layout &l, const Turn &turn, float scale, float *to, int64_t begin,
            int64_t end)
{
    for (int64_t time = begin; time < end; ++time)
        turn.turn(rows + time * stride, to + time * l.d, time, 1, scale, l.d);
}

// The first key that any query of [begin, end) sees.
inline int64_t lowestOf(const int64_t *firsts, int64_t begin, int64_t end)
{
    return firsts ? *std::min_element(firsts + begin, firsts + end) : 0;
}

// A part of the work forward: some queries of the heads that share one key-value head.
struct Part {
    int64_t batch, keyHead, begin, end;
};

// work(part) for all parts, about sixteen where there is enough for them; the long ones, at the sequences' ends, first.
template <typename Work> void forEachPart(const Layout &l, const Work &work)
{
    const int64_t pairs = l.b * l.k, blocks = (pairs * l.t / 16 + kQueriesPerBlock - 1) / kQueriesPerBlock;
    const int64_t size = std::clamp<int64_t>(blocks, 1, 8) * kQueriesPerBlock, parts = (l.t + size - 1) / size;
    forEachBlock(parts * pairs, [&](int64_t block) {
        const int64_t begin = (parts - 1 - block / pairs) * size;
        work(Part{block % pairs / l.k, block % l.k, begin, std::min(l.t, begin + size)});
    });
}

inline void checkView(const torch::Tensor &rotary, const AttentionView &view, const Layout &l, int64_t end)
{
    for (const torch::Tensor &numbers : {view.positions, view.firsts})
        TORCH_CHECK(!numbers.defined()
                        || (numbers.scalar_type() == at::kLong && numbers.is_contiguous() && numbers.dim() == 2
                            && numbers.size(0) == l.b && numbers.size(1) == l.t),
                    "positions and segments must be (B, T) int64");
    if (!rotary.defined())
        return;
    TORCH_CHECK(rotary.size(1) <= l.d, "the rotary table does not fit");
    if (view.positions.defined()) {
        TORCH_CHECK(view.positions.min().item<int64_t>() >= 0 && view.positions.max().item<int64_t>() < rotary.size(0),
                    "a position lies outside the context");
    } else {
        TORCH_CHECK(rotary.size(0) >= end, "the rotary table does not fit");
    }
}

}  // namespace athanor::tensor
