#include "ui/style/chips.h"

#include "ui/style/widgets.h"

namespace athanor::style {

FlowLayout::FlowLayout(QWidget *parent, int gap) : QLayout(parent), m_gap(gap) { setContentsMargins(0, 0, 0, 0); }

FlowLayout::~FlowLayout() { qDeleteAll(m_items); }

void FlowLayout::addItem(QLayoutItem *item) { m_items.append(item); }

int FlowLayout::count() const { return static_cast<int>(m_items.size()); }

QLayoutItem *FlowLayout::itemAt(int index) const { return m_items.value(index); }

QLayoutItem *FlowLayout::takeAt(int index)
{
    return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
}

int FlowLayout::heightForWidth(int width) const { return arrange(QRect(0, 0, width, 0), false); }

QSize FlowLayout::minimumSize() const
{
    QSize size;
    for (const QLayoutItem *item : m_items)
        size = size.expandedTo(item->minimumSize());
    return size;
}

void FlowLayout::setGeometry(const QRect &rect)
{
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

int FlowLayout::arrange(const QRect &rect, bool apply) const
{
    int x = rect.x();
    int y = rect.y();
    int lineHeight = 0;
    for (QLayoutItem *item : m_items) {
        if (item->isEmpty())
            continue;
        const QSize size = item->sizeHint();
        if (x > rect.x() && x + size.width() > rect.x() + rect.width()) {
            x = rect.x();
            y += lineHeight + m_gap;
            lineHeight = 0;
        }
        if (apply)
            item->setGeometry(QRect(QPoint(x, y), size.boundedTo(QSize(std::max(rect.width(), 1), size.height()))));
        x += size.width() + m_gap;
        lineHeight = std::max(lineHeight, size.height());
    }
    return y + lineHeight - rect.y();
}

ChipBar::ChipBar(QWidget *parent) : QWidget(parent), m_layout(new FlowLayout(this)), m_group(new QButtonGroup(this))
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void ChipBar::setChip(const QString &id, const QString &text, const QString &tooltip)
{
    QPushButton *&chip = m_chips[id];
    if (!chip) {
        chip = makeButton(text, "chip", this);
        chip->setCheckable(true);
        m_group->addButton(chip);
        m_layout->addWidget(chip);
        m_order += id;
        connect(chip, &QPushButton::clicked, this, [this, id] { setCurrent(id); });
        if (m_order.size() == 1) {
            m_current = id;
            chip->setChecked(true);
        }
    }
    chip->setText(text);
    chip->setToolTip(tooltip);
}

void ChipBar::removeChip(const QString &id)
{
    QPushButton *chip = m_chips.take(id);
    m_order.removeAll(id);
    delete chip;
    if (m_current == id && !m_order.isEmpty())
        setCurrent(m_order.first());
}

void ChipBar::clear()
{
    qDeleteAll(m_chips);
    m_chips.clear();
    m_order.clear();
    m_current.clear();
}

void ChipBar::setCurrent(const QString &id)
{
    QPushButton *chip = m_chips.value(id);
    if (!chip)
        return;
    chip->setChecked(true);
    if (id == m_current)
        return;
    m_current = id;
    Q_EMIT currentChanged(id);
}

}  // namespace athanor::style
