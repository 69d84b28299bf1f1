// Blocks to numbers: one plain loop per type; the compiler makes vector code of them (see CMakeLists.txt, which also
// forbids joining a multiplication and an addition into one rounding). Thread: pure functions.
#include "core/interop/gguf_blocks.h"

#include "core/interop/element_conversion.h"

#include <QCoreApplication>

#include <bit>
#include <cmath>
#include <cstring>

namespace athanor::interop {
namespace {

float halfAt(const uchar *bytes) { return halfToFloat(quint16(bytes[0] | (bytes[1] << 8))); }

void q40(const uchar *block, float *out)
{
    const float scale = halfAt(block);
    for (int i = 0; i < 16; ++i) {
        out[i] = scale * float((block[2 + i] & 15) - 8);
        out[i + 16] = scale * float((block[2 + i] >> 4) - 8);
    }
}

void q41(const uchar *block, float *out)
{
    const float scale = halfAt(block), least = halfAt(block + 2);
    for (int i = 0; i < 16; ++i) {
        out[i] = scale * float(block[4 + i] & 15) + least;
        out[i + 16] = scale * float(block[4 + i] >> 4) + least;
    }
}

/// The fifth bits of 32 numbers, each as 0 or 16.
void fifthBits(const uchar *bytes, int *out)
{
    quint32 bits = 0;
    std::memcpy(&bits, bytes, 4);
    for (int i = 0; i < 32; ++i)
        out[i] = int((bits >> i) & 1) << 4;
}

void q50(const uchar *block, float *out)
{
    const float scale = halfAt(block);
    int high[32];
    fifthBits(block + 2, high);
    for (int i = 0; i < 16; ++i) {
        out[i] = scale * float(((block[6 + i] & 15) | high[i]) - 16);
        out[i + 16] = scale * float(((block[6 + i] >> 4) | high[i + 16]) - 16);
    }
}

void q51(const uchar *block, float *out)
{
    const float scale = halfAt(block), least = halfAt(block + 2);
    int high[32];
    fifthBits(block + 4, high);
    for (int i = 0; i < 16; ++i) {
        out[i] = scale * float((block[8 + i] & 15) | high[i]) + least;
        out[i + 16] = scale * float((block[8 + i] >> 4) | high[i + 16]) + least;
    }
}

void q80(const uchar *block, float *out)
{
    const float scale = halfAt(block);
    for (int i = 0; i < 32; ++i)
        out[i] = scale * float(qint8(block[2 + i]));
}

/// 256 numbers of 2 bits: 16 scales and minima of 4 bits each, 64 bytes of numbers, the scales of both.
void q2k(const uchar *block, float *out)
{
    const uchar *scales = block, *numbers = block + 16;
    const float scale = halfAt(block + 80), least = halfAt(block + 82);
    for (int part = 0; part < 16; ++part) {  // 16 numbers each
        const float size = scale * float(scales[part] & 15), down = least * float(scales[part] >> 4);
        const uchar *from = numbers + (part / 8) * 32 + (part % 2) * 16;
        const int shift = (part / 2 % 4) * 2;
        for (int i = 0; i < 16; ++i)
            out[part * 16 + i] = size * float((from[i] >> shift) & 3) - down;
    }
}

/// 256 numbers of 3 bits: 32 bytes of third bits (set: not minus 4), 64 of the lower two, 16 scales of 6 bits, one scale.
void q3k(const uchar *block, float *out)
{
    const uchar *third = block, *numbers = block + 32, *packed = block + 96;
    const float scale = halfAt(block + 108);
    for (int part = 0; part < 16; ++part) {
        const int low = (packed[part % 8] >> (part / 8 * 4)) & 15;
        const int high = (packed[8 + part % 4] >> (part / 4 * 2)) & 3;
        const float size = scale * float((low | (high << 4)) - 32);
        const int offset = (part % 2) * 16, shift = (part / 2 % 4) * 2, bit = part / 2;
        const uchar *from = numbers + (part / 8) * 32 + offset;
        for (int i = 0; i < 16; ++i)
            out[part * 16 + i] = size * float(((from[i] >> shift) & 3) - (((third[offset + i] >> bit) & 1) != 0 ? 0 : 4));
    }
}

/// Scale and minimum of one of 8 parts: 6 bits each, packed into 12 bytes.
struct PartScale {
    int scale, least;
};
PartScale partScale(const uchar *packed, int part)
{
    if (part < 4)
        return {packed[part] & 63, packed[part + 4] & 63};
    return {(packed[part + 4] & 15) | ((packed[part - 4] >> 6) << 4), (packed[part + 4] >> 4) | ((packed[part] >> 6) << 4)};
}

void q4k(const uchar *block, float *out)
{
    const float scale = halfAt(block), least = halfAt(block + 2);
    for (int part = 0; part < 8; ++part) {  // 32 numbers each
        const PartScale factor = partScale(block + 4, part);
        const float size = scale * float(factor.scale), down = least * float(factor.least);
        const uchar *from = block + 16 + (part / 2) * 32;
        const int shift = (part % 2) * 4;
        for (int i = 0; i < 32; ++i)
            out[part * 32 + i] = size * float((from[i] >> shift) & 15) - down;
    }
}

void q5k(const uchar *block, float *out)
{
    const float scale = halfAt(block), least = halfAt(block + 2);
    const uchar *fifth = block + 16;
    for (int part = 0; part < 8; ++part) {
        const PartScale factor = partScale(block + 4, part);
        const float size = scale * float(factor.scale), down = least * float(factor.least);
        const uchar *from = block + 48 + (part / 2) * 32;
        const int shift = (part % 2) * 4;
        for (int i = 0; i < 32; ++i)
            out[part * 32 + i] = size * float(((from[i] >> shift) & 15) | (((fifth[i] >> part) & 1) << 4)) - down;
    }
}

/// 256 numbers of 6 bits: 128 bytes of the lower four, 64 of the upper two, 16 scales of 8 bits, one scale.
void q6k(const uchar *block, float *out)
{
    const uchar *scales = block + 192;
    const float scale = halfAt(block + 208);
    for (int part = 0; part < 16; ++part) {
        const int half = part / 8, row = part / 2 % 4, offset = (part % 2) * 16;
        const float size = scale * float(qint8(scales[part]));
        const uchar *low = block + half * 64 + (row % 2) * 32 + offset, *high = block + 128 + half * 32 + offset;
        const int lowShift = (row / 2) * 4, highShift = row * 2;
        for (int i = 0; i < 16; ++i)
            out[part * 16 + i] = size * float((((low[i] >> lowShift) & 15) | (((high[i] >> highShift) & 3) << 4)) - 32);
    }
}

template <int kElements, int kBytes, void (*kBlock)(const uchar *, float *)>
void blocks(const char *bytes, qint64 blockCount, float *out)
{
    for (qint64 i = 0; i < blockCount; ++i)
        kBlock(reinterpret_cast<const uchar *>(bytes) + i * kBytes, out + i * kElements);
}

constexpr GgufType kTypes[] = {
    {0, "F32", 1, 4, ElementType::F32, nullptr},
    {1, "F16", 1, 2, ElementType::F16, nullptr},
    {2, "Q4_0", 32, 18, {}, blocks<32, 18, q40>},
    {3, "Q4_1", 32, 20, {}, blocks<32, 20, q41>},
    {6, "Q5_0", 32, 22, {}, blocks<32, 22, q50>},
    {7, "Q5_1", 32, 24, {}, blocks<32, 24, q51>},
    {8, "Q8_0", 32, 34, {}, blocks<32, 34, q80>},
    {10, "Q2_K", 256, 84, {}, blocks<256, 84, q2k>},
    {11, "Q3_K", 256, 110, {}, blocks<256, 110, q3k>},
    {12, "Q4_K", 256, 144, {}, blocks<256, 144, q4k>},
    {13, "Q5_K", 256, 176, {}, blocks<256, 176, q5k>},
    {14, "Q6_K", 256, 210, {}, blocks<256, 210, q6k>},
    {24, "I8", 1, 1, ElementType::I8, nullptr},
    {25, "I16", 1, 2, ElementType::I16, nullptr},
    {26, "I32", 1, 4, ElementType::I32, nullptr},
    {27, "I64", 1, 8, ElementType::I64, nullptr},
    {28, "F64", 1, 8, ElementType::F64, nullptr},
    {30, "BF16", 1, 2, ElementType::BF16, nullptr},
};

struct OtherType {
    quint32 id;
    const char *name;
};
constexpr OtherType kOtherTypes[] = {
    {4, "Q4_2"}, {5, "Q4_3"}, {9, "Q8_1"}, {15, "Q8_K"}, {16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"},
    {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"}, {23, "IQ4_XS"}, {29, "IQ1_M"}, {31, "Q4_0_4_4"},
    {32, "Q4_0_4_8"}, {33, "Q4_0_8_8"}, {34, "TQ1_0"}, {35, "TQ2_0"}, {39, "MXFP4"}, {40, "NVFP4"}, {41, "Q1_0"},
};

}  // namespace

const GgufType *ggufType(quint32 id)
{
    for (const GgufType &type : kTypes) {
        if (type.id == id)
            return &type;
    }
    return nullptr;
}

const GgufType *ggufType(const QString &name)
{
    for (const GgufType &type : kTypes) {
        if (name == QLatin1String(type.name))
            return &type;
    }
    return nullptr;
}

QString ggufTypeName(quint32 id)
{
    if (const GgufType *type = ggufType(id))
        return QLatin1String(type->name);
    for (const OtherType &type : kOtherTypes) {
        if (type.id == id)
            return QLatin1String(type.name);
    }
    return QCoreApplication::translate("athanor::interop", "type %1").arg(id);
}

void ggufToF32(const GgufType &type, const char *bytes, qint64 first, qint64 count, float *out)
{
    if (type.element)
        return convertToF32(*type.element, bytes + first * type.blockBytes, count, out);
    float one[256];
    while (count > 0) {
        const qint64 block = first / type.blockElements, skip = first % type.blockElements;
        const char *from = bytes + block * type.blockBytes;
        qint64 taken = 0;
        if (skip == 0 && count >= type.blockElements) {
            const qint64 whole = count / type.blockElements;
            type.dequantize(from, whole, out);
            taken = whole * type.blockElements;
        } else {
            taken = qMin(count, type.blockElements - skip);
            type.dequantize(from, 1, one);
            std::memcpy(out, one + skip, size_t(taken) * sizeof(float));
        }
        first += taken;
        count -= taken;
        out += taken;
    }
}

bool quantizeQ8(const float *values, qint64 blockCount, char *out)
{
    for (qint64 block = 0; block < blockCount; ++block, values += kQ8BlockElements, out += kQ8BlockBytes) {
        quint32 largest = 0;  // sizes of floats are ordered as their bits are
        for (int i = 0; i < kQ8BlockElements; ++i)
            largest = std::max(largest, std::bit_cast<quint32>(values[i]) & 0x7fffffff);
        if (largest >= 0x7f800000)
            return false;
        const float scale = std::bit_cast<float>(largest) / 127, inverse = scale == 0 ? 0.0f : 1 / scale;
        const quint16 half = floatToHalf(scale);
        std::memcpy(out, &half, 2);
        for (int i = 0; i < kQ8BlockElements; ++i) {
            const float scaled = values[i] * inverse, size = std::fabs(scaled);
            const float bounded = size < 128 ? size : 128;  // a subnormal scale makes the inverse infinite
            const int whole = int(bounded), rounded = whole + (bounded - float(whole) >= 0.5f ? 1 : 0);
            const int number = rounded < 127 ? rounded : 127;
            out[2 + i] = char(scaled < 0 ? -number : number);
        }
    }
    return true;
}

}  // namespace athanor::interop
