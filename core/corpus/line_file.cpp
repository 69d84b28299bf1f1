#include "core/corpus/line_file.h"

#include <QCoreApplication>

#include <zstd.h>

namespace athanor::corpus {

namespace {
constexpr qsizetype kFrameBytes = 1 << 20;
constexpr int kCompressionLevel = 3;
}  // namespace

Result<LineFile> LineFile::create(const QString &path)
{
    ATHANOR_ASSIGN(AtomicFile file, AtomicFile::create(path));
    return LineFile(std::move(file));
}

Status LineFile::add(const QByteArray &line)
{
    m_frame += line;
    return m_frame.size() >= kFrameBytes ? flush() : Status();
}

Status LineFile::finish()
{
    ATHANOR_TRY(flush());
    return m_file.commit();
}

Status LineFile::flush()
{
    if (m_frame.isEmpty())
        return {};
    QByteArray compressed(static_cast<qsizetype>(ZSTD_compressBound(static_cast<size_t>(m_frame.size()))), Qt::Uninitialized);
    const size_t length = ZSTD_compress(compressed.data(), static_cast<size_t>(compressed.size()), m_frame.constData(),
                                        static_cast<size_t>(m_frame.size()), kCompressionLevel);
    if (ZSTD_isError(length))
        return fail(ErrorCode::External, QCoreApplication::translate("athanor", "Compressing documents failed: %1.")
                                             .arg(QLatin1String(ZSTD_getErrorName(length))));
    m_frame.resize(0);
    return m_file.write(QByteArrayView(compressed.constData(), static_cast<qsizetype>(length)));
}

}  // namespace athanor::corpus
