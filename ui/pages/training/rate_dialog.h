// Looks for a learning rate: short real steps at a rising rate, the loss over it, and what is suggested. Role: asks for the
// range, follows the job, hands the suggestion on. Thread: the window's.
#pragma once

#include "ui/forms/parameter_form.h"
#include "ui/pages/common/job_dialog.h"
#include "ui/plots/curve_plot.h"
#include "ui/plots/with_table.h"

namespace athanor::pages {

class ATHANOR_EXPORT RateDialog : public JobDialog {
    Q_OBJECT
public:
    RateDialog(shell::Session &session, const workbench::RunRequest &request, QWidget *parent = nullptr);
    /// Shows it; it deletes itself when it is closed.
    static RateDialog *open(shell::Session &session, const workbench::RunRequest &request, QWidget *parent);
    forms::ParameterForm *form() const { return m_range; }
    plots::CurvePlot *plot() const { return m_plot; }
    plots::WithTable *both() const { return m_both; }
    QPushButton *leaveButton() const { return m_leave; }
    QString resultText() const;

Q_SIGNALS:
    /// The person takes the suggestion.
    void rateChosen(double rate);

protected:
    Result<job::Folder> startJob() override;
    void onResult(const QJsonObject &result) override;
    std::pair<QString, QString> endedWords(const job::Summary &summary) const override;
    void refresh() override;

private:
    QWidget *makeResult();
    void use();
    workbench::RunRequest m_request;
    forms::ParameterForm *m_range;
    plots::CurvePlot *m_plot;
    plots::WithTable *m_both;  // the plot and its numbers
    QLabel *m_advice;
    QPushButton *m_leave;
    double m_suggested;
};

}  // namespace athanor::pages
