// Inside core/tensor: what the fused kernels are written with. Plain float loops, compiled once for every x86-64 and
// again for AVX2 with FMA and for AVX-512; the loader picks one. Bodies are always_inline templates over the element
// types, and each exported kernel is a two-line wrapper that carries the clones. Thread: pure functions.
#pragma once

#include <cstdint>
#include <cstring>

// Sanitizers instrument the resolvers, which run before the sanitizer is ready: one version there.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define ATHANOR_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define ATHANOR_CLONES
#endif
#define ATHANOR_INLINE inline __attribute__((always_inline))

namespace athanor::tensor {

/// The bits of a bf16: the upper half of a float.
struct Bf16 {
    uint16_t bits;
};

ATHANOR_INLINE float toFloat(float value) { return value; }
ATHANOR_INLINE float toFloat(Bf16 value) { return __builtin_bit_cast(float, uint32_t(value.bits) << 16); }

template <typename T> ATHANOR_INLINE T fromFloat(float value);
template <> ATHANOR_INLINE float fromFloat<float>(float value) { return value; }
// Round to nearest, ties to even; NaN stays NaN.
template <> ATHANOR_INLINE Bf16 fromFloat<Bf16>(float value)
{
    const uint32_t bits = __builtin_bit_cast(uint32_t, value);
    const uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
    return {uint16_t((bits & 0x7FFFFFFFu) > 0x7F800000u ? 0x7FC0u : rounded)};
}

// e^x to about one unit in the last place (range reduction and polynomial as in Cephes' expf); limits at ±88.
ATHANOR_INLINE float fastExp(float x)
{
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    const float shifted = x * 1.44269504088896341f + 12582912.0f;  // rounds to an integer in the low bits
    const float n = shifted - 12582912.0f;
    float r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const uint32_t scale = (__builtin_bit_cast(uint32_t, shifted) + 127u) << 23;
    return p * __builtin_bit_cast(float, scale);
}

ATHANOR_INLINE float fastSigmoid(float x) { return 1.0f / (1.0f + fastExp(-x)); }
ATHANOR_INLINE float fastTanh(float x) { return 1.0f - 2.0f / (fastExp(2.0f * x) + 1.0f); }

// The highest of n ≥ 1 numbers.
template <typename T> ATHANOR_INLINE float highestOf(const T *row, int64_t n)
{
    float highest = toFloat(row[0]);
#pragma omp simd reduction(max : highest)
    for (int64_t i = 0; i < n; ++i)
        highest = toFloat(row[i]) > highest ? toFloat(row[i]) : highest;
    return highest;
}

// The numbers become exp(number − highest); returns their sum.
ATHANOR_INLINE float exponentiate(float *row, int64_t n, float highest)
{
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < n; ++i) {
        row[i] = fastExp(row[i] - highest);
        total += row[i];
    }
    return total;
}

// Σ exp(number − highest); the numbers stay.
template <typename T> ATHANOR_INLINE float sumOfExponentialsOf(const T *row, int64_t n, float highest)
{
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < n; ++i)
        total += fastExp(toFloat(row[i]) - highest);
    return total;
}

}  // namespace athanor::tensor
