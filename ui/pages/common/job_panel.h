// A job on its page: what it does, how far it is, and what can be done with it now (pause, stop, resume, try again).
// Role: the same in every stage; the page owns the follower. Thread: the window's.
#pragma once

#include "ui/pages/common/error_panel.h"
#include "ui/pages/common/job_follower.h"
#include "ui/pages/common/page_parts.h"

#include <QProgressBar>

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT JobPanel : public QWidget {
    Q_OBJECT
public:
    JobPanel(shell::Session &session, JobFollower *follower, QWidget *parent = nullptr);
    /// Whether the job may be paused (training, curation) or only stopped.
    void setPausable(bool pausable) { m_pausable = pausable; }
    /// Shows nothing while the job runs as it should: the page itself shows that.
    void setQuietWhileRunning(bool quiet) { m_quiet = quiet; }
    /// The page itself offers to resume now; one button is enough.
    void setResumeElsewhere(bool elsewhere);
    QPushButton *resumeButton() const { return m_resume; }
    QPushButton *stopButton() const { return m_stop; }

private:
    void update();
    QString waitingWords() const;
    void updateEnded(const job::Summary &summary);
    void act(const std::function<Status()> &action);
    shell::Session &m_session;
    JobFollower *m_follower;
    bool m_pausable = true;
    bool m_quiet = false;
    bool m_resumeElsewhere = false;
    style::Card *m_card;
    QLabel *m_words;
    QProgressBar *m_bar;
    QPushButton *m_pause;
    QPushButton *m_stop;
    QPushButton *m_resume;
    ErrorPanel *m_error;
};

}  // namespace athanor::pages
