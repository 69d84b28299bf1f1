// The window with pages of its own: lazy pages, keys, errors, drops, jobs as their folders tell them.
#include "core/base/locations.h"
#include "core/base/machine.h"
#include "ui/shell/error_bar.h"
#include "ui/shell/job_drawer.h"
#include "ui/shell/job_row.h"
#include "ui/shell/main_window.h"
#include "ui/shell/rail.h"
#include "ui/shell/window_link.h"
#include "ui/style/appearance.h"
#include "ui/style/toast.h"

#include <QtTest/QtTest>

using namespace athanor;
using namespace athanor::shell;
using project::Stage;

namespace {

class FakePage final : public Page {
public:
    FakePage(Session &session, QWidget *parent, QStringList *log, QString name) : Page(session, parent), m_log(log), m_name(std::move(name))
    {
        *m_log += QStringLiteral("made ") + m_name;
    }
    void refresh() override { *m_log += QStringLiteral("refresh ") + m_name; }
    void open(const QJsonObject &argument) override { *m_log += QStringLiteral("open ") + argument.value(QLatin1String("run")).toString(); }
    bool takeDrop(const QStringList &paths) override
    {
        *m_log += QStringLiteral("drop ") + paths.join(u',');
        return m_name == QLatin1String("data");
    }

private:
    QStringList *m_log;
    QString m_name;
};

}  // namespace

class TestWindow : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void pagesAreMadeWhenFirstShown();
    void keysSwitchStages();
    void withoutAProjectOnlyItsPage();
    void goToPassesTheArgument();
    void errorSaysWhatWhyAndWhatToDo();
    void openingNoProjectIsAnError();
    void openingACorruptProjectIsAnError();
    void writableProjectShowsNoBanner();
    void secondWindowIsRefusedAndRaisesTheFirst();
    void jobsAppearFromTheirFolders();
    void brokenJobFolderIsPassedOver();
    void jobWordsOfEveryState();
    void workThatAPowerCutBrokeOffGoesOnWithOneClick();
    void copyAsCommand();
    void projectEntriesNeedAProject();
    void checkSaysThatTheProjectIsSound();
    void freeingSpaceAsksFirst();
    void whatWasDeletedComesBackFromTheTrash();
    void dropGoesToThePageThenToData();
    void dropOfAProjectOpensIt();
    void themeSwitchesByKey();
    void geometryIsRemembered();
    void closingTheProjectLeavesTheFirstPage();

private:
    std::vector<StageEntry> stages();
    QString makeProject(const QString &name);
    void openProject(const QString &name) { m_window->openProject(makeProject(name)); }
    QAction *action(const QString &text) const;
    job::Folder addJob(const QString &title);
    void appendEvent(const job::Folder &folder, job::EventType type, const QJsonObject &data);

    std::unique_ptr<plugin::Catalogue> m_catalogue = std::make_unique<plugin::Catalogue>();
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
    QStringList m_log;
    qint64 m_sequence = 0;
};

void TestWindow::initTestCase() { style::Appearance::instance()->apply(); }

void TestWindow::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_log.clear();
    m_session = std::make_unique<Session>(*m_catalogue);
    m_window = std::make_unique<MainWindow>(*m_session, stages());
    m_window->resize(1024, 768);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void TestWindow::cleanup()
{
    m_window.reset();
    m_session.reset();
}

std::vector<StageEntry> TestWindow::stages()
{
    std::vector<StageEntry> all;
    for (const auto &[stage, name] : {std::pair{Stage::Project, "project"}, {Stage::Data, "data"}, {Stage::Training, "training"}})
        all.push_back({stage, QString::fromLatin1(name), QString::fromLatin1(name), [this, name = name](Session &session, QWidget *parent) -> Page * {
                           return new FakePage(session, parent, &m_log, QString::fromLatin1(name));
                       }});
    return all;
}

QString TestWindow::makeProject(const QString &name)
{
    const QString path = m_folder->filePath(name);
    auto made = workbench::Workbench::create(path, name, *m_catalogue);
    if (!made)
        qFatal("%s", qUtf8Printable(made.error().message));
    return path;
}

