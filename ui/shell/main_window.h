// The window: rail, pages, error bar, drawer. Role: puts them together and shows one stage at a time; everything else
// is in its parts. Thread: the window's.
#pragma once

#include "ui/shell/page.h"
#include "ui/shell/session.h"

#include <QMainWindow>

class QMenu;
class QStackedWidget;

namespace athanor::style {
class Toast;
}

namespace athanor::shell {

class ErrorBar;
class JobDrawer;
class Rail;
class WindowLink;

class ATHANOR_EXPORT MainWindow : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(Session &session, std::vector<StageEntry> stages);
    ~MainWindow() override;

    void showStage(project::Stage stage, const QJsonObject &argument = {});
    project::Stage currentStage() const { return m_stage; }
    /// Made now if it was not shown yet; null when there is no such stage.
    Page *page(project::Stage stage);
    /// Opens a project and shows its first page, or says why not.
    void openProject(const QString &path);
    ErrorBar *errorBar() const { return m_errors; }
    JobDrawer *drawer() const { return m_drawer; }
    style::Toast *toast() const { return m_toast; }
    QMenu *menu() const { return m_menu; }

protected:
    void closeEvent(QCloseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void build();
    void connectSession();
    void onProjectChanged();
    void onStagesChanged();
    void onChanged();
    void takePaths(const QStringList &paths);
    void restorePlace();

    Session &m_session;
    std::vector<StageEntry> m_stages;
    QMap<project::Stage, Page *> m_pages;
    project::Stage m_stage = project::Stage::Project;
    QMenu *m_menu;
    Rail *m_rail = nullptr;
    QStackedWidget *m_stack = nullptr;
    ErrorBar *m_errors = nullptr;
    QFrame *m_readOnly = nullptr;
    JobDrawer *m_drawer = nullptr;
    style::Toast *m_toast = nullptr;
    WindowLink *m_link;
};

}  // namespace athanor::shell
