// CRC-32C (Castagnoli; RFC 3720, appendix B.4): the checksum of TensorFlow's record files. Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <QByteArrayView>

namespace athanor::interop {

ATHANOR_EXPORT quint32 crc32c(QByteArrayView bytes);
/// Turned and shifted as record files store it, so that a checksum of checksums is none.
ATHANOR_EXPORT quint32 maskedCrc32c(QByteArrayView bytes);

}  // namespace athanor::interop
