// The Project page: first start, overview or wizard, whichever fits. Thread: the window's.
#pragma once

#include "ui/shell/page.h"

class QStackedWidget;

namespace athanor::pages {

class Overview;
class StartScreen;
class WizardView;

class ATHANOR_EXPORT ProjectPage : public shell::Page {
    Q_OBJECT
public:
    explicit ProjectPage(shell::Session &session, QWidget *parent = nullptr);
    void refresh() override;
    /// {"wizard": true} opens the wizard for a new project; with "existing" for the open one; "paths" are its documents.
    void open(const QJsonObject &argument) override;
    bool takeDrop(const QStringList &paths) override;
    bool survivesProject() const override { return true; }

    StartScreen *startScreen() const { return m_start; }
    Overview *overview() const { return m_overview; }
    WizardView *wizard() const { return m_wizard; }

private:
    void showWizard(bool forNewProject, const QStringList &paths);
    void showSummary();
    void leaveWizard();
    void trySample();
    bool isReadyToStart();

    QStackedWidget *m_stack;
    StartScreen *m_start = nullptr;
    Overview *m_overview = nullptr;
    WizardView *m_wizard = nullptr;
    QString m_offered;  // the project whose summary was shown by itself; once is enough
};

}  // namespace athanor::pages
