#include "ui/plots/number_table.h"

#include <QtWidgets/QtWidgets>

#include <set>

namespace athanor::plots {

NumberTable::NumberTable(QWidget *parent) : QTableView(parent)
{
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setTabKeyNavigation(false);
    verticalHeader()->hide();
    horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    setAccessibleName(tr("The same numbers as a table"));
    setToolTip(tr("Ctrl+C copies, for a spreadsheet"));
}

QString NumberTable::copied() const
{
    if (!model())
        return {};
    std::set<int> rows, columns;
    const QModelIndexList selected = selectionModel()->selectedIndexes();
    for (const QModelIndex &index : selected) {
        rows.insert(index.row());
        columns.insert(index.column());
    }
    for (int row = 0; selected.isEmpty() && row < model()->rowCount(); ++row)
        rows.insert(row);
    for (int column = 0; selected.isEmpty() && column < model()->columnCount(); ++column)
        columns.insert(column);
    if (rows.empty())
        return {};
    QStringList lines, cells;
    for (const int column : columns)
        cells += model()->headerData(column, Qt::Horizontal).toString();
    lines += cells.join(QLatin1Char('\t'));
    for (const int row : rows) {
        cells.clear();
        for (const int column : columns)
            cells += model()->index(row, column).data().toString();
        lines += cells.join(QLatin1Char('\t'));
    }
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

void NumberTable::copy() const { QGuiApplication::clipboard()->setText(copied()); }

void NumberTable::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy))
        copy();
    else if (event->key() == Qt::Key_T && event->modifiers() == Qt::NoModifier)
        event->ignore();  // back to the plot
    else
        QTableView::keyPressEvent(event);
}

void NumberTable::contextMenuEvent(QContextMenuEvent *event)
{
    QMenu menu(this);
    menu.addAction(tr("Copy"), QKeySequence::Copy, this, [this] { copy(); });
    menu.addAction(tr("Select all"), QKeySequence::SelectAll, this, &QTableView::selectAll);
    menu.exec(event->globalPos());
}

}  // namespace athanor::plots
