// Bytes as they come from tokens, handed out in whole UTF-8 characters, and stop texts found across tokens.
// Thread: each object for one thread.
#pragma once

#include "core/base/export.h"

#include <QByteArray>
#include <QList>

namespace athanor::generate {

class ATHANOR_EXPORT Utf8Pieces {
public:
    explicit Utf8Pieces(QList<QByteArray> stopTexts = {});
    /// Takes a token's bytes; gives what can be shown now: whole characters that cannot be the start of a stop text.
    /// Bytes that can never become a character come out as U+FFFD.
    QByteArray add(const QByteArray &bytes);
    /// The rest, at the end of the text. Empty after a stop text.
    QByteArray finish();
    /// True once a stop text has come; nothing of it, and nothing after it, is handed out.
    bool isStopped() const { return m_stopped; }

private:
    qsizetype safeLength() const;
    QByteArray take(qsizetype length);
    QList<QByteArray> m_stops;
    QByteArray m_pending;
    bool m_stopped = false;
};

}  // namespace athanor::generate
