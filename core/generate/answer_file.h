// The answers to a file of prompts while they come, in whatever order. Role: each batch is appended to a journal in the job's
// folder, so that a kill loses one batch; the result is the journal in the order of the prompts. Files: answers.part.jsonl,
// answers.jsonl. Thread: one.
#pragma once

#include "core/base/error.h"

#include <QFile>
#include <QJsonObject>
#include <QMap>

namespace athanor::generate {

class ATHANOR_EXPORT AnswerFile {
public:
    /// Goes on with the journal that an earlier attempt left in `folder`; a torn last line is dropped.
    static Result<AnswerFile> open(const QString &folder);

    bool has(qint64 line) const { return m_places.contains(line); }
    qint64 count() const { return m_places.size(); }
    qint64 failedCount() const { return m_failed; }  // of them, those with an "error"
    qint64 tokens() const { return m_tokens; }       // of all answers, also those of earlier attempts
    qint64 promptTokens() const { return m_promptTokens; }
    /// Appends answers with "line" each, and makes them durable.
    Status append(const QList<QJsonObject> &answers);
    /// Writes all answers in the order of their lines to `to`.
    Status writeSorted(const QString &to) const;
    static QString resultFile(const QString &folder) { return folder + QStringLiteral("/answers.jsonl"); }

private:
    struct Place {
        qint64 begin = 0, length = 0;
    };
    explicit AnswerFile(QString path) : m_path(std::move(path)) {}
    QString m_path;
    qint64 m_end = 0;
    void count(const QJsonObject &answer);
    qint64 m_failed = 0, m_tokens = 0, m_promptTokens = 0;
    QMap<qint64, Place> m_places;  // by line
};

}  // namespace athanor::generate
