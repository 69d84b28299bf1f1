#include "core/tensor/gemm_rows.h"

namespace athanor::tensor::kernels {

namespace {

template <typename T> ATHANOR_INLINE float dotBody(const T *x, const T *w, int64_t k)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < k; ++i)
        sum += toFloat(x[i]) * toFloat(w[i]);
    return sum;
}

// Four rows at a time: one sum alone waits for its own additions.
template <typename T> ATHANOR_INLINE void dotRowsBody(const T *x, const T *w, T *y, int64_t k, int64_t n)
{
    int64_t j = 0;
    for (; j + 4 <= n; j += 4) {
        const T *w0 = w + j * k, *w1 = w0 + k, *w2 = w1 + k, *w3 = w2 + k;
        float sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
#pragma omp simd reduction(+ : sum0, sum1, sum2, sum3)
        for (int64_t i = 0; i < k; ++i) {
            const float v = toFloat(x[i]);
            sum0 += v * toFloat(w0[i]);
            sum1 += v * toFloat(w1[i]);
            sum2 += v * toFloat(w2[i]);
            sum3 += v * toFloat(w3[i]);
        }
        y[j] = fromFloat<T>(sum0);
        y[j + 1] = fromFloat<T>(sum1);
        y[j + 2] = fromFloat<T>(sum2);
        y[j + 3] = fromFloat<T>(sum3);
    }
    for (; j < n; ++j)
        y[j] = fromFloat<T>(dotBody(x, w + j * k, k));
}

}  // namespace

ATHANOR_CLONES void dotRows(const float *__restrict x, const float *__restrict w, float *__restrict y, int64_t k,
                            int64_t n)
{
    dotRowsBody(x, w, y, k, n);
}
ATHANOR_CLONES void dotRows(const Bf16 *__restrict x, const Bf16 *__restrict w, Bf16 *__restrict y, int64_t k,
                            int64_t n)
{
    dotRowsBody(x, w, y, k, n);
}

}  // namespace athanor::tensor::kernels
