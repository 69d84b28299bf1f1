// The table of contents of a zip archive whose entries are stored as they are (PyTorch's checkpoints).
// Role: finds where each entry lies, and refuses archives whose parts contradict each other: overlapping entries, places
// outside the file, two names alike, local headers that say otherwise, encryption, compression (so that no small file can
// become a large one), several disks. Nothing is unpacked. Limits: 1,000,000 entries.
// Thread: pure function. Source: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5 (with zip64).
#pragma once

#include "core/base/error.h"

#include <QByteArrayView>
#include <QHash>

namespace athanor::interop {

struct ZipEntry {
    qint64 begin = 0;  // of its bytes in the file
    qint64 byteCount = 0;
};

/// Entries by name. Errors: Corrupt (what contradicts what), Unsupported, LimitExceeded.
ATHANOR_EXPORT Result<QHash<QString, ZipEntry>> readZipDirectory(QByteArrayView file);

}  // namespace athanor::interop
