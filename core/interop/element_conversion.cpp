// Loops over numbers; the compiler turns them into vector code (see CMakeLists.txt). Thread: pure functions.
#include "core/interop/element_conversion.h"

#include <QCoreApplication>

#include <cmath>
#include <cstring>

namespace athanor::interop {
namespace {

template <typename T> T load(const char *bytes)
{
    T value;
    std::memcpy(&value, bytes, sizeof(T));  // the files and the machine are little-endian
    return value;
}

template <typename T, typename Convert>
inline void widen(const char *bytes, qint64 count, float *out, Convert convert)
{
    for (qint64 i = 0; i < count; ++i)
        out[i] = convert(load<T>(bytes + i * qint64(sizeof(T))));
}
template <typename T> void widenNumber(const char *bytes, qint64 count, float *out)
{
    widen<T>(bytes, count, out, [](T value) { return float(value); });
}

/// 1 sign, 4 exponent (bias 7), 3 mantissa bits; no infinity, 0x7f is NaN. Source: Micikevicius et al. 2022.
float f8E4M3ToFloat(quint8 bits)
{
    const int exponent = (bits >> 3) & 15, mantissa = bits & 7;
    float size = exponent == 0 ? std::ldexp(float(mantissa), -9) : std::ldexp(float(8 + mantissa), exponent - 10);
    if ((bits & 0x7f) == 0x7f)
        size = std::numeric_limits<float>::quiet_NaN();
    return (bits & 0x80) != 0 ? -size : size;
}

template <typename T, typename Convert>
inline void narrow(const float *values, qint64 count, char *out, Convert convert)
{
    for (qint64 i = 0; i < count; ++i) {
        const T value = convert(values[i]);
        std::memcpy(out + i * qint64(sizeof(T)), &value, sizeof(T));
    }
}

}  // namespace

void convertToF32(ElementType type, const char *bytes, qint64 count, float *out)
{
    switch (type) {
    case ElementType::F32:
        if (count > 0)
            std::memcpy(out, bytes, size_t(count) * sizeof(float));
        return;
    case ElementType::BF16:
        return widen<quint16>(bytes, count, out, bfloat16ToFloat);
    case ElementType::F16:
        return widen<quint16>(bytes, count, out, halfToFloat);
    case ElementType::F64:
        return widenNumber<double>(bytes, count, out);
    case ElementType::Bool:
        return widen<quint8>(bytes, count, out, [](quint8 value) { return value != 0 ? 1.0f : 0.0f; });
    case ElementType::U8:
        return widenNumber<quint8>(bytes, count, out);
    case ElementType::I8:
        return widenNumber<qint8>(bytes, count, out);
    case ElementType::U16:
        return widenNumber<quint16>(bytes, count, out);
    case ElementType::I16:
        return widenNumber<qint16>(bytes, count, out);
    case ElementType::U32:
        return widenNumber<quint32>(bytes, count, out);
    case ElementType::I32:
        return widenNumber<qint32>(bytes, count, out);
    case ElementType::U64:
        return widenNumber<quint64>(bytes, count, out);
    case ElementType::I64:
        return widenNumber<qint64>(bytes, count, out);
    case ElementType::F8E4M3:
        return widen<quint8>(bytes, count, out, f8E4M3ToFloat);
    case ElementType::F8E5M2:
        return widen<quint8>(bytes, count, out, [](quint8 value) { return halfToFloat(quint16(value << 8)); });
    }
}

Status convertFromF32(const float *values, qint64 count, ElementType type, char *out)
{
    if (type == ElementType::F32)
        narrow<float>(values, count, out, [](float value) { return value; });
    else if (type == ElementType::F16)
        narrow<quint16>(values, count, out, floatToHalf);
    else if (type == ElementType::BF16)
        narrow<quint16>(values, count, out, floatToBfloat16);
    else if (type == ElementType::F64)
        narrow<double>(values, count, out, [](float value) { return double(value); });
    else
        return fail(ErrorCode::Unsupported,
                    QCoreApplication::translate("athanor::interop", "Weights are not written as %1.")
                        .arg(elementTypeName(type)),
                    QCoreApplication::translate("athanor::interop", "Choose F32, F16 or BF16."));
    return {};
}

}  // namespace athanor::interop
