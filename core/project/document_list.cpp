#include "core/project/document_list.h"

#include <QCoreApplication>
#include <QFile>

#include <memory>
#include <zstd.h>

namespace athanor::project {

namespace {

constexpr qsizetype kLineLimit = 16 << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> damaged(const QString &path, qint64 offset, const QString &why)
{
    return fail(ErrorCode::Corrupt, tr("The list of documents “%1” is damaged near byte %2: %3.").arg(path).arg(offset).arg(why),
                tr("Curate the dataset again."));
}

// Hands out whole lines and keeps the beginning of the next one.
Status takeLines(QByteArray &pending, const std::function<Status(QByteArrayView)> &take)
{
    qsizetype start = 0;
    for (qsizetype end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n', start)) {
        if (end > start)
            ATHANOR_TRY(take(QByteArrayView(pending).sliced(start, end - start)));
        start = end + 1;
    }
    pending.remove(0, start);
    if (pending.size() > kLineLimit)
        return fail(ErrorCode::LimitExceeded, tr("A line of the list of documents is longer than 16 MiB."));
    return {};
}

}  // namespace

Status readDocumentList(const QString &path, const std::function<Status(QByteArrayView)> &take)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Unreadable, tr("Cannot read “%1”: %2").arg(path, file.errorString()));
    const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream *)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
    ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, 27);
    QByteArray output(static_cast<qsizetype>(ZSTD_DStreamOutSize()) * 4, Qt::Uninitialized);
    QByteArray pending;
    size_t expected = 0;  // 0 when a frame has just ended
    for (QByteArray block = file.read(1 << 20); !block.isEmpty(); block = file.read(1 << 20)) {
        ZSTD_inBuffer input{block.constData(), static_cast<size_t>(block.size()), 0};
        while (input.pos < input.size) {
            ZSTD_outBuffer buffer{output.data(), static_cast<size_t>(output.size()), 0};
            expected = ZSTD_decompressStream(stream.get(), &buffer, &input);
            if (ZSTD_isError(expected))
                return damaged(path, file.pos(), QString::fromLatin1(ZSTD_getErrorName(expected)));
            pending.append(output.constData(), static_cast<qsizetype>(buffer.pos));
            ATHANOR_TRY(takeLines(pending, take));
        }
    }
    if (expected != 0)
        return damaged(path, file.pos(), tr("it ends in the middle of a frame"));
    if (!pending.isEmpty())
        return take(pending);
    return {};
}

}  // namespace athanor::project
