#include "ui/shell/job_row.h"

#include "ui/style/widgets.h"

namespace athanor::shell {

int toneOfJob(const JobView &view)
{
    using job::State;
    style::Tone tone = style::Tone::Neutral;
    if (view.isActive())
        tone = style::Tone::Active;
    else if (view.summary.state == State::Finished)
        tone = style::Tone::Good;
    else if (view.summary.state == State::Failed)
        tone = style::Tone::Bad;
    else if (view.summary.state == State::Lost || view.summary.state == State::Paused)
        tone = style::Tone::Attention;
    return static_cast<int>(tone);
}

JobRow::JobRow(QWidget *parent) : QWidget(parent)
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(20, 4, 12, 4);
    layout->setSpacing(12);
    m_dot = new style::StatusDot(style::Tone::Neutral, this);
    m_title = new style::ElidedLabel({}, "", this);
    m_title->setFixedWidth(250);
    m_bar = new QProgressBar(this);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(120);
    m_words = new style::ElidedLabel({}, "note", this);
    layout->addWidget(m_dot);
    layout->addWidget(m_title);
    layout->addWidget(m_bar);
    layout->addWidget(m_words, 1);
    m_pause = style::makeButton(tr("Pause"), "quiet", this);
    m_resume = style::makeButton(tr("Resume"), "quiet", this);
    m_cancel = style::makeButton(tr("Stop"), "quiet", this);
    m_log = style::makeButton(tr("Log"), "quiet", this);
    m_command = style::makeButton(tr("Copy command"), "quiet", this);
    for (QPushButton *button : {m_pause, m_resume, m_cancel, m_log, m_command})
        layout->addWidget(button);
    connect(m_pause, &QPushButton::clicked, this, [this] { Q_EMIT pauseWanted(m_id); });
    connect(m_resume, &QPushButton::clicked, this, [this] { Q_EMIT resumeWanted(m_id); });
    connect(m_cancel, &QPushButton::clicked, this, [this] { Q_EMIT cancelWanted(m_id); });
    connect(m_log, &QPushButton::clicked, this, [this] { Q_EMIT logWanted(m_id); });
    connect(m_command, &QPushButton::clicked, this, [this] { Q_EMIT commandWanted(m_id); });
}

void JobRow::setJob(const JobView &view)
{
    m_id = view.spec.id;
    setObjectName(QStringLiteral("job-") + m_id);
    m_title->setFullText(view.spec.title);
    m_words->setFullText(view.progressText());
    m_dot->setState(static_cast<style::Tone>(toneOfJob(view)), view.stateText());
    const double share = view.fraction();
    m_bar->setVisible(view.isActive());
    m_bar->setRange(0, share < 0 ? 0 : 1000);
    m_bar->setValue(qRound(std::max(share, 0.0) * 1000));
    const bool runs = view.summary.state == job::State::Running || view.summary.state == job::State::Starting;
    m_pause->setVisible(runs && view.spec.kind == QLatin1String("train"));
    m_resume->setVisible(view.canResume());
    m_cancel->setVisible(runs || view.isWaiting());
    m_command->setVisible(!view.spec.command.isEmpty());
    for (QPushButton *button : {m_pause, m_resume, m_cancel, m_log, m_command})
        button->setAccessibleName(tr("%1: %2").arg(button->text(), view.spec.title));
}

}  // namespace athanor::shell
