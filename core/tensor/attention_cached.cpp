// Attention of ids that continue a text. Few new ids look back one by one; many (a prompt) in blocks, by products.
#include "core/tensor/attention.h"
#include "core/tensor/attention_layout.h"
#include "core/tensor/blocks.h"
#include "core/tensor/device.h"
#include "core/tensor/embedding_rows.h"
#include "core/tensor/libtorch.h"
#include "core/tensor/plain.h"

#include <array>
#include <vector>

namespace athanor::tensor {

namespace {

constexpr int64_t kFewQueries = 8;
constexpr int64_t kNumbersPerTask = 65536;

// One call: T is the format of the cache and of the result.
template <typename T> struct CachedCall {
    Layout l;
    const T *qkv;
    const torch::Tensor &rotary;
    const AttentionView &view;
    T *keys, *values, *result;
    int64_t capacity, position;

    T *keysOf(int64_t batch, int64_t keyHead) const { return keys + (batch * l.k + keyHead) * capacity * l.d; }
    T *valuesOf(int64_t batch, int64_t keyHead) const { return values + (batch * l.k + keyHead) * capacity * l.d; }
    const T *rowsOf(int64_t batch) const { return qkv + batch * l.t * l.rowWidth(); }
    Turn turn(int64_t batch) const { return turnOf(rotary, view.positions, batch, position); }
    // The first key of a query; padding sees itself.
    int64_t first(const int64_t *firsts, int64_t time) const { return firsts ? std::min(firsts[time], position + time) : 0; }
    T *resultOf(int64_t batch, int64_t time, int64_t head) const
    {
        return result + ((batch * l.t + time) * l.h + head) * l.d;
    }
};

// The new keys and values of one key-value head go to the cache.
template <typename T> void keep(const CachedCall<T> &call, int64_t batch, int64_t keyHead)
{
    const Layout &l = call.l;
    const Turn turn = call.turn(batch);
    T *keys = call.keysOf(batch, keyHead), *values = call.valuesOf(batch, keyHead);
    thread_local std::vector<float> turned;
    turned.resize(std::max(turned.size(), size_t(l.d)));
    for (int64_t time = 0; time < l.t; ++time) {
        const T *row = call.rowsOf(batch) + time * l.rowWidth();
        const int64_t at = call.position + time;
        turn.turn(row + l.keyColumn(keyHead), turned.data(), time, 1, 1, l.d);
        kernels::narrow(turned.data(), keys + at * l.d, l.d);
        std::copy_n(row + l.valueColumn(keyHead), l.d, values + at * l.d);
    }
}

template <typename T> void lookBack(const CachedCall<T> &call, int64_t batch, int64_t head)
{
    const Layout &l = call.l;
    const Turn turn = call.turn(batch);
    const int64_t *firsts = rowOf(call.view.firsts, batch);
    const T *keys = call.keysOf(batch, head / l.group()), *values = call.valuesOf(batch, head / l.group());
    thread_local std::vector<float> query, scores;
    query.resize(std::max(query.size(), size_t(2 * l.d)));
    scores.resize(std::max(scores.size(), size_t(call.capacity)));
    float *sum = query.data() + l.d;
    for (int64_t time = 0; time < l.t; ++time) {
        const int64_t low = call.first(firsts, time), count = call.position + time + 1 - low;
        turn.turn(call.rowsOf(batch) + time * l.rowWidth() + l.queryColumn(head), query.data(), time, 1, l.scale(), l.d);
        kernels::attendRow(query.data(), keys + low * l.d, values + low * l.d, scores.data(), sum, count, l.d);
        kernels::narrow(sum, call.resultOf(batch, time, head), l.d);
    }
}

// `count` cached rows as floats.
template <typename T> const float *floatsOf(const T *rows, int64_t count, std::vector<float> &scratch)
{
    if constexpr (std::is_same_v<T, float>)
        return rows;
    scratch.resize(std::max(scratch.size(), size_t(count)));
    kernels::widen(rows, scratch.data(), count);
    return scratch.data();
}

template <typename T> void lookBackInBlocks(const CachedCall<T> &call, int64_t batch, int64_t head)
{
    const Layout &l = call.l;
    const int64_t *firsts = rowOf(call.view.firsts, batch), all = call.position + l.t, keyHead = head / l.group();
    thread_local std::vector<float> q, y, wideKeys, wideValues;
    q.resize(std::max(q.size(), size_t(l.t * l.d)));
    y.resize(std::max(y.size(), size_t(kQueriesPerBlock * l.d)));
    gather(call.rowsOf(batch) + l.queryColumn(head), l.rowWidth(), l, call.turn(batch), l.scale(), q.data(), 0, l.t);
    const float *k = floatsOf(call.keysOf(batch, keyHead), all * l.d, wideKeys);
    const float *v = floatsOf(call.valuesOf(batch, keyHead), all * l.d, wideValues);
    std::array<KeyRange, kQueriesPerBlock> ranges;
    for (int64_t begin = 0; begin < l.t; begin += kQueriesPerBlock) {
        const int64_t rows = std::min(l.t - begin, kQueriesPerBlock);
        for (int64_t r = 0; r < rows; ++r)
            ranges[size_t(r)] = {call.first(firsts, begin + r), call.position + begin + r + 1};
        attendBlock(q.data() + begin * l.d, rows, k, v, l.d, ranges.data(), y.data());
        for (int64_t r = 0; r < rows; ++r)
            kernels::narrow(y.data() + r * l.d, call.resultOf(batch, begin + r, head), l.d);
    }
}

template <typename T> void attendCached(const CachedCall<T> &call)
{
    const Layout &l = call.l;
    at::parallel_for(0, l.b * l.k, std::max<int64_t>(1, kNumbersPerTask / (l.t * l.d)), [&](int64_t begin, int64_t end) {
        for (int64_t pair = begin; pair < end; ++pair)
            keep(call, pair / l.k, pair % l.k);
    });
    if (l.t > kFewQueries)
        return forEachBlock(l.b * l.h, [&](int64_t pair) { lookBackInBlocks(call, pair / l.h, pair % l.h); });
    const int64_t numbers = 2 * l.t * l.d * (call.position + l.t);  // a task's own order of sums: threads change nothing
    at::parallel_for(0, l.b * l.h, std::max<int64_t>(1, kNumbersPerTask / numbers), [&](int64_t begin, int64_t end) {
        for (int64_t pair = begin; pair < end; ++pair)
            lookBack(call, pair / l.h, pair % l.h);
    });
}

}  // namespace

torch::Tensor cachedAttention(const torch::Tensor &qkvIn, const torch::Tensor &rotary, const AttentionShape &shape,
                              torch::Tensor &keys, torch::Tensor &values, int64_t position, const AttentionView &view)
{
    torch::NoGradGuard noGradients;
    const torch::Tensor qkv = qkvIn.contiguous();
    const Layout l = layoutOf(qkv, shape);
    TORCH_CHECK(position + l.t <= keys.size(2) && keys.size(0) == l.b && keys.size(1) == l.k, "the cache is too small");
    if (!usesKernels(qkv))
        return plainCachedAttention(qkv, rotary, shape, keys, values, position, view);
    checkView(rotary, view, l, position + l.t);
    torch::Tensor result = torch::empty({l.b, l.t, l.h * l.d}, qkv.options());
    withElement(qkv.scalar_type(), [&](auto type) {
        using T = decltype(type);
        attendCached(CachedCall<T>{l, elements<T>(qkv), rotary, view, elements<T>(keys), elements<T>(values),
                                   elements<T>(result), keys.size(2), position});
    });
    return result;
}

}  // namespace athanor::tensor
