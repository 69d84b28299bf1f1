#include "core/interop/crc32c.h"

#include <array>

namespace athanor::interop {

namespace {

constexpr quint32 kPolynomial = 0x82f63b78;  // 0x1edc6f41, bits reversed

constexpr std::array<quint32, 256> makeTable()
{
    std::array<quint32, 256> table{};
    for (quint32 byte = 0; byte < 256; ++byte) {
        quint32 value = byte;
        for (int bit = 0; bit < 8; ++bit)
            value = value & 1 ? (value >> 1) ^ kPolynomial : value >> 1;
        table[byte] = value;
    }
    return table;
}

}  // namespace

quint32 crc32c(QByteArrayView bytes)
{
    static constexpr std::array<quint32, 256> kTable = makeTable();
    quint32 value = 0xffffffff;
    for (const char byte : bytes)
        value = kTable[(value ^ quint8(byte)) & 0xff] ^ (value >> 8);
    return ~value;
}

quint32 maskedCrc32c(QByteArrayView bytes)
{
    const quint32 value = crc32c(bytes);
    return ((value >> 15) | (value << 17)) + 0xa282ead8u;
}

}  // namespace athanor::interop
