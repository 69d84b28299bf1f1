// The sweeps of the project: which settings were tried, how each run came out, which setting mattered. Role: shows one of
// them; a line leads to its run. Thread: the window's.
#pragma once

#include "core/plugin/method_settings.h"
#include "core/workbench/sweep.h"
#include "ui/plots/parallel_plot.h"
#include "ui/plots/with_table.h"
#include "ui/style/widgets.h"

#include <QComboBox>

namespace athanor::pages {

class ATHANOR_EXPORT SweepCard : public style::Card {
    Q_OBJECT
public:
    explicit SweepCard(QWidget *parent = nullptr);
    /// The settings of training, for people's words; without them settings are called by their keys.
    void setSettings(const plugin::MethodSettings &settings) { m_settings = settings; }
    /// Newest first; hidden when there are none.
    void setSweeps(const QList<workbench::Sweep> &sweeps);
    plots::ParallelPlot *plot() const { return m_plot; }
    plots::WithTable *both() const { return m_both; }
    QComboBox *choice() const { return m_choice; }
    QPushButton *stopButton() const { return m_stop; }
    QString words() const;

Q_SIGNALS:
    void runChosen(const QString &runId);
    void stopRequested(const QString &sweepId);

private:
    void present();
    QHash<QString, QString> titlesOf(const workbench::Sweep &sweep) const;
    void fillTable(const workbench::Sweep &sweep, const QHash<QString, QString> &titles);
    std::optional<plugin::MethodSettings> m_settings;
    QList<workbench::Sweep> m_sweeps;
    QComboBox *m_choice;
    plots::ParallelPlot *m_plot;
    plots::WithTable *m_both;  // the plot and its numbers
    QStringList m_rows;        // run ids of the table
    QLabel *m_words;
    QPushButton *m_stop;
};

}  // namespace athanor::pages