job::Folder TestWindow::addJob(const QString &title)
{
    job::Spec spec;
    spec.kind = QStringLiteral("train");
    spec.title = title;
    spec.created = QDateTime::currentDateTimeUtc();
    spec.command = QStringLiteral("athanor-cli run start --model small");
    auto folder = job::Folder::create(m_session->projectPath(), spec);
    if (!folder)
        qFatal("%s", qUtf8Printable(folder.error().message));
    return *folder;
}

void TestWindow::appendEvent(const job::Folder &folder, job::EventType type, const QJsonObject &data)
{
    job::Event event;
    event.sequence = ++m_sequence;
    event.utc = QDateTime::currentDateTimeUtc();
    event.type = type;
    event.data = data;
    QFile file(folder.path() + QStringLiteral("/events.jsonl"));
    QVERIFY(file.open(QIODevice::Append));
    file.write(job::toLine(event));
}

void TestWindow::pagesAreMadeWhenFirstShown()
{
    openProject(QStringLiteral("p"));
    QVERIFY(m_log.contains(QStringLiteral("made project")));
    QVERIFY(!m_log.contains(QStringLiteral("made data")));
    m_window->showStage(Stage::Data);
    QVERIFY(m_log.contains(QStringLiteral("made data")));
    m_window->showStage(Stage::Project);
    m_window->showStage(Stage::Data);
    QCOMPARE(m_log.count(QStringLiteral("made data")), 1);
    QVERIFY(!m_window->page(Stage::Chat));
}

void TestWindow::keysSwitchStages()
{
    openProject(QStringLiteral("p"));
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QTest::keyClick(m_window.get(), Qt::Key_2, Qt::ControlModifier);
    QCOMPARE(m_window->currentStage(), Stage::Data);
    QTest::keyClick(m_window.get(), Qt::Key_3, Qt::ControlModifier);
    QCOMPARE(m_window->currentStage(), Stage::Training);
    QTest::keyClick(m_window.get(), Qt::Key_J, Qt::ControlModifier);
    QVERIFY(m_window->drawer()->isOpen());
    QTest::mouseClick(m_window->findChild<RailItem *>(QStringLiteral("stage-data")), Qt::LeftButton);
    QCOMPARE(m_window->currentStage(), Stage::Data);
}

void TestWindow::withoutAProjectOnlyItsPage()
{
    m_window->showStage(Stage::Training);
    QCOMPARE(m_window->currentStage(), Stage::Project);
    QVERIFY(!m_window->findChild<RailItem *>(QStringLiteral("stage-training"))->isEnabled());
    QVERIFY(!m_window->drawer()->isVisible());
}

void TestWindow::goToPassesTheArgument()
{
    openProject(QStringLiteral("p"));
    m_session->goTo(Stage::Training, {{QStringLiteral("run"), QStringLiteral("r-1")}});
    QCOMPARE(m_window->currentStage(), Stage::Training);
    QVERIFY(m_log.contains(QStringLiteral("open r-1")));
}

void TestWindow::errorSaysWhatWhyAndWhatToDo()
{
    m_session->showError({ErrorCode::DiskFull, QStringLiteral("The checkpoint was not written."), QStringLiteral("Free 2 GB."), QStringLiteral("ENOSPC")});
    QVERIFY(m_window->errorBar()->isVisible());
    QVERIFY(m_window->errorBar()->accessibleName().contains(QLatin1String("Free 2 GB.")));
    for (QPushButton *button : m_window->errorBar()->findChildren<QPushButton *>())
        if (button->text() == QLatin1String("Copy"))
            QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(QGuiApplication::clipboard()->text().contains(QLatin1String("ENOSPC")));
    for (QPushButton *button : m_window->errorBar()->findChildren<QPushButton *>())
        if (button->text() == QLatin1String("Close"))
            QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(!m_window->errorBar()->isVisible());
    QVERIFY(m_session->tell(Status{}));
    QVERIFY(!m_session->tell(Status(fail(ErrorCode::Busy, QStringLiteral("no")))));
}

void TestWindow::openingNoProjectIsAnError()
{
    m_window->openProject(m_folder->filePath(QStringLiteral("nothing here")));
    QVERIFY(m_window->errorBar()->isVisible());
    QVERIFY(!m_window->errorBar()->error().message.isEmpty());
    QVERIFY(!m_session->hasProject());
}

