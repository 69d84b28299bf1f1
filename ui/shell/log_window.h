// What a job has said: its state changes, its log lines, and its error. Reads on while it is open. Thread: the window's.
#pragma once

#include "core/job/folder.h"

#include <QDialog>
#include <QTimer>

#include <optional>

class QPlainTextEdit;

namespace athanor::shell {

class LogWindow : public QDialog {
    Q_OBJECT
public:
    LogWindow(const QString &projectPath, const QString &jobId, QWidget *parent);

private:
    void readOn();
    std::optional<job::Folder> m_folder;
    QPlainTextEdit *m_text;
    QTimer m_timer;
};

}  // namespace athanor::shell
