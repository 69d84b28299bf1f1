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

}  // namespace athanor::pages
