// Every page on a project as a person has it: empty, while a run trains, afterwards. Clicks and keys, and a picture of
// each in light and dark, in the usual and in a small window, under <build>/pictures. The Training page has a test of its own.
#include "tests/ui/pages/page_test.h"
#include "ui/pages/architecture/architecture_page.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/chat/chat_page.h"
#include "ui/pages/chat/prompts_dialog.h"
#include "ui/pages/data/data_page.h"
#include "ui/pages/evaluation/evaluation_page.h"
#include "ui/pages/tokenizer/tokenizer_page.h"
#include "ui/pages/training/training_page.h"

using namespace athanor;
using project::Stage;
using test::primaryOf;

class TestPages : public test::PageTest {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { openWindow(); }

    void emptyPagesSayWhatIsNext()
    {
        QVERIFY(m_demo->session.createProject(m_demo->filePath(QStringLiteral("empty")), QStringLiteral("Empty")));
        const QList<Stage> all{Stage::Data, Stage::Tokenizer, Stage::Training, Stage::Evaluation, Stage::Chat};
        for (const Stage stage : all) {
            m_window->showStage(stage);
            QCoreApplication::processEvents();
            const QWidget *page = m_window->page(stage);
            const auto *empty = page->findChild<style::EmptyState *>();
            QVERIFY(empty && empty->isVisible());
            QVERIFY(!empty->button()->text().isEmpty());
            QVERIFY(!primaryOf(page)->isVisible());  // one primary button a page
        }
        m_window->showStage(Stage::Training);
        test::takePictures(*m_window, QStringLiteral("training-empty"));
        auto *training = m_window->page(Stage::Training);
        QTest::mouseClick(training->findChild<style::EmptyState *>()->button(), Qt::LeftButton);
        QCOMPARE(m_window->currentStage(), Stage::Data);
        test::takePictures(*m_window, QStringLiteral("data-empty"));
    }

    void dataShowsKeptAndRemovedSideBySide()
    {
        m_demo->prepare();
        auto *page = show<pages::DataPage>(Stage::Data);
        QVERIFY(page);
        QTRY_COMPARE(primaryOf(page)->text(), QStringLiteral("Next: tokenizer"));
        pages::DocumentsCard *documents = page->documents();
        QVERIFY(documents->model()->rowCount() >= 53);
        QVERIFY(documents->chips()->ids().contains(QStringLiteral("unreadable")));
        QTest::mouseClick(documents->chips()->button(QStringLiteral("removed")), Qt::LeftButton);
        QTRY_VERIFY(documents->model()->rowCount() >= 2 && documents->model()->rowCount() < 10);
        for (int row = 0; row < documents->model()->rowCount(); ++row) {
            QCOMPARE(documents->model()->at(row)->status, QStringLiteral("removed"));
            QVERIFY(!documents->model()->at(row)->reason.isEmpty());
        }
        QTest::mouseClick(documents->chips()->button(QStringLiteral("kept")), Qt::LeftButton);
        QTRY_VERIFY(documents->model()->rowCount() >= 40);
        documents->search()->setFocus();
        QTest::keyClicks(documents->search(), QStringLiteral("asyncio"));
        QTRY_VERIFY(documents->model()->rowCount() >= 1 && documents->model()->rowCount() < 10);
        QVERIFY(page->diff()->changedLineCount() > 0);
        checkNames(page);
        documents->search()->clear();
        documents->showOnly(QStringLiteral("all"));
        test::takePictures(*m_window, QStringLiteral("data"));
    }

