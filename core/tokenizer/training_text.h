// The text from which a tokenizer learns, as a file between the job and its child process. Documents are cut into
// sentences under SentencePiece's limit of 4,192 bytes: longer ones are left out by its trainer without a word. Cuts
// fall at line ends, else at spaces, else between characters. Format: magic, then 32-bit length and bytes of each.
// Thread: each object for one thread.
#pragma once

#include "core/base/atomic_file.h"

#include <QFile>

#include <functional>

namespace athanor::tokenizer {

inline constexpr qsizetype kSentenceBytes = 4000;

/// Calls `take` with each part; together they are the text, without U+2585 (which SentencePiece keeps for itself and
/// for which it drops whole sentences). `take` may return false to stop.
ATHANOR_EXPORT void cutIntoSentences(QByteArrayView text, qsizetype limit, const std::function<bool(QByteArrayView)> &take);

/// Writes sentences, all of them or an even sample: of `totalBytes` that come, about `limitBytes` are taken.
class ATHANOR_EXPORT TrainingTextWriter {
public:
    static Result<TrainingTextWriter> create(const QString &path, qint64 totalBytes, qint64 limitBytes);
    Status add(QByteArrayView document);
    Status finish() { return m_file.commit(); }
    qint64 sentenceCount() const { return m_sentences; }
    qint64 byteCount() const { return m_bytes; }

private:
    TrainingTextWriter(AtomicFile file, double share) : m_file(std::move(file)), m_share(share) {}
    AtomicFile m_file;
    double m_share = 1;
    double m_credit = 0;
    qint64 m_sentences = 0;
    qint64 m_bytes = 0;
    QByteArray m_buffer;
};

class ATHANOR_EXPORT TrainingTextReader {
public:
    static Result<TrainingTextReader> open(const QString &path);
    bool atEnd() const { return m_atEnd; }
    /// The sentence at hand; undefined at the end.
    const std::string &sentence() const { return m_sentence; }
    void next();
    /// Set when the file broke off.
    const Status &status() const { return m_status; }
    /// All sentences counted: for progress.
    qint64 byteCount() const { return m_file->size(); }
    qint64 position() const { return m_file->pos(); }

private:
    explicit TrainingTextReader(std::unique_ptr<QFile> file) : m_file(std::move(file)) {}
    std::unique_ptr<QFile> m_file;
    std::string m_sentence;
    bool m_atEnd = false;
    Status m_status;
};

}  // namespace athanor::tokenizer
