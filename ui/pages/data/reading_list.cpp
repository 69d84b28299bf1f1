#include "ui/pages/data/reading_list.h"

#include <QFile>
#include <QJsonDocument>

namespace athanor::pages {

void ReadingList::follow(const QString &jobPath)
{
    if (jobPath == m_jobPath)
        return;
    beginResetModel();
    m_jobPath = jobPath;
    m_offset = 0;
    m_unreadable = 0;
    m_rows.clear();
    endResetModel();
}

void ReadingList::poll()
{
    QFile file(m_jobPath + QStringLiteral("/reading.jsonl"));
    if (m_jobPath.isEmpty() || !file.open(QIODevice::ReadOnly))
        return;
    if (file.size() < m_offset) {  // a later attempt reads anew
        const QString path = m_jobPath;
        follow({});
        follow(path);
    }
    file.seek(m_offset);
    const QByteArray bytes = file.readAll();
    const QByteArray whole = bytes.left(bytes.lastIndexOf('\n') + 1);
    if (whole.isEmpty())
        return;
    m_offset += whole.size();
    QList<project::Document> fresh;
    for (const QByteArray &line : whole.split('\n')) {
        const QJsonObject entry = QJsonDocument::fromJson(line).object();
        if (entry.isEmpty())
            continue;
        project::Document document;
        document.path = entry.value(QLatin1String("path")).toString();
        document.bytes = entry.value(QLatin1String("bytes")).toInteger();
        document.reasonTitle = entry.value(QLatin1String("unreadable")).toString();
        document.detail = entry.value(QLatin1String("detail")).toString();
        document.status = entry.contains(QLatin1String("unreadable")) ? QStringLiteral("unreadable") : QStringLiteral("kept");
        m_unreadable += document.status == QLatin1String("unreadable");
        fresh += document;
    }
    if (fresh.isEmpty())
        return;
    beginInsertRows({}, int(m_rows.size()), int(m_rows.size() + fresh.size()) - 1);
    m_rows += fresh;
    endInsertRows();
}

int ReadingList::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant ReadingList::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const project::Document &document = m_rows[index.row()];
    switch (role) {
    case Qt::DisplayRole:
    case DocumentListModel::PathRole: return document.path;
    case DocumentListModel::StatusRole: return document.status;
    case DocumentListModel::NoteRole: return documentNote(document);
    case DocumentListModel::BytesRole: return document.bytes;
    case Qt::AccessibleTextRole: return document.path + QLatin1Char(' ') + documentNote(document);
    default: return {};
    }
}

}  // namespace athanor::pages