void TestWindow::openingACorruptProjectIsAnError()
{
    const QString path = makeProject(QStringLiteral("broken"));
    QFile store(path + QStringLiteral("/project.sqlite"));
    QVERIFY(store.open(QIODevice::ReadWrite));
    store.write(QByteArray(8192, 'x'));
    store.close();
    m_window->openProject(path);
    QVERIFY(m_window->errorBar()->isVisible());
    QVERIFY(!m_session->hasProject());
}

void TestWindow::writableProjectShowsNoBanner()
{
    const QString path = makeProject(QStringLiteral("p"));
    m_window->openProject(path);
    QVERIFY(m_session->hasProject());
    QVERIFY(!m_session->isReadOnly());
    const QList<QFrame *> frames = m_window->findChildren<QFrame *>();
    const bool shown = std::any_of(frames.begin(), frames.end(), [](const QFrame *f) {
        return f->property("role").toString() == QLatin1String("banner") && f->isVisible();
    });
    QVERIFY(!shown);
}

void TestWindow::secondWindowIsRefusedAndRaisesTheFirst()
{
    const QString path = makeProject(QStringLiteral("p"));
    QVERIFY(!WindowLink::raiseOther(path));
    m_window->openProject(path);
    QVERIFY(m_session->hasProject());
    Session second(*m_catalogue);
    const Status refused = second.openProject(path);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Busy);
    QVERIFY(!refused.error().hint.isEmpty());
    QVERIFY(!second.hasProject());
    QSignalSpy raised(m_window->findChild<WindowLink *>(), &WindowLink::raiseRequested);
    QVERIFY(WindowLink::raiseOther(path));
    QTRY_COMPARE(raised.size(), 1);
}

