#include "ui/plots/with_table.h"

#include "ui/style/icon.h"
#include "ui/style/style_sheet.h"

#include <QtWidgets/QtWidgets>

namespace athanor::plots {

WithTable::WithTable(QWidget *plot, QWidget *parent)
    : QWidget(parent), m_plot(plot), m_button(new QToolButton), m_stack(new QStackedWidget), m_table(new NumberTable)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    m_button->setIcon(style::icon(QStringLiteral("table")));
    m_button->setToolTip(tr("Show the same numbers as a table (T)"));
    m_button->setAccessibleName(tr("Show the same numbers as a table"));
    m_button->setCheckable(true);
    m_button->setFocusPolicy(Qt::StrongFocus);
    style::setRole(m_button, "quiet");
    column->addWidget(m_button, 0, Qt::AlignRight);
    m_stack->setStyleSheet(QStringLiteral("QStackedWidget { background: transparent; }"));
    m_stack->addWidget(plot);
    m_stack->addWidget(m_table);
    column->addWidget(m_stack, 1);
    m_table->setModel(&m_model);
    connect(m_button, &QToolButton::toggled, this, &WithTable::setTableVisible);
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex &index) { Q_EMIT rowActivated(index.row()); });
}

void WithTable::setTable(const QStringList &titles, const QList<QStringList> &rows)
{
    if (titles == m_titles && rows == m_rows)
        return;
    m_titles = titles;
    m_rows = rows;
    m_model.clear();
    m_model.setHorizontalHeaderLabels(titles);
    for (const QStringList &row : rows) {
        QList<QStandardItem *> items;
        for (const QString &text : row) {
            items += new QStandardItem(text);
            bool isFigure = false;
            QString(text).remove(QLatin1Char(',')).toDouble(&isFigure);
            items.last()->setTextAlignment((isFigure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        }
        m_model.appendRow(items);
    }
    for (int column = 0; m_model.rowCount() > 0 && column < m_model.columnCount(); ++column)  // titles stand as their columns do
        m_model.setHeaderData(column, Qt::Horizontal, m_model.index(0, column).data(Qt::TextAlignmentRole), Qt::TextAlignmentRole);
}

bool WithTable::isTableVisible() const { return m_stack->currentWidget() == m_table; }

void WithTable::setTableVisible(bool on)
{
    const QSignalBlocker quiet(m_button);
    m_button->setChecked(on);
    const QWidget *focus = QApplication::focusWidget();
    const bool hadFocus = focus && m_stack->isAncestorOf(focus);
    m_stack->setCurrentWidget(on ? static_cast<QWidget *>(m_table) : m_plot);
    if (hadFocus)
        m_stack->currentWidget()->setFocus();
}

void WithTable::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_T && event->modifiers() == Qt::NoModifier)
        setTableVisible(!isTableVisible());
    else
        QWidget::keyPressEvent(event);
}

}  // namespace athanor::plots
