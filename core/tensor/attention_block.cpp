#include "core/tensor/attention_block.h"

#include "core/tensor/attention_rows.h"
#include "core/tensor/gemm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace athanor::tensor {

namespace {

constexpr int64_t kKeysPerBlock = 512;

// What the queries know of the keys that have passed.
struct Passed {
    std::array<float, kQueriesPerBlock> highest, total;
};

// Scores (rows, count) of the keys [begin, begin + count) become exp(score − highest), zero where a query does not look;
// what was added up before is brought to the new highest score.
void weighKeys(float *scores, int64_t rows, int64_t begin, int64_t count, const KeyRange *ranges, Passed &passed, float *y,
               int64_t d)
{
    for (int64_t r = 0; r < rows; ++r) {
        float *row = scores + r * count;
        const int64_t first = std::clamp<int64_t>(ranges[r].first - begin, 0, count);
        const int64_t last = std::clamp<int64_t>(ranges[r].last - begin, first, count);
        std::fill(row, row + first, 0.0f);
        std::fill(row + last, row + count, 0.0f);
        if (first == last)
            continue;
        const float factor =
            kernels::exponentials(row + first, 1, last - first, passed.highest[size_t(r)], passed.total[size_t(r)]);
        if (factor != 1.0f)
            kernels::scaleRow(y + r * d, factor, d);
    }
}

}  // namespace

void attendBlock(const float *q, int64_t rows, const float *k, const float *v, int64_t d, const KeyRange *ranges, float *y,
                 float *logSums)
{
    thread_local std::vector<float> scores(size_t(kQueriesPerBlock * kKeysPerBlock));
    int64_t low = ranges[0].first, end = ranges[0].last;
    for (int64_t r = 1; r < rows; ++r) {
        low = std::min(low, ranges[r].first);
        end = std::max(end, ranges[r].last);
    }
    Passed passed;
    passed.highest.fill(-std::numeric_limits<float>::infinity());
    passed.total.fill(0.0f);
    std::fill_n(y, rows * d, 0.0f);
    for (int64_t begin = low; begin < end; begin += kKeysPerBlock) {
        const int64_t count = std::min(kKeysPerBlock, end - begin);
        sgemm(Transposed::No, Transposed::Yes, rows, count, d, q, d, k + begin * d, d, 0, scores.data(), count);
        weighKeys(scores.data(), rows, begin, count, ranges, passed, y, d);
        sgemm(Transposed::No, Transposed::No, rows, d, count, scores.data(), count, v + begin * d, d, 1, y, d);
    }
    for (int64_t r = 0; r < rows; ++r) {
        kernels::scaleRow(y + r * d, 1.0f / passed.total[size_t(r)], d);
        if (logSums)
            logSums[r] = passed.highest[size_t(r)] + std::log(passed.total[size_t(r)]);
    }
}

}  // namespace athanor::tensor
