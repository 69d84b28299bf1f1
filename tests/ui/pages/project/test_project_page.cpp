// The first start, the wizard and the overview, driven as a person would.
#include "core/model/architecture.h"
#include "tests/ui/pages/pictures.h"
#include "ui/pages/project/overview.h"
#include "ui/pages/project/project_page.h"
#include "ui/pages/project/start_screen.h"
#include "ui/pages/project/wizard/steps.h"
#include "ui/pages/project/wizard/wizard_view.h"
#include "ui/shell/main_window.h"

using namespace athanor;
using namespace athanor::pages;

class TestProjectPage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void firstStartOffersThreeWays();
    void wizardLeadsToTheSummary();
    void wizardWeighsTwoSources();
    void budgetsKeepTheirLength();
    void teachingKeepsToTheModelsContext();
    void wizardSaysWhatAnsweringNeeds();
    void wizardDoesNotGoOnWithoutDocuments();
    void wizardDoesNotGoOnWithoutRights();
    void emptyFolderIsNamed();
    void vanishedFolderIsNamed();
    void folderCountTellsReadableFromOther();
    void dropOnFirstStartOpensTheWizard();
    void projectInUsedFolderIsRefused();
    void overviewSaysTheNextAction();
    void untouchedProjectIsOneClickFromStart();
    void recentProjectIsOffered();

private:
    void startsTheWholeWay(WizardView *wizard);
    SummaryStep *summaryOf(const QStringList &folders);
    QString writeDocuments(const QString &name, int count);
    ProjectPage *page() { return qobject_cast<ProjectPage *>(m_window->page(project::Stage::Project)); }
    WizardView *openWizard();
    void press(QPushButton *button) { QTest::mouseClick(button, Qt::LeftButton); }
    void tickAll(const WizardView *wizard);

    std::unique_ptr<plugin::Catalogue> m_catalogue;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<shell::Session> m_session;
    std::unique_ptr<shell::MainWindow> m_window;
};

void TestProjectPage::initTestCase()
{
    style::Appearance::instance()->apply();
    m_catalogue = std::make_unique<plugin::Catalogue>();
    m_catalogue->scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")});
}

void TestProjectPage::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("HOME", m_folder->path().toUtf8());
    m_session = std::make_unique<shell::Session>(*m_catalogue);
    m_window = std::make_unique<shell::MainWindow>(
        *m_session, std::vector<shell::StageEntry>{{project::Stage::Project, QStringLiteral("Project"), QStringLiteral("project"),
                                                    [](shell::Session &session, QWidget *parent) -> shell::Page * {
                                                        return new ProjectPage(session, parent);
                                                    }}});
    m_window->resize(1440, 900);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void TestProjectPage::cleanup()
{
    m_window.reset();
    m_session.reset();
}

QString TestProjectPage::writeDocuments(const QString &name, int count)
{
    const QString folder = m_folder->filePath(name);
    QDir().mkpath(folder);
    for (int at = 0; at < count; ++at) {
        QFile file(QStringLiteral("%1/document %2.txt").arg(folder).arg(at));
        if (!file.open(QIODevice::WriteOnly))
            return {};
        for (int line = 0; line < 400; ++line)
            file.write(QStringLiteral("Line %1 of document %2 says something about furnaces and patience.\n").arg(line).arg(at).toUtf8());
    }
    return folder;
}

void TestProjectPage::tickAll(const WizardView *wizard)
{
    for (QCheckBox *box : wizard->findChildren<QCheckBox *>())
        if (box->isVisible())
            box->setChecked(true);
}

WizardView *TestProjectPage::openWizard()
{
    m_session->startWizard();
    return page()->wizard();
}

void TestProjectPage::firstStartOffersThreeWays()
{
    for (const char *name : {"sample", "documents", "open"}) {
        auto *card = m_window->findChild<ChoiceCard *>(QString::fromLatin1(name));
        QVERIFY(card && card->isVisible());
        QVERIFY(!card->accessibleName().isEmpty());
    }
    test::takePictures(*m_window, QStringLiteral("project-start"));
    QTest::keyClick(m_window->findChild<ChoiceCard *>(QStringLiteral("documents")), Qt::Key_Return);
    QVERIFY(page()->wizard() && page()->wizard()->isVisible());
}

