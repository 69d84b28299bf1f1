// The documents that a running curation has read so far, as a list that fills. Role: reads jobs/<id>/reading.jsonl as
// it grows; the dataset replaces it when the job has ended. Thread: the window's.
#pragma once

#include "ui/pages/data/document_list_model.h"

#include <QAbstractListModel>

namespace athanor::pages {

class ATHANOR_EXPORT ReadingList : public QAbstractListModel {
    Q_OBJECT
public:
    using QAbstractListModel::QAbstractListModel;
    /// Another job begins with an empty list.
    void follow(const QString &jobPath);
    /// Takes whole lines that appeared since; a torn last line waits.
    void poll();
    int unreadableCount() const { return m_unreadable; }

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

private:
    QString m_jobPath;
    qint64 m_offset = 0;
    QList<project::Document> m_rows;
    int m_unreadable = 0;
};

}  // namespace athanor::pages
