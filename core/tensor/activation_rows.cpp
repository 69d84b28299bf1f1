#include "core/tensor/activation_rows.h"

namespace athanor::tensor::kernels {

namespace {

template <typename T> ATHANOR_INLINE void geluForwardBody(const T *x, T *y, int64_t count)
{
    for (int64_t i = 0; i < count; ++i) {
        const float v = toFloat(x[i]);
        const float t = fastTanh(kSqrt2OverPi * (v + kCubic * v * v * v));
        y[i] = fromFloat<T>(0.5f * v * (1.0f + t));
    }
}

template <typename T> ATHANOR_INLINE void geluBackwardBody(const T *x, const T *gy, T *gx, int64_t count)
{
    for (int64_t i = 0; i < count; ++i) {
        const float v = toFloat(x[i]);
        const float t = fastTanh(kSqrt2OverPi * (v + kCubic * v * v * v));
        const float inner = kSqrt2OverPi * (1.0f + 3.0f * kCubic * v * v);
        gx[i] = fromFloat<T>(toFloat(gy[i]) * (0.5f * (1.0f + t) + 0.5f * v * (1.0f - t * t) * inner));
    }
}

template <typename T> ATHANOR_INLINE void swigluForwardBody(const T *gate, const T *up, T *y, int64_t count)
{
    for (int64_t i = 0; i < count; ++i) {
        const float g = toFloat(gate[i]);
        y[i] = fromFloat<T>(g * fastSigmoid(g) * toFloat(up[i]));
    }
}

template <typename T>
ATHANOR_INLINE void swigluBackwardBody(const T *gate, const T *up, const T *gy, T *gGate, T *gUp, int64_t count)
{
    for (int64_t i = 0; i < count; ++i) {
        const float g = toFloat(gate[i]), d = toFloat(gy[i]);
        const float s = fastSigmoid(g);
        gUp[i] = fromFloat<T>(d * g * s);
        gGate[i] = fromFloat<T>(d * toFloat(up[i]) * s * (1.0f + g * (1.0f - s)));
    }
}

}  // namespace

#define ATHANOR_ACTIVATION_KERNELS(T)                                                                                  \
    ATHANOR_CLONES void geluForward(const T *__restrict x, T *__restrict y, int64_t count)                             \
    {                                                                                                                  \
        geluForwardBody(x, y, count);                                                                                  \
    }                                                                                                                  \
    ATHANOR_CLONES void geluBackward(const T *__restrict x, const T *__restrict gy, T *__restrict gx, int64_t count)   \
    {                                                                                                                  \
        geluBackwardBody(x, gy, gx, count);                                                                            \
    }                                                                                                                  \
    ATHANOR_CLONES void swigluForward(const T *__restrict gate, const T *__restrict up, T *__restrict y,               \
                                      int64_t count)                                                                   \
    {                                                                                                                  \
        swigluForwardBody(gate, up, y, count);                                                                         \
    }                                                                                                                  \
    ATHANOR_CLONES void swigluBackward(const T *__restrict gate, const T *__restrict up, const T *__restrict gy,       \
                                       T *__restrict gGate, T *__restrict gUp, int64_t count)                          \
    {                                                                                                                  \
        swigluBackwardBody(gate, up, gy, gGate, gUp, count);                                                           \
    }
ATHANOR_ACTIVATION_KERNELS(float)
ATHANOR_ACTIVATION_KERNELS(Bf16)
#undef ATHANOR_ACTIVATION_KERNELS

}  // namespace athanor::tensor::kernels
