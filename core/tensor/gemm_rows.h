// Inside core/tensor: very few rows times a matrix, bound by memory; what generation spends its time in.
// Written twice: plainly, and with AVX2 (gemm_avx2_rows.cpp), chosen by the processor; ATHANOR_ROWS=plain takes the first.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

/// Weights in a group that share a scale.
inline constexpr int64_t kGroup = 32;

/// Small integers with a scale (f16) for each group: int8_t, one a byte; uint8_t, two weights of four bits in a byte, of
/// each group the first 16 in the low halves, the rest in the high ones, and 8 stands for zero.
template <typename W> inline constexpr int64_t kBytesOfGroup = sizeof(W) * kGroup;
template <> inline constexpr int64_t kBytesOfGroup<uint8_t> = kGroup / 2;

// y[r · yStride + j] = x_r · w_j for m ∈ {1, 2} rows x_r of `k` numbers and `n` rows w_j. Each sum is f32, in an order
// that depends on k only. Small integers: k is a multiple of kGroup, scales (n, k / kGroup).
void dotRows(const float *x, int64_t m, const float *w, float *y, int64_t yStride, int64_t k, int64_t n);
void dotRows(const float *x, int64_t m, const Bf16 *w, float *y, int64_t yStride, int64_t k, int64_t n);
void dotGroups(const float *x, int64_t m, const int8_t *w, const uint16_t *scales, float *y, int64_t yStride, int64_t k,
               int64_t n);
void dotGroups(const float *x, int64_t m, const uint8_t *w, const uint16_t *scales, float *y, int64_t yStride,
               int64_t k, int64_t n);

// `count` weights (a multiple of kGroup) as floats.
void widenGroups(const int8_t *w, const uint16_t *scales, float *to, int64_t count);
void widenGroups(const uint8_t *w, const uint16_t *scales, float *to, int64_t count);

// A positive f16 as a float; exact, also below the normal numbers.
ATHANOR_INLINE float halfToFloat(uint16_t half)
{
    return __builtin_bit_cast(float, uint32_t(half) << 13) * 0x1p112f;
}

// The weight `i` of a group.
ATHANOR_INLINE float ofGroup(const int8_t *group, int64_t i) { return float(group[i]); }
ATHANOR_INLINE float ofGroup(const uint8_t *group, int64_t i)
{
    const int nibble = i < kGroup / 2 ? group[i] & 15 : group[i - kGroup / 2] >> 4;
    return float(nibble - 8);
}

#if defined(__x86_64__)
#define ATHANOR_AVX2_ROWS 1
namespace avx2 {
template <typename W>
void dotRows(const float *x, int64_t m, const W *w, float *y, int64_t yStride, int64_t k, int64_t n);
template <typename W>
void dotGroups(const float *x, int64_t m, const W *w, const uint16_t *scales, float *y, int64_t yStride, int64_t k,
               int64_t n);
}  // namespace avx2
#endif

}  // namespace athanor::tensor::kernels