void TestProjectPage::wizardLeadsToTheSummary()
{
    const QString documents = writeDocuments(QStringLiteral("my dócs 'n more"), 6);
    WizardView *wizard = openWizard();
    test::takePictures(*m_window, QStringLiteral("wizard-1-objective"));
    auto *steps = wizard->findChild<ObjectiveStep *>();
    QTest::keyClicks(steps->form()->editor(QStringLiteral("domain")), QStringLiteral("furnaces"));
    press(wizard->nextButton());
    QCOMPARE(wizard->currentStep(), 1);
    QVERIFY(m_session->hasProject());
    QCOMPARE(m_session->project().objective().value(QLatin1String("domain")).toString(), QStringLiteral("furnaces"));
    wizard->addPaths({documents});
    QTRY_VERIFY(wizard->nextButton()->isEnabled());
    test::takePictures(*m_window, QStringLiteral("wizard-2-data"));
    press(wizard->nextButton());
    QCOMPARE(wizard->currentStep(), 2);
    QCOMPARE(m_session->project().sources()->size(), 1);
    tickAll(wizard);
    test::takePictures(*m_window, QStringLiteral("wizard-3-machine"));
    press(wizard->nextButton());
    QCOMPARE(wizard->currentStep(), 3);
    QVERIFY(wizard->findChild<QRadioButton *>(QStringLiteral("scratch")));
    QVERIFY(!wizard->findChild<QRadioButton *>(QStringLiteral("fine-tune")));
    test::takePictures(*m_window, QStringLiteral("wizard-4-approach"));
    press(wizard->nextButton());
    QCOMPARE(wizard->currentStep(), 4);
    QCOMPARE(wizard->nextButton()->text(), QStringLiteral("Start"));
    test::takePictures(*m_window, QStringLiteral("wizard-5-summary"));
    QVERIFY(m_session->project().objective().value(QLatin1String("personalData")).toBool());
    startsTheWholeWay(wizard);
}

// Start queues documents, tokenizer, training and evaluation at once, each after what it stands on; the forecast goes along.
void TestProjectPage::startsTheWholeWay(WizardView *wizard)
{
    QVERIFY(wizard->nextButton()->isEnabled());
    press(wizard->nextButton());
    const QList<job::Folder> jobs = job::Folder::all(m_session->projectPath());
    QStringList kinds;
    for (const job::Folder &job : jobs) {
        kinds += job.spec().kind;
        if (job.spec().kind != QLatin1String("train"))
            continue;
        const QJsonObject forecast = job.spec().parameters.value(QLatin1String("forecast")).toObject();
        QVERIFY(forecast.value(QLatin1String("seconds")).toDouble() > 0);
        QVERIFY(forecast.value(QLatin1String("accounting")).toObject().value(QLatin1String("trainingBytes")).toDouble() > 0);
        QCOMPARE(job.spec().after.size(), 2);
    }
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job)  // queued is what counts here
        Q_UNUSED(m_session->workbench().queue().cancel(job->spec().id));
    kinds.sort();
    QCOMPARE(kinds, (QStringList{QStringLiteral("curate"), QStringLiteral("evaluate"), QStringLiteral("tokenizer"), QStringLiteral("train")}));
    QTRY_VERIFY(!page()->wizard() || !page()->wizard()->isVisible());
}

/// To the last step, with these folders.
SummaryStep *TestProjectPage::summaryOf(const QStringList &folders)
{
    WizardView *wizard = openWizard();
    press(wizard->nextButton());
    wizard->addPaths(folders);
    if (!QTest::qWaitFor([&] { return wizard->nextButton()->isEnabled(); }))
        return nullptr;
    press(wizard->nextButton());
    tickAll(wizard);
    press(wizard->nextButton());
    press(wizard->nextButton());
    return wizard->findChild<SummaryStep *>();
}

