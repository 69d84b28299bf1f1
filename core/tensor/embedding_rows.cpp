#include "core/tensor/embedding_rows.h"

namespace athanor::tensor::kernels {

namespace {

template <typename T> ATHANOR_INLINE void widenBody(const T *from, float *to, int64_t c)
{
    for (int64_t i = 0; i < c; ++i)
        to[i] = toFloat(from[i]);
}
template <typename T> ATHANOR_INLINE void narrowBody(const float *from, T *to, int64_t c)
{
    for (int64_t i = 0; i < c; ++i)
        to[i] = fromFloat<T>(from[i]);
}

}  // namespace

ATHANOR_CLONES void addRow(const float *__restrict from, float *__restrict to, int64_t c)
{
    for (int64_t i = 0; i < c; ++i)
        to[i] += from[i];
}
ATHANOR_CLONES void addRow(const Bf16 *__restrict from, float *__restrict to, int64_t c)
{
    for (int64_t i = 0; i < c; ++i)
        to[i] += toFloat(from[i]);
}
ATHANOR_CLONES void widen(const float *__restrict from, float *__restrict to, int64_t c) { widenBody(from, to, c); }
ATHANOR_CLONES void widen(const Bf16 *__restrict from, float *__restrict to, int64_t c) { widenBody(from, to, c); }
ATHANOR_CLONES void narrow(const float *__restrict from, float *__restrict to, int64_t c) { narrowBody(from, to, c); }
ATHANOR_CLONES void narrow(const float *__restrict from, Bf16 *__restrict to, int64_t c) { narrowBody(from, to, c); }

}  // namespace athanor::tensor::kernels
