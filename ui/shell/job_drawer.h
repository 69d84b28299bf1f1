// The job drawer at the window's foot: always there, one line when closed, a list when open. Thread: the window's.
#pragma once

#include "ui/shell/session.h"

#include <QFrame>

class QProgressBar;
class QPushButton;
class QScrollArea;
class QVBoxLayout;

namespace athanor::style {
class ElidedLabel;
class StatusDot;
}  // namespace athanor::style

namespace athanor::shell {

class JobRow;

class ATHANOR_EXPORT JobDrawer : public QFrame {
    Q_OBJECT
public:
    explicit JobDrawer(Session &session, QWidget *parent = nullptr);
    bool isOpen() const;
    void setOpen(bool open);
    void showJob(const QString &jobId);
    QString line() const;

private:
    QWidget *makeBar();
    void refresh();
    void refreshBar(const QList<JobView> &active);
    void refreshList();
    JobRow *makeRow();
    void showLog(const QString &jobId);

    Session &m_session;
    QScrollArea *m_list;
    QVBoxLayout *m_rows;
    QList<JobRow *> m_rowWidgets;
    QLabel *m_none = nullptr;
    style::StatusDot *m_dot = nullptr;
    style::ElidedLabel *m_title = nullptr;
    style::ElidedLabel *m_words = nullptr;
    QProgressBar *m_bar = nullptr;
    QPushButton *m_toggle = nullptr;
};

}  // namespace athanor::shell