// Two sources: how often each is read stands with the settings, and goes with the run that is queued behind the documents.
void TestProjectPage::wizardWeighsTwoSources()
{
    SummaryStep *summary = summaryOf({writeDocuments(QStringLiteral("letters"), 6), writeDocuments(QStringLiteral("manuals"), 2)});
    QVERIFY(summary && summary->mixtureForm()->isVisible());
    QTableWidget *table = summary->mixtureForm()->table();
    QCOMPARE(table->rowCount(), 2);
    const int share = table->columnCount() - 2;
    QTRY_VERIFY2(table->item(0, share)->text().startsWith(QLatin1String("75")), qPrintable(table->item(0, share)->text()));
    const int row = table->item(0, 0)->text() == QLatin1String("manuals") ? 0 : 1;
    QCOMPARE(table->item(row, 0)->text(), QStringLiteral("manuals"));
    table->item(row, 2)->setText(QStringLiteral("3"));
    QCOMPARE(summary->form()->values().value(QLatin1String("mixture")).toString(), QStringLiteral("manuals=3"));
    QTRY_VERIFY2(table->item(row, share)->text().startsWith(QLatin1String("50")), qPrintable(table->item(row, share)->text()));
    QTRY_VERIFY(page()->wizard()->nextButton()->isEnabled());
    test::takePictures(*m_window, QStringLiteral("wizard-5-sources"));
    press(page()->wizard()->nextButton());
    bool isQueued = false;
    const QList<job::Folder> jobs = job::Folder::all(m_session->projectPath());
    for (const job::Folder &job : jobs)
        if (job.spec().kind == QLatin1String("train")) {
            isQueued = true;
            QCOMPARE(job.spec().parameters.value(QLatin1String("sources")).toArray().size(), 2);
            QCOMPARE(job.spec().parameters.value(QLatin1String("settings")).toObject().value(QLatin1String("mixture")).toString(), QStringLiteral("manuals=3"));
        }
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job)
        Q_UNUSED(m_session->workbench().queue().cancel(job->spec().id));
    QVERIFY(isQueued);
    QTRY_VERIFY(!page()->wizard() || !page()->wizard()->isVisible());
}

// Another kind of budget takes over how long the run is, and the unit stands beside the amount.
void TestProjectPage::budgetsKeepTheirLength()
{
    SummaryStep *summary = summaryOf({writeDocuments(QStringLiteral("letters"), 6)});
    QVERIFY(summary && !summary->mixtureForm()->isVisible());  // of one source there is nothing to weigh
    const auto says = [&](const char *unit) {
        const QList<QLabel *> labels = summary->form()->findChildren<QLabel *>();
        return std::any_of(labels.begin(), labels.end(), [&](const QLabel *label) { return label->isVisible() && label->text() == QLatin1String(unit); });
    };
    QTRY_VERIFY(says("minutes"));
    const double minutes = summary->form()->values().value(QLatin1String("budget")).toDouble();
    auto *kind = qobject_cast<QComboBox *>(summary->form()->editor(QStringLiteral("budget_kind")));
    kind->setCurrentIndex(kind->findData(QStringLiteral("tokens")));
    QVERIFY(says("tokens") && !says("minutes"));
    QVERIFY(summary->form()->values().value(QLatin1String("budget")).toDouble() > 1000);
    QTest::qWait(300);  // the plan for it
    kind->setCurrentIndex(kind->findData(QStringLiteral("steps")));
    const double steps = summary->form()->values().value(QLatin1String("budget")).toDouble();
    QVERIFY(says("steps") && steps >= 1 && steps == std::floor(steps));
    QTest::qWait(300);
    kind->setCurrentIndex(kind->findData(QStringLiteral("time")));
    const double again = summary->form()->values().value(QLatin1String("budget")).toDouble();
    QVERIFY2(std::abs(again - minutes) <= 0.1 * minutes, qPrintable(QString::number(again)));
}

// Sequences are as long as the model that exists allows, and a longer one is refused at its field.
void TestProjectPage::teachingKeepsToTheModelsContext()
{
    WizardView *wizard = openWizard();
    press(wizard->nextButton());
    QVERIFY(m_session->hasProject());
    project::Model model;
    model.name = QStringLiteral("short");
    model.architecture = *model::expandArchitecture(*m_catalogue, QStringLiteral("architecture.llama"), {{QStringLiteral("context"), 128}}, 1024);
    model.base = QStringLiteral("jobs/x/model");
    model.created = QDateTime::currentDateTimeUtc();
    const auto added = m_session->project().addModel(model);
    QVERIFY2(added, added ? "" : qPrintable(added.error().message));
    wizard->addPaths({writeDocuments(QStringLiteral("letters"), 6)});
    QTRY_VERIFY(wizard->nextButton()->isEnabled());
    press(wizard->nextButton());
    tickAll(wizard);
    press(wizard->nextButton());
    auto *teach = wizard->findChild<QRadioButton *>(QStringLiteral("teach"));
    QVERIFY(teach);
    teach->click();
    press(wizard->nextButton());
    forms::ParameterForm *form = wizard->findChild<SummaryStep *>()->form();
    QVERIFY(form);
    QCOMPARE(form->values().value(QLatin1String("sequence")).toInt(), 0);
    QTRY_VERIFY(wizard->nextButton()->isEnabled());
    form->setValues({{QStringLiteral("sequence"), 512}});
    QTRY_VERIFY(!wizard->nextButton()->isEnabled());
    const QString said = form->editor(QStringLiteral("sequence"))->accessibleDescription();
    QVERIFY2(said.contains(QStringLiteral("128 tokens, the model's context")), qPrintable(said));
    form->setValues({{QStringLiteral("sequence"), 128}});
    QTRY_VERIFY(wizard->nextButton()->isEnabled());
}

