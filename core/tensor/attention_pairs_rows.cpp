#include "core/tensor/attention_pairs_rows.h"

#include "core/tensor/matrix_unit_rows.h"

#include <cstdlib>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define ATHANOR_PAIRS 1
#include <immintrin.h>
#endif

namespace athanor::tensor::kernels {

namespace {

ATHANOR_INLINE float lowOf(Pair pair) { return __builtin_bit_cast(float, pair << 16); }
ATHANOR_INLINE float highOf(Pair pair) { return __builtin_bit_cast(float, pair & 0xFFFF0000u); }
ATHANOR_INLINE uint32_t bitsOf(Bf16 value) { return value.bits; }
ATHANOR_INLINE uint32_t bitsOf(float value) { return fromFloat<Bf16>(value).bits; }

template <typename T> ATHANOR_INLINE void pairRowsBody(const T *first, const T *second, Pair *to, int64_t n)
{
    for (int64_t i = 0; i < n; ++i)
        to[i] = bitsOf(first[i]) | bitsOf(second[i]) << 16;
}

#if defined(ATHANOR_PAIRS)

#define ATHANOR_BF16_DOTS __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

constexpr int kRows = 4;  // of a tile, by kVectors · 16 columns: its sums stay in registers

template <int Vectors>
ATHANOR_BF16_DOTS inline __attribute__((always_inline)) void tile(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride,
                                                                  int64_t pairs, bool adds, float *sums, int64_t stride)
{
    __m512 sum[kRows][Vectors];
    for (int r = 0; r < kRows; ++r)
        for (int i = 0; i < Vectors; ++i)
            sum[r][i] = adds ? _mm512_loadu_ps(sums + r * stride + 16 * i) : _mm512_setzero_ps();
    for (int64_t p = 0; p < pairs; ++p) {
        __m512bh right[Vectors];
        for (int i = 0; i < Vectors; ++i)
            right[i] = (__m512bh)_mm512_loadu_si512(b + p * bStride + 16 * i);
        for (int r = 0; r < kRows; ++r) {
            const __m512bh left = (__m512bh)_mm512_set1_epi32(int(a[r * aStride + p]));
            for (int i = 0; i < Vectors; ++i)
                sum[r][i] = _mm512_dpbf16_ps(sum[r][i], left, right[i]);
        }
    }
    for (int r = 0; r < kRows; ++r)
        for (int i = 0; i < Vectors; ++i)
            _mm512_storeu_ps(sums + r * stride + 16 * i, sum[r][i]);
}

template <int Vectors>
ATHANOR_BF16_DOTS void columns(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t pairs,
                               bool adds, float *sums, int64_t stride)
{
    for (int64_t r = 0; r < m; r += kRows)
        tile<Vectors>(a + r * aStride, aStride, b, bStride, pairs, adds, sums + r * stride, stride);
}

ATHANOR_BF16_DOTS void pairProductFast(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t n,
                                       int64_t pairs, bool adds, float *sums, int64_t stride)
{
    int64_t j = 0;
    for (; j + 64 <= n; j += 64)
        columns<4>(a, aStride, b + j, bStride, m, pairs, adds, sums + j, stride);
    for (; j < n; j += 16)
        columns<1>(a, aStride, b + j, bStride, m, pairs, adds, sums + j, stride);
}

bool takesPairs()
{
    const char *wish = std::getenv("ATHANOR_ROWS");
    return !(wish && std::strcmp(wish, "plain") == 0) && __builtin_cpu_supports("avx512bf16")
           && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
const bool kHasPairs = takesPairs();
#else
constexpr bool kHasPairs = false;
#endif

}  // namespace

bool hasPairProducts() { return kHasPairs; }

void pairProductPlain(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t n, int64_t pairs,
                      bool adds, float *sums, int64_t stride)
{
    for (int64_t r = 0; r < m; ++r) {
        float *row = sums + r * stride;
        for (int64_t j = 0; j < n; ++j)
            row[j] = adds ? row[j] : 0.0f;
        for (int64_t p = 0; p < pairs; ++p) {
            const float low = lowOf(a[r * aStride + p]), high = highOf(a[r * aStride + p]);
            for (int64_t j = 0; j < n; ++j)
                row[j] += low * lowOf(b[p * bStride + j]) + high * highOf(b[p * bStride + j]);
        }
    }
}

void pairProduct(const Pair *a, int64_t aStride, const Pair *b, int64_t bStride, int64_t m, int64_t n, int64_t pairs,
                 bool adds, float *sums, int64_t stride)
{
    if (hasMatrixUnit() && m % 32 == 0 && n % 32 == 0 && pairs % 16 == 0)
        return pairProductByUnit(a, aStride, b, bStride, m, n, pairs, adds, sums, stride);
#if defined(ATHANOR_PAIRS)
    if (kHasPairs)
        return pairProductFast(a, aStride, b, bStride, m, n, pairs, adds, sums, stride);
#endif
    pairProductPlain(a, aStride, b, bStride, m, n, pairs, adds, sums, stride);
}

// In squares of 16 by 16, which the nearest cache holds.
ATHANOR_CLONES void transposeWords(const uint32_t *__restrict from, int64_t fromStride, uint32_t *__restrict to,
                                   int64_t toStride, int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; r += 16)
        for (int64_t c = 0; c < columns; c += 16)
            for (int64_t j = 0; j < 16; ++j)
                for (int64_t i = 0; i < 16; ++i)
                    to[(c + j) * toStride + r + i] = from[(r + i) * fromStride + c + j];
}

ATHANOR_CLONES void pairRows(const Bf16 *__restrict first, const Bf16 *__restrict second, Pair *__restrict to, int64_t n)
{
    pairRowsBody(first, second, to, n);
}
ATHANOR_CLONES void pairRows(const float *__restrict first, const float *__restrict second, Pair *__restrict to, int64_t n)
{
    pairRowsBody(first, second, to, n);
}

}  // namespace athanor::tensor::kernels