    void aRuleCanBeOverruled()
    {
        auto *page = show<pages::DataPage>(Stage::Data);
        pages::DocumentsCard *documents = page->documents();
        documents->showOnly(QStringLiteral("removed"));
        QTRY_VERIFY(documents->model()->rowCount() >= 2 && documents->model()->rowCount() < 10);
        auto *card = page->findChild<pages::DocumentCard *>();
        bool sawCopy = false;
        QString chosen;
        for (int row = 0; row < documents->model()->rowCount(); ++row) {
            const project::Document document = *documents->model()->at(row);
            documents->select(document.id);
            QTRY_COMPARE(documents->current()->id, document.id);
            const bool byRule = document.reason.startsWith(QStringLiteral("filter."));
            QCOMPARE(card->keepButton()->isVisible(), byRule);
            sawCopy = sawCopy || !byRule;
            if (byRule)
                chosen = document.id;
        }
        QVERIFY(sawCopy && !chosen.isEmpty());
        documents->select(chosen);
        QTRY_VERIFY(card->keepButton()->isVisible());
        const auto kept = [&] { return m_demo->session.project().recipe(QStringLiteral("documents")).value(QLatin1String("keep")).toArray(); };
        QTest::mouseClick(card->keepButton(), Qt::LeftButton);
        QCOMPARE(kept(), QJsonArray{chosen});
        QTRY_COMPARE(m_demo->session.stage(Stage::Data).state, project::StageState::OutOfDate);
        test::takePictures(*m_window, QStringLiteral("data-keep"));
        documents->select(chosen);
        QTRY_COMPARE(card->keepButton()->text(), QStringLiteral("Let the rules decide"));
        QTest::mouseClick(card->keepButton(), Qt::LeftButton);
        QVERIFY(kept().isEmpty());
        QTRY_COMPARE(m_demo->session.stage(Stage::Data).state, project::StageState::Done);
        documents->showOnly(QStringLiteral("all"));
    }

    void unreadableDocumentsNameTheReasonAndCanBeReadAgain()
    {
        auto *page = show<pages::DataPage>(Stage::Data);
        page->documents()->showOnly(QStringLiteral("unreadable"));
        QTRY_COMPARE(page->documents()->model()->rowCount(), 1);
        QVERIFY(!page->documents()->current()->detail.isEmpty() || !page->documents()->current()->reasonTitle.isEmpty());
        QPushButton *retry = nullptr;
        for (QPushButton *button : page->findChildren<QPushButton *>())
            if (button->text() == QStringLiteral("Read again"))
                retry = button;
        QVERIFY(retry && retry->isVisible());
        test::takePictures(*m_window, QStringLiteral("data-unreadable"));
    }

