// What general compressors need for a text: the yardstick beside every bits-per-byte figure. Role: deflate at level 9
// in gzip's container, and LZMA2 at preset 9 extreme in xz's container with CRC64, as `gzip -9` and `xz -9e` write
// them from a pipe. Streaming: the text is never held as a whole. zlib's deflate differs from gzip's own by less
// than 0.1 % in size. Thread: each object for one thread.
#pragma once

#include "core/base/error.h"

#include <QByteArrayView>

#include <memory>

namespace athanor::evaluate {

struct CompressionResult {
    qint64 bytes = 0;
    qint64 gzipBytes = 0;
    qint64 xzBytes = 0;
    double gzipBitsPerByte = 0;  // NaN for an empty text
    double xzBitsPerByte = 0;
};

class ATHANOR_EXPORT CompressionBaselines {
public:
    /// `expectedBytes` bounds the dictionary (and so the memory: about 700 MB for unknown or large texts, ten
    /// times the text for small ones) without changing what is found; 0 when unknown.
    static Result<CompressionBaselines> create(qint64 expectedBytes);
    CompressionBaselines(CompressionBaselines &&) noexcept;
    ~CompressionBaselines();
    Status add(QByteArrayView text);
    Result<CompressionResult> finish();

private:
    struct Impl;
    explicit CompressionBaselines(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace athanor::evaluate
