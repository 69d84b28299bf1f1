// What small runs say about a larger model: the runs to go by, size and tokens, the forecast with its interval, and the law
// through the runs. Role: everything changes with every choice; nothing is started. Thread: the window's.
#pragma once

#include "core/workbench/forecast.h"
#include "ui/forms/parameter_form.h"
#include "ui/plots/curve_plot.h"
#include "ui/plots/with_table.h"

#include <QDialog>
#include <QTableWidget>

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT ForecastDialog : public QDialog {
    Q_OBJECT
public:
    explicit ForecastDialog(shell::Session &session, QWidget *parent = nullptr);
    /// Shows it; it deletes itself when it is closed.
    static ForecastDialog *open(shell::Session &session, QWidget *parent);
    QTableWidget *table() const { return m_table; }
    forms::ParameterForm *form() const { return m_form; }
    plots::CurvePlot *plot() const { return m_plot; }
    plots::WithTable *both() const { return m_both; }
    QString resultText() const;

private:
    void fillTable();
    QStringList ticked() const;
    void updateForecast();
    void present(const workbench::RunForecast &forecast);
    shell::Session &m_session;
    QList<project::Run> m_runs;
    QTableWidget *m_table;
    forms::ParameterForm *m_form;
    plots::CurvePlot *m_plot;
    plots::WithTable *m_both;  // the plot and its numbers
    QLabel *m_words;
};

}  // namespace athanor::pages
