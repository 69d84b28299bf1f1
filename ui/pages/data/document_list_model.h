// The documents of one dataset as a list that is read page by page. Role: a million documents open at once because
// only what is scrolled to is asked of the store (keyset paging). Thread: the window's.
#pragma once

#include "core/project/project.h"

#include <QAbstractListModel>

namespace athanor::pages {

class ATHANOR_EXPORT DocumentListModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { IdRole = Qt::UserRole, PathRole, StatusRole, NoteRole, BytesRole };
    static constexpr int kPageSize = 200;

    explicit DocumentListModel(QObject *parent = nullptr);

    /// Starts anew with what `filter` lets through. The project must outlive the model or be replaced by another call.
    void setFilter(project::Project *project, const project::DocumentFilter &filter);
    void clear();
    const project::DocumentFilter &filter() const { return m_filter; }
    const project::Document *at(int row) const;
    int rowOf(const QString &documentId) const;  // -1 when it has not been read yet
    /// Why reading stopped, when it did.
    const std::optional<Error> &problem() const { return m_problem; }

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;

private:
    project::Project *m_project = nullptr;
    project::DocumentFilter m_filter;
    QList<project::Document> m_rows;
    qint64 m_next = -1;
    std::optional<Error> m_problem;
};

/// One line that says why a document was removed or could not be read; empty for kept ones without a remark.
ATHANOR_EXPORT QString documentNote(const project::Document &document);

}  // namespace athanor::pages
