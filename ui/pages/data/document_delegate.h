// One document in the list: state, path, size, and why it was removed below. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QStyledItemDelegate>

namespace athanor::pages {

class ATHANOR_EXPORT DocumentDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

}  // namespace athanor::pages
