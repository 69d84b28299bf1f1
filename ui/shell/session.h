// The open project as pages see it: the workbench, its jobs, the undo stack, and a voice towards the person.
// Role: one object that the window makes and hands to every page. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"
#include "ui/shell/job_monitor.h"
#include "ui/shell/source_watch.h"

#include <QObject>
#include <QTimer>
#include <QUndoStack>

#include <functional>
#include <memory>

namespace athanor::shell {

class ATHANOR_EXPORT Session : public QObject {
    Q_OBJECT
public:
    explicit Session(plugin::Catalogue &catalogue, QObject *parent = nullptr);
    ~Session() override;

    // ---- the project
    bool hasProject() const { return m_workbench != nullptr; }
    /// Only when hasProject().
    workbench::Workbench &workbench() { return *m_workbench; }
    project::Project &project() { return m_workbench->project(); }
    plugin::Catalogue &plugins() { return m_catalogue; }
    QString projectPath() const;
    QString projectTitle() const;
    bool isReadOnly() const;

    Status openProject(const QString &path);
    Status createProject(const QString &path, const QString &title);
    void closeProject();

    static QStringList recentProjects();  // newest first, only those that still stand
    static void forgetRecentProject(const QString &path);

    JobMonitor &jobs() { return m_jobs; }
    project::StageStatus stage(project::Stage stage) const;
    const QList<project::StageStatus> &stages() const { return m_stages; }
    /// Takes finished jobs in and says changed() when there was something. Also runs by itself once a second.
    void refreshNow();

    /// Whether the sources are still as they were; also looks by itself.
    void lookAtSources();

    // ---- towards the person
    QUndoStack &undoStack() { return m_undo; }
    /// Shows an error over the page: what failed, why, what to do, with the details folded.
    void showError(const Error &error);
    /// True when it went well; otherwise the error is shown. `session().tell(workbench.setObjective(…))`
    bool tell(const Status &status);
    template <typename T> bool tell(const Result<T> &result)
    {
        if (!result)
            showError(result.error());
        return result.has_value();
    }
    /// A line at the window's foot, with one action ("Undo").
    void showToast(const QString &text, const QString &actionText = {}, std::function<void()> action = {});
    /// What "Copy as command" copies for the page that is shown. Pages set it when they refresh; a job's own command
    /// stands in its spec.
    void setCommand(const QString &command);
    QString command() const { return m_command; }
    void goTo(project::Stage stage, const QJsonObject &argument = {});
    /// Shows a job in the drawer, opened.
    void showJob(const QString &jobId);
    /// The project's wizard, from the first step.
    void startWizard();

Q_SIGNALS:
    void projectChanged();  // another project, or none
    void changed();         // something in the project
    void stagesChanged();
    void errorShown(const athanor::Error &error);
    void toastShown(const QString &text, const QString &actionText, const std::function<void()> &action);
    void commandChanged(const QString &command);
    void goToRequested(athanor::project::Stage stage, const QJsonObject &argument);
    void jobRequested(const QString &jobId);
    void wizardRequested();

private:
    Status adopt(Result<std::unique_ptr<workbench::Workbench>> opened);
    void readStages();
    void remember(const QString &path);
    void tellInterrupted();
    void onTick();
    void onSourcesChanged();

    plugin::Catalogue &m_catalogue;
    std::unique_ptr<workbench::Workbench> m_workbench;
    JobMonitor m_jobs;
    SourceWatch m_sources;
    QUndoStack m_undo;
    QTimer m_timer;
    int m_pieces = 0;  // of a long list of documents, taken in by onTick()
    QList<project::StageStatus> m_stages;
    bool m_saidDamaged = false;
    qint64 m_revision = -1;
    QString m_command;
};

}  // namespace athanor::shell
