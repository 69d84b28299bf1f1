// Inside core/tensor: the one way in which weights of any format are multiplied. `Weights` offers
//   dot(x, m, y, yStride, begin, count)   m ∈ {1, 2} rows of x with the rows [begin, begin + count) of weights
//   widened(begin, count, scratch)        those rows as floats; scratch may be grown and returned
// Letters: M rows of x, K inputs, N outputs.
#pragma once

#include "core/tensor/blocks.h"
#include "core/tensor/gemm.h"
#include "core/tensor/libtorch.h"

#include <vector>

namespace athanor::tensor {

inline constexpr int64_t kFewRows = 8;
inline constexpr int64_t kNumbersPerTask = 32768;

// x (m, k), y (m, n): reads the weights once and widens them on the way.
template <typename Weights>
void productOfFewRows(const float *x, int64_t m, int64_t k, const Weights &weights, float *y, int64_t n)
{
    const int64_t step = m > 2 ? 8 : n;  // weights that stay in the nearest cache while all rows of x pass
    at::parallel_for(0, n, std::max<int64_t>(1, kNumbersPerTask / k), [&](int64_t begin, int64_t end) {
        for (int64_t j = begin; j < end; j += step)
            for (int64_t r = 0; r < m; r += 2)
                weights.dot(x + r * k, std::min<int64_t>(2, m - r), y + r * n + j, n, j, std::min(step, end - j));
    });
}

template <typename Weights>
void productOfManyRows(const float *x, int64_t m, int64_t k, const Weights &weights, float *y, int64_t n)
{
    Tiling(m, n).forEach([&](const Tile &tile) {
        thread_local std::vector<float> scratch;
        const float *wide = weights.widened(tile.column, tile.columns, scratch);
        sgemm(Transposed::No, Transposed::Yes, tile.rows, tile.columns, k, x + tile.row * k, k, wide, k, 0,
              y + tile.row * n + tile.column, n);
    });
}

template <typename Weights>
void productOf(const float *x, int64_t m, int64_t k, const Weights &weights, float *y, int64_t n)
{
    if (m <= kFewRows)
        productOfFewRows(x, m, k, weights, y, n);
    else
        productOfManyRows(x, m, k, weights, y, n);
}

// The same in the format of the result.
template <typename Weights>
torch::Tensor productIn(at::ScalarType dtype, const float *x, int64_t m, int64_t k, const Weights &weights, int64_t n)
{
    torch::Tensor sums = torch::empty({m, n}, at::kFloat);
    productOf(x, m, k, weights, static_cast<float *>(sums.data_ptr()), n);
    return dtype == at::kFloat ? sums : sums.to(dtype);
}

}  // namespace athanor::tensor
