// What a reader process writes: frames of one letter, a length and that many bytes.
//   'D' JSON header {"place","facts"} length, header, text length, text     'P' JSON {"place","error"}     'E' JSON {"error"?}: the end
// Lengths are 32 bits, little-endian. Thread: pure functions.
#pragma once

#include "core/corpus/reader.h"

#include <QtEndian>

namespace athanor::corpus {

inline void appendFrame(QByteArray &out, char kind, QByteArrayView payload)
{
    const quint32 length = qToLittleEndian(static_cast<quint32>(payload.size()));
    out += kind;
    out.append(reinterpret_cast<const char *>(&length), sizeof(length));
    out.append(payload);
}

/// The next frame of `bytes` from `position` on; false when it is not complete.
inline bool takeFrame(const QByteArray &bytes, qsizetype &position, char &kind, QByteArrayView &payload)
{
    constexpr qsizetype kHead = 5;
    if (bytes.size() - position < kHead)
        return false;
    const quint32 length = qFromLittleEndian<quint32>(bytes.constData() + position + 1);
    if (length > static_cast<quint64>(bytes.size() - position - kHead))
        return false;
    kind = bytes[position];
    payload = QByteArrayView(bytes).sliced(position + kHead, length);
    position += kHead + length;
    return true;
}

}  // namespace athanor::corpus
