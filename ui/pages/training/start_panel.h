// Before Start: model, documents or examples, what of the model learns, the five fields that matter, and beside them what
// the run will need and give. Role: makes the request; the plan changes with every field. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"
#include "ui/forms/parameter_form.h"
#include "ui/pages/common/budget_words.h"
#include "ui/pages/common/hint_list.h"
#include "ui/pages/common/job_follower.h"
#include "ui/pages/common/page_parts.h"
#include "ui/pages/common/mixture_form.h"
#include "ui/pages/training/teaching_form.h"

namespace athanor::plots {
class CourseLine;
class StackedBar;
}
namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT StartPanel : public QWidget {
    Q_OBJECT
public:
    explicit StartPanel(shell::Session &session, QWidget *parent = nullptr);

    void refresh();
    void chooseModel(const QString &model);
    void chooseDataset(const QString &dataset);
    /// Everything as in an earlier run; `from` is a checkpoint to go on from, or empty.
    void takeOver(const project::Run &run, const QJsonObject &changes, const QString &from);
    workbench::RunRequest request() const;
    bool canStart() const { return m_canStart; }
    forms::ParameterForm *form() const { return m_form; }
    TeachingForm *teachingForm() const { return m_teaching; }
    MixtureForm *mixtureForm() const { return m_mixture; }
    QComboBox *modelBox() const { return m_model; }
    QComboBox *datasetBox() const { return m_dataset; }
    HintList *lines() const { return m_lines; }
    QString planText() const;
    QPushButton *largestButton() const { return m_largest; }
    QPushButton *measureButton() const { return m_measure; }
    QPushButton *findRateButton() const { return m_findRate; }
    QPushButton *trySeveralButton() const { return m_trySeveral; }
    plots::CourseLine *course() const { return m_course; }
    plots::StackedBar *memoryBar() const { return m_memory; }

Q_SIGNALS:
    void planChanged();
    /// The page for records: what is taught has no dataset yet.
    void examplesWanted(bool records);
    void sweepStarted(const QString &sweepId);

private:
    void offerWhatCanBeUsed();
    QWidget *makeChoices();
    QWidget *makePlan();
    void onModel();
    QWidget *makeTrials();
    void findRate();
    void trySeveral();
    void fillDatasets();
    void fillSources();
    void suggestSettings();
    void noteRate();
    void showCourse();
    void updatePlan();
    void showPlan(const model::Plan &plan);
    void showProblem(const Error &error);
    void useLargestBatch();
    void measure();
    std::optional<project::Model> model() const;
    QString problem();
    shell::Session &m_session;
    QComboBox *m_model, *m_dataset;
    QLabel *m_datasetLabel = nullptr;
    QLabel *m_fromLabel;
    QPushButton *m_forgetFrom;
    TeachingForm *m_teaching;
    forms::ParameterForm *m_form;
    QPushButton *m_findRate, *m_trySeveral;
    MixtureForm *m_mixture;
    BudgetWords *m_budget;
    QString m_sourcesOf;  // the corpus whose sources are shown
    style::FactList *m_facts;
    plots::StackedBar *m_memory;  // what needs it
    QWidget *m_memoryRow = nullptr;
    HintList *m_lines;
    QPushButton *m_largest, *m_measure;
    JobFollower *m_probe;
    plots::CourseLine *m_course;  // of the learning rate
    QTimer m_delay;
    QString m_from;
    QJsonObject m_suggested;  // set by suggestSettings(); what the person changed stays
    bool m_canStart = false;
};

}  // namespace athanor::pages