// The wish to answer changes what is offered: first what is missing, and the way to a model that exists.
void TestProjectPage::wizardSaysWhatAnsweringNeeds()
{
    const QString documents = writeDocuments(QStringLiteral("documents"), 6);
    WizardView *wizard = openWizard();
    auto *task = qobject_cast<QComboBox *>(wizard->findChild<ObjectiveStep *>()->form()->editor(QStringLiteral("task")));
    QVERIFY(task);
    QCOMPARE(task->count(), 2);
    task->setCurrentIndex(1);
    press(wizard->nextButton());
    wizard->addPaths({documents});
    QTRY_VERIFY(wizard->nextButton()->isEnabled());
    press(wizard->nextButton());
    tickAll(wizard);
    press(wizard->nextButton());
    QCOMPARE(wizard->currentStep(), 3);
    QStringList said;
    for (const style::HintRow *row : wizard->findChildren<style::HintRow *>())
        if (row->isVisible())
            said += row->text();
    QVERIFY2(said.join(u' ').contains(QStringLiteral("needs examples among your files")), qPrintable(said.join(u'\n')));
    auto *getModel = wizard->findChild<QPushButton *>(QStringLiteral("get-model"));
    QVERIFY(getModel);
    QTRY_VERIFY(getModel->isVisible());
    test::takePictures(*m_window, QStringLiteral("wizard-4-answering"));
    QCOMPARE(m_session->project().objective().value(QLatin1String("task")).toString(), QStringLiteral("answer"));
    // Back, and another wish: the hint goes.
    while (wizard->currentStep() > 0)
        press(wizard->backButton());
    task->setCurrentIndex(0);
    while (wizard->currentStep() < 3)
        press(wizard->nextButton());
    for (const style::HintRow *row : wizard->findChildren<style::HintRow *>())
        QVERIFY(!row->isVisible() || !row->text().contains(QStringLiteral("needs examples")));
}

void TestProjectPage::wizardDoesNotGoOnWithoutDocuments()
{
    WizardView *wizard = openWizard();
    press(wizard->nextButton());
    QCOMPARE(wizard->currentStep(), 1);
    QVERIFY(!wizard->nextButton()->isEnabled());
    press(wizard->backButton());
    QCOMPARE(wizard->currentStep(), 0);
}

void TestProjectPage::wizardDoesNotGoOnWithoutRights()
{
    WizardView *wizard = openWizard();
    press(wizard->nextButton());
    wizard->addPaths({writeDocuments(QStringLiteral("documents"), 2)});
    QTRY_VERIFY(wizard->nextButton()->isEnabled());
    press(wizard->nextButton());
    QCOMPARE(wizard->currentStep(), 2);
    QVERIFY(!wizard->nextButton()->isEnabled());
}

void TestProjectPage::emptyFolderIsNamed()
{
    QDir().mkpath(m_folder->filePath(QStringLiteral("empty")));
    FolderCount count(m_folder->filePath(QStringLiteral("empty")), {QStringLiteral("txt")});
    QTRY_VERIFY(count.result().isComplete);
    QCOMPARE(count.result().files, 0);
    QVERIFY(count.result().problem.contains(QLatin1String("empty")));
}

void TestProjectPage::vanishedFolderIsNamed()
{
    FolderCount count(m_folder->filePath(QStringLiteral("nowhere")), {QStringLiteral("txt")});
    QTRY_VERIFY(count.result().isComplete);
    QVERIFY(!count.result().problem.isEmpty());
    QCOMPARE(count.result().textBytes, 0);
}

