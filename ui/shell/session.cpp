#include "ui/shell/session.h"

#include "core/base/format.h"
#include "core/base/locations.h"

#include <QGuiApplication>
#include <QWindow>

#include <algorithm>

namespace athanor::shell {

namespace {

constexpr int kRefreshMs = 1000;
constexpr int kTakingInMs = 20;      // between two pieces of a long list of documents
constexpr int kPiecesASecond = 12;
constexpr qsizetype kRecentCount = 8;
const auto kRecentKey = QLatin1String("recent/projects");

/// Nothing of the program is on the screen.
bool isMinimised()
{
    const QWindowList windows = QGuiApplication::topLevelWindows();
    const auto isSmall = [](const QWindow *window) { return bool(window->windowStates() & Qt::WindowMinimized); };
    return std::any_of(windows.begin(), windows.end(), isSmall)
           && std::none_of(windows.begin(), windows.end(), [&](const QWindow *window) { return window->isVisible() && !isSmall(window); });
}

QSettings settings() { return QSettings(userConfigFile(), QSettings::IniFormat); }

}  // namespace

Session::Session(plugin::Catalogue &catalogue, QObject *parent) : QObject(parent), m_catalogue(catalogue)
{
    m_timer.setInterval(kRefreshMs);
    connect(&m_timer, &QTimer::timeout, this, &Session::onTick);
    connect(&m_jobs, &JobMonitor::jobEnded, this, &Session::refreshNow);
    connect(&m_sources, &SourceWatch::changed, this, &Session::onSourcesChanged);
    connect(qGuiApp, &QGuiApplication::applicationStateChanged, this, [this](Qt::ApplicationState state) {
        if (state == Qt::ApplicationActive)
            lookAtSources();
    });
}

Session::~Session() = default;

QString Session::projectPath() const { return m_workbench ? m_workbench->path() : QString(); }

QString Session::projectTitle() const { return m_workbench ? m_workbench->project().info().title : QString(); }

bool Session::isReadOnly() const { return m_workbench && m_workbench->project().info().readOnly; }

Status Session::adopt(Result<std::unique_ptr<workbench::Workbench>> opened)
{
    if (!opened)
        return fail(opened.error());
    if (!(*opened)->project().info().readOnly)
        ATHANOR_TRY((*opened)->project().lockForWindow());
    m_undo.clear();
    m_sources.stop();
    m_workbench = std::move(*opened);
    m_workbench->project().setPace(project::Project::Pace::Short);
    m_revision = -1;
    m_saidDamaged = false;
    remember(projectPath());
    readStages();
    m_jobs.watch(projectPath());
    m_sources.projectChanged(*m_workbench);
    m_timer.start();
    Q_EMIT projectChanged();
    Q_EMIT changed();
    tellInterrupted();
    return {};
}

/// What a power cut or a kill broke off goes on with one click.
void Session::tellInterrupted()
{
    QStringList ids;
    QString words;
    for (const JobView &view : m_jobs.jobs()) {
        if (view.summary.state != job::State::Lost)
            continue;
        words = view.summary.step >= 0 ? tr("“%1” was interrupted at step %2.").arg(view.spec.title, formatInteger(view.summary.step))
                                       : tr("“%1” was interrupted.").arg(view.spec.title);
        ids += view.spec.id;
    }
    if (ids.isEmpty() || isReadOnly())
        return;
    if (ids.size() > 1)
        words = tr("%1 jobs were interrupted.").arg(ids.size());
    showToast(words, tr("Resume"), [this, ids] {
        for (const QString &id : ids)
            tell(m_workbench->queue().resume(id));
        refreshNow();
    });
}

Status Session::openProject(const QString &path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    if (m_workbench && QFileInfo(projectPath()) == QFileInfo(absolute))
        return {};
    return adopt(workbench::Workbench::open(absolute, m_catalogue));
}

Status Session::createProject(const QString &path, const QString &title)
{
    return adopt(workbench::Workbench::create(QFileInfo(path).absoluteFilePath(), title, m_catalogue));
}

void Session::closeProject()
{
    m_timer.stop();
    m_sources.stop();
    m_jobs.watch({});
    m_undo.clear();
    m_workbench.reset();
    m_stages.clear();
    Q_EMIT projectChanged();
    Q_EMIT stagesChanged();
}

QStringList Session::recentProjects()
{
    QStringList standing;
    for (const QString &path : settings().value(kRecentKey).toStringList())
        if (project::Project::isProject(path))
            standing += path;
    return standing;
}

void Session::forgetRecentProject(const QString &path)
{
    QSettings file = settings();
    QStringList known = file.value(kRecentKey).toStringList();
    known.removeAll(path);
    file.setValue(kRecentKey, known);
}

void Session::remember(const QString &path)
{
    QSettings file = settings();
    QStringList known = file.value(kRecentKey).toStringList();
    known.removeAll(path);
    known.prepend(path);
    file.setValue(kRecentKey, known.mid(0, kRecentCount));
}

project::StageStatus Session::stage(project::Stage wanted) const
{
    for (const project::StageStatus &status : m_stages)
        if (status.stage == wanted)
            return status;
    return {wanted, project::StageState::Nothing, {}, {}};
}

void Session::readStages()
{
    const Result<QList<project::StageStatus>> stages = m_workbench->project().stages();
    if (!stages)
        return;
    m_stages = *stages;
    m_revision = m_workbench->project().revision();
    Q_EMIT stagesChanged();
}

void Session::onTick()
{
    if (!m_workbench)
        return;
    if (const auto checked = m_workbench->project().backgroundCheckResult(); checked && !*checked && !m_saidDamaged) {
        m_saidDamaged = true;
        showError(checked->error());
    }
    if (!isMinimised())
        m_sources.tick(*m_workbench);
    const Result<bool> changedSomething = m_workbench->refresh();
    const bool isTakingIn = m_workbench->project().isTakingIn();
    m_timer.setInterval(isTakingIn ? kTakingInMs : kRefreshMs);
    if (isTakingIn && m_revision >= 0 && !changedSomething.value_or(false) && ++m_pieces % kPiecesASecond != 0)
        return;  // pages read again once a second, not with every piece
    const bool isOther = m_workbench->project().revision() != m_revision;
    if (!(changedSomething.value_or(false) || isOther))
        return;
    readStages();
    m_sources.projectChanged(*m_workbench);
    Q_EMIT changed();
}

void Session::lookAtSources()
{
    if (m_workbench)
        m_sources.look(*m_workbench);
}

void Session::onSourcesChanged()
{
    if (!m_workbench)
        return;
    readStages();
    Q_EMIT changed();
}

void Session::refreshNow()
{
    if (!m_workbench)
        return;
    m_revision = -1;
    onTick();
    m_jobs.pollNow();
}

void Session::showError(const Error &error) { Q_EMIT errorShown(error); }

bool Session::tell(const Status &status)
{
    if (!status)
        showError(status.error());
    return status.has_value();
}

void Session::showToast(const QString &text, const QString &actionText, std::function<void()> action)
{
    Q_EMIT toastShown(text, actionText, action);
}

void Session::setCommand(const QString &command)
{
    m_command = command;
    Q_EMIT commandChanged(command);
}

void Session::goTo(project::Stage stage, const QJsonObject &argument) { Q_EMIT goToRequested(stage, argument); }

void Session::showJob(const QString &jobId) { Q_EMIT jobRequested(jobId); }

void Session::startWizard() { Q_EMIT wizardRequested(); }

}  // namespace athanor::shell
