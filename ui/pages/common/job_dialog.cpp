#include "ui/pages/common/job_dialog.h"

#include "ui/pages/common/page_parts.h"
#include "ui/shell/session.h"

#include <QDesktopServices>
#include <QUrl>

namespace athanor::pages {

JobDialog::JobDialog(shell::Session &session, const QString &openText, const QString &progressName, QWidget *parent)
    : QDialog(parent), m_session(session), m_words(style::makeWrappedLabel({}, "note")), m_bar(new QProgressBar), m_error(new ErrorPanel),
      m_cancel(style::makeButton(tr("Cancel"))), m_start(style::makeButton({}, "primary")), m_open(style::makeButton(openText)),
      m_follower(new JobFollower(this))
{
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(progressName);
    m_start->setDefault(true);
    connect(m_cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_start, &QPushButton::clicked, this, &JobDialog::start);
    connect(m_open, &QPushButton::clicked, this, [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_written)); });
    connect(m_follower, &JobFollower::changed, this, &JobDialog::onProgress);
    connect(m_follower, &JobFollower::settled, this, &JobDialog::onSettled);
}

void JobDialog::openAlone()
{
    setAttribute(Qt::WA_DeleteOnClose);
    open();
}

void JobDialog::layOut(const QList<QWidget *> &head, QWidget *form, QWidget *result)
{
    m_form = form;
    m_result = result;
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(style::kGap);
    for (QWidget *part : head + QList<QWidget *>{m_error, form, m_bar, m_words})
        column->addWidget(part);
    column->addWidget(result, 1);
    column->addStretch(0);
    auto *foot = new QHBoxLayout;
    foot->addWidget(m_open);
    foot->addStretch(1);
    foot->addWidget(m_cancel);
    foot->addWidget(m_start);
    column->addLayout(foot);
    for (QWidget *later : QList<QWidget *>{m_bar, m_words, result, m_open})
        later->hide();
}

void JobDialog::start()
{
    if (isDone())
        return accept();
    m_error->dismiss();
    const auto job = startJob();
    if (!job)
        return m_error->present(job.error());
    m_session.jobs().pollNow();
    m_follower->followStarted(m_session.projectPath(), job->spec().id);
    refresh();
}

void JobDialog::onProgress()
{
    if (isDone())
        return;  // the words are those of the result
    const bool running = m_follower->isRunning();
    showProgress(m_bar, m_follower->summary());
    m_bar->setVisible(running);
    m_words->setText(progressWords(m_follower->summary()));
    m_words->setVisible(running);
    refresh();
}

void JobDialog::onSettled()
{
    m_session.refreshNow();
    onProgress();
    const job::Summary &summary = m_follower->summary();
    if (summary.state == job::State::Finished) {
        onResult(summary.result);
    } else if (summary.state == job::State::Failed) {
        m_error->present(summary.error);
    } else {
        const auto [message, hint] = endedWords(summary);
        m_error->present(message, hint, style::Tone::Attention);
    }
    refresh();
}

void JobDialog::setWritten(const QString &path)
{
    m_written = path;
    m_form->hide();
    m_bar->hide();
    m_words->hide();
    m_result->show();
    refresh();
}

void JobDialog::updateButtons(const QString &start, const QString &running, bool canStart)
{
    const bool isRunning = m_follower->isRunning();
    m_form->setEnabled(!isRunning);
    m_open->setVisible(isDone());
    m_cancel->setVisible(!isDone());
    m_cancel->setText(isRunning ? tr("Close; it goes on") : tr("Cancel"));
    m_start->setText(isDone() ? tr("Close") : isRunning ? running : start);
    m_start->setEnabled(isDone() || (!isRunning && canStart));
}

}  // namespace athanor::pages
