// One job in the opened drawer: title, bar, words, and what can be done with it. Thread: the window's.
#pragma once

#include "ui/shell/job_monitor.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace athanor::style {
class ElidedLabel;
class StatusDot;
}  // namespace athanor::style

namespace athanor::shell {

class ATHANOR_EXPORT JobRow : public QWidget {
    Q_OBJECT
public:
    explicit JobRow(QWidget *parent = nullptr);
    void setJob(const JobView &view);
    QString jobId() const { return m_id; }

Q_SIGNALS:
    void pauseWanted(const QString &jobId);
    void resumeWanted(const QString &jobId);
    void cancelWanted(const QString &jobId);
    void logWanted(const QString &jobId);
    void commandWanted(const QString &jobId);

private:
    QString m_id;
    style::StatusDot *m_dot;
    style::ElidedLabel *m_title;
    style::ElidedLabel *m_words;
    QProgressBar *m_bar;
    QPushButton *m_pause, *m_resume, *m_cancel, *m_log, *m_command;
};

/// Dot for a job's state.
int toneOfJob(const JobView &view);

}  // namespace athanor::shell
