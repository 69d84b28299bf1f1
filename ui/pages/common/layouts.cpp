#include "ui/pages/common/layouts.h"

#include "ui/style/tokens.h"

#include <QResizeEvent>

namespace athanor::pages {

PageStack::PageStack(QWidget *parent) : QWidget(parent)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
}

void PageStack::addWidget(QWidget *widget)
{
    m_widgets += widget;
    layout()->addWidget(widget);
    if (m_current < 0)
        m_current = 0;
    else
        widget->hide();
}

void PageStack::setCurrentIndex(int index)
{
    if (index == m_current || index < 0 || index >= m_widgets.size())
        return;
    m_widgets[m_current]->hide();
    m_current = index;
    m_widgets[m_current]->show();
}

SideBySide::SideBySide(int breakWidth, QBoxLayout::Direction whenNarrow, QWidget *parent)
    : QWidget(parent), m_breakWidth(breakWidth), m_whenNarrow(whenNarrow), m_row(new QBoxLayout(QBoxLayout::LeftToRight, this))
{
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(style::kGap);
}

void SideBySide::add(QWidget *widget, int stretch)
{
    m_row->addWidget(widget, stretch);
}

QSize SideBySide::minimumSizeHint() const
{
    int widest = 0;
    for (int i = 0; i < m_row->count(); ++i)
        widest = std::max(widest, m_row->itemAt(i)->minimumSize().width());
    return {widest, m_row->minimumSize().height()};
}

void SideBySide::resizeEvent(QResizeEvent *event)
{
    const QBoxLayout::Direction wanted = event->size().width() < m_breakWidth ? m_whenNarrow : QBoxLayout::LeftToRight;
    if (wanted != m_row->direction()) {
        m_row->setDirection(wanted);
        updateGeometry();
    }
    QWidget::resizeEvent(event);
}

CardRows::CardRows(int breakWidth, QWidget *parent) : QWidget(parent), m_breakWidth(breakWidth), m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(12);
}

void CardRows::add(QWidget *widget)
{
    widget->setParent(this);
    m_widgets += widget;
    arrange(m_rows);
}

// The grid has as many columns as both row lengths divide, so that each row fills the width evenly.
void CardRows::arrange(int rows)
{
    m_rows = rows;
    const int count = int(m_widgets.size());
    const int upper = (count + rows - 1) / rows;
    const int lower = rows == 1 ? upper : count - upper;
    const int columns = rows == 1 ? upper : upper * std::max(1, lower);
    for (int column = 0; column < std::max(columns, m_grid->columnCount()); ++column)
        m_grid->setColumnStretch(column, column < columns ? 1 : 0);
    for (int i = 0; i < count; ++i) {
        m_grid->removeWidget(m_widgets[i]);
        const bool isUpper = i < upper;
        const int span = columns / (isUpper ? upper : std::max(1, lower));
        m_grid->addWidget(m_widgets[i], isUpper ? 0 : 1, (isUpper ? i : i - upper) * span, 1, span);
    }
    updateGeometry();
}

// As narrow as two rows may become, so that the window can be made small enough for them.
QSize CardRows::minimumSizeHint() const
{
    int widest = 0;
    for (const QWidget *widget : m_widgets)
        widest = std::max(widest, std::max(widget->minimumWidth(), widget->minimumSizeHint().width()));
    const int upper = (int(m_widgets.size()) + 1) / 2;
    return {upper * widest + std::max(0, upper - 1) * m_grid->horizontalSpacing(), m_grid->minimumSize().height()};
}

void CardRows::resizeEvent(QResizeEvent *event)
{
    const int wanted = event->size().width() < m_breakWidth && m_widgets.size() > 2 ? 2 : 1;
    if (wanted != m_rows)
        arrange(wanted);
    QWidget::resizeEvent(event);
}

}  // namespace athanor::pages
