#include "core/tensor/gemm_rows.h"

#include <cstdlib>

namespace athanor::tensor::kernels {

namespace {

template <typename W>
ATHANOR_INLINE void dotRowsBody(const float *x, int64_t m, const W *w, float *y, int64_t yStride, int64_t k, int64_t n)
{
    for (int64_t r = 0; r < m; ++r)
        for (int64_t j = 0; j < n; ++j) {
            float sum = 0;
#pragma omp simd reduction(+ : sum)
            for (int64_t i = 0; i < k; ++i)
                sum += x[r * k + i] * toFloat(w[j * k + i]);
            y[r * yStride + j] = sum;
        }
}

template <typename W>
ATHANOR_INLINE void dotGroupsBody(const float *x, int64_t m, const W *w, const uint16_t *scales, float *y,
                                  int64_t yStride, int64_t k, int64_t n)
{
    const int64_t groups = k / kGroup;
    for (int64_t r = 0; r < m; ++r)
        for (int64_t j = 0; j < n; ++j) {
            float total = 0;
            for (int64_t group = 0; group < groups; ++group) {
                const W *weights = w + (j * groups + group) * kBytesOfGroup<W>;
                float sum = 0;
#pragma omp simd reduction(+ : sum)
                for (int64_t i = 0; i < kGroup; ++i)
                    sum += x[r * k + group * kGroup + i] * ofGroup(weights, i);
                total += sum * halfToFloat(scales[j * groups + group]);
            }
            y[r * yStride + j] = total;
        }
}

template <typename W>
ATHANOR_INLINE void widenGroupsBody(const W *w, const uint16_t *scales, float *to, int64_t count)
{
    for (int64_t group = 0; group < count / kGroup; ++group) {
        const W *weights = w + group * kBytesOfGroup<W>;
        const float scale = halfToFloat(scales[group]);
        for (int64_t i = 0; i < kGroup; ++i)
            to[group * kGroup + i] = ofGroup(weights, i) * scale;
    }
}

bool takesAvx2()
{
#if defined(ATHANOR_AVX2_ROWS)
    const char *wish = std::getenv("ATHANOR_ROWS");
    return !(wish && std::strcmp(wish, "plain") == 0) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

const bool kTakesAvx2 = takesAvx2();

}  // namespace

#if defined(ATHANOR_AVX2_ROWS)
#define ATHANOR_OR_AVX2(call) \
    if (kTakesAvx2)           \
        return avx2::call
#else
#define ATHANOR_OR_AVX2(call)
#endif

#define ATHANOR_ROWS(W)                                                                                                \
    void dotRows(const float *__restrict x, int64_t m, const W *__restrict w, float *__restrict y, int64_t yStride,    \
                 int64_t k, int64_t n)                                                                                 \
    {                                                                                                                  \
        ATHANOR_OR_AVX2(dotRows(x, m, w, y, yStride, k, n));                                                           \
        dotRowsBody(x, m, w, y, yStride, k, n);                                                                        \
    }
ATHANOR_ROWS(float)
ATHANOR_ROWS(Bf16)
#undef ATHANOR_ROWS

#define ATHANOR_GROUPS(W)                                                                                              \
    void dotGroups(const float *__restrict x, int64_t m, const W *__restrict w, const uint16_t *__restrict scales,     \
                   float *__restrict y, int64_t yStride, int64_t k, int64_t n)                                         \
    {                                                                                                                  \
        ATHANOR_OR_AVX2(dotGroups(x, m, w, scales, y, yStride, k, n));                                                 \
        dotGroupsBody(x, m, w, scales, y, yStride, k, n);                                                              \
    }                                                                                                                  \
    ATHANOR_CLONES void widenGroups(const W *__restrict w, const uint16_t *__restrict scales, float *__restrict to,    \
                                    int64_t count)                                                                     \
    {                                                                                                                  \
        widenGroupsBody(w, scales, to, count);                                                                         \
    }
ATHANOR_GROUPS(int8_t)
ATHANOR_GROUPS(uint8_t)
#undef ATHANOR_GROUPS

}  // namespace athanor::tensor::kernels
