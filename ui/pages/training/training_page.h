// Training: before Start the few choices and the plan; during a run its figures, curves and health; afterwards its
// checkpoints and what to do next. Role: glue between the parts and the workbench. Thread: the window's.
#pragma once

#include "ui/pages/common/job_panel.h"
#include "ui/pages/training/checkpoints_card.h"
#include "ui/pages/training/run_view.h"
#include "ui/pages/training/runs_card.h"
#include "ui/pages/training/start_panel.h"
#include "ui/pages/training/sweep_card.h"
#include "ui/shell/page.h"

namespace athanor::pages {

class ATHANOR_EXPORT TrainingPage : public shell::ScrollPage {
    Q_OBJECT
public:
    explicit TrainingPage(shell::Session &session, QWidget *parent = nullptr);

    void refresh() override;
    /// {"model": name} and {"dataset": name} open the form with them; {"run": id} shows a run.
    void open(const QJsonObject &argument) override;
    void showRun(const QString &runId);
    void showForm();
    /// The HTML report of the run that is shown.
    Status writeReport(const QString &file);
    QPushButton *reportButton() const { return m_report; }
    StartPanel *startPanel() const { return m_start; }
    RunView *runView() const { return m_view; }
    RunsCard *runsCard() const { return m_runs; }
    SweepCard *sweepCard() const { return m_sweeps; }
    CheckpointsCard *checkpointsCard() const { return m_checkpoints; }
    JobFollower *follower() const { return m_follower; }

private:
    enum View { EmptyView, FormView, WatchView };
    void build();
    void connectParts();
    void updateHeader();
    void updateRunButtons();
    bool wantsResume() const;
    void updateEmpty();
    void onPrimary();
    void start();
    void clone(const QString &runId, const QJsonObject &changes);
    void fork(const QString &checkpoint);
    void deleteRun(const QString &runId);
    void askForReport();
    void onHint(const QString &target);
    void askForCheckpoint();
    void onEvents(const QList<job::Event> &events);
    void refreshRun();
    void connectTrials();
    void showSweep(const QString &id);
    Yardsticks yardsticksFor(const QString &corpusSha256) const;
    double trainTokensOf(const project::Run &run) const;
    void act(const std::function<Status(const QString &)> &action);

    JobFollower *m_follower;
    JobPanel *m_jobPanel;
    style::PageHeader *m_header;
    QPushButton *m_newRun, *m_compare, *m_report, *m_pause, *m_stop;
    PageStack *m_stack;
    style::EmptyState *m_empty;
    project::Stage m_missing = project::Stage::Data;
    StartPanel *m_start;
    RunView *m_view;
    CheckpointsCard *m_checkpoints;
    RunsCard *m_runs;
    SweepCard *m_sweeps;
    bool m_wantsForm = false;
    qint64 m_checkpointAskedAt = -1;  // step; −1: not asked
};

}  // namespace athanor::pages
