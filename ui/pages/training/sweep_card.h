// The sweeps of the project: which settings were tried, how each run came out, which setting mattered. Role: shows one of
// them; a line leads to its run. Thread: the window's.
#pragma once

#include "core/workbench/sweep.h"
#include "ui/plots/parallel_plot.h"
#include "ui/style/widgets.h"

#include <QComboBox>

namespace athanor::pages {

class ATHANOR_EXPORT SweepCard : public style::Card {
    Q_OBJECT
public:
    explicit SweepCard(QWidget *parent = nullptr);
    /// Newest first; hidden when there are none.
    void setSweeps(const QList<workbench::Sweep> &sweeps);
    plots::ParallelPlot *plot() const { return m_plot; }
    QPushButton *stopButton() const { return m_stop; }
    QString words() const;

Q_SIGNALS:
    void runChosen(const QString &runId);
    void stopRequested(const QString &sweepId);

private:
    void present();
    QList<workbench::Sweep> m_sweeps;
    QComboBox *m_choice;
    plots::ParallelPlot *m_plot;
    QLabel *m_words;
    QPushButton *m_stop;
};

}  // namespace athanor::pages
