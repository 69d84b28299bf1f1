// jobs/<id>/reading.jsonl: documents as they are read, so that a list can fill while one looks. Role: only for looking
// at; the true list is the job's result. One line a document: {"path","bytes","unreadable":reason title?,"detail"?}.
// Limits: the first kMostShown documents and the first kMostShown unreadable ones. A full disk is passed over.
// Thread: add() from many threads.
#pragma once

#include "core/corpus/document_table.h"

#include <QFile>
#include <QMutex>

namespace athanor::corpus {

inline constexpr int kMostShown = 2000;

class ReadingLog {
public:
    explicit ReadingLog(const QString &jobPath);
    void add(const std::vector<Record> &records);

private:
    QFile m_file;
    QMutex m_mutex;
    int m_read = 0;
    int m_unreadable = 0;
};

}  // namespace athanor::corpus
