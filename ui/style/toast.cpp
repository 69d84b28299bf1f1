#include "ui/style/toast.h"

#include "ui/style/widgets.h"

namespace athanor::style {

Toast::Toast(QWidget *host) : QFrame(host), m_host(host), m_timer(new QTimer(this))
{
    setProperty("role", QStringLiteral("toast"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 8, 8, 8);
    layout->setSpacing(16);
    m_text = makeLabel({}, "", this);
    m_button = makeButton({}, "link", this);
    auto *close = makeButton(QStringLiteral("✕"), "quiet", this);
    close->setAccessibleName(tr("Close this message"));
    layout->addWidget(m_text);
    layout->addWidget(m_button);
    layout->addWidget(close);
    m_timer->setSingleShot(true);
    connect(m_timer, &QTimer::timeout, this, [this] {
        if (underMouse())
            m_timer->start(2000);
        else
            hide();
    });
    connect(close, &QPushButton::clicked, this, &QWidget::hide);
    connect(m_button, &QPushButton::clicked, this, &Toast::act);
    host->installEventFilter(this);
    hide();
}

void Toast::present(const QString &text, const QString &actionText, std::function<void()> action, int milliseconds)
{
    m_text->setText(text);
    m_button->setText(actionText);
    m_button->setVisible(!actionText.isEmpty());
    m_action = std::move(action);
    setAccessibleName(text);
    place();
    show();
    raise();
    m_timer->start(milliseconds);
}

QString Toast::text() const { return m_text->text(); }

void Toast::act()
{
    hide();
    if (const std::function<void()> action = std::exchange(m_action, {}))
        action();
}

void Toast::place()
{
    layout()->activate();
    const QSize size = sizeHint().boundedTo(m_host->size() - QSize(32, 0));
    setGeometry((m_host->width() - size.width()) / 2, m_host->height() - size.height() - m_bottomGap, size.width(),
                size.height());
}

bool Toast::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_host && event->type() == QEvent::Resize && !isHidden())  // also before the window is shown
        place();
    return QFrame::eventFilter(watched, event);
}

}  // namespace athanor::style
