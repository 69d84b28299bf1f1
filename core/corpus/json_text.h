// JSON strings written straight from UTF-8 bytes. Role: corpora and document lists are hundreds of megabytes; going
// through QString would double each text twice. Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <QByteArray>
#include <QString>

namespace athanor::corpus {

/// Appends `text` (valid UTF-8) as a quoted JSON string.
ATHANOR_EXPORT void appendJsonString(QByteArray &out, QByteArrayView text);
/// Appends `"key":"value"`; the key is written as it stands.
ATHANOR_EXPORT void appendJsonEntry(QByteArray &out, const char *key, QByteArrayView value);

}  // namespace athanor::corpus
