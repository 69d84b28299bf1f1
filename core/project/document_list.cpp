#include "core/project/document_list.h"

#include <QCoreApplication>

#include <zstd.h>

namespace athanor::project {

namespace {

constexpr qsizetype kLineLimit = 16 << 20;
constexpr qint64 kBlock = 1 << 18;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> damaged(const QString &path, qint64 offset, const QString &why)
{
    return fail(ErrorCode::Corrupt, tr("The list of documents “%1” is damaged near byte %2: %3.").arg(path).arg(offset).arg(why),
                tr("Curate the dataset again."));
}

}  // namespace

DocumentList::DocumentList(const QString &path)
    : m_file(path),
      m_stream(ZSTD_createDCtx()),
      m_output(static_cast<qsizetype>(ZSTD_DStreamOutSize()), Qt::Uninitialized)
{
    ZSTD_DCtx_setParameter(m_stream, ZSTD_d_windowLogMax, 27);
}

DocumentList::~DocumentList()
{
    ZSTD_freeDCtx(m_stream);
}

Result<std::unique_ptr<DocumentList>> DocumentList::open(const QString &path)
{
    std::unique_ptr<DocumentList> list(new DocumentList(path));
    if (!list->m_file.open(QIODevice::ReadOnly))
        return fail(list->m_file.exists() ? ErrorCode::Unreadable : ErrorCode::NotFound,
                    tr("Cannot read “%1”: %2").arg(path, list->m_file.errorString()), tr("Curate the dataset again."));
    return list;
}

Result<bool> DocumentList::readMore()
{
    if (m_used == m_block.size()) {
        m_block = m_file.read(kBlock);
        m_used = 0;
    }
    const bool isEnd = m_block.isEmpty();
    if (isEnd && m_expected == 0)
        return false;
    ZSTD_inBuffer input{m_block.constData(), static_cast<size_t>(m_block.size()), static_cast<size_t>(m_used)};
    ZSTD_outBuffer output{m_output.data(), static_cast<size_t>(m_output.size()), 0};
    m_expected = ZSTD_decompressStream(m_stream, &output, &input);
    if (ZSTD_isError(m_expected))
        return damaged(path(), m_file.pos(), QString::fromLatin1(ZSTD_getErrorName(m_expected)));
    if (isEnd && output.pos == 0)
        return damaged(path(), m_file.pos(), tr("it ends in the middle of a frame"));
    m_used = static_cast<qsizetype>(input.pos);
    m_pending.remove(0, m_start);
    m_start = 0;
    m_pending.append(m_output.constData(), static_cast<qsizetype>(output.pos));
    if (m_pending.size() > kLineLimit + m_output.size())
        return fail(ErrorCode::LimitExceeded, tr("A line of the list of documents is longer than 16 MiB."));
    return true;
}

Result<QByteArrayView> DocumentList::next()
{
    qsizetype searched = m_start;
    for (;;) {
        const qsizetype end = m_pending.indexOf('\n', searched);
        const QByteArrayView line = QByteArrayView(m_pending).sliced(m_start, (end < 0 ? m_pending.size() : end) - m_start);
        if (end >= 0)
            m_start = end + 1;
        if (end < 0) {
            const qsizetype kept = line.size();
            ATHANOR_ASSIGN(const bool hasMore, readMore());
            searched = kept;  // readMore() has moved what is pending to the front
            if (hasMore)
                continue;
            m_start = m_pending.size();
        }
        if (!line.isEmpty()) {
            ++m_position;
            return line;
        }
        if (end < 0)
            return QByteArrayView();
        searched = m_start;
    }
}

}  // namespace athanor::project
