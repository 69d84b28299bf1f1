#include "ui/pages/common/error_panel.h"

namespace athanor::pages {

ErrorPanel::ErrorPanel(QWidget *parent)
    : QFrame(parent), m_dot(new style::StatusDot(style::Tone::Bad)), m_message(style::makeWrappedLabel({}, "card-title")),
      m_hint(style::makeWrappedLabel({}, "note")), m_details(style::makeButton(tr("Details"), "link")),
      m_detail(style::makeWrappedLabel({}, "quiet")), m_action(style::makeButton({}))
{
    style::setRole(this, "card");
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(style::kCardPadding, 12, style::kCardPadding, 12);
    row->setSpacing(12);
    row->addWidget(m_dot, 0, Qt::AlignTop);
    auto *texts = new QVBoxLayout;
    texts->setSpacing(4);
    for (QLabel *label : {m_message, m_hint, m_detail})
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    texts->addWidget(m_message);
    texts->addWidget(m_hint);
    texts->addWidget(m_details, 0, Qt::AlignLeft);
    texts->addWidget(m_detail);
    row->addLayout(texts, 1);
    row->addWidget(m_action, 0, Qt::AlignVCenter);
    connect(m_details, &QPushButton::clicked, this, [this] { m_detail->setVisible(!m_detail->isVisible()); });
    connect(m_action, &QPushButton::clicked, this, &ErrorPanel::activated);
    hide();
}

void ErrorPanel::present(const Error &error, const QString &actionText)
{
    present(error.message, error.hint, style::Tone::Bad, actionText);
    m_detail->setText(error.detail);
    m_details->setVisible(!error.detail.isEmpty());
}

void ErrorPanel::present(const QString &message, const QString &hint, style::Tone tone, const QString &actionText)
{
    m_dot->setState(tone, tone == style::Tone::Bad ? tr("Error") : tr("Note"));
    m_message->setText(message);
    m_hint->setText(hint);
    m_hint->setVisible(!hint.isEmpty());
    m_detail->hide();
    m_details->hide();
    m_action->setText(actionText);
    m_action->setVisible(!actionText.isEmpty());
    setAccessibleName(message + QLatin1Char(' ') + hint);
    show();
}

void ErrorPanel::dismiss()
{
    hide();
}

}  // namespace athanor::pages
