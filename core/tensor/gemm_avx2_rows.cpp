// The row products of gemm_rows.h with AVX2 and FMA: the compiler's own vector code for widening small integers is
// slower than the memory. Every row of weights is one stream that is read once.
#include "core/tensor/gemm_rows.h"

#if defined(ATHANOR_AVX2_ROWS)

#include <immintrin.h>

#define ATHANOR_AVX2 __attribute__((target("avx2,fma")))
#define ATHANOR_AVX2_INLINE ATHANOR_AVX2 inline __attribute__((always_inline))

namespace athanor::tensor::kernels::avx2 {

namespace {

constexpr int64_t kAhead = 1024;  // bytes: the processor's own prefetching stops at the end of a page

ATHANOR_AVX2_INLINE __m256 eight(const float *from) { return _mm256_loadu_ps(from); }
ATHANOR_AVX2_INLINE __m256 eight(const Bf16 *from)
{
    const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}

ATHANOR_AVX2_INLINE float across(__m256 v)
{
    __m128 sum = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}

struct Group {
    __m256 parts[4];  // 8 weights each
};

ATHANOR_AVX2_INLINE Group groupOf(const int8_t *from)
{
    Group group;
    for (int part = 0; part < 4; ++part) {
        const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(from + 8 * part));
        group.parts[part] = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
    }
    return group;
}
ATHANOR_AVX2_INLINE Group groupOf(const uint8_t *from)
{
    const __m256i low = _mm256_set1_epi32(15), zero = _mm256_set1_epi32(8);
    Group group;
    for (int part = 0; part < 2; ++part) {
        const __m256i wide =
            _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(from + 8 * part)));
        group.parts[part] = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_and_si256(wide, low), zero));
        group.parts[part + 2] = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(wide, 4), zero));
    }
    return group;
}

template <int M, typename W>
ATHANOR_AVX2 void rows(const float *x, const W *w, float *y, int64_t yStride, int64_t k, int64_t n)
{
    for (int64_t j = 0; j < n; ++j, w += k) {
        __m256 sums[M][4];
        for (int r = 0; r < M; ++r)
            for (int part = 0; part < 4; ++part)
                sums[r][part] = _mm256_setzero_ps();
        int64_t i = 0;
        for (; i + 32 <= k; i += 32) {
            _mm_prefetch(reinterpret_cast<const char *>(w + i) + kAhead, _MM_HINT_T0);
            for (int part = 0; part < 4; ++part) {
                const __m256 weights = eight(w + i + 8 * part);
                for (int r = 0; r < M; ++r)
                    sums[r][part] = _mm256_fmadd_ps(eight(x + r * k + i + 8 * part), weights, sums[r][part]);
            }
        }
        for (int r = 0; r < M; ++r) {
            float total = across(_mm256_add_ps(_mm256_add_ps(sums[r][0], sums[r][1]),
                                               _mm256_add_ps(sums[r][2], sums[r][3])));
            for (int64_t rest = i; rest < k; ++rest)
                total += x[r * k + rest] * toFloat(w[rest]);
            y[r * yStride + j] = total;
        }
    }
}

template <int M, typename W>
ATHANOR_AVX2 void groups(const float *x, const W *w, const uint16_t *scales, float *y, int64_t yStride, int64_t k,
                         int64_t n)
{
    const int64_t count = k / kGroup;
    for (int64_t j = 0; j < n; ++j, w += count * kBytesOfGroup<W>, scales += count) {
        __m256 even[M], odd[M];
        for (int r = 0; r < M; ++r)
            even[r] = odd[r] = _mm256_setzero_ps();
        for (int64_t group = 0; group < count; ++group) {
            const W *from = w + group * kBytesOfGroup<W>;
            _mm_prefetch(reinterpret_cast<const char *>(from) + kAhead, _MM_HINT_T0);
            const Group weights = groupOf(from);
            const __m256 scale = _mm256_set1_ps(halfToFloat(scales[group]));
            for (int r = 0; r < M; ++r) {
                const float *values = x + r * k + group * kGroup;
                const __m256 a = _mm256_fmadd_ps(eight(values + 16), weights.parts[2],
                                                 _mm256_mul_ps(eight(values), weights.parts[0]));
                const __m256 b = _mm256_fmadd_ps(eight(values + 24), weights.parts[3],
                                                 _mm256_mul_ps(eight(values + 8), weights.parts[1]));
                even[r] = _mm256_fmadd_ps(a, scale, even[r]);
                odd[r] = _mm256_fmadd_ps(b, scale, odd[r]);
            }
        }
        for (int r = 0; r < M; ++r)
            y[r * yStride + j] = across(_mm256_add_ps(even[r], odd[r]));
    }
}

}  // namespace

template <typename W>
ATHANOR_AVX2 void dotRows(const float *x, int64_t m, const W *w, float *y, int64_t yStride, int64_t k, int64_t n)
{
    m == 2 ? rows<2>(x, w, y, yStride, k, n) : rows<1>(x, w, y, yStride, k, n);
}
template <typename W>
ATHANOR_AVX2 void dotGroups(const float *x, int64_t m, const W *w, const uint16_t *scales, float *y, int64_t yStride,
                            int64_t k, int64_t n)
{
    m == 2 ? groups<2>(x, w, scales, y, yStride, k, n) : groups<1>(x, w, scales, y, yStride, k, n);
}

template void dotRows(const float *, int64_t, const float *, float *, int64_t, int64_t, int64_t);
template void dotRows(const float *, int64_t, const Bf16 *, float *, int64_t, int64_t, int64_t);
template void dotGroups(const float *, int64_t, const int8_t *, const uint16_t *, float *, int64_t, int64_t, int64_t);
template void dotGroups(const float *, int64_t, const uint8_t *, const uint16_t *, float *, int64_t, int64_t, int64_t);

}  // namespace athanor::tensor::kernels::avx2

#endif
