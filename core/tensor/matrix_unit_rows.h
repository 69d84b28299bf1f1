// Inside core/tensor: the processor's matrix unit for bf16 (AMX), where it has one and the system lends it: products of tiles of 16
// rows by 32 numbers with sums in f32. Numbers too small to be normal count as zero there, as in every product of that unit.
// Thread: a thread that multiplies holds a MatrixUnit around the work; a library's product in between takes the tiles from it.
#pragma once

#include "core/tensor/attention_pairs_rows.h"

namespace athanor::tensor::kernels {

/// Whether this process has the unit; asks the system for it once. ATHANOR_ROWS=plain and ATHANOR_BF16=pairs do without.
bool hasMatrixUnit();

/// The calling thread's tiles, set for the products below; nothing where there is no unit.
class MatrixUnit {
public:
    MatrixUnit();
    ~MatrixUnit();
    MatrixUnit(const MatrixUnit &) = delete;
    MatrixUnit &operator=(const MatrixUnit &) = delete;
};

// pairProduct() with the unit: m and n multiples of 32, pairs of 16.
void pairProductByUnit(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t n, int64_t pairs,
                       bool adds, float *sums, int64_t stride);

}  // namespace athanor::tensor::kernels
