// Inside core/tensor: a block of queries against the keys they see. Keys pass in blocks that the nearest caches hold, and
// each query carries the highest score and the sum so far (Milakov and Gimelshein 2018; FlashAttention, Dao et al. 2022):
// a row of scores is never held as a whole. D: numbers of a head.
#pragma once

#include <cstdint>
#include <vector>

namespace athanor::tensor {

inline constexpr int64_t kQueriesPerBlock = 128;

// The keys [first, last) that one query sees, at least one.
struct KeyRange {
    int64_t first, last;
};

// softmax(q·kᵀ)·v of `rows` ≤ kQueriesPerBlock scaled queries (rows, D), keys and values (…, D), all contiguous: y (rows, D),
// and, where asked, each row's log Σ exp. The order of sums depends on the ranges only.
void attendBlock(const float *q, int64_t rows, const float *k, const float *v, int64_t d, const KeyRange *ranges, float *y,
                 float *logSums = nullptr);

}  // namespace athanor::tensor
