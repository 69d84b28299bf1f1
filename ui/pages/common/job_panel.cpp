#include "ui/pages/common/job_panel.h"

#include "ui/shell/session.h"

namespace athanor::pages {

JobPanel::JobPanel(shell::Session &session, JobFollower *follower, QWidget *parent)
    : QWidget(parent), m_session(session), m_follower(follower), m_card(new style::Card), m_words(style::makeWrappedLabel({}, "note")),
      m_bar(new QProgressBar), m_pause(style::makeButton(tr("Pause"))), m_stop(style::makeButton(tr("Stop"))),
      m_resume(style::makeButton(tr("Resume"))), m_error(new ErrorPanel)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_card);
    column->addWidget(m_error);
    for (QPushButton *button : {m_pause, m_stop, m_resume})
        m_card->addHeaderWidget(button);
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Progress"));
    m_card->body()->addWidget(m_bar);
    m_card->body()->addWidget(m_words);
    const auto id = [this] { return m_follower->jobId(); };
    connect(m_pause, &QPushButton::clicked, this, [=, this] { act([=, this] { return m_session.workbench().queue().pause(id()); }); });
    connect(m_stop, &QPushButton::clicked, this, [=, this] { act([=, this] { return m_session.workbench().queue().cancel(id()); }); });
    const auto resume = [=, this] { act([=, this] { return m_session.workbench().resumeJob(id()); }); };
    connect(m_resume, &QPushButton::clicked, this, resume);
    connect(m_error, &ErrorPanel::activated, this, resume);
    connect(m_follower, &JobFollower::changed, this, &JobPanel::update);
    hide();
}

void JobPanel::setResumeElsewhere(bool elsewhere)
{
    if (std::exchange(m_resumeElsewhere, elsewhere) != elsewhere)
        update();
}

void JobPanel::act(const std::function<Status()> &action)
{
    if (!m_session.hasProject())
        return;
    m_session.tell(action());
    m_follower->poll();
}

void JobPanel::update()
{
    if (!m_follower->hasJob()) {
        hide();
        return;
    }
    const job::Summary &summary = m_follower->summary();
    const bool running = m_follower->isRunning();
    m_card->setTitle(m_follower->folder()->spec().title);
    m_card->setNote(summary.state == job::State::Lost ? QString() : stateWords(summary.state));  // the words below say it
    m_pause->setVisible(m_pausable && summary.state == job::State::Running);
    m_stop->setVisible(running);
    m_stop->setEnabled(summary.state != job::State::Cancelling);
    m_bar->setVisible(running);
    showProgress(m_bar, summary);
    if (summary.state == job::State::Lost)
        m_words->setText(tr("Its process is gone: the computer was restarted, or it was killed. Resume goes on from the last checkpoint."));
    else
        m_words->setText(summary.state == job::State::Queued ? waitingWords() : running ? progressWords(summary) : summary.kept);
    m_words->setVisible(!m_words->text().isEmpty());
    updateEnded(summary);
}

/// "First: Preparing documents (reading · 40 %), then Training the tokenizer. After that it starts by itself."
QString JobPanel::waitingWords() const
{
    const auto said = [](const shell::JobView &view) {
        return view.isActive() ? QStringLiteral("%1 (%2)").arg(view.spec.title, view.progressText()) : view.spec.title;
    };
    QStringList before;
    for (const QString &id : m_follower->folder()->spec().after)
        if (const shell::JobView *view = m_session.jobs().find(id); view && view->summary.state != job::State::Finished)
            before += said(*view);
    if (before.isEmpty())  // another one has the machine
        for (const shell::JobView &view : m_session.jobs().activeJobs())
            if (view.isActive())
                before += said(view);
    return before.isEmpty() ? tr("It starts in a moment.") : tr("First: %1. After that it starts by itself.").arg(before.join(tr(", then ")));
}

void JobPanel::updateEnded(const job::Summary &summary)
{
    const bool resumable = summary.state == job::State::Paused || summary.state == job::State::Lost || summary.state == job::State::Cancelled;
    m_resume->setVisible(resumable && !m_resumeElsewhere);
    m_card->setVisible(m_follower->isRunning() || resumable);
    if (summary.state == job::State::Failed)
        m_error->present(summary.error, tr("Try again"));
    else
        m_error->dismiss();
    const bool asItShould = m_quiet && m_follower->isRunning() && summary.state != job::State::Queued;
    setVisible(summary.state != job::State::Finished && !asItShould);
}

}  // namespace athanor::pages
