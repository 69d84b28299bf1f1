#include "core/text/utf8.h"

#include <cstring>

namespace athanor::text {

namespace {

bool isContinuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/// Length that the first byte announces, and the limits of the second byte; 0 for a byte that begins nothing.
struct Lead {
    int length;
    unsigned char low, high;
};

Lead leadOf(unsigned char first)
{
    if (first < 0xc2)
        return {0, 0, 0};
    if (first < 0xe0)
        return {2, 0x80, 0xbf};
    if (first < 0xf0)
        return {3, static_cast<unsigned char>(first == 0xe0 ? 0xa0 : 0x80), static_cast<unsigned char>(first == 0xed ? 0x9f : 0xbf)};
    if (first < 0xf5)
        return {4, static_cast<unsigned char>(first == 0xf0 ? 0x90 : 0x80), static_cast<unsigned char>(first == 0xf4 ? 0x8f : 0xbf)};
    return {0, 0, 0};
}

/// The position of the first byte from `position` on that is not ASCII.
qsizetype skipAscii(const char *data, qsizetype size, qsizetype position)
{
    constexpr quint64 kHighBits = 0x8080808080808080ull;
    while (position + 8 <= size) {
        quint64 eight;
        std::memcpy(&eight, data + position, 8);
        if (eight & kHighBits)
            break;
        position += 8;
    }
    while (position < size && static_cast<unsigned char>(data[position]) < 0x80)
        ++position;
    return position;
}

qsizetype firstInvalid(QByteArrayView text)
{
    qsizetype position = skipAscii(text.data(), text.size(), 0);
    while (position < text.size()) {
        const CodePoint point = decodeAt(text, position);
        if (!point.valid)
            return position;
        position = skipAscii(text.data(), text.size(), position + point.length);
    }
    return -1;
}

}  // namespace

CodePoint decodeAt(QByteArrayView text, qsizetype position)
{
    const auto *bytes = reinterpret_cast<const unsigned char *>(text.data()) + position;
    const qsizetype left = text.size() - position;
    if (bytes[0] < 0x80)
        return {bytes[0], 1, true};
    const Lead lead = leadOf(bytes[0]);
    if (lead.length == 0 || left < 2 || bytes[1] < lead.low || bytes[1] > lead.high)
        return {0xfffd, 1, false};
    char32_t value = bytes[0] & (0xff >> (lead.length + 1));
    value = value << 6 | (bytes[1] & 0x3f);
    for (int i = 2; i < lead.length; ++i) {
        if (i >= left || !isContinuation(bytes[i]))
            return {0xfffd, i, false};
        value = value << 6 | (bytes[i] & 0x3f);
    }
    return {value, lead.length, true};
}

void appendCodePoint(QByteArray &out, char32_t value)
{
    if (value < 0x80) {
        out += static_cast<char>(value);
        return;
    }
    if (value < 0x800) {
        out += static_cast<char>(0xc0 | value >> 6);
    } else {
        if (value < 0x10000) {
            out += static_cast<char>(0xe0 | value >> 12);
        } else {
            out += static_cast<char>(0xf0 | value >> 18);
            out += static_cast<char>(0x80 | (value >> 12 & 0x3f));
        }
        out += static_cast<char>(0x80 | (value >> 6 & 0x3f));
    }
    out += static_cast<char>(0x80 | (value & 0x3f));
}

bool isValidUtf8(QByteArrayView text)
{
    return firstInvalid(text) < 0;
}

QByteArray repairUtf8(QByteArrayView text, qint64 *replaced)
{
    qint64 count = 0;
    qsizetype position = firstInvalid(text);
    if (position < 0) {
        if (replaced)
            *replaced = 0;
        return text.toByteArray();
    }
    QByteArray out;
    out.reserve(text.size() + 64);
    out.append(text.first(position));
    while (position < text.size()) {
        const CodePoint point = decodeAt(text, position);
        if (point.valid)
            out.append(text.sliced(position, point.length));
        else {
            out.append("\xef\xbf\xbd");
            ++count;
        }
        position += point.length;
    }
    if (replaced)
        *replaced = count;
    return out;
}

qint64 characterCount(QByteArrayView text)
{
    qint64 count = 0;
    for (const char byte : text)
        count += !isContinuation(static_cast<unsigned char>(byte));
    return count;
}

}  // namespace athanor::text
