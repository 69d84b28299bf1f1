#include "ui/pages/common/layouts.h"

#include "ui/style/tokens.h"

#include <QResizeEvent>

namespace athanor::pages {

PageStack::PageStack(QWidget *parent) : QStackedWidget(parent)
{
    connect(this, &QStackedWidget::currentChanged, this, [this] { updateGeometry(); });
}

QSize PageStack::sizeHint() const
{
    return currentWidget() ? currentWidget()->sizeHint() : QSize();
}

QSize PageStack::minimumSizeHint() const
{
    if (!currentWidget())
        return {};
    QSize least = currentWidget()->minimumSizeHint().expandedTo(currentWidget()->minimumSize());
    // Wrapped words make the least height that of the least width: ask for the height at the width there is.
    if (hasHeightForWidth() && width() > least.width())
        least.setHeight(std::max(heightForWidth(width()), currentWidget()->minimumSize().height()));
    return least;
}

void PageStack::resizeEvent(QResizeEvent *event)
{
    QStackedWidget::resizeEvent(event);
    if (event->oldSize().width() != event->size().width())
        updateGeometry();
}

bool PageStack::hasHeightForWidth() const
{
    return currentWidget() && currentWidget()->hasHeightForWidth();
}

int PageStack::heightForWidth(int width) const
{
    return currentWidget() ? currentWidget()->heightForWidth(width) : -1;
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
    const int height = m_row->hasHeightForWidth() && width() > widest ? m_row->minimumHeightForWidth(width()) : m_row->minimumSize().height();
    return {widest, height};
}

void SideBySide::resizeEvent(QResizeEvent *event)
{
    const QBoxLayout::Direction wanted = event->size().width() < m_breakWidth ? m_whenNarrow : QBoxLayout::LeftToRight;
    if (wanted != m_row->direction())
        m_row->setDirection(wanted);
    if (event->oldSize().width() != event->size().width())
        updateGeometry();
    QWidget::resizeEvent(event);
}

}  // namespace athanor::pages
