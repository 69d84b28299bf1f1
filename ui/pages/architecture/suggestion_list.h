// Models that can be had, each with its size, licence and what it is good for. Role: the catalogue as a list to choose
// from. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"

#include <QListWidget>
#include <QStyledItemDelegate>

namespace athanor::pages {

class ATHANOR_EXPORT SuggestionList : public QListWidget {
    Q_OBJECT
public:
    explicit SuggestionList(QWidget *parent = nullptr);
    void setSuggestions(const QList<workbench::ModelSuggestion> &suggestions);

Q_SIGNALS:
    void chosen(const athanor::workbench::ModelSuggestion &suggestion);

private:
    void choose(int row);
    QList<workbench::ModelSuggestion> m_suggestions;
};

/// Two lines: name and size, and what it is good for.
class SuggestionDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    enum Role { SizeRole = Qt::UserRole, SentenceRole };
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

}  // namespace athanor::pages
