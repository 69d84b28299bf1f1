#include "ui/pages/data/document_list_model.h"

#include "core/base/format.h"

namespace athanor::pages {

DocumentListModel::DocumentListModel(QObject *parent) : QAbstractListModel(parent) {}

void DocumentListModel::setFilter(project::Project *project, const project::DocumentFilter &filter)
{
    beginResetModel();
    m_project = project;
    m_filter = filter;
    m_rows.clear();
    m_problem.reset();
    m_next = project && filter.dataset >= 0 ? 0 : -1;
    endResetModel();
    if (m_next == 0)
        fetchMore({});
}

void DocumentListModel::clear()
{
    setFilter(nullptr, {});
}

const project::Document *DocumentListModel::at(int row) const
{
    return row >= 0 && row < m_rows.size() ? &m_rows[row] : nullptr;
}

int DocumentListModel::rowOf(const QString &documentId) const
{
    for (int row = 0; row < m_rows.size(); ++row)
        if (m_rows[row].id == documentId)
            return row;
    return -1;
}

int DocumentListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant DocumentListModel::data(const QModelIndex &index, int role) const
{
    const project::Document *document = at(index.row());
    if (!document)
        return {};
    switch (role) {
    case Qt::DisplayRole:
    case PathRole: return document->path;
    case IdRole: return document->id;
    case StatusRole: return document->status;
    case NoteRole: return documentNote(*document);
    case BytesRole: return document->bytes;
    case Qt::ToolTipRole: return document->licence.isEmpty() ? document->path : document->path + QLatin1Char('\n') + tr("Licence: %1").arg(document->licence);
    case Qt::AccessibleTextRole:
        return tr("%1, %2, %3. %4").arg(document->path, document->status, formatBytes(document->bytes), documentNote(*document));
    default: return {};
    }
}

bool DocumentListModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && m_project && m_next >= 0;
}

void DocumentListModel::fetchMore(const QModelIndex &parent)
{
    if (!canFetchMore(parent))
        return;
    auto page = m_project->documents(m_filter, m_next, kPageSize);
    if (!page) {
        m_next = -1;
        m_problem = page.error();
        return;
    }
    m_next = page->next;
    if (page->rows.isEmpty())
        return;
    const int first = int(m_rows.size());
    beginInsertRows({}, first, first + int(page->rows.size()) - 1);
    m_rows += page->rows;
    endInsertRows();
}

QString documentNote(const project::Document &document)
{
    if (document.status == QLatin1String("kept"))
        return document.detail;
    if (document.detail.isEmpty())
        return document.reasonTitle.isEmpty() ? document.reason : document.reasonTitle;
    return document.detail;
}

}  // namespace athanor::pages
