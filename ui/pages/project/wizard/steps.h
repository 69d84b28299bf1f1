// The five steps of the wizard. Thread: the window's.
#pragma once

#include "ui/forms/parameter_form.h"
#include "ui/pages/common/budget_words.h"
#include "ui/pages/common/mixture_form.h"
#include "ui/pages/project/wizard/wizard_state.h"
#include "ui/style/widgets.h"

class QButtonGroup;
class QCheckBox;
class QLineEdit;
class QTimer;

namespace athanor::pages {

class ATHANOR_EXPORT ObjectiveStep : public WizardStep {
    Q_OBJECT
public:
    ObjectiveStep(WizardState &state, QWidget *parent);
    QString title() const override { return tr("What is it for?"); }
    QString subtitle() const override { return tr("A few words; everything can be changed later"); }
    Status leave() override;
    bool isComplete() const override { return m_form->isValid(); }
    forms::ParameterForm *form() const { return m_form; }

private:
    QString folder() const;
    Status createProject(const QString &folder, const QString &name);
    forms::ParameterForm *m_form;
};

class DataStep : public WizardStep {
    Q_OBJECT
public:
    DataStep(WizardState &state, QWidget *parent);
    QString title() const override { return tr("Which documents?"); }
    QString subtitle() const override;
    void enter() override;
    Status leave() override;
    bool isComplete() const override;
    QString missing() const override;
    void addPath(const QString &path, const QString &licence = {});

private:
    void chooseFolder();
    void chooseFiles();
    bool isKnown(const QString &path) const;
    void rebuildList();
    void refreshCounts();
    QStringList readableExtensions() const;
    style::Card *m_list;
    QVBoxLayout *m_rows;
    QLabel *m_total;
    QList<std::function<void()>> m_updaters;
};

class MachineStep : public WizardStep {
    Q_OBJECT
public:
    MachineStep(WizardState &state, QWidget *parent);
    QString title() const override { return tr("This machine, and the rules that apply"); }
    QString subtitle() const override { return tr("Everything is computed here; nothing leaves the machine"); }
    void enter() override;
    Status leave() override;
    bool isComplete() const override;
    QString missing() const override { return tr("Say that you may use the documents."); }

private:
    style::FactList *m_facts;
    QCheckBox *m_personal, *m_rights;
    QVBoxLayout *m_licences;
};

class ApproachStep : public WizardStep {
    Q_OBJECT
public:
    ApproachStep(WizardState &state, QWidget *parent);
    QString title() const override { return tr("How should it be made?"); }
    QString subtitle() const override { return tr("Recommended from the amount of text and from this machine"); }
    void enter() override;
    bool isComplete() const override { return m_state.recommendation.has_value(); }

Q_SIGNALS:
    /// Leaves the wizard for the page on which models are brought in.
    void modelWanted();

private:
    void addChoice(const workbench::Approach &approach, QButtonGroup *group);
    void addGetModel();
    QVBoxLayout *m_cards;
    style::HintRow *m_missing;
};

class ATHANOR_EXPORT SummaryStep : public WizardStep {
    Q_OBJECT
public:
    SummaryStep(WizardState &state, QWidget *parent);
    QString title() const override { return tr("Ready to start"); }
    QString subtitle() const override;
    void enter() override;
    bool isComplete() const override { return m_canStart && m_form && m_form->isValid(); }
    QString missing() const override { return m_missing; }
    /// Queues the whole way.
    Status start();
    /// "Start", or what is begun instead.
    QString startText() const { return isPreparing() ? tr("Read the examples") : tr("Start"); }
    /// Where to go on after it.
    project::Stage destination() const;
    forms::ParameterForm *form() const { return m_form; }
    MixtureForm *mixtureForm() const { return m_mixture; }

private:
    void makeForm();
    void fillForm();
    bool isTeaching() const;    // a model of the project goes on learning
    bool isContinuing() const;  // from a checkpoint of its own
    bool isPreparing() const;
    void fillSources();
    void refreshPlan();
    bool isSample() const;
    workbench::PipelineRequest request() const;
    void nameAnew(workbench::PipelineRequest &request) const;
    Status prepareExamples();
    style::Card *m_formCard, *m_planCard, *m_hintCard;
    style::FactList *m_facts;
    forms::ParameterForm *m_form = nullptr;
    MixtureForm *m_mixture = nullptr;
    BudgetWords *m_budget = nullptr;
    QTimer *m_planTimer;
    QString m_filledFor;   // the approach that the form was filled for
    bool m_canStart = false;
    QString m_missing;
};

}  // namespace athanor::pages
