#include "core/text/segment.h"

#include <QtEndian>

#include <cstring>

namespace athanor::text {

namespace {

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Both halves of the 128-bit product, folded: one multiplication mixes 64 bits well.
quint64 mix(quint64 a, quint64 b)
{
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<quint64>(product) ^ static_cast<quint64>(product >> 64);
}

quint64 readUpTo8(const char *bytes, qsizetype count)
{
    quint64 value = 0;
    std::memcpy(&value, bytes, static_cast<size_t>(count));
    return qFromLittleEndian(value);
}

constexpr quint64 kFirst = 0x9e3779b97f4a7c15ull;
constexpr quint64 kSecond = 0xd1b54a32d192ed03ull;

}  // namespace

std::vector<QByteArrayView> lines(QByteArrayView text)
{
    std::vector<QByteArrayView> result;
    qsizetype start = 0;
    while (start < text.size()) {
        qsizetype end = text.indexOf('\n', start);
        if (end < 0)
            end = text.size();
        result.push_back(text.sliced(start, end - start));
        start = end + 1;
    }
    return result;
}

std::vector<QByteArrayView> paragraphs(QByteArrayView text)
{
    std::vector<QByteArrayView> result;
    const char *start = nullptr, *end = nullptr;
    for (const QByteArrayView line : lines(text)) {
        if (!trimmed(line).isEmpty()) {
            start = start ? start : line.data();
            end = line.data() + line.size();
        } else if (start) {
            result.emplace_back(start, end - start);
            start = nullptr;
        }
    }
    if (start)
        result.emplace_back(start, end - start);
    return result;
}

std::vector<QByteArrayView> words(QByteArrayView text)
{
    std::vector<QByteArrayView> result;
    result.reserve(static_cast<size_t>(text.size() / 6));
    const char *position = text.data();
    const char *const end = position + text.size();
    while (position < end) {
        while (position < end && isSpace(*position))
            ++position;
        const char *const start = position;
        while (position < end && !isSpace(*position))
            ++position;
        if (position > start)
            result.emplace_back(start, position - start);
    }
    return result;
}

QByteArrayView trimmed(QByteArrayView text)
{
    while (!text.isEmpty() && isSpace(text.front()))
        text = text.sliced(1);
    while (!text.isEmpty() && isSpace(text.back()))
        text.chop(1);
    return text;
}

quint64 hash64(QByteArrayView bytes, quint64 seed)
{
    quint64 state = seed ^ kFirst;
    const char *data = bytes.data();
    qsizetype left = bytes.size();
    for (; left > 8; left -= 8, data += 8)
        state = mix(state ^ readUpTo8(data, 8), kSecond);
    if (left > 0)
        state = mix(state ^ readUpTo8(data, left), kSecond);
    return mix(state ^ static_cast<quint64>(bytes.size()), kFirst);
}

}  // namespace athanor::text
