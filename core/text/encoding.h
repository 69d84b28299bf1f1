// Bytes of unknown encoding to UTF-8: byte order mark first, then validity as UTF-8, then uchardet's guess.
// Thread: pure functions.
#pragma once

#include "core/base/error.h"

#include <QByteArray>

namespace athanor::text {

struct Decoded {
    QByteArray utf8;
    QString encoding;      // "UTF-8", "UTF-16LE", "WINDOWS-1252" …
    qint64 replaced = 0;   // sequences that had no meaning in that encoding and became U+FFFD
    bool guessed = false;  // neither mark nor validity told: uchardet's guess
};

/// `declared`: the name that the document itself gives (HTML's charset); used when the bytes are not UTF-8.
/// Errors: Unsupported when the bytes are not text (many zero bytes).
ATHANOR_EXPORT Result<Decoded> decodeText(QByteArrayView bytes, const QByteArray &declared = {});

}  // namespace athanor::text
