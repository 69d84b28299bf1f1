#include "ui/shell/error_bar.h"

#include "ui/style/icon.h"
#include "ui/style/widgets.h"

namespace athanor::shell {

ErrorBar::ErrorBar(QWidget *parent) : QFrame(parent)
{
    setProperty("role", QStringLiteral("banner"));
    setProperty("tone", QStringLiteral("bad"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(style::kPageMargin, 12, 16, 12);
    layout->setSpacing(12);
    layout->addWidget(new style::StatusDot(style::Tone::Bad, this), 0, Qt::AlignTop);
    auto *texts = new QVBoxLayout;
    texts->setSpacing(4);
    m_message = style::makeWrappedLabel({}, "card-title", this);
    m_hint = style::makeWrappedLabel({}, "", this);
    m_detail = style::makeWrappedLabel({}, "note", this);
    m_detail->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    for (QLabel *label : {m_message, m_hint, m_detail})
        texts->addWidget(label);
    layout->addLayout(texts, 1);
    m_detailButton = style::makeButton(tr("Details"), "quiet", this);
    m_detailButton->setCheckable(true);
    auto *copy = style::makeButton(tr("Copy"), "quiet", this);
    auto *close = style::makeButton(tr("Close"), "quiet", this);
    for (QPushButton *button : {m_detailButton, copy, close})
        layout->addWidget(button, 0, Qt::AlignTop);
    connect(m_detailButton, &QPushButton::toggled, m_detail, &QWidget::setVisible);
    connect(copy, &QPushButton::clicked, this, &ErrorBar::copyAll);
    connect(close, &QPushButton::clicked, this, &QWidget::hide);
    hide();
}

void ErrorBar::present(const Error &error)
{
    m_error = error;
    m_message->setText(error.message);
    m_hint->setText(error.hint);
    m_hint->setVisible(!error.hint.isEmpty());
    m_detail->setText(error.detail);
    m_detailButton->setChecked(false);
    m_detailButton->setVisible(!error.detail.isEmpty());
    m_detail->hide();
    setAccessibleName(tr("Error: %1 %2").arg(error.message, error.hint));
    show();
}

void ErrorBar::copyAll() const
{
    QStringList lines{m_error.message, m_error.hint, m_error.detail};
    lines.removeAll(QString());
    QGuiApplication::clipboard()->setText(lines.join(u'\n'));
}

}  // namespace athanor::shell