    void keptDocumentsAreExportedAsLines()
    {
        auto *page = show<pages::DataPage>(Stage::Data);
        QCOMPARE(m_demo->session.command(), QStringLiteral("athanor-cli dataset curate documents"));
        const QString file = m_demo->filePath(QStringLiteral("out of it.jsonl"));
        QVERIFY(page->exportTo(file));
        QCOMPARE(m_demo->session.command(), QStringLiteral("athanor-cli dataset export documents --to '%1'").arg(file));
        QFile written(file);
        QVERIFY(written.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = written.readAll().trimmed().split('\n');
        QCOMPARE(lines.size(), m_demo->session.project().datasets()->first().kept);
        for (const QByteArray &line : lines) {
            const QJsonObject document = QJsonDocument::fromJson(line).object();
            QVERIFY(!document.value(QLatin1String("text")).toString().isEmpty());
            QCOMPARE(document.value(QLatin1String("licence")).toString(), QStringLiteral("PSF-2.0"));
        }
        QVERIFY(!page->exportTo(file + QStringLiteral("/below a file.jsonl")));
        QVERIFY(!QGuiApplication::overrideCursor());
        page->refresh();
        QCOMPARE(m_demo->session.command(), QStringLiteral("athanor-cli dataset curate documents"));
    }

    void recipeStepsSwitchOnAndOff()
    {
        auto *page = show<pages::DataPage>(Stage::Data);
        page->editRecipe();
        auto *dialog = page->findChild<pages::RecipeDialog *>();
        QVERIFY(dialog);
        QTRY_VERIFY(dialog->isVisible());
        QCheckBox *length = dialog->editor()->stepSwitch(QStringLiteral("filter.length"));
        QVERIFY(length);
        const qsizetype before = dialog->editor()->recipe().value(QLatin1String("steps")).toArray().size();
        const bool was = length->isChecked();
        length->setFocus();
        QTest::keyClick(length, Qt::Key_Space);
        QCOMPARE(length->isChecked(), !was);
        const qsizetype after = dialog->editor()->recipe().value(QLatin1String("steps")).toArray().size();
        QCOMPARE(after, before + (was ? -1 : 1));
        const QString folder = QStringLiteral(ATHANOR_BINARY_DIR "/pictures");
        QVERIFY(dialog->grab().save(folder + QStringLiteral("/data-recipe-light.png")));
        dialog->reject();
        QTRY_VERIFY(page->findChild<pages::RecipeDialog *>() == nullptr);
    }

    void tokenizerFormIsShownUntilThereIsOne()
    {
        auto *page = show<pages::TokenizerPage>(Stage::Tokenizer);
        QCOMPARE(primaryOf(page)->text(), QStringLiteral("Train tokenizer"));
        QVERIFY(page->trainCard()->isVisible());
        QCOMPARE(m_demo->session.command(), QStringLiteral("athanor-cli tokenizer train tokenizer --dataset documents --type bpe"));
        page->trainCard()->form()->setValues({{QStringLiteral("vocabulary"), 1024}});
        QTRY_VERIFY(m_demo->session.command().endsWith(QStringLiteral(" --set vocabulary=1024")));
        test::takePictures(*m_window, QStringLiteral("tokenizer-form"));
        m_demo->makeTokenizer();
    }

    void tokenizerColoursWhatIsTyped()
    {
        auto *page = show<pages::TokenizerPage>(Stage::Tokenizer);
        QTRY_COMPARE(primaryOf(page)->text(), QStringLiteral("Next: architecture"));
        QCOMPARE(m_demo->session.command(), QStringLiteral("athanor-cli tokenizer train tokenizer --dataset documents --type bpe --set vocabulary=512"));
        page->editor()->clear();
        page->editor()->setFocus();
        QTest::keyClicks(page->editor(), QStringLiteral("The json module returns"));
        QTRY_COMPARE(page->editor()->tokenisation().bytes, 23);
        QVERIFY(page->editor()->tokenisation().isExact);
        QVERIFY(page->editor()->tokenisation().tokens < 15);
        QVERIFY(page->editor()->describe(1).startsWith(QStringLiteral("id ")));
        page->editor()->insertPlainText(QString::fromUtf8(" naïve 日本 €"));
        QTRY_VERIFY(page->editor()->tokenisation().bytes > 30);
        QVERIFY(page->editor()->tokenisation().isExact);
        checkNames(page);
        test::takePictures(*m_window, QStringLiteral("tokenizer"));
    }

    void architectureFiguresFollowTheFields()
    {
        auto *page = show<pages::ArchitecturePage>(Stage::Architecture);
        page->usePreset(QStringLiteral("small-13M"));
        const QString parameters = page->costs()->value(QStringLiteral("Parameters"));
        QVERIFY(!parameters.isEmpty());
        QVERIFY(page->diagram()->diagram().boxes.size() >= 6);
        QCOMPARE(page->diagram()->diagram().frames.size(), 1);
        QCOMPARE(page->diagram()->diagram().residuals.size(), 2);
        page->form()->setValues({{QStringLiteral("layers"), 12}});
        QTRY_VERIFY(page->costs()->value(QStringLiteral("Parameters")) != parameters);
        QVERIFY(m_demo->session.command().startsWith(QStringLiteral("athanor-cli model create small-13M --architecture llama --tokenizer tokenizer --set ")));
        QVERIFY(m_demo->session.command().contains(QStringLiteral(" --set layers=12")));
        QCOMPARE(page->diagram()->diagram().frames.first().repeat, 12);
        page->diagram()->setFocus();
        QTest::keyClick(page->diagram(), Qt::Key_Down);
        QTest::keyClick(page->diagram(), Qt::Key_Down);
        QTest::keyClick(page->diagram(), Qt::Key_Down);
        QCOMPARE(page->diagram()->selected(), 2);
        checkNames(page);
        page->usePreset(QStringLiteral("small-13M"));
        test::takePictures(*m_window, QStringLiteral("architecture"));
    }

    void everyFamilyIsDrawn()
    {
        auto *page = show<pages::ArchitecturePage>(Stage::Architecture);
        QComboBox *families = page->findChild<pages::NewModelView *>()->familyBox();
        QVERIFY(families->count() >= 11);
        style::Appearance::instance()->setTheme(style::Theme::Light);
        page->diagram()->setFocus();
        QTest::keyClick(page->diagram(), Qt::Key_Down);  // some layer is chosen
        for (int row = 0; row < families->count(); ++row) {
            families->setCurrentIndex(row);
            const QString name = families->itemData(row).toString().section(QLatin1Char('.'), 1);
            QTRY_VERIFY2(page->diagram()->diagram().boxes.size() >= 6, qPrintable(name));
            QTest::qWait(400);
            const auto labels = page->findChildren<QLabel *>();
            const QString chosen = page->diagram()->diagram().boxes[page->diagram()->selected()].title;
            QVERIFY2(std::any_of(labels.begin(), labels.end(), [&](const QLabel *label) { return label->text().startsWith(QStringLiteral("<b>%1</b>").arg(chosen.toHtmlEscaped())); }),
                     qPrintable(name + QLatin1Char(' ') + chosen));
            QVERIFY(!page->costs()->value(QStringLiteral("Parameters")).isEmpty());
            test::takeBothThemes(*m_window, QStringLiteral("family-") + name);
        }
        page->usePreset(QStringLiteral("small-13M"));
    }

    void headsThatDoNotDivideTheWidthAreExplained()
    {
        auto *page = show<pages::ArchitecturePage>(Stage::Architecture);
        page->form()->setValues({{QStringLiteral("heads"), 7}});
        QTRY_VERIFY(!primaryOf(page)->isEnabled());
        const auto *error = page->findChild<pages::ErrorPanel *>();
        QVERIFY(error->isVisible());
        QVERIFY(error->message().contains(QLatin1Char('7')));
        page->usePreset(QStringLiteral("small-13M"));
        QTRY_VERIFY(primaryOf(page)->isEnabled());
        QVERIFY(!error->isVisible());
    }

    void useForTrainingStoresTheModelAndGoesOn()
    {
        auto *page = show<pages::ArchitecturePage>(Stage::Architecture);
        QTest::mouseClick(primaryOf(page), Qt::LeftButton);
        QCOMPARE(m_window->currentStage(), Stage::Training);
        QVERIFY(m_demo->session.project().model(QStringLiteral("small-13M")));
        auto *training = qobject_cast<pages::TrainingPage *>(m_window->page(Stage::Training));
        QVERIFY(training->startPanel()->isVisible());
        QTRY_VERIFY(training->startPanel()->canStart());
        QCOMPARE(primaryOf(training)->text(), QStringLiteral("Start"));
        QVERIFY(m_demo->session.command().startsWith(QStringLiteral("athanor-cli run start --model small-13M --dataset documents")));
        const QJsonObject usual = training->startPanel()->form()->values();
        training->startPanel()->form()->setValues({{QStringLiteral("learning_rate"), 0.0005}});
        QTRY_VERIFY(m_demo->session.command().contains(QStringLiteral(" --set learning_rate=0.0005")));
        training->startPanel()->form()->setValues(usual);
        // A small model leaves room for many more sequences at once.
        QTest::mouseClick(training->startPanel()->largestButton(), Qt::LeftButton);
        QVERIFY(training->startPanel()->form()->values().value(QLatin1String("batch")).toInt() > usual.value(QLatin1String("batch")).toInt());
        QVERIFY(training->startPanel()->canStart() && training->startPanel()->measureButton()->isEnabled());
        training->startPanel()->form()->setValues(usual);
        QTRY_VERIFY(!m_demo->session.command().contains(QStringLiteral("learning_rate=0.0005")));
        test::takePictures(*m_window, QStringLiteral("training-start"));
    }

    void evaluationStandsBesideTheYardsticks()
    {
        const QString run = test::writeRun(m_demo->session, {});
        QVERIFY(!run.isEmpty());
        m_demo->hold(run);
        m_demo->session.refreshNow();
        test::writeEvaluation(m_demo->session, QStringLiteral("jobs/%1/checkpoints/step-00001000").arg(run), 1.871);
        m_demo->session.refreshNow();
        auto *page = show<pages::EvaluationPage>(Stage::Evaluation);
        QTRY_COMPARE(page->history()->rowCount(), 1);
        QTRY_VERIFY(page->comparison()->rowCount() >= 3);
        QCOMPARE(page->comparison()->item(0, 0)->text(), QStringLiteral("This model"));
        QVERIFY(m_demo->session.command().startsWith(QStringLiteral("athanor-cli evaluate jobs/")));
        QVERIFY(m_demo->session.command().endsWith(QStringLiteral(" --task documents")));
        QVERIFY(primaryOf(page)->isEnabled());
        checkNames(page);
        test::takePictures(*m_window, QStringLiteral("evaluation"));
    }

    void chatSaysThatItContinues()
    {
        auto *page = show<pages::ChatPage>(Stage::Chat);
        QVERIFY(!primaryOf(page)->isEnabled());
        page->promptField()->setFocus();
        QTest::keyClicks(page->promptField(), QStringLiteral("The json module"));
        QTRY_VERIFY(primaryOf(page)->isEnabled());
        const QString command = m_demo->session.command();
        QVERIFY(command.startsWith(QStringLiteral("athanor-cli generate jobs/")));
        QVERIFY(command.contains(QStringLiteral(" --prompt 'The json module' --max-tokens 120 --temperature 0.8 --top-k 40 --top-p 0.95 --seed 1")));
        m_window->page(Stage::Training)->refresh();  // a hidden page leaves the shown one's command alone
        QCOMPARE(m_demo->session.command(), command);
        bool says = false;
        for (const style::HintRow *hint : page->findChildren<style::HintRow *>())
            says = says || hint->text().contains(QStringLiteral("does not answer"));
        QVERIFY(says);
        page->view()->begin(QStringLiteral("The json module"));
        for (const auto &[text, probability] : {std::pair{" provides", 0.31}, {" a", 0.62}, {" function", 0.4}, {" that", 0.7}, {" returns", 0.05}, {" a", 0.8}, {" list", 0.5}, {" of", 0.98}, {" the", 0.9}, {" names", 0.02}})
            page->view()->append({QString::fromLatin1(text), probability, {{QString::fromLatin1(text), probability}, {QStringLiteral(" is"), 0.1}}});
        checkNames(page);
        test::takePictures(*m_window, QStringLiteral("chat"));
    }

    void aFileOfPromptsIsAnswered()
    {
        auto *page = show<pages::ChatPage>(Stage::Chat);
        QTest::mouseClick(page->promptsButton(), Qt::LeftButton);
        auto *dialog = page->findChild<pages::PromptsDialog *>();
        QVERIFY(dialog && dialog->isVisible());
        QVERIFY(!dialog->startButton()->isEnabled());
        QVERIFY(dialog->chatBox()->isHidden());  // a base model
        dialog->setFile(m_demo->filePath(QStringLiteral("questions.txt")));
        QCOMPARE(dialog->placeField()->text(), m_demo->filePath(QStringLiteral("questions.answers.jsonl")));
        QVERIFY(dialog->startButton()->isEnabled());
        QTest::mouseClick(dialog->startButton(), Qt::LeftButton);  // no such file
        QVERIFY(dialog->errorPanel()->isVisible());
        QVERIFY(dialog->errorPanel()->message().contains(QStringLiteral("questions.txt")));
        dialog->batchBox()->setValue(8);
        const workbench::PromptsRequest request = dialog->request();
        QCOMPARE(request.batch, 8);
        QCOMPARE(request.settings.value(QLatin1String("maxTokens")).toInt(), 120);
        QVERIFY(workbench::promptsCommand(request).contains(QStringLiteral(" --batch 8 --to ")));
        checkNames(dialog);
        // What a job that has ended leaves is shown.
        const QString answers = m_demo->filePath(QStringLiteral("answers.jsonl"));
        QVERIFY(writeFileAtomically(answers, "{\"line\":1,\"prompt\":\"The json module\",\"text\":\" provides a function\",\"tokens\":4}\n{\"line\":3,\"prompt\":\"\",\"error\":\"It is not UTF-8.\"}\n"));
        job::Spec spec;
        spec.kind = QStringLiteral("prompts");
        spec.title = QStringLiteral("Answering");
        spec.created = QDateTime::currentDateTimeUtc();
        const auto folder = job::Folder::create(m_demo->session.projectPath(), spec);
        QVERIFY(folder);
        auto events = job::EventWriter::open(folder->path() + QStringLiteral("/events.jsonl"));
        events->append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")},
                                               {QStringLiteral("result"), QJsonObject{{QStringLiteral("to"), answers}, {QStringLiteral("prompts"), 2}, {QStringLiteral("answered"), 1},
                                                                                      {QStringLiteral("failed"), 1}, {QStringLiteral("tokens"), 4}, {QStringLiteral("tokensPerSecond"), 40.5},
                                                                                      {QStringLiteral("largestBatch"), 8}}}});
        dialog->follower()->followStarted(m_demo->session.projectPath(), folder->spec().id);
        QTRY_COMPARE(dialog->table()->rowCount(), 2);
        QCOMPARE(dialog->table()->item(0, 2)->text(), QStringLiteral(" provides a function"));
        QCOMPARE(dialog->table()->item(1, 0)->text(), QStringLiteral("3"));
        QVERIFY(dialog->openButton()->isVisible());
        QVERIFY2(dialog->summaryLabel()->text().contains(QStringLiteral("1 of 2")), qPrintable(dialog->summaryLabel()->text()));
        QVERIFY(dialog->grab().save(QStringLiteral(ATHANOR_BINARY_DIR "/pictures/prompts-dialog.png")));
        QTest::mouseClick(dialog->startButton(), Qt::LeftButton);  // "Close"
        QTRY_VERIFY(!page->findChild<pages::PromptsDialog *>());
    }

    // The last of all: what the button does is taken from it, so that no worker starts.
    void ctrlReturnInThePromptPressesTheButtonOnce()
    {
        auto *page = show<pages::ChatPage>(Stage::Chat);
        QPushButton *primary = primaryOf(page);
        QObject::disconnect(primary, &QPushButton::clicked, page, nullptr);
        QSignalSpy pressed(primary, &QPushButton::clicked);
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        page->promptField()->setFocus();
        page->promptField()->setPlainText(QStringLiteral("The json module"));
        QTRY_VERIFY(primary->isEnabled());
        QTest::keyClick(page->promptField(), Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(pressed.count(), 1);
        QTest::keyClick(page->promptField(), Qt::Key_Enter, Qt::ControlModifier | Qt::KeypadModifier);
        QCOMPARE(pressed.count(), 2);
        QCOMPARE(page->promptField()->toPlainText(), QStringLiteral("The json module"));
        page->promptField()->clear();
        QTRY_VERIFY(!primary->isEnabled());
        QTest::keyClick(page->promptField(), Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(pressed.count(), 2);
        QVERIFY(page->promptField()->toPlainText().isEmpty());
    }

    void cleanupTestCase() { closeWindow(); }
};

QTEST_MAIN(TestPages)
#include "test_pages.moc"
