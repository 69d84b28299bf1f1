#include "core/corpus/reading_log.h"

#include <QJsonDocument>

namespace athanor::corpus {

ReadingLog::ReadingLog(const QString &jobPath) : m_file(jobPath + QStringLiteral("/reading.jsonl"))
{
    m_file.open(QIODevice::WriteOnly | QIODevice::Truncate);
}

void ReadingLog::add(const std::vector<Record> &records)
{
    const QMutexLocker locked(&m_mutex);
    for (const Record &record : records) {
        const bool isRead = record.isAlive();
        int &count = isRead ? m_read : m_unreadable;
        if (!m_file.isOpen() || count >= kMostShown)
            continue;
        ++count;
        QJsonObject line{{QStringLiteral("path"), record.path}, {QStringLiteral("bytes"), record.bytes}};
        if (!isRead) {
            line.insert(QStringLiteral("unreadable"), record.reasonTitle.isEmpty() ? record.reason : record.reasonTitle);
            line.insert(QStringLiteral("detail"), record.detail);
        }
        m_file.write(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n');
    }
    m_file.flush();
}

}  // namespace athanor::corpus