void TestProjectPage::folderCountTellsReadableFromOther()
{
    const QString folder = writeDocuments(QStringLiteral("mixed"), 3);
    QFile other(folder + QStringLiteral("/picture.png"));
    QVERIFY(other.open(QIODevice::WriteOnly));
    other.write("not text");
    other.close();
    FolderCount count(folder, {QStringLiteral("txt")});
    QTRY_VERIFY(count.result().isComplete);
    QCOMPARE(count.result().files, 4);
    QCOMPARE(count.result().readable, 3);
    QVERIFY(count.result().problem.isEmpty());
    QCOMPARE(count.result().textBytes, count.result().bytes);
}

void TestProjectPage::dropOnFirstStartOpensTheWizard()
{
    const QString documents = writeDocuments(QStringLiteral("dropped"), 2);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(documents)});
    QDragEnterEvent enter(QPoint(400, 400), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(400, 400), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &drop);
    QVERIFY(page()->wizard());
    press(page()->wizard()->nextButton());
    QCOMPARE(page()->wizard()->currentStep(), 1);
    QTRY_VERIFY(page()->wizard()->nextButton()->isEnabled());
}

void TestProjectPage::projectInUsedFolderIsRefused()
{
    const QString used = writeDocuments(QStringLiteral("used"), 1);
    WizardView *wizard = openWizard();
    auto *form = wizard->findChild<ObjectiveStep *>()->form();
    form->setValues({{QStringLiteral("folder"), used}});
    press(wizard->nextButton());
    QCOMPARE(wizard->currentStep(), 0);
    QVERIFY(!m_session->hasProject());
}

void TestProjectPage::overviewSaysTheNextAction()
{
    QVERIFY(m_session->createProject(m_folder->filePath(QStringLiteral("p")), QStringLiteral("Furnaces")));
    QVERIFY(page()->overview() && page()->overview()->isVisible());
    QCOMPARE(page()->overview()->header()->primary()->text(), QStringLiteral("Add documents"));
    QVERIFY(m_session->workbench().addSource(writeDocuments(QStringLiteral("documents"), 2), QStringLiteral("own")));
    m_session->refreshNow();
    page()->refresh();
    QCOMPARE(page()->overview()->header()->primary()->text(), QStringLiteral("Plan and start"));
    test::takePictures(*m_window, QStringLiteral("project-overview"));
    press(page()->overview()->header()->primary());
    QVERIFY(page()->wizard());
    QCOMPARE(page()->wizard()->currentStep(), 4);
}

void TestProjectPage::untouchedProjectIsOneClickFromStart()
{
    const QString folder = m_folder->filePath(QStringLiteral("ready"));
    {
        auto made = workbench::Workbench::create(folder, QStringLiteral("Ready"), *m_catalogue);
        QVERIFY(made && (*made)->addSource(writeDocuments(QStringLiteral("documents"), 2), QStringLiteral("own")));
        QVERIFY((*made)->setObjective({{QStringLiteral("task"), QStringLiteral("continue")}}));
    }
    m_window->openProject(folder);
    QVERIFY(page()->wizard() && page()->wizard()->isVisible());
    QCOMPARE(page()->wizard()->nextButton()->text(), QStringLiteral("Start"));
    QTRY_VERIFY(page()->wizard()->nextButton()->isEnabled());
    for (QPushButton *button : page()->wizard()->findChildren<QPushButton *>())
        if (button->text() == QLatin1String("Not now"))
            press(button);
    QVERIFY(page()->overview() && page()->overview()->isVisible());
}

void TestProjectPage::recentProjectIsOffered()
{
    const QString folder = m_folder->filePath(QStringLiteral("recent one"));
    QVERIFY(m_session->createProject(folder, QStringLiteral("Recent")));
    m_session->closeProject();
    QVERIFY(shell::Session::recentProjects().contains(folder));
    const QList<QPushButton *> buttons = page()->startScreen()->findChildren<QPushButton *>();
    QVERIFY(std::any_of(buttons.begin(), buttons.end(), [](QPushButton *b) { return b->text() == QLatin1String("recent one"); }));
    QDir(folder).removeRecursively();
    QVERIFY(!shell::Session::recentProjects().contains(folder));
}

QTEST_MAIN(TestProjectPage)
#include "test_project_page.moc"
