// A dialog that asks for settings, runs one job with them and shows what came of it. Role: its foot, its progress and its
// end are the same for every such job; what is asked and shown is the derived dialog's. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"
#include "ui/pages/common/error_panel.h"
#include "ui/pages/common/job_follower.h"

#include <QDialog>
#include <QVBoxLayout>

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT JobDialog : public QDialog {
    Q_OBJECT
public:
    ErrorPanel *errorPanel() const { return m_error; }
    JobFollower *follower() const { return m_follower; }
    QPushButton *startButton() const { return m_start; }
    QPushButton *openButton() const { return m_open; }

protected:
    /// `openText`: of the button that opens what was written; `progressName`: of the bar, for screen readers.
    JobDialog(shell::Session &session, const QString &openText, const QString &progressName, QWidget *parent);
    /// Shows it; it deletes itself when it is closed.
    void openAlone();
    /// `head`, then errors, `form` and the progress, then `result` (hidden until showResult() shows it), then the foot.
    void layOut(const QList<QWidget *> &head, QWidget *form, QWidget *result);
    /// The words of the start button before and while the job runs, and whether there is enough to start.
    void updateButtons(const QString &start, const QString &running, bool canStart);

    /// Starts the job and tells the session its command.
    virtual Result<job::Folder> startJob() = 0;
    /// The job has ended well. What it wrote is named with setWritten().
    virtual void onResult(const QJsonObject &result) = 0;
    /// It was stopped or its process is gone: what that means, and what is left.
    virtual std::pair<QString, QString> endedWords(const job::Summary &summary) const = 0;
    virtual void refresh() = 0;  // calls updateButtons()

    bool isDone() const { return !m_written.isEmpty(); }
    const QString &written() const { return m_written; }
    /// From here on the dialog only shows: the form goes, the result comes.
    void setWritten(const QString &path);

    shell::Session &m_session;
    QWidget *m_form = nullptr;
    QLabel *m_words;

private:
    void start();
    void onProgress();
    void onSettled();

    QProgressBar *m_bar;
    QWidget *m_result = nullptr;
    ErrorPanel *m_error;
    QPushButton *m_cancel, *m_start, *m_open;
    JobFollower *m_follower;
    QString m_written;
};

}  // namespace athanor::pages
