// A line that appears over the window's foot, with one action, most often "Undo". Thread: the window's.
#pragma once

#include "ui/style/tokens.h"

#include <QFrame>

#include <functional>

class QLabel;
class QPushButton;
class QTimer;

namespace athanor::style {

class ATHANOR_EXPORT Toast : public QFrame {
    Q_OBJECT
public:
    /// `host` is covered at its foot; the toast follows its size.
    explicit Toast(QWidget *host);
    /// Shown for `milliseconds`, longer while the pointer is on it. `action` runs at most once.
    void present(const QString &text, const QString &actionText = {}, std::function<void()> action = {},
                 int milliseconds = 8000);
    QString text() const;
    QPushButton *actionButton() const { return m_button; }

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void place();
    void act();
    QWidget *m_host;
    QLabel *m_text;
    QPushButton *m_button;
    QTimer *m_timer;
    std::function<void()> m_action;
    int m_bottomGap = 56;
};

}  // namespace athanor::style
