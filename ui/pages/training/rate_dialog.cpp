#include "ui/pages/training/rate_dialog.h"

#include "core/base/format.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/common/page_parts.h"
#include "ui/shell/session.h"

#include <cmath>

namespace athanor::pages {

RateDialog::RateDialog(shell::Session &session, const workbench::RunRequest &request, QWidget *parent)
    : JobDialog(session, QString(), tr("Progress of the test"), parent), m_request(request),
      m_range(new forms::ParameterForm(experiment::rateRangeSchema(), forms::HelpPlacement::Below)),
      m_plot(new plots::CurvePlot(tr("learning rate"), tr("loss"), plots::Scale::Logarithmic, plots::Scale::Linear)), m_both(new plots::WithTable(m_plot)),
      m_advice(style::makeWrappedLabel({})), m_leave(style::makeButton(tr("Leave it as it is"), "link")), m_suggested(std::nan(""))
{
    setWindowTitle(tr("Find a learning rate"));
    resize(640, 520);
    auto *title = style::makeLabel(tr("Find a learning rate for %1").arg(request.model), "title");
    auto *why = style::makeWrappedLabel(tr("Trains a copy for a moment, a little faster with each step, and shows where the loss begins to fall and where it goes up. The copy is thrown away."), "note");
    layOut({title, why}, m_range, makeResult());
    connect(m_range, &forms::ParameterForm::changed, this, &RateDialog::refresh);
    connect(m_leave, &QPushButton::clicked, this, &QDialog::reject);
    connect(this, &QDialog::accepted, this, &RateDialog::use);
    refresh();
}

RateDialog *RateDialog::open(shell::Session &session, const workbench::RunRequest &request, QWidget *parent)
{
    auto *dialog = new RateDialog(session, request, parent);
    dialog->openAlone();
    return dialog;
}

QWidget *RateDialog::makeResult()
{
    auto *result = new QWidget;
    auto *column = new QVBoxLayout(result);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    column->addWidget(m_both, 1);
    column->addWidget(m_advice);
    column->addWidget(m_leave, 0, Qt::AlignLeft);
    return result;
}

QString RateDialog::resultText() const { return m_advice->text(); }

Result<job::Folder> RateDialog::startJob()
{
    ATHANOR_ASSIGN(const experiment::RateRange range, experiment::rateRangeFromJson(m_range->values()));
    auto job = m_session.workbench().findRate(m_request, range);
    if (job)
        m_session.setCommand(job->spec().command);
    return job;
}

void RateDialog::onResult(const QJsonObject &result)
{
    const experiment::RateAdvice advice = experiment::rateAdviceFrom(result);
    plots::Curve raw{tr("each step"), 0, {}, true, false, true, {}, {}}, smoothed{tr("smoothed"), 0, {}, true, false, false, {}, {}};
    for (const experiment::RatePoint &point : experiment::ratePointsFrom(result)) {
        raw.points.emplace_back(point.rate, point.loss);
        smoothed.points.emplace_back(point.rate, point.smoothed);
    }
    m_plot->setCurves({raw, smoothed});
    m_both->setTable(m_plot->tableTitles(), m_plot->tableRows());
    m_suggested = advice.suggested;
    m_plot->setMarker(m_suggested, advice.isClear ? tr("suggested: %1").arg(formatReal(m_suggested, 2)) : QString());
    m_advice->setText(experiment::rateWords(advice));
    m_leave->setVisible(advice.isClear);
    setWritten(follower()->folder()->path());
}

std::pair<QString, QString> RateDialog::endedWords(const job::Summary &summary) const
{
    return {summary.state == job::State::Lost ? tr("The test ended before its result.") : tr("The test was stopped."),
            tr("Nothing was changed; it can be started again.")};
}

void RateDialog::refresh()
{
    updateButtons(tr("Start the test"), tr("Testing…"), m_range->isValid());
    openButton()->hide();
    if (isDone() && std::isfinite(m_suggested))
        startButton()->setText(tr("Use %1").arg(formatReal(m_suggested, 2)));
}

/// The digits that are shown are those that are taken.
void RateDialog::use()
{
    if (std::isfinite(m_suggested))
        Q_EMIT rateChosen(formatReal(m_suggested, 2).toDouble());
}

}  // namespace athanor::pages
