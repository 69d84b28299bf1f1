// The wizard: objective, documents, machine and rules, approach, summary; then Start. Role: leads through the steps and
// keeps what was said. Thread: the window's.
#pragma once

#include "ui/pages/project/wizard/wizard_state.h"
#include "ui/style/widgets.h"

class QStackedWidget;

namespace athanor::pages {

class DataStep;
class SummaryStep;

class ATHANOR_EXPORT WizardView : public QWidget {
    Q_OBJECT
public:
    WizardView(shell::Session &session, bool forNewProject, QWidget *parent = nullptr);
    ~WizardView() override;
    void addPaths(const QStringList &paths);
    void goToSummary();
    void refresh() {}
    int currentStep() const;
    QPushButton *nextButton() const { return m_next; }
    QPushButton *backButton() const { return m_back; }

Q_SIGNALS:
    void left();

private:
    void addStep(WizardStep *step);
    void showStep(int index);
    void goOn();
    void start();
    void refreshButtons();

    WizardState m_state;
    QList<WizardStep *> m_steps;
    DataStep *m_data;
    SummaryStep *m_summary;
    style::PageHeader *m_header;
    QLabel *m_trail;
    QLabel *m_missing;
    QStackedWidget *m_stack;
    QPushButton *m_back = nullptr;
    QPushButton *m_next = nullptr;
};

}  // namespace athanor::pages
