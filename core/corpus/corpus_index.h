// The index of one split: where each document stands. Role: fixed-size little-endian records between a header and a
// SHA-256, so that a cut or altered file is seen before any record is used. Thread: values.
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QFile>

#include <memory>
#include <vector>

namespace athanor::corpus {

struct IndexRecord {
    quint64 frameOffset = 0;
    quint32 frameLength = 0;
    quint32 part = 0;        // <split>-<part>.jsonl.zst
    quint32 frameBytes = 0;  // the frame when decompressed
    quint32 lineOffset = 0;  // inside the decompressed frame
    quint32 lineLength = 0;
    quint32 textBytes = 0;   // UTF-8 bytes of the document's text
};
static_assert(sizeof(IndexRecord) == 32);

/// Frames above this are refused by writer and reader alike: one document and its escapes.
inline constexpr quint32 kLargestFrame = 1u << 30;

ATHANOR_EXPORT Status writeIndex(const QString &path, const std::vector<IndexRecord> &records);

/// A mapped index whose header, size and checksum have been verified.
class ATHANOR_EXPORT IndexFile {
public:
    static Result<IndexFile> open(const QString &path);
    qint64 count() const { return m_count; }
    IndexRecord record(qint64 position) const;

private:
    std::unique_ptr<QFile> m_file;
    const uchar *m_records = nullptr;
    qint64 m_count = 0;
};

}  // namespace athanor::corpus
