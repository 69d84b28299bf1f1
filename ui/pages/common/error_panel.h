// An error where it happened: what failed, why, what to do, and the button that does it. Thread: the window's.
#pragma once

#include "core/base/error.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

class ATHANOR_EXPORT ErrorPanel : public QFrame {
    Q_OBJECT
public:
    explicit ErrorPanel(QWidget *parent = nullptr);
    /// Shows the panel. Without an action text there is no button.
    void present(const Error &error, const QString &actionText = {});
    void present(const QString &message, const QString &hint, style::Tone tone, const QString &actionText = {});
    void dismiss();
    QString message() const { return m_message->text(); }
    QPushButton *actionButton() const { return m_action; }

Q_SIGNALS:
    void activated();

private:
    style::StatusDot *m_dot;
    QLabel *m_message;
    QLabel *m_hint;
    QPushButton *m_details;
    QLabel *m_detail;
    QPushButton *m_action;
};

}  // namespace athanor::pages
