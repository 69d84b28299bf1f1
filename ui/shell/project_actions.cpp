#include "ui/shell/project_actions.h"

#include "core/base/format.h"
#include "core/workbench/command_lines.h"
#include "ui/shell/busy_cursor.h"
#include "ui/shell/main_window.h"

namespace athanor::shell {

namespace {

using project::Project;

void checkProject(Session &session)
{
    session.setCommand(QStringLiteral("athanor-cli project check"));
    const Status sound = [&] { const BusyCursor busy; return session.project().check(); }();
    if (session.tell(sound))
        session.showToast(MainWindow::tr("The project is sound."));
}

void freeSpace(Session &session)
{
    const auto freed = [&] { const BusyCursor busy; return session.project().clean(Project::CleanMode::Remove); }();
    if (!session.tell(freed))
        return;
    session.refreshNow();
    session.showToast(MainWindow::tr("%1 freed.").arg(formatBytes(freed->freedBytes)));
}

/// Says what would go before anything goes: the trash cannot be restored afterwards.
void askToFreeSpace(MainWindow &window, Session &session)
{
    session.setCommand(QStringLiteral("athanor-cli project clean"));
    const auto would = [&] { const BusyCursor busy; return session.project().clean(Project::CleanMode::DryRun); }();
    if (!session.tell(would))
        return;
    const auto trash = session.project().trash();
    if (would->removed.isEmpty() && trash && trash->isEmpty())
        return session.showToast(MainWindow::tr("There is nothing to free: the trash is empty, and everything is in use."));
    auto *question = new QMessageBox(QMessageBox::NoIcon, MainWindow::tr("Free disk space"),
                                     MainWindow::tr("Free %1?").arg(formatBytes(would->freedBytes)), QMessageBox::Cancel, &window);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setInformativeText(MainWindow::tr("The trash is emptied, and files that nothing in the project refers to are removed: %1 in all. "
                                                "What was deleted cannot be restored afterwards.")
                                     .arg(would->removed.size() == 1 ? MainWindow::tr("1 place") : MainWindow::tr("%1 places").arg(would->removed.size())));
    question->setDetailedText(would->removed.join(QLatin1Char('\n')));
    QPushButton *accept = question->addButton(MainWindow::tr("Free disk space"), QMessageBox::AcceptRole);
    QObject::connect(accept, &QPushButton::clicked, &session, [&session] { freeSpace(session); });
    question->open();
}

void restoreFromTrash(Session &session, const project::TrashEntry &entry)
{
    if (!session.tell(session.project().restore(entry.id)))
        return;
    session.refreshNow();
    session.showToast(MainWindow::tr("“%1” is back.").arg(entry.title));
}

QMenu *addTrashMenu(MainWindow &window, Session &session, QMenu *menu)
{
    QMenu *trash = menu->addMenu(MainWindow::tr("Restore from the trash"));
    QObject::connect(trash, &QMenu::aboutToShow, &window, [&window, &session, trash] {
        trash->clear();
        if (const auto entries = session.hasProject() ? session.project().trash() : QList<project::TrashEntry>())
            for (const project::TrashEntry &entry : *entries)
                trash->addAction(QStringLiteral("%1  –  %2, %3").arg(entry.title, formatBytes(entry.bytes), entry.deleted.toLocalTime().toString(QStringLiteral("d MMM HH:mm"))),
                                 &window, [&session, entry] { restoreFromTrash(session, entry); });
        if (trash->isEmpty())
            trash->addAction(MainWindow::tr("the trash is empty"))->setEnabled(false);
    });
    return trash;
}

}  // namespace

void addProjectActions(MainWindow &window, Session &session, QMenu *menu)
{
    QAction *check = menu->addAction(MainWindow::tr("Check the project"), &window, [&session] { checkProject(session); });
    check->setToolTip(MainWindow::tr("Reads the whole store and says whether it is sound"));
    QAction *clean = menu->addAction(MainWindow::tr("Free disk space…"), &window, [&window, &session] { askToFreeSpace(window, session); });
    QMenu *trash = addTrashMenu(window, session, menu);
    const auto update = [&session, check, clean, trash] {
        check->setEnabled(session.hasProject());
        clean->setEnabled(session.hasProject() && !session.isReadOnly());
        trash->setEnabled(session.hasProject() && !session.isReadOnly());
    };
    QObject::connect(menu, &QMenu::aboutToShow, &window, update);
    QObject::connect(&session, &Session::projectChanged, &window, update);
    update();
}

}  // namespace athanor::shell
