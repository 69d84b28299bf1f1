// Numbers of one element type as another, exactly: widening loses nothing, narrowing rounds to the nearest, ties to
// even, as IEEE 754 (and PyTorch) do. NaN stays NaN, what is too large becomes infinite (F8_E4M3 has none: NaN).
// Role: pure functions on little-endian runs without alignment. Thread: safe.
#pragma once

#include "core/interop/safetensors.h"

#include <bit>

namespace athanor::interop {

inline float bfloat16ToFloat(quint16 bits) { return std::bit_cast<float>(quint32(bits) << 16); }

inline quint16 floatToBfloat16(float value)
{
    const quint32 bits = std::bit_cast<quint32>(value);
    const quint32 rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const bool isNaN = (bits & 0x7fffffff) > 0x7f800000;
    return quint16(isNaN ? 0x7fc0 : rounded);  // PyTorch's NaN
}

/// Without branches, so that loops over it are vectorised; no subnormal f32 on the way.
inline float halfToFloat(quint16 half)
{
    const quint32 sign = quint32(half & 0x8000) << 16;
    const quint32 size = half & 0x7fff;
    const quint32 subnormal = std::bit_cast<quint32>(float(qint32(size)) * 0x1p-24f);
    const quint32 normal = (size << 13) + 0x38000000;
    const quint32 special = (size << 13) + 0x70000000;  // infinity and NaN
    return std::bit_cast<float>(sign | (size < 0x400 ? subnormal : size < 0x7c00 ? normal : special));
}

inline quint16 floatToHalf(float value)
{
    const quint32 bits = std::bit_cast<quint32>(value);
    const quint32 sign = (bits >> 16) & 0x8000;
    const quint32 size = bits & 0x7fffffff;
    // Subnormal: adding 0.5 aligns the number so that the addition itself rounds it.
    const quint32 small = std::bit_cast<quint32>(std::bit_cast<float>(size) + 0.5f) - 0x3f000000;
    const quint32 normal = (size - 0x38000000 + 0xfff + ((size >> 13) & 1)) >> 13;
    quint32 half = size < 0x38800000 ? small : normal;
    half = size >= 0x477ff000 ? 0x7c00 : half;
    half = size > 0x7f800000 ? 0x7e00 | ((size >> 13) & 0x1ff) : half;
    return quint16(sign | half);
}

/// `count` elements of `type` at `bytes` as f32.
ATHANOR_EXPORT void convertToF32(ElementType type, const char *bytes, qint64 count, float *out);
/// f32 as F32, F16, BF16 or F64. Unsupported for other types.
ATHANOR_EXPORT Status convertFromF32(const float *values, qint64 count, ElementType type, char *out);

}  // namespace athanor::interop
