#include "core/corpus/byte_stream.h"

#include "core/base/format.h"
#include "core/base/hash.h"
#include "core/corpus/problem.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace athanor::corpus {

namespace {

constexpr qsizetype kPieceBytes = 256 << 10;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Error cutOff()
{
    return problem(QStringLiteral("truncated"), tr("The compressed file is cut off: it ends before its contents do."),
                   tr("Copy or download it again."));
}

Error brokenStream(const char *why)
{
    return problem(QStringLiteral("broken"), tr("The compressed file is broken: %1.").arg(QLatin1String(why ? why : "unknown reason")),
                   tr("Copy or download it again."));
}

Error openError(int number, const QString &file)
{
    if (number == ENOENT || number == ENOTDIR)
        return problem(QStringLiteral("vanished"), tr("The file is no longer there."), tr("Put it back, or remove it from the source."));
    if (number == EACCES || number == EPERM)
        return problem(QStringLiteral("permission"), tr("You are not allowed to read this file."), tr("Change its permissions, then try again."));
    return systemError(number, tr("Cannot read"), file);
}

/// Takes compressed bytes in, gives plain bytes out. `ended` when the last byte seen completes the contents.
class Codec {
public:
    struct Step {
        qsizetype used = 0;
        qsizetype made = 0;
    };
    virtual ~Codec() = default;
    virtual Result<Step> run(QByteArrayView in, char *out, qsizetype room) = 0;
    virtual bool ended() const = 0;
};

class PlainCodec final : public Codec {
public:
    Result<Step> run(QByteArrayView in, char *out, qsizetype room) override
    {
        const qsizetype count = std::min(in.size(), room);
        std::copy_n(in.data(), count, out);
        return Step{count, count};
    }
    bool ended() const override { return true; }
};

class GzipCodec final : public Codec {
public:
    GzipCodec() { inflateInit2(&m_stream, 15 + 16); }
    ~GzipCodec() override { inflateEnd(&m_stream); }
    Result<Step> run(QByteArrayView in, char *out, qsizetype room) override
    {
        if (m_ended) {  // another member follows, or zero bytes of padding (tar pads so)
            if (in.front() == 0)
                return Step{1, 0};
            inflateReset(&m_stream);
            m_ended = false;
        }
        m_stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(in.data()));
        m_stream.avail_in = static_cast<uInt>(in.size());
        m_stream.next_out = reinterpret_cast<Bytef *>(out);
        m_stream.avail_out = static_cast<uInt>(room);
        const int code = inflate(&m_stream, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return fail(brokenStream(m_stream.msg));
        m_ended = code == Z_STREAM_END;
        return Step{in.size() - qsizetype(m_stream.avail_in), room - qsizetype(m_stream.avail_out)};
    }
    bool ended() const override { return m_ended; }

private:
    z_stream m_stream{};
    bool m_ended = false;
};

class ZstdCodec final : public Codec {
public:
    ZstdCodec() { ZSTD_DCtx_setParameter(m_context.get(), ZSTD_d_windowLogMax, 27); }
    Result<Step> run(QByteArrayView in, char *out, qsizetype room) override
    {
        ZSTD_inBuffer input{in.data(), static_cast<size_t>(in.size()), 0};
        ZSTD_outBuffer output{out, static_cast<size_t>(room), 0};
        const size_t code = ZSTD_decompressStream(m_context.get(), &output, &input);
        if (ZSTD_isError(code))
            return fail(brokenStream(ZSTD_getErrorName(code)));
        m_ended = code == 0;
        return Step{static_cast<qsizetype>(input.pos), static_cast<qsizetype>(output.pos)};
    }
    bool ended() const override { return m_ended; }

private:
    std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx *)> m_context{ZSTD_createDCtx(), &ZSTD_freeDCtx};
    bool m_ended = false;
};

std::unique_ptr<Codec> codecFor(QByteArrayView head)
{
    if (head.startsWith("\x1f\x8b"))
        return std::make_unique<GzipCodec>();
    if (head.startsWith("\x28\xb5\x2f\xfd"))
        return std::make_unique<ZstdCodec>();
    return std::make_unique<PlainCodec>();
}

}  // namespace

struct ByteStream::Impl {
    int descriptor = -1;
    QString file;
    StreamLimits limits;
    struct stat before{};
    std::unique_ptr<Codec> codec;
    bool compressed = false;
    bool rawEnded = false;
    bool hashing = false;
    Sha256 hash;
    QByteArray raw;            // read, not yet decoded
    qsizetype rawUsed = 0;
    QByteArray ahead;          // decoded, not yet given (peek)
    qint64 rawBytes = 0, plainBytes = 0;

    ~Impl()
    {
        if (descriptor >= 0)
            ::close(descriptor);
    }
    Status fill();
    Status checkUnchanged() const;
    Status checkLimits() const;
    Result<qsizetype> decode(char *out, qsizetype room);
};

Status ByteStream::Impl::fill()
{
    raw.resize(kPieceBytes);
    rawUsed = 0;
    ssize_t count;
    do
        count = ::read(descriptor, raw.data(), static_cast<size_t>(raw.size()));
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return fail(systemError(errno, tr("Cannot read"), file));
    raw.truncate(count);
    rawBytes += count;
    if (hashing)
        hash.add(raw);
    if (count > 0)
        return {};
    rawEnded = true;
    return checkUnchanged();
}

