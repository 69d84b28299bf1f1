#include "ui/forms/form_section.h"

#include "ui/style/widgets.h"

namespace athanor::forms {

FormSection::FormSection(const QString &title, int gap, QWidget *parent)
    : QWidget(parent), m_title(title), m_button(style::makeButton({}, "section")), m_body(new QWidget), m_fields(new QVBoxLayout(m_body))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(gap);
    m_button->setCheckable(true);
    column->addWidget(m_button);
    column->addWidget(m_body);
    m_fields->setContentsMargins(0, 0, 0, 6);
    m_fields->setSpacing(gap);
    connect(m_button, &QPushButton::toggled, this, &FormSection::setOpen);
    setOpen(false);
}

bool FormSection::isOpen() const { return !m_body->isHidden(); }

void FormSection::setOpen(bool open)
{
    m_body->setVisible(open);
    const QSignalBlocker quiet(m_button);
    m_button->setChecked(open);
    write();
}

void FormSection::setChangedCount(int count)
{
    m_changedCount = count;
    write();
}

void FormSection::write()
{
    const QString changed = m_changedCount == 0 ? QString() : m_changedCount == 1 ? tr("  ·  1 changed") : tr("  ·  %1 changed").arg(m_changedCount);
    m_button->setText((isOpen() ? QStringLiteral("▾  ") : QStringLiteral("▸  ")) + m_title + changed);
    m_button->setAccessibleName(m_title + changed);
    m_button->setAccessibleDescription(isOpen() ? tr("open") : tr("closed"));
}

}  // namespace athanor::forms
