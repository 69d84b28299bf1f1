// Inside core/tensor: products of bf16 with sums in f32, by dot products of pairs (AVX-512 BF16) or by the matrix unit
// (matrix_unit_rows.h, same layout), for the blocks of attention. Two numbers that stand together along the inner dimension are
// one word: then a product is one instruction for 16 columns. Written twice: plainly, and with those instructions, chosen by the
// processor (ATHANOR_ROWS=plain takes the first). Source: the layout of vdpbf16ps.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

/// Two bf16, the first in the low half.
using Pair = uint32_t;

/// Whether this processor has the instruction.
bool hasPairProducts();

// sums (m, n) = a (m, pairs) · b (pairs, n), added to what stands there where `adds`; m a multiple of 4, n of 16. The caller
// holds a MatrixUnit.
void pairProduct(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t n, int64_t pairs,
                 bool adds, float *sums, int64_t stride);
void pairProductPlain(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t n, int64_t pairs,
                      bool adds, float *sums, int64_t stride);

// to (columns, rows) = from (rows, columns), words of any kind; both multiples of 16.
void transposeWords(const uint32_t *from, int64_t fromStride, uint32_t *to, int64_t toStride, int64_t rows, int64_t columns);

// The numbers of two rows become pairs; n a multiple of 16.
void pairRows(const Bf16 *first, const Bf16 *second, Pair *to, int64_t n);
void pairRows(const float *first, const float *second, Pair *to, int64_t n);

}  // namespace athanor::tensor::kernels
