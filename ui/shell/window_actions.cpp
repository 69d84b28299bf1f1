#include "ui/shell/window_actions.h"

#include "core/workbench/command_lines.h"
#include "ui/shell/job_drawer.h"
#include "ui/shell/main_window.h"
#include "ui/shell/project_actions.h"
#include "ui/style/appearance.h"
#include "ui/style/icon.h"

namespace athanor::shell {

namespace {

QAction *addAction(MainWindow &window, QMenu *menu, const QString &text, const char *iconName, const QKeySequence &key,
                   const std::function<void()> &run)
{
    auto *action = new QAction(text, &window);
    if (*iconName)
        action->setIcon(style::icon(QString::fromLatin1(iconName)));
    action->setShortcut(key);
    action->setShortcutContext(Qt::WindowShortcut);
    QObject::connect(action, &QAction::triggered, &window, run);
    window.addAction(action);
    if (menu)
        menu->addAction(action);
    return action;
}

void chooseProject(MainWindow &window)
{
    const QString folder = QFileDialog::getExistingDirectory(&window, MainWindow::tr("Open a project"));
    if (!folder.isEmpty())
        window.openProject(folder);
}

void addRecentMenu(MainWindow &window, QMenu *menu)
{
    QMenu *recent = menu->addMenu(MainWindow::tr("Recent projects"));
    QObject::connect(recent, &QMenu::aboutToShow, &window, [&window, recent] {
        recent->clear();
        for (const QString &path : Session::recentProjects())
            recent->addAction(QDir(path).dirName() + QStringLiteral("  –  ") + path, &window,
                              [&window, path] { window.openProject(path); });
        if (recent->isEmpty())
            recent->addAction(MainWindow::tr("none yet"))->setEnabled(false);
    });
}

void addThemeMenu(MainWindow &window, QMenu *menu)
{
    using style::Appearance;
    QMenu *theme = menu->addMenu(style::icon(QStringLiteral("theme")), MainWindow::tr("Theme"));
    auto *group = new QActionGroup(theme);
    const auto add = [&](const QString &text, Appearance::Choice choice) {
        QAction *action = theme->addAction(text, &window, [choice] { Appearance::instance()->setChoice(choice); });
        action->setCheckable(true);
        action->setActionGroup(group);
        QObject::connect(theme, &QMenu::aboutToShow, action,
                         [action, choice] { action->setChecked(Appearance::instance()->choice() == choice); });
    };
    add(MainWindow::tr("As the system"), Appearance::Choice::System);
    add(MainWindow::tr("Light"), Appearance::Choice::Light);
    add(MainWindow::tr("Dark"), Appearance::Choice::Dark);
    addAction(window, nullptr, MainWindow::tr("Switch theme"), "", Qt::CTRL | Qt::SHIFT | Qt::Key_T, [] {
        const bool dark = Appearance::instance()->theme() == style::Theme::Dark;
        Appearance::instance()->setChoice(dark ? Appearance::Choice::Light : Appearance::Choice::Dark);
    });
}

// The line names the project, so that it does the same from whichever folder it is run.
QString withProject(QString command, const QString &project)
{
    const auto program = QLatin1String("athanor-cli ");
    if (command.startsWith(program) && !command.contains(QLatin1String(" --project ")))
        command.insert(program.size(), QStringLiteral("--project %1 ").arg(workbench::shellQuoted(project)));
    return command;
}

// Every button has a command: the page's, or that of the newest job.
void copyCommand(MainWindow &window, Session &session)
{
    QString command = session.command();
    if (const QList<JobView> all = session.jobs().jobs(); command.isEmpty() && !all.isEmpty())
        command = all.first().spec.command;
    if (command.isEmpty())
        command = QStringLiteral("athanor-cli project info");
    if (!session.hasProject())
        return;
    command = withProject(command, session.projectPath());
    QGuiApplication::clipboard()->setText(command);
    session.showToast(MainWindow::tr("Copied: %1").arg(QFontMetrics(window.font()).elidedText(command.simplified(), Qt::ElideMiddle, 640)));
}

void addStageShortcuts(MainWindow &window, const std::vector<StageEntry> &stages)
{
    for (size_t at = 0; at < stages.size() && at < 9; ++at)
        addAction(window, nullptr, stages[at].title, "", Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + static_cast<int>(at)),
                  [&window, stage = stages[at].stage] { window.showStage(stage); });
}

void addUndo(MainWindow &window, Session &session, QMenu *menu)
{
    QUndoStack &stack = session.undoStack();
    QAction *undo = stack.createUndoAction(&window, MainWindow::tr("Undo"));
    QAction *redo = stack.createRedoAction(&window, MainWindow::tr("Redo"));
    undo->setShortcut(QKeySequence::Undo);
    redo->setShortcut(QKeySequence::Redo);
    undo->setIcon(style::icon(QStringLiteral("undo")));
    for (QAction *action : {undo, redo}) {
        window.addAction(action);
        menu->addAction(action);
    }
}

}  // namespace

void addWindowActions(MainWindow &window, Session &session, const std::vector<StageEntry> &stages, QMenu *menu)
{
    addAction(window, menu, MainWindow::tr("New project…"), "plus", QKeySequence::New, [&session] { session.startWizard(); });
    addAction(window, menu, MainWindow::tr("Open a project…"), "open", QKeySequence::Open, [&window] { chooseProject(window); });
    addRecentMenu(window, menu);
    QAction *close = addAction(window, menu, MainWindow::tr("Close the project"), "", QKeySequence::Close,
                               [&session] { session.closeProject(); });
    menu->addSeparator();
    addProjectActions(window, session, menu);
    menu->addSeparator();
    addUndo(window, session, menu);
    QAction *copy = addAction(window, menu, MainWindow::tr("Copy as command"), "command", Qt::CTRL | Qt::SHIFT | Qt::Key_C,
                              [&window, &session] { copyCommand(window, session); });
    copy->setToolTip(MainWindow::tr("The command line that does what this page does"));
    addAction(window, menu, MainWindow::tr("Show jobs"), "", Qt::CTRL | Qt::Key_J,
              [&window] { window.drawer()->setOpen(!window.drawer()->isOpen()); });
    addThemeMenu(window, menu);
    menu->addSeparator();
    addAction(window, menu, MainWindow::tr("Quit"), "", QKeySequence::Quit, [&window] { window.close(); });
    addStageShortcuts(window, stages);
    QObject::connect(menu, &QMenu::aboutToShow, &window, [&session, close, copy] {
        close->setEnabled(session.hasProject());
        copy->setEnabled(session.hasProject());
    });
}

}  // namespace athanor::shell