void TestWindow::jobsAppearFromTheirFolders()
{
    openProject(QStringLiteral("p"));
    QCOMPARE(m_window->drawer()->line().trimmed(), QStringLiteral("No jobs"));
    QSignalSpy changed(&m_session->jobs(), &JobMonitor::changed);
    const job::Folder folder = addJob(QStringLiteral("Training small-13M"));
    QTRY_VERIFY_WITH_TIMEOUT(m_window->drawer()->line().contains(QLatin1String("Training small-13M")), 3000);
    m_window->drawer()->setOpen(true);
    auto *row = m_window->findChild<JobRow *>();
    QVERIFY(row);
    QTRY_VERIFY(row->isVisible());
    QCOMPARE(row->jobId(), folder.spec().id);
    appendEvent(folder, job::EventType::State, {{QStringLiteral("state"), QStringLiteral("running")}});
    appendEvent(folder, job::EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")}, {QStringLiteral("result"), QJsonObject()}});
    QTRY_COMPARE_WITH_TIMEOUT(m_session->jobs().find(folder.spec().id)->summary.state, job::State::Finished, 3000);
    QVERIFY(changed.size() >= 2);
}

void TestWindow::brokenJobFolderIsPassedOver()
{
    openProject(QStringLiteral("p"));
    QDir(m_session->projectPath()).mkpath(QStringLiteral("jobs/not-a-job"));
    QFile spec(m_session->projectPath() + QStringLiteral("/jobs/not-a-job/spec.json"));
    QVERIFY(spec.open(QIODevice::WriteOnly));
    spec.write("{ torn");
    spec.close();
    m_session->jobs().pollNow();
    QVERIFY(m_session->jobs().jobs().isEmpty());
}

void TestWindow::jobWordsOfEveryState()
{
    JobView view;
    for (const job::State state : {job::State::Queued, job::State::Starting, job::State::Running, job::State::Pausing, job::State::Paused,
                                   job::State::Cancelling, job::State::Cancelled, job::State::Finished, job::State::Failed, job::State::Lost}) {
        view.summary.state = state;
        QVERIFY(!view.stateText().isEmpty());
        QVERIFY(!view.progressText().isEmpty());
    }
    view.summary.state = job::State::Running;
    view.summary.progress = {{QStringLiteral("phase"), QStringLiteral("Training")}, {QStringLiteral("done"), 650}, {QStringLiteral("total"), 1000},
                             {QStringLiteral("unit"), QStringLiteral("tokens")}, {QStringLiteral("rate"), 4100.0}, {QStringLiteral("etaSeconds"), 282.0}};
    QCOMPARE(view.progressText(), QStringLiteral("Training · 65 % · 4.1 k tokens/s · 4.7 min left"));
    view.summary.progress = {{QStringLiteral("total"), 0}};
    QCOMPARE(view.fraction(), -1.0);
    QVERIFY(!view.canResume());
    view.summary.state = job::State::Lost;
    QVERIFY(view.canResume());
}

// As after a power cut: the events end in the middle, and worker.json names a process of before the restart, whose
// number another process has by now.
void TestWindow::workThatAPowerCutBrokeOffGoesOnWithOneClick()
{
    openProject(QStringLiteral("p"));
    const QString path = m_session->projectPath();
    const job::Folder folder = addJob(QStringLiteral("Training small-13M"));
    appendEvent(folder, job::EventType::State, {{QStringLiteral("state"), QStringLiteral("running")}});
    QFile worker(folder.path() + QStringLiteral("/worker.json"));
    QVERIFY(worker.open(QIODevice::WriteOnly));
    worker.write(QJsonDocument(QJsonObject{{QStringLiteral("host"), machineFacts().hostName}, {QStringLiteral("bootId"), QStringLiteral("before-the-restart")},
                                           {QStringLiteral("pid"), QCoreApplication::applicationPid()}, {QStringLiteral("startTicks"), 1},
                                           {QStringLiteral("attempt"), 1}}).toJson());
    worker.close();
    m_session->closeProject();
    QVERIFY(!m_window->toast()->isVisible());
    m_window->openProject(path);
    QCOMPARE(m_session->jobs().find(folder.spec().id)->summary.state, job::State::Lost);
    QVERIFY(m_window->toast()->isVisible());
    QVERIFY2(m_window->toast()->text().contains(QStringLiteral("“Training small-13M” was interrupted")), qPrintable(m_window->toast()->text()));
    for (QPushButton *button : m_window->toast()->findChildren<QPushButton *>())
        if (button->text() == QLatin1String("Resume"))
            QTest::mouseClick(button, Qt::LeftButton);
    QFile queued(folder.path() + QStringLiteral("/queue.json"));
    QVERIFY(queued.open(QIODevice::ReadOnly));
    QCOMPARE(QJsonDocument::fromJson(queued.readAll()).object().value(QLatin1String("requested")).toInt(), 2);
}

void TestWindow::copyAsCommand()
{
    openProject(QStringLiteral("p"));
    m_session->setCommand(QStringLiteral("athanor-cli dataset curate x"));
    action(QStringLiteral("Copy as command"))->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("athanor-cli --project %1 dataset curate x").arg(m_session->projectPath()));
    QVERIFY(m_window->toast()->isVisible());
    m_session->setCommand(QStringLiteral("athanor-cli --project '/some where' project info"));
    action(QStringLiteral("Copy as command"))->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("athanor-cli --project '/some where' project info"));
}

QAction *TestWindow::action(const QString &text) const
{
    for (QAction *action : m_window->findChildren<QAction *>())
        if (action->text() == text)
            return action;
    qFatal("no action %s", qUtf8Printable(text));
    return nullptr;
}

void TestWindow::projectEntriesNeedAProject()
{
    const QStringList entries{QStringLiteral("Check the project"), QStringLiteral("Free disk space…"), QStringLiteral("Restore from the trash")};
    for (const QString &text : entries)
        QVERIFY(!action(text)->isEnabled());
    openProject(QStringLiteral("p"));
    for (const QString &text : entries)
        QVERIFY(action(text)->isEnabled());
    m_session->closeProject();
    for (const QString &text : entries)
        QVERIFY(!action(text)->isEnabled());
}

void TestWindow::checkSaysThatTheProjectIsSound()
{
    openProject(QStringLiteral("p"));
    action(QStringLiteral("Check the project"))->trigger();
    QVERIFY(m_window->toast()->isVisible());
    QCOMPARE(m_window->toast()->text(), QStringLiteral("The project is sound."));
    QCOMPARE(m_session->command(), QStringLiteral("athanor-cli project check"));
    QVERIFY(!QGuiApplication::overrideCursor());
}

