#include "ui/pages/project/project_page.h"

#include "core/base/locations.h"
#include "ui/pages/project/overview.h"
#include "ui/pages/project/start_screen.h"
#include "ui/pages/project/wizard/wizard_view.h"
#include "ui/shell/session.h"

namespace athanor::pages {

ProjectPage::ProjectPage(shell::Session &session, QWidget *parent) : Page(session, parent), m_stack(new QStackedWidget(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
}

void ProjectPage::refresh()
{
    if (m_wizard && m_stack->currentWidget() == m_wizard) {
        m_wizard->refresh();
        return;
    }
    if (!session().hasProject()) {
        if (!m_start) {
            m_start = new StartScreen(this);
            m_stack->addWidget(m_start);
            connect(m_start, &StartScreen::sampleWanted, this, &ProjectPage::trySample);
            connect(m_start, &StartScreen::documentsWanted, this, [this] { showWizard(true, {}); });
            connect(m_start, &StartScreen::projectWanted, this, [this](const QString &path) { session().tell(session().openProject(path)); });
        }
        m_start->setRecent(shell::Session::recentProjects());
        m_stack->setCurrentWidget(m_start);
        return;
    }
    if (isReadyToStart()) {
        showSummary();
        return;
    }
    if (!m_overview) {
        m_overview = new Overview(session(), this);
        m_stack->addWidget(m_overview);
        connect(m_overview, &Overview::wizardWanted, this, [this] { showWizard(false, {}); });
        connect(m_overview, &Overview::planWanted, this, &ProjectPage::showSummary);
    }
    m_stack->setCurrentWidget(m_overview);
    m_overview->refresh();
}

// What it is for and its documents are known and nothing was done yet: Start is one click away.
bool ProjectPage::isReadyToStart()
{
    const QString path = session().projectPath();
    if (std::exchange(m_offered, path) == path || session().isReadOnly())
        return false;
    const auto sources = session().project().sources();
    return session().stage(project::Stage::Data).state == project::StageState::Ready && sources && !sources->isEmpty()
           && session().project().objective().contains(QLatin1String("task")) && session().jobs().jobs().isEmpty();
}

void ProjectPage::open(const QJsonObject &argument)
{
    if (!argument.value(QLatin1String("wizard")).toBool())
        return;
    QStringList paths;
    for (const QJsonValue &path : argument.value(QLatin1String("paths")).toArray())
        paths += path.toString();
    showWizard(!argument.value(QLatin1String("existing")).toBool(), paths);
}

bool ProjectPage::takeDrop(const QStringList &paths)
{
    if (m_wizard && m_stack->currentWidget() == m_wizard) {
        m_wizard->addPaths(paths);
        return true;
    }
    if (session().hasProject())
        return false;
    showWizard(true, paths);
    return true;
}

void ProjectPage::showWizard(bool forNewProject, const QStringList &paths)
{
    m_offered = session().projectPath();
    if (m_wizard)
        m_wizard->deleteLater();
    m_wizard = new WizardView(session(), forNewProject || !session().hasProject(), this);
    m_stack->addWidget(m_wizard);
    connect(m_wizard, &WizardView::left, this, &ProjectPage::leaveWizard);
    m_stack->setCurrentWidget(m_wizard);
    if (!paths.isEmpty())
        m_wizard->addPaths(paths);
}

void ProjectPage::showSummary()
{
    showWizard(false, {});
    m_wizard->goToSummary();
}

void ProjectPage::leaveWizard()
{
    m_stack->removeWidget(m_wizard);
    std::exchange(m_wizard, nullptr)->deleteLater();
    refresh();
}

// The same project that `athanor-cli sample` uses: both find each other's work.
void ProjectPage::trySample()
{
    const QString folder = userDataFolder() + QStringLiteral("/sample");
    if (project::Project::isProject(folder)) {
        session().tell(session().openProject(folder));
        return;
    }
    const Result<QString> documents = workbench::sampleDocumentsFolder();
    if (!session().tell(documents) || !session().tell(session().createProject(folder, tr("Python documentation"))))
        return;
    session().tell(session().workbench().addSource(*documents, QStringLiteral("PSF-2.0")));
    session().tell(session().workbench().setObjective(
        {{QStringLiteral("task"), QStringLiteral("continue")},
         {QStringLiteral("domain"), tr("the documentation of Python")},
         {QStringLiteral("languages"), QJsonArray{QStringLiteral("en")}}}));
    session().refreshNow();
    showSummary();
}

}  // namespace athanor::pages
