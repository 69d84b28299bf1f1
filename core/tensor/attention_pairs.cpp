#include "core/tensor/attention_pairs.h"

#include "core/tensor/attention_pairs_rows.h"
#include "core/tensor/blocks.h"
#include "core/tensor/embedding_rows.h"
#include "core/tensor/matrix_unit_rows.h"

#include <limits>
#include <vector>

namespace athanor::tensor {

namespace {

using kernels::Pair;

constexpr int64_t kQueries = 64;  // of a block; rows are padded to it
constexpr int64_t kKeys = 256;    // whose scores the nearest caches hold
constexpr int64_t kApart = 16;    // words between transposed rows: else those of long sequences fall on the same places of a cache

int64_t paddedTo(int64_t multiple, int64_t n) { return (n + multiple - 1) / multiple * multiple; }
const Pair *words(const Bf16 *numbers) { return reinterpret_cast<const Pair *>(numbers); }

// What one thread needs for one head: rows of `width` numbers, D and zeros. "Across": transposed words, a column for each
// row; "pairs": of two rows that follow each other. It grows when a call needs more.
struct Scratch {
    void fit(const Layout &l)
    {
        rows = paddedTo(kQueries, l.t);
        across = rows + kApart;
        width = paddedTo(32, l.d);
        for (std::vector<Bf16> *numbers : {&q, &k, &v})
            grow(*numbers, rows * width);
        grow(weights, kQueries * std::max(rows, kKeys));
        for (std::vector<Pair> *pairs : {&kPairs, &vPairs})
            grow(*pairs, rows * width / 2);
        for (std::vector<Pair> *pairs : {&kAcross, &vAcross})
            grow(*pairs, across * width / 2);
        grow(scores, kQueries * std::max(rows, kKeys));
        grow(y, rows * width);
    }
    template <typename Number> static void grow(std::vector<Number> &numbers, int64_t count)
    {
        if (int64_t(numbers.size()) < count)
            numbers.resize(size_t(count));
    }
    int64_t rows = 0, width = 0, across = 0;  // across: words from one row of a transposed block to the next
    std::vector<Bf16> q, k, v, weights;
    std::vector<Pair> kAcross, vAcross, kPairs, vPairs;
    std::vector<float> scores, y;
};

struct BackwardScratch : Scratch {
    void fit(const Layout &l)
    {
        Scratch::fit(l);
        grow(gy, rows * width);
        for (std::vector<Pair> *pairs : {&qAcross, &gyAcross, &block})
            grow(*pairs, kQueries * width / 2);
        for (std::vector<Pair> *pairs : {&weightPairs, &scorePairs})
            grow(*pairs, kQueries / 2 * rows);
        grow(gScores, kQueries * rows);
        grow(gq, rows * width);
        for (std::vector<float> *numbers : {&gkAcross, &gvAcross})
            grow(*numbers, across * width);
    }
    std::vector<Bf16> gy;
    std::vector<Pair> qAcross, gyAcross, block, weightPairs, scorePairs;
    std::vector<float> gScores, gq, gkAcross, gvAcross;
};

// One head's columns of the tokens [begin, end), turned, to rows of (rows, width); zeros after D and up to row `last`.
void gatherPadded(const Bf16 *from, int64_t stride, const Layout &l, const Turn &turn, Bf16 *to, int64_t width, int64_t begin,
                  int64_t end, int64_t last)
{
    for (int64_t time = begin; time < end; ++time) {
        if (turn.table)
            turn.turn(from + time * stride, to + time * width, time, 1, 1, l.d);
        else
            std::copy_n(from + time * stride, l.d, to + time * width);
        std::fill(to + time * width + l.d, to + (time + 1) * width, Bf16{0});
    }
    std::fill(to + end * width, to + last * width, Bf16{0});
}

// Of the rows [begin, end).
void acrossOf(const Bf16 *from, const Scratch &s, int64_t begin, int64_t end, std::vector<Pair> &to)
{
    kernels::transposeWords(words(from + begin * s.width), s.width / 2, to.data() + begin, s.across, end - begin, s.width / 2);
}
void pairsOf(const Bf16 *from, int64_t width, int64_t begin, int64_t end, Pair *to)
{
    for (int64_t row = begin; row < end; row += 2)
        kernels::pairRows(from + row * width, from + (row + 1) * width, to + (row - begin) / 2 * width, width);
}

// The keys among [begin, begin + count) that the query at `time` sees, as places from `begin`.
KeyRange seen(const int64_t *firsts, int64_t time, int64_t begin, int64_t count)
{
    const int64_t first = std::clamp<int64_t>((firsts ? firsts[time] : 0) - begin, 0, count);
    return {first, std::clamp<int64_t>(time + 1 - begin, first, count)};
}

int64_t lowestBlock(const int64_t *firsts, int64_t begin, int64_t end)
{
    return lowestOf(firsts, begin, end) / kQueries * kQueries;
}

// softmax(scale · q·kᵀ)·v of the queries [begin, begin + rows) of one head into their rows of y.
void attendQueries(const Layout &l, const int64_t *firsts, Scratch &s, float *logSums, int64_t begin, int64_t rows)
{
    float highest[kQueries], total[kQueries] = {};
    std::fill_n(highest, kQueries, -std::numeric_limits<float>::infinity());
    float *y = s.y.data() + begin * s.width;
    std::fill_n(y, kQueries * s.width, 0.0f);
    const int64_t last = paddedTo(kQueries, begin + rows);
    for (int64_t at = lowestBlock(firsts, begin, begin + rows); at < last; at += kKeys) {
        const int64_t count = std::min(kKeys, last - at);
        kernels::pairProduct(words(s.q.data() + begin * s.width), s.width / 2, s.kAcross.data() + at, s.across, kQueries, count,
                             s.width / 2, false, s.scores.data(), count);
        std::fill_n(s.weights.begin(), kQueries * count, Bf16{0});
        for (int64_t r = 0; r < rows; ++r) {
            const KeyRange keys = seen(firsts, begin + r, at, count);
            if (keys.first == keys.last)
                continue;
            float *row = s.scores.data() + r * count + keys.first;
            const float factor = kernels::exponentials(row, l.scale(), keys.last - keys.first, highest[r], total[r]);
            kernels::narrow(row, s.weights.data() + r * count + keys.first, keys.last - keys.first);
            if (factor != 1.0f)
                kernels::scaleRow(y + r * s.width, factor, s.width);
        }
        kernels::pairProduct(words(s.weights.data()), count / 2, s.vPairs.data() + at / 2 * s.width, s.width, kQueries, s.width,
                             count / 2, true, y, s.width);
    }
    for (int64_t r = 0; r < rows; ++r) {
        kernels::scaleRow(y + r * s.width, 1.0f / total[r], s.width);
        logSums[begin + r] = highest[r] + std::log(total[r]);
    }
}

// The weights of a block and the gradient of its scores, of rows of `keys` from `low`, as pairs of queries and as rows.
void weighBackward(const Layout &l, const int64_t *firsts, BackwardScratch &s, const float *logSums, int64_t begin, int64_t rows,
                   int64_t low, int64_t keys)
{
    for (int64_t r = 0; r < kQueries; ++r) {
        float *weights = s.scores.data() + r * keys, *gradient = s.gScores.data() + r * keys;
        const KeyRange range = r < rows ? seen(firsts, begin + r, low, keys) : KeyRange{keys, keys};
        std::fill(weights, weights + range.first, 0.0f);
        std::fill(gradient, gradient + range.first, 0.0f);
        if (r < rows)
            kernels::softmaxBackwardRow(weights + range.first, gradient + range.first, l.scale(), logSums[begin + r],
                                        range.last - range.first, keys - range.first);
        kernels::narrow(gradient, s.weights.data() + r * keys, keys);
        if (r % 2 == 0)
            continue;
        kernels::pairRows(weights - keys, weights, s.weightPairs.data() + r / 2 * keys, keys);
        kernels::pairRows(gradient - keys, gradient, s.scorePairs.data() + r / 2 * keys, keys);
    }
}

// Rows of a block as the left side of a product over its queries: (width, kQueries / 2).
void acrossBlock(const Bf16 *rows, BackwardScratch &s, std::vector<Pair> &to)
{
    pairsOf(rows, s.width, 0, kQueries, s.block.data());
    kernels::transposeWords(s.block.data(), s.width, to.data(), kQueries / 2, kQueries / 2, s.width);
}

void attendQueriesBackward(const Layout &l, const int64_t *firsts, BackwardScratch &s, const float *logSums, int64_t begin)
{
    const int64_t rows = std::min(l.t - begin, kQueries), low = lowestBlock(firsts, begin, begin + rows);
    const int64_t keys = begin + kQueries - low, half = s.width / 2;
    const Bf16 *q = s.q.data() + begin * s.width, *gy = s.gy.data() + begin * s.width;
    kernels::pairProduct(words(q), half, s.kAcross.data() + low, s.across, kQueries, keys, half, false, s.scores.data(), keys);
    kernels::pairProduct(words(gy), half, s.vAcross.data() + low, s.across, kQueries, keys, half, false, s.gScores.data(), keys);
    weighBackward(l, firsts, s, logSums, begin, rows, low, keys);
    acrossBlock(q, s, s.qAcross);
    acrossBlock(gy, s, s.gyAcross);
    kernels::pairProduct(s.gyAcross.data(), kQueries / 2, s.weightPairs.data(), keys, s.width, keys, kQueries / 2, true,
                         s.gvAcross.data() + low, s.across);
    kernels::pairProduct(s.qAcross.data(), kQueries / 2, s.scorePairs.data(), keys, s.width, keys, kQueries / 2, true,
                         s.gkAcross.data() + low, s.across);
    kernels::pairProduct(words(s.weights.data()), keys / 2, s.kPairs.data() + low / 2 * s.width, s.width, kQueries, s.width,
                         keys / 2, false, s.gq.data() + begin * s.width, s.width);
}

// Gradients of one head's rows back to their columns.
void scatterPadded(const float *from, int64_t width, const Layout &l, const Turn &turn, float scale, Bf16 *rows, int64_t stride)
{
    for (int64_t time = 0; time < l.t; ++time)
        turn.turn(from + time * width, rows + time * stride, time, -1, scale, l.d);
}
void scatterAcross(const std::vector<float> &from, BackwardScratch &s, const Layout &l, const Turn &turn, float scale, Bf16 *rows)
{
    kernels::transposeWords(reinterpret_cast<const uint32_t *>(from.data()), s.across, reinterpret_cast<uint32_t *>(s.y.data()),
                            s.width, s.width, s.rows);
    scatterPadded(s.y.data(), s.width, l, turn, scale, rows, l.rowWidth());
}

}  // namespace

void attendInPairs(const Layout &l, const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionView &view,
                   float *logSums, Bf16 *result)
{
    forEachPart(l, [&](const Part &part) {
        thread_local Scratch s;
        const kernels::MatrixUnit unit;
        s.fit(l);
        const auto [batch, keyHead, begin, end] = part;
        const int64_t *firsts = rowOf(view.firsts, batch), low = lowestBlock(firsts, begin, end), last = paddedTo(kQueries, end);
        const Turn turn = turnOf(rotary, view.positions, batch);
        const Bf16 *rows = elements<Bf16>(qkv) + batch * l.t * l.rowWidth();
        gatherPadded(rows + l.keyColumn(keyHead), l.rowWidth(), l, turn, s.k.data(), s.width, low, end, last);
        gatherPadded(rows + l.valueColumn(keyHead), l.rowWidth(), l, {}, s.v.data(), s.width, low, end, last);
        acrossOf(s.k.data(), s, low, last, s.kAcross);
        pairsOf(s.v.data(), s.width, low, last, s.vPairs.data() + low / 2 * s.width);
        for (int64_t head = keyHead * l.group(); head < (keyHead + 1) * l.group(); ++head) {
            gatherPadded(rows + l.queryColumn(head), l.rowWidth(), l, turn, s.q.data(), s.width, begin, end, last);
            for (int64_t at = begin; at < end; at += kQueries)
                attendQueries(l, firsts, s, logSums + (batch * l.h + head) * l.t, at, std::min(end - at, kQueries));
            Bf16 *to = result + batch * l.t * l.h * l.d + head * l.d;
            for (int64_t time = begin; time < end; ++time)
                kernels::narrow(s.y.data() + time * s.width, to + time * l.h * l.d, l.d);
        }
    });
}

void attendInPairsBackward(const Layout &l, const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionView &view,
                           const float *logSums, const torch::Tensor &gResult, Bf16 *gqkv)
{
    forEachBlock(l.b * l.k, [&](int64_t pair) {
        thread_local BackwardScratch s;
        const kernels::MatrixUnit unit;
        s.fit(l);
        const int64_t batch = pair / l.k, keyHead = pair % l.k, *firsts = rowOf(view.firsts, batch);
        const Turn turn = turnOf(rotary, view.positions, batch);
        const Bf16 *rows = elements<Bf16>(qkv) + batch * l.t * l.rowWidth();
        Bf16 *gRows = gqkv + batch * l.t * l.rowWidth();
        gatherPadded(rows + l.keyColumn(keyHead), l.rowWidth(), l, turn, s.k.data(), s.width, 0, l.t, s.rows);
        gatherPadded(rows + l.valueColumn(keyHead), l.rowWidth(), l, {}, s.v.data(), s.width, 0, l.t, s.rows);
        acrossOf(s.k.data(), s, 0, s.rows, s.kAcross);
        acrossOf(s.v.data(), s, 0, s.rows, s.vAcross);
        pairsOf(s.k.data(), s.width, 0, s.rows, s.kPairs.data());
        std::fill_n(s.gkAcross.begin(), s.across * s.width, 0.0f);
        std::fill_n(s.gvAcross.begin(), s.across * s.width, 0.0f);
        for (int64_t head = keyHead * l.group(); head < (keyHead + 1) * l.group(); ++head) {
            gatherPadded(rows + l.queryColumn(head), l.rowWidth(), l, turn, s.q.data(), s.width, 0, l.t, s.rows);
            gatherPadded(elements<Bf16>(gResult) + batch * l.t * l.h * l.d + head * l.d, l.h * l.d, l, {}, s.gy.data(), s.width,
                         0, l.t, s.rows);
            for (int64_t begin = 0; begin < l.t; begin += kQueries)
                attendQueriesBackward(l, firsts, s, logSums + (batch * l.h + head) * l.t, begin);
            scatterPadded(s.gq.data(), s.width, l, turn, l.scale(), gRows + l.queryColumn(head), l.rowWidth());
        }
        scatterAcross(s.gkAcross, s, l, turn, l.scale(), gRows + l.keyColumn(keyHead));
        scatterAcross(s.gvAcross, s, l, {}, 1, gRows + l.valueColumn(keyHead));
    });
}

}  // namespace athanor::tensor
