// The error presenter: what failed, why, what to do, with the details folded; stands over the page until closed.
// Also the quiet banner for a project that can only be read. Thread: the window's.
#pragma once

#include "core/base/error.h"

#include <QFrame>

class QLabel;
class QPushButton;

namespace athanor::shell {

class ATHANOR_EXPORT ErrorBar : public QFrame {
    Q_OBJECT
public:
    explicit ErrorBar(QWidget *parent = nullptr);
    void present(const Error &error);
    const Error &error() const { return m_error; }

private:
    void copyAll() const;
    Error m_error;
    QLabel *m_message;
    QLabel *m_hint;
    QLabel *m_detail;
    QPushButton *m_detailButton;
};

}  // namespace athanor::shell
