// See compression.h. zlib and liblzma keep pointers into their own state, so that it lives on the heap.
#include "core/evaluate/compression.h"

#include <QCoreApplication>

#include <array>
#include <cmath>
#include <limits>

#include <lzma.h>
#include <zlib.h>

namespace athanor::evaluate {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 32 KiB, gzip container
constexpr int kGzipMemory = 8;
constexpr size_t kBufferBytes = 64 * 1024;

QString tr(const char *text) { return QCoreApplication::translate("athanor::evaluate", text); }

tl::unexpected<Error> compressorFailed(const QString &which, int code)
{
    return fail(ErrorCode::External, tr("The %1 compressor failed (code %2).").arg(which).arg(code),
                tr("Free some memory and try again."));
}

/// The dictionary of `xz -9e` is 64 MiB; a text that is shorter cannot use more than its own length.
lzma_ret startXz(lzma_stream &stream, qint64 expectedBytes)
{
    lzma_options_lzma options;
    if (lzma_lzma_preset(&options, 9 | LZMA_PRESET_EXTREME))
        return LZMA_OPTIONS_ERROR;
    if (expectedBytes > 0) {
        while (options.dict_size / 2 >= expectedBytes && options.dict_size > (1U << 20))
            options.dict_size /= 2;
    }
    const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
    return lzma_stream_encoder(&stream, filters, LZMA_CHECK_CRC64);
}

}  // namespace

struct CompressionBaselines::Impl {
    z_stream gzip = {};
    lzma_stream xz = LZMA_STREAM_INIT;
    bool hasGzip = false;
    CompressionResult result;
    std::array<unsigned char, kBufferBytes> buffer;

    ~Impl()
    {
        if (hasGzip)
            deflateEnd(&gzip);
        lzma_end(&xz);
    }
    Status runGzip(QByteArrayView text, int flush);
    Status runXz(QByteArrayView text, lzma_action action);
};

Status CompressionBaselines::Impl::runGzip(QByteArrayView text, int flush)
{
    gzip.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
    gzip.avail_in = uInt(text.size());
    int code = Z_OK;
    do {
        gzip.next_out = buffer.data();
        gzip.avail_out = uInt(buffer.size());
        code = deflate(&gzip, flush);
        if (code == Z_STREAM_ERROR)
            return compressorFailed(QStringLiteral("gzip"), code);
        result.gzipBytes += qint64(buffer.size() - gzip.avail_out);
    } while (gzip.avail_out == 0);
    return {};
}

Status CompressionBaselines::Impl::runXz(QByteArrayView text, lzma_action action)
{
    xz.next_in = reinterpret_cast<const uint8_t *>(text.data());
    xz.avail_in = size_t(text.size());
    for (;;) {
        xz.next_out = buffer.data();
        xz.avail_out = buffer.size();
        const lzma_ret code = lzma_code(&xz, action);
        result.xzBytes += qint64(buffer.size() - xz.avail_out);
        if (code == LZMA_STREAM_END)
            return {};
        if (code != LZMA_OK)
            return compressorFailed(QStringLiteral("xz"), code);
        if (action == LZMA_RUN && xz.avail_in == 0)
            return {};
    }
}

CompressionBaselines::CompressionBaselines(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
CompressionBaselines::CompressionBaselines(CompressionBaselines &&) noexcept = default;
CompressionBaselines::~CompressionBaselines() = default;

Result<CompressionBaselines> CompressionBaselines::create(qint64 expectedBytes)
{
    auto impl = std::make_unique<Impl>();
    const int gzipCode = deflateInit2(&impl->gzip, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, kGzipMemory,
                                      Z_DEFAULT_STRATEGY);
    if (gzipCode != Z_OK)
        return compressorFailed(QStringLiteral("gzip"), gzipCode);
    impl->hasGzip = true;
    const lzma_ret xzCode = startXz(impl->xz, expectedBytes);
    if (xzCode != LZMA_OK)
        return compressorFailed(QStringLiteral("xz"), xzCode);
    return CompressionBaselines(std::move(impl));
}

Status CompressionBaselines::add(QByteArrayView text)
{
    constexpr qsizetype kPiece = 1 << 24;  // both libraries count in 32 bits somewhere
    m_impl->result.bytes += text.size();
    while (!text.isEmpty()) {
        const QByteArrayView piece = text.first(std::min(text.size(), kPiece));
        ATHANOR_TRY(m_impl->runGzip(piece, Z_NO_FLUSH));
        ATHANOR_TRY(m_impl->runXz(piece, LZMA_RUN));
        text = text.sliced(piece.size());
    }
    return {};
}

Result<CompressionResult> CompressionBaselines::finish()
{
    ATHANOR_TRY(m_impl->runGzip({}, Z_FINISH));
    ATHANOR_TRY(m_impl->runXz({}, LZMA_FINISH));
    CompressionResult &result = m_impl->result;
    const double bytes = result.bytes > 0 ? double(result.bytes) : std::numeric_limits<double>::quiet_NaN();
    result.gzipBitsPerByte = 8.0 * double(result.gzipBytes) / bytes;
    result.xzBitsPerByte = 8.0 * double(result.xzBytes) / bytes;
    return result;
}

}  // namespace athanor::evaluate
