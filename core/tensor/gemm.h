// Matrix products: the one place that decides how they are computed.
// - f32: in parts of bf16 where the processor has a matrix unit for these and the matrices are large enough
//   (parts_product.h; ATHANOR_F32=library does without); else oneDNN's sgemm where the process has it (Debian's LibTorch),
//   else LibTorch's own (the wheel's has MKL). Debian 12's OpenBLAS takes newer processors for a Pentium 4 and is then five
//   times slower.
// - bf16: LibTorch's bf16 product where the processor multiplies bf16 faster than f32 (AMX; AMD with AVX-512 bf16);
//   elsewhere both sides are widened to f32, multiplied, and rounded once. The choice depends on the processor only,
//   never on a timing, so that a run can be reproduced. ATHANOR_BF16=native|widen overrides it, and
//   =pairs (for tests) is native with attention's own products of pairs also where these are slow.
// Thread: safe; inside a parallel region a product runs on one thread.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

namespace athanor::tensor {

enum class Transposed { No, Yes };

/// C (m, n) = A·B + beta·C, rows contiguous: A is (m, k), or (k, m) when transposed; lda, ldb, ldc: row strides.
ATHANOR_EXPORT void sgemm(Transposed aTransposed, Transposed bTransposed, int64_t m, int64_t n, int64_t k,
                          const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc);

/// op(a)·op(b) for matrices of one format, result in that format.
ATHANOR_EXPORT torch::Tensor matrixProduct(const torch::Tensor &a, Transposed aTransposed, const torch::Tensor &b,
                                           Transposed bTransposed);

/// Whether bf16 matrices are multiplied as bf16.
ATHANOR_EXPORT bool multipliesBf16();
/// Whether bf16 pairs are multiplied faster than f32 here (dot products, matrix unit), for products too small for a library.
ATHANOR_EXPORT bool dotsBf16();
/// Whether large f32 matrices are multiplied in parts of bf16 by the matrix unit.
ATHANOR_EXPORT bool multipliesInParts();
/// "oneDNN" or "LibTorch": what multiplies the other f32 matrices.
ATHANOR_EXPORT const char *sgemmName();

}  // namespace athanor::tensor
