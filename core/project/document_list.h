// documents.jsonl.zst, the list that a curate job leaves: one JSON object a line in zstd frames. Role: reads it line by
// line, so that the reading can stop and go on. Limits: a line of 16 MiB, a window of 128 MiB; memory stays bounded
// however far a frame expands. Private to this room. Thread: each object for one thread.
#pragma once

#include "core/base/error.h"

#include <QByteArrayView>
#include <QFile>

#include <memory>

struct ZSTD_DCtx_s;

namespace athanor::project {

class DocumentList {
public:
    /// Errors: Unreadable.
    static Result<std::unique_ptr<DocumentList>> open(const QString &path);
    ~DocumentList();
    DocumentList(const DocumentList &) = delete;

    /// The next line, valid until the next call; a null view at the end. Empty lines are passed over.
    /// Errors: Corrupt (where), LimitExceeded.
    Result<QByteArrayView> next();
    /// Lines handed out so far.
    qint64 position() const { return m_position; }
    QString path() const { return m_file.fileName(); }

private:
    explicit DocumentList(const QString &path);
    Result<bool> readMore();  // false at the end of the file

    QFile m_file;
    ZSTD_DCtx_s *m_stream;
    QByteArray m_block;       // packed bytes, read up to m_used
    qsizetype m_used = 0;
    QByteArray m_output;
    QByteArray m_pending;     // unpacked, handed out up to m_start
    qsizetype m_start = 0;
    size_t m_expected = 0;    // 0 when a frame has just ended
    qint64 m_position = 0;
};

}  // namespace athanor::project