/// A file that grows or shrinks under the reader would give a text that never existed.
Status ByteStream::Impl::checkUnchanged() const
{
    struct stat after{};
    const bool known = ::fstat(descriptor, &after) == 0;
    if (known && rawBytes == before.st_size && after.st_size == before.st_size && after.st_mtim.tv_sec == before.st_mtim.tv_sec
        && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec)
        return {};
    return fail(problem(QStringLiteral("changed"), tr("The file changed while it was being read."),
                        tr("Wait until nothing writes to it, then curate again.")));
}

Status ByteStream::Impl::checkLimits() const
{
    const bool isBomb = compressed && plainBytes > limits.ratioFrom && plainBytes / limits.ratio > rawBytes;
    if (isBomb)
        return fail(problem(QStringLiteral("bomb"),
                            tr("The compressed file expands to more than %1 times its size.").arg(limits.ratio),
                            tr("Decompress it yourself if you trust it.")));
    if (plainBytes > limits.plainBytes)
        return fail(problem(compressed ? QStringLiteral("bomb") : QStringLiteral("too_large"),
                            tr("The contents are larger than %1.").arg(formatBytes(limits.plainBytes)), tr("Split the file.")));
    return {};
}

Result<qsizetype> ByteStream::Impl::decode(char *out, qsizetype room)
{
    qsizetype made = 0;
    while (made < room) {
        if (rawUsed == raw.size() && !rawEnded)
            ATHANOR_TRY(fill());
        if (rawUsed == raw.size()) {
            if (!codec->ended() && rawBytes > 0 && made == 0) {
                // The decoder may still hold output; an empty input that yields nothing means a cut file.
                ATHANOR_ASSIGN(const Codec::Step last, codec->run(QByteArrayView("", qsizetype(0)), out, room));
                if (last.made == 0 && !codec->ended())
                    return fail(cutOff());
                made = last.made;
                plainBytes += made;
            }
            break;
        }
        ATHANOR_ASSIGN(const Codec::Step step, codec->run(QByteArrayView(raw).sliced(rawUsed), out + made, room - made));
        rawUsed += step.used;
        made += step.made;
        plainBytes += step.made;
        ATHANOR_TRY(checkLimits());
    }
    return made;
}

ByteStream::ByteStream(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
ByteStream::~ByteStream() = default;

Result<std::unique_ptr<ByteStream>> ByteStream::open(const QString &file, const StreamLimits &limits)
{
    auto impl = std::make_unique<Impl>();
    impl->file = file;
    impl->limits = limits;
    // Non-blocking: opening a pipe that nobody writes must not hang; regular files do not mind.
    impl->descriptor = ::open(QFile::encodeName(file).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (impl->descriptor < 0 || ::fstat(impl->descriptor, &impl->before) != 0)
        return fail(openError(errno, file));
    if (!S_ISREG(impl->before.st_mode))
        return fail(problem(QStringLiteral("format"), tr("This is not a file but a device, a pipe or a folder.")));
    char head[4] = {};
    const ssize_t count = ::pread(impl->descriptor, head, sizeof(head), 0);
    if (count < 0)
        return fail(openError(errno, file));
    const QByteArrayView first(head, count);
    impl->codec = codecFor(first);
    impl->compressed = first.startsWith("\x1f\x8b") || first.startsWith("\x28\xb5\x2f\xfd");
    return std::unique_ptr<ByteStream>(new ByteStream(std::move(impl)));
}

bool ByteStream::isCompressed() const
{
    return m_impl->compressed;
}

Result<QByteArray> ByteStream::read(qsizetype count)
{
    if (!m_impl->ahead.isEmpty()) {
        const QByteArray given = m_impl->ahead.left(count);
        m_impl->ahead.remove(0, given.size());
        return given;
    }
    QByteArray out(count, Qt::Uninitialized);
    ATHANOR_ASSIGN(const qsizetype made, m_impl->decode(out.data(), out.size()));
    out.truncate(made);
    return out;
}

Result<QByteArray> ByteStream::readAll(qint64 limit)
{
    QByteArray all;
    if (!m_impl->compressed)
        all.reserve(static_cast<qsizetype>(std::min<qint64>(m_impl->before.st_size + 1, limit)));
    for (;;) {
        ATHANOR_ASSIGN(const QByteArray piece, read(4 * kPieceBytes));
        if (piece.isEmpty())
            return all;
        if (all.size() + piece.size() > limit)
            return fail(problem(QStringLiteral("too_large"), tr("The document is larger than %1.").arg(formatBytes(limit)),
                                tr("Split it into smaller files.")));
        all += piece;
    }
}

Result<QByteArray> ByteStream::peek(qsizetype count)
{
    if (m_impl->ahead.size() < count) {
        QByteArray more(count - m_impl->ahead.size(), Qt::Uninitialized);
        ATHANOR_ASSIGN(const qsizetype made, m_impl->decode(more.data(), more.size()));
        m_impl->ahead += QByteArrayView(more).first(made);
    }
    return m_impl->ahead.left(count);
}

void ByteStream::startRawHash(QByteArrayView prefix)
{
    m_impl->hashing = true;
    m_impl->hash.add(prefix);
}

Result<QString> ByteStream::finishRawHash()
{
    while (!m_impl->rawEnded)
        ATHANOR_TRY(m_impl->fill());
    return m_impl->hash.finish();
}

QString withoutCompression(const QString &path)
{
    for (const QLatin1String ending : {QLatin1String(".gz"), QLatin1String(".zst")})
        if (path.endsWith(ending, Qt::CaseInsensitive))
            return path.chopped(ending.size());
    return path;
}

}  // namespace athanor::corpus