void TestWindow::freeingSpaceAsksFirst()
{
    openProject(QStringLiteral("p"));
    QAction *clean = action(QStringLiteral("Free disk space…"));
    clean->trigger();
    QVERIFY(m_window->toast()->text().startsWith(QStringLiteral("There is nothing to free")));
    QVERIFY(!m_window->findChild<QMessageBox *>());
    const QString unused = m_session->projectPath() + QStringLiteral("/objects/corpora/unused");
    QVERIFY(QDir().mkpath(unused));
    QFile file(unused + QStringLiteral("/text"));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(5000, 'x')) == 5000);
    file.close();
    for (const bool agree : {false, true}) {
        clean->trigger();
        auto *question = m_window->findChild<QMessageBox *>();
        QVERIFY(question && question->isVisible());
        QVERIFY(question->text().contains(QStringLiteral("5 kB")));
        for (QAbstractButton *button : question->buttons())
            if (question->buttonRole(button) == (agree ? QMessageBox::AcceptRole : QMessageBox::RejectRole))
                QTest::mouseClick(button, Qt::LeftButton);
        QTRY_VERIFY(!m_window->findChild<QMessageBox *>());
        QCOMPARE(QFileInfo::exists(unused), !agree);
    }
    QCOMPARE(m_session->command(), QStringLiteral("athanor-cli project clean"));
    QVERIFY(m_window->toast()->text().contains(QStringLiteral("5 kB freed")));
}

void TestWindow::whatWasDeletedComesBackFromTheTrash()
{
    openProject(QStringLiteral("p"));
    QMenu *trash = action(QStringLiteral("Restore from the trash"))->menu();
    Q_EMIT trash->aboutToShow();
    QCOMPARE(trash->actions().size(), 1);
    QVERIFY(!trash->actions().first()->isEnabled());
    project::Model model;
    model.name = QStringLiteral("tiny");
    model.architecture = {{QStringLiteral("architecture"), QStringLiteral("architecture.llama")}};
    QVERIFY(m_session->project().addModel(model));
    QVERIFY(m_session->project().deleteModel(model.name));
    QVERIFY(!m_session->project().model(model.name));
    Q_EMIT trash->aboutToShow();
    QCOMPARE(trash->actions().size(), 1);
    trash->actions().first()->trigger();
    QVERIFY(m_session->project().model(model.name));
    QVERIFY(m_window->toast()->text().contains(QStringLiteral("is back")));
}

void TestWindow::dropGoesToThePageThenToData()
{
    openProject(QStringLiteral("p"));
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(QStringLiteral("/tmp/some folder"))});
    QDragEnterEvent enter(QPoint(400, 400), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(400, 400), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &drop);
    QCOMPARE(m_log.count(QStringLiteral("drop /tmp/some folder")), 2);
    QCOMPARE(m_window->currentStage(), Stage::Data);
}

void TestWindow::dropOfAProjectOpensIt()
{
    const QString path = makeProject(QStringLiteral("dropped"));
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(400, 400), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &enter);
    QDropEvent drop(QPointF(400, 400), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &drop);
    QVERIFY(m_session->hasProject());
    QCOMPARE(m_session->projectTitle(), QStringLiteral("dropped"));
}

void TestWindow::themeSwitchesByKey()
{
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    const style::Theme before = style::Appearance::instance()->theme();
    QTest::keyClick(m_window.get(), Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(style::Appearance::instance()->theme() != before);
}

void TestWindow::geometryIsRemembered()
{
    m_window->resize(1100, 700);
    m_window->close();
    MainWindow again(*m_session, stages());
    QCOMPARE(again.size(), QSize(1100, 700));
}

void TestWindow::closingTheProjectLeavesTheFirstPage()
{
    openProject(QStringLiteral("p"));
    m_window->showStage(Stage::Data);
    m_session->closeProject();
    QCOMPARE(m_window->currentStage(), Stage::Project);
    QCOMPARE(m_window->windowTitle(), QStringLiteral("Athanor"));
    QVERIFY(m_session->jobs().jobs().isEmpty());
}

QTEST_MAIN(TestWindow)
#include "test_window.moc"
