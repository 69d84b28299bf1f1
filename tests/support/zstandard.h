// Zstandard frames for tests: what a file of a project holds, and files to read. Thread: any.
#pragma once

#include <QByteArray>

#include <zstd.h>

namespace athanor::test {

inline QByteArray zstandard(const QByteArray &bytes)
{
    QByteArray out(static_cast<qsizetype>(ZSTD_compressBound(static_cast<size_t>(bytes.size()))), Qt::Uninitialized);
    out.truncate(static_cast<qsizetype>(ZSTD_compress(out.data(), static_cast<size_t>(out.size()), bytes.constData(), static_cast<size_t>(bytes.size()), 3)));
    return out;
}

/// Of all frames; what stands before a damaged place.
inline QByteArray unzstandard(const QByteArray &bytes)
{
    QByteArray out, piece(1 << 16, Qt::Uninitialized);
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer input{bytes.constData(), static_cast<size_t>(bytes.size()), 0};
    while (input.pos < input.size) {
        ZSTD_outBuffer output{piece.data(), static_cast<size_t>(piece.size()), 0};
        if (ZSTD_isError(ZSTD_decompressStream(context, &output, &input)))
            break;
        out.append(piece.constData(), static_cast<qsizetype>(output.pos));
    }
    ZSTD_freeDCtx(context);
    return out;
}

}  // namespace athanor::test
