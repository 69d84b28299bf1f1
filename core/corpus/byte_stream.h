// A file as a stream of bytes, gzip and zstd taken off on the way, with limits against bombs. The raw bytes are hashed
// as they pass, so that a document is read from disk once. Thread: each object for one thread.
#pragma once

#include "core/base/error.h"

#include <QByteArray>

#include <memory>

namespace athanor::corpus {

struct StreamLimits {
    qint64 plainBytes = qint64(64) << 30;    // of everything that comes out
    qint64 ratio = 250;                      // plain to compressed bytes; asked once more than ratioFrom came out
    qint64 ratioFrom = qint64(32) << 20;
};

class ATHANOR_EXPORT ByteStream {
public:
    /// Errors name their reason (problem.h): vanished, permission.
    static Result<std::unique_ptr<ByteStream>> open(const QString &file, const StreamLimits &limits = {});
    ~ByteStream();

    /// Up to `count` bytes; empty at the end. Errors: truncated, broken, bomb, changed.
    Result<QByteArray> read(qsizetype count);
    /// Everything from here; too_large above `limit`.
    Result<QByteArray> readAll(qint64 limit);
    /// Up to `count` first bytes without taking them; only before the first read().
    Result<QByteArray> peek(qsizetype count);
    bool isCompressed() const;

    /// SHA-256 of `prefix` and all raw bytes of the file; reads what is left of it.
    Result<QString> finishRawHash();
    /// Must be called before the first byte is read.
    void startRawHash(QByteArrayView prefix);

private:
    struct Impl;
    explicit ByteStream(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// "data.jsonl" of "data.jsonl.gz" and "data.jsonl.zst".
ATHANOR_EXPORT QString withoutCompression(const QString &path);

}  // namespace athanor::corpus
