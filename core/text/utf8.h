// UTF-8 as the Unicode standard defines it (table 3-7: no surrogates, no overlong forms, nothing above U+10FFFF).
// Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <QByteArray>

namespace athanor::text {

/// The code point that begins at `position`, and its length in bytes. `valid` is false where the bytes are not UTF-8;
/// `length` is then that of the longest prefix of a valid sequence (at least 1), as the standard recommends.
struct CodePoint {
    char32_t value = 0xfffd;
    int length = 1;
    bool valid = false;
};
ATHANOR_EXPORT CodePoint decodeAt(QByteArrayView text, qsizetype position);

ATHANOR_EXPORT void appendCodePoint(QByteArray &out, char32_t value);

ATHANOR_EXPORT bool isValidUtf8(QByteArrayView text);

/// Broken sequences become U+FFFD each; `replaced` counts them.
ATHANOR_EXPORT QByteArray repairUtf8(QByteArrayView text, qint64 *replaced = nullptr);

/// Code points of valid UTF-8.
ATHANOR_EXPORT qint64 characterCount(QByteArrayView text);

}  // namespace athanor::text
