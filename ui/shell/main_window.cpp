#include "ui/shell/main_window.h"

#include "core/base/locations.h"
#include "ui/shell/error_bar.h"
#include "ui/shell/job_drawer.h"
#include "ui/shell/rail.h"
#include "ui/shell/window_actions.h"
#include "ui/shell/window_link.h"
#include "ui/style/toast.h"
#include "ui/style/widgets.h"

namespace athanor::shell {

namespace {

const auto kGeometryKey = QLatin1String("window/geometry");

QSettings settings() { return QSettings(userConfigFile(), QSettings::IniFormat); }

}  // namespace

MainWindow::MainWindow(Session &session, std::vector<StageEntry> stages)
    : m_session(session), m_stages(std::move(stages)), m_menu(new QMenu(this)), m_link(new WindowLink(this))
{
    setWindowTitle(tr("Athanor"));
    setMinimumSize(880, 560);
    setAcceptDrops(true);
    build();
    addWindowActions(*this, m_session, m_stages, m_menu);
    connectSession();
    restorePlace();
    onProjectChanged();
}

MainWindow::~MainWindow() = default;

void MainWindow::build()
{
    auto *centre = new QWidget(this);
    auto *columns = new QHBoxLayout(centre);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(0);
    m_rail = new Rail(m_stages, m_menu, centre);
    columns->addWidget(m_rail);
    auto *right = new QVBoxLayout;
    right->setSpacing(0);
    m_errors = new ErrorBar(centre);
    m_readOnly = new QFrame(centre);
    m_readOnly->setProperty("role", QStringLiteral("banner"));
    auto *readOnlyRow = new QHBoxLayout(m_readOnly);
    readOnlyRow->setContentsMargins(style::kPageMargin, 8, 16, 8);
    readOnlyRow->addWidget(new style::StatusDot(style::Tone::Attention, m_readOnly));
    readOnlyRow->addWidget(style::makeWrappedLabel(
        tr("This project can only be read: its folder cannot be written to. Nothing can be changed or started here."), "",
        m_readOnly), 1);
    m_stack = new QStackedWidget(centre);
    m_drawer = new JobDrawer(m_session, centre);
    right->addWidget(m_errors);
    right->addWidget(m_readOnly);
    right->addWidget(m_stack, 1);
    right->addWidget(m_drawer);
    columns->addLayout(right, 1);
    setCentralWidget(centre);
    m_stack->setFocusPolicy(Qt::ClickFocus);
    m_stack->setFocus();  // not the menu: nothing is pressed by a space typed at once
    m_toast = new style::Toast(centre);
}

void MainWindow::connectSession()
{
    connect(m_rail, &Rail::stageChosen, this, [this](project::Stage stage) { showStage(stage); });
    connect(&m_session, &Session::projectChanged, this, &MainWindow::onProjectChanged);
    connect(&m_session, &Session::stagesChanged, this, &MainWindow::onStagesChanged);
    connect(&m_session, &Session::changed, this, &MainWindow::onChanged);
    connect(&m_session, &Session::errorShown, m_errors, &ErrorBar::present);
    connect(&m_session, &Session::goToRequested, this, &MainWindow::showStage);
    connect(&m_session, &Session::jobRequested, m_drawer, &JobDrawer::showJob);
    connect(&m_session, &Session::toastShown, this,
            [this](const QString &text, const QString &actionText, const std::function<void()> &action) {
                m_toast->present(text, actionText, action);
            });
    connect(&m_session, &Session::wizardRequested, this,
            [this] { showStage(project::Stage::Project, {{QStringLiteral("wizard"), true}}); });
    connect(m_link, &WindowLink::raiseRequested, this, [this] {
        setWindowState(windowState() & ~Qt::WindowMinimized);
        raise();
        activateWindow();
    });
}

Page *MainWindow::page(project::Stage stage)
{
    if (Page *known = m_pages.value(stage))
        return known;
    for (const StageEntry &entry : m_stages) {
        if (entry.stage != stage || !entry.make)
            continue;
        Page *made = entry.make(m_session, m_stack);
        made->setObjectName(QStringLiteral("page-") + project::stageName(stage));
        made->setAccessibleName(entry.title);
        m_stack->addWidget(made);
        m_pages.insert(stage, made);
        return made;
    }
    return nullptr;
}

void MainWindow::showStage(project::Stage stage, const QJsonObject &argument)
{
    if (!m_session.hasProject())
        stage = project::Stage::Project;
    Page *wanted = page(stage);
    if (!wanted)
        return;
    m_stage = stage;
    m_session.setCommand({});
    m_stack->setCurrentWidget(wanted);
    m_rail->setCurrent(stage);
    wanted->refresh();
    if (!wanted->isAncestorOf(QApplication::focusWidget()) && !m_rail->isAncestorOf(QApplication::focusWidget()))
        m_stack->setFocus();
    if (!argument.isEmpty())
        wanted->open(argument);
}

void MainWindow::openProject(const QString &path)
{
    const Status opened = m_session.openProject(path);
    if (opened) {
        m_errors->hide();
        showStage(project::Stage::Project);
        return;
    }
    if (opened.error().code == ErrorCode::Busy && WindowLink::raiseOther(path))
        m_session.showToast(tr("This project is open in another window, which is in front now."));
    m_session.showError(opened.error());
}

// Pages hold what belongs to a project: with another project they are made anew.
void MainWindow::onProjectChanged()
{
    m_toast->present({}, {}, {});  // its action may belong to a page that goes now
    m_toast->hide();
    const auto old = std::exchange(m_pages, {});
    for (auto it = old.begin(); it != old.end(); ++it) {
        if (it.value()->survivesProject()) {
            m_pages.insert(it.key(), it.value());
            continue;
        }
        m_stack->removeWidget(it.value());
        it.value()->deleteLater();
    }
    const bool has = m_session.hasProject();
    const QString title = m_session.projectTitle();
    setWindowTitle(has ? tr("%1 – Athanor").arg(title) : tr("Athanor"));
    m_rail->setProjectTitle(has ? title : tr("no project open"), m_session.projectPath());
    m_rail->setStagesEnabled(has);
    m_readOnly->setVisible(has && m_session.isReadOnly());
    m_drawer->setVisible(has);
    m_link->listen(m_session.projectPath());
    onStagesChanged();
    showStage(project::Stage::Project);
}

void MainWindow::onStagesChanged() { m_rail->setStatuses(m_session.stages()); }

void MainWindow::onChanged()
{
    if (Page *shown = m_pages.value(m_stage))
        shown->refresh();
}

void MainWindow::restorePlace()
{
    const QByteArray place = settings().value(kGeometryKey).toByteArray();
    if (place.isEmpty() || !restoreGeometry(place))
        resize(1440, 900);
    if (const QScreen *here = screen(); here && !here->availableGeometry().contains(geometry().center()))
        move(here->availableGeometry().topLeft());
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    settings().setValue(kGeometryKey, saveGeometry());
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    QStringList paths;
    for (const QUrl &url : event->mimeData()->urls())
        if (url.isLocalFile())
            paths += url.toLocalFile();
    event->acceptProposedAction();
    if (!paths.isEmpty())
        takePaths(paths);
}

// A project is opened; documents go to the page that is shown, else to the data page, else into a new project.
void MainWindow::takePaths(const QStringList &paths)
{
    if (paths.size() == 1 && project::Project::isProject(paths.first())) {
        openProject(paths.first());
        return;
    }
    if (Page *shown = m_pages.value(m_stage); shown && shown->takeDrop(paths))
        return;
    const QJsonArray list = QJsonArray::fromStringList(paths);
    if (!m_session.hasProject()) {
        showStage(project::Stage::Project, {{QStringLiteral("wizard"), true}, {QStringLiteral("paths"), list}});
        return;
    }
    showStage(project::Stage::Data);
    if (Page *data = m_pages.value(project::Stage::Data))
        data->takeDrop(paths);
}

}  // namespace athanor::shell
