// Every page on a project as a person has it: empty, while a run trains, afterwards. Clicks and keys, and a picture of
// each in light and dark, in the usual and in a small window, under <build>/pictures.
#include "tests/ui/pages/demo_project.h"
#include "tests/ui/pages/pictures.h"
#include "ui/pages/architecture/architecture_page.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/chat/chat_page.h"
#include "ui/pages/chat/prompts_dialog.h"
#include "ui/pages/data/data_page.h"
#include "ui/pages/evaluation/evaluation_page.h"
#include "ui/pages/stages/stages.h"
#include "ui/pages/tokenizer/tokenizer_page.h"
#include "ui/pages/training/training_page.h"
#include "ui/plots/course_line.h"
#include "ui/shell/main_window.h"
#include "ui/style/appearance.h"

using namespace athanor;
using project::Stage;

namespace {

QPushButton *primaryOf(const QWidget *page)
{
    return page->findChild<style::PageHeader *>()->primary();
}

}  // namespace

class TestPages : public QObject {
    Q_OBJECT

private:
    template <typename P> P *show(Stage stage, const QJsonObject &argument = {})
    {
        m_window->showStage(stage, argument);
        QCoreApplication::processEvents();
        auto *page = qobject_cast<P *>(m_window->page(stage));
        if (page)
            page->refresh();
        return page;
    }

    /// Each button says what it does, also to a screen reader.
    void checkNames(QWidget *page)
    {
        for (const QAbstractButton *button : page->findChildren<QAbstractButton *>())
            if (button->isVisible() && button->focusPolicy() != Qt::NoFocus)
                QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty() || !button->toolTip().isEmpty(), button->metaObject()->className());
        for (const QWidget *view : page->findChildren<QWidget *>()) {
            const bool isField = qobject_cast<const QLineEdit *>(view) || qobject_cast<const QAbstractItemView *>(view) || qobject_cast<const QPlainTextEdit *>(view);
            if (isField && view->isVisible() && !view->objectName().startsWith(QLatin1String("qt_")))
                QVERIFY2(!view->accessibleName().isEmpty() || (view->parentWidget() && !view->parentWidget()->accessibleName().isEmpty()) || !view->toolTip().isEmpty(),
                         qPrintable(QString::fromLatin1(view->metaObject()->className()) + QLatin1String(" in ") + QString::fromLatin1(view->parentWidget()->metaObject()->className())));
        }
    }

    std::unique_ptr<plugin::Catalogue> m_catalogue;
    std::unique_ptr<test::DemoProject> m_demo;
    std::unique_ptr<shell::MainWindow> m_window;
    QString m_firstRun, m_run;

private Q_SLOTS:
    void initTestCase()
    {
        useCLocaleForNumbers();
        style::Appearance::instance()->setTheme(style::Theme::Light);
        style::Appearance::instance()->apply();
        m_catalogue = plugin::scanUsualFolders();
        m_demo = std::make_unique<test::DemoProject>(*m_catalogue);
        m_window = std::make_unique<shell::MainWindow>(m_demo->session, pages::stages());
        m_window->resize(1440, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }

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

    void anotherUpdateRuleBringsItsSettingsAndItsSpeed()
    {
        auto *training = show<pages::TrainingPage>(Stage::Training);
        pages::StartPanel *start = training->startPanel();
        forms::ParameterForm *form = start->form();
        form->setMoreVisible(true);
        auto *rule = qobject_cast<QComboBox *>(form->editor(QStringLiteral("optimizer")));
        QVERIFY(rule && form->editor(QStringLiteral("epsilon")));
        rule->setCurrentIndex(rule->findData(QStringLiteral("optimizer.sgd")));
        QVERIFY(!form->editor(QStringLiteral("epsilon")) && form->editor(QStringLiteral("nesterov")));
        QCOMPARE(form->values().value(QLatin1String("learning_rate")).toDouble(), 0.1);
        QTRY_COMPARE(start->course()->words(), QString::fromUtf8("0.0002 → 0.1 → 0.01"));
        QTRY_VERIFY(m_demo->session.command().endsWith(QStringLiteral("--set optimizer=optimizer.sgd")));
        form->setValues({{QStringLiteral("groups"), QStringLiteral("toks: lr 2")}});
        QTRY_VERIFY(!start->canStart());
        QVERIFY(form->firstError().contains(QStringLiteral("toks")) && form->firstError().contains(QStringLiteral("blocks.*.attention")));
        form->setValues({{QStringLiteral("groups"), QStringLiteral("tok: lr 2")}});
        QTRY_VERIFY(start->canStart());
        test::takePictures(*m_window, QStringLiteral("training-more"));
        form->resetToDefaults();
        form->setMoreVisible(false);
        QCOMPARE(form->values().value(QLatin1String("learning_rate")).toDouble(), 0.002);
        QTRY_VERIFY(start->canStart());
    }

    void aRunThatBeganBeforeTheWindowShowsFully()
    {
        test::FakeRun first;
        first.title = QStringLiteral("First try");
        first.finished = true;
        first.steps = 1600;
        first.floor = 5.9;
        m_firstRun = test::writeRun(m_demo->session, first);
        m_run = test::writeRun(m_demo->session, {});
        QVERIFY(!m_run.isEmpty());
        m_demo->hold(m_run);
        m_demo->session.refreshNow();
        auto *page = show<pages::TrainingPage>(Stage::Training, {{QStringLiteral("run"), m_run}});
        QTRY_COMPARE(page->runView()->samples()->count(), 3);
        QTRY_VERIFY(page->runView()->plot()->lineIds().size() >= 2);
        QTRY_COMPARE(page->checkpointsCard()->count(), 3);
        QCOMPARE(page->follower()->summary().state, job::State::Running);
        QVERIFY(page->runView()->card(0)->value() != QStringLiteral("–"));
        QVERIFY(page->runView()->card(2)->value().startsWith(QLatin1Char('4')));
        QVERIFY(!page->reportButton()->isVisible());  // it still changes
        checkNames(page);
    }

    void theInsideIsShown()
    {
        auto *page = show<pages::TrainingPage>(Stage::Training, {{QStringLiteral("run"), m_run}});
        pages::RunView *view = page->runView();
        QTRY_COMPARE(view->inside()->map()->rows().size(), 6);
        QCOMPARE(view->inside()->map()->rows().last().title, QStringLiteral("blocks.5"));
        QStringList phases;
        for (const plots::BarPart &part : view->timeBar()->parts())
            phases += part.title + QLatin1Char(' ') + part.text;
        QVERIFY2(phases.first().startsWith(QStringLiteral("data 0.0")), qPrintable(phases.join(QLatin1Char('|'))));
        QVERIFY2(phases.contains(QStringLiteral("backward 55 %")), qPrintable(phases.join(QLatin1Char('|'))));
        for (const char *what : {"update", "activations", "entropy", "dead"}) {
            const QList<plots::HeatRow> before = view->inside()->map()->rows();
            view->inside()->choose(QLatin1String(what));
            QVERIFY2(view->inside()->map()->rows() != before, what);
        }
        auto *area = page->findChild<QScrollArea *>();
        const auto picture = [&](const char *name) {
            area->ensureWidgetVisible(view->inside(), 0, 40);
            QTest::qWait(50);
            test::takeBothThemes(*m_window, QLatin1String(name));
        };
        view->inside()->map()->setFocus();
        QTest::keyClick(view->inside()->map(), Qt::Key_End);
        QVERIFY2(view->inside()->readout().contains(QLatin1String("step")), qPrintable(view->inside()->readout()));
        picture("training-inside-dead");
        view->inside()->choose(QStringLiteral("entropy"));
        QTest::keyClick(view->inside()->map(), Qt::Key_Down);
        QVERIFY2(view->inside()->readout().contains(QStringLiteral("its heads now: 1")), qPrintable(view->inside()->readout()));
        view->inside()->choose(QStringLiteral("gradient"));
        picture("training-inside");
        view->inside()->choose(QStringLiteral("text"));
        pages::TokenLossView *text = view->inside()->text();
        QVERIFY(text->isVisible() && text->toPlainText().startsWith(QStringLiteral("The json module")));
        QVERIFY2(text->wordsAt(4).contains(QStringLiteral("json")) && text->wordsAt(4).contains(QStringLiteral("nats")), qPrintable(text->wordsAt(4)));
        QVERIFY(text->wordsAt(0).contains(QStringLiteral("given")));
        QVERIFY(text->wordsAt(1000).isEmpty());
        text->setFocus();
        QTest::keyClick(text, Qt::Key_Right);
        QTest::keyClick(text, Qt::Key_Right, Qt::ControlModifier);
        QVERIFY(view->inside()->readout().contains(QStringLiteral("json")));
        picture("training-inside-text");
        view->inside()->choose(QStringLiteral("gradient"));
        area->verticalScrollBar()->setValue(0);
    }

    void aHintOfTheRunIsShownWhileItStands()
    {
        auto *page = show<pages::TrainingPage>(Stage::Training, {{QStringLiteral("run"), m_run}});
        auto events = job::EventWriter::open(QStringLiteral("%1/jobs/%2/events.jsonl").arg(m_demo->session.projectPath(), m_run));
        QVERIFY(events);
        QJsonObject hint{{QStringLiteral("kind"), QStringLiteral("hint")}, {QStringLiteral("path"), QString()}, {QStringLiteral("id"), QStringLiteral("dead-units")},
                         {QStringLiteral("seen"), QStringLiteral("45 % of the hidden units of layer blocks.4 stay off on the whole sample text.")},
                         {QStringLiteral("why"), QStringLiteral("A unit that never answers gets no gradient.")}, {QStringLiteral("act"), QStringLiteral("A lower learning speed keeps units alive.")},
                         {QStringLiteral("target"), QStringLiteral("clone-slower")}, {QStringLiteral("step"), 1000}, {QStringLiteral("open"), true}};
        events->append(job::EventType::Artifact, hint, 1000);
        const auto isShown = [&] {
            for (const pages::HintLine &line : page->runView()->hints()->lines())
                if (line.text.contains(QStringLiteral("blocks.4")))
                    return line.tone == style::Tone::Attention && !line.link.isEmpty();
            return false;
        };
        QTRY_VERIFY(isShown());
        hint[QStringLiteral("open")] = false;
        events->append(job::EventType::Artifact, hint, 1020);
        QTRY_VERIFY(!isShown());
    }

    void aCheckpointIsKeptWhenAskedFor()
    {
        auto *page = show<pages::TrainingPage>(Stage::Training, {{QStringLiteral("run"), m_run}});
        pages::CheckpointsCard *card = page->checkpointsCard();
        QTRY_VERIFY(card->nowButton()->isVisible());
        QVERIFY(card->words().isEmpty());
        QTest::mouseClick(card->nowButton(), Qt::LeftButton);
        const QString folder = QStringLiteral("%1/jobs/%2").arg(m_demo->session.projectPath(), m_run);
        QVERIFY(readFile(folder + QStringLiteral("/control.jsonl"))->contains("checkpoint"));
        QVERIFY2(card->words().contains(QStringLiteral("Asked at step")), qPrintable(card->words()));
        const qint64 step = page->follower()->summary().step + 1;
        auto events = job::EventWriter::open(folder + QStringLiteral("/events.jsonl"));
        QVERIFY(events);
        const QString path = QStringLiteral("jobs/%1/checkpoints/step-asked").arg(m_run);
        QVERIFY(makeFolder(m_demo->session.projectPath() + QLatin1Char('/') + path));
        QVERIFY(writeFileAtomically(m_demo->session.projectPath() + QLatin1Char('/') + path + QStringLiteral("/model.safetensors"), "weights"));
        events->append(job::EventType::Artifact, {{QStringLiteral("kind"), QStringLiteral("checkpoint")}, {QStringLiteral("path"), path}, {QStringLiteral("step"), step},
                       {QStringLiteral("loss"), 3.5}, {QStringLiteral("bitsPerByte"), 1.2}, {QStringLiteral("best"), false},
                       {QStringLiteral("weightsSha256"), QString(64, QLatin1Char('a'))}, {QStringLiteral("optimizerSha256"), QString(64, QLatin1Char('b'))}}, step);
        QTRY_VERIFY2(card->words().contains(QStringLiteral("Kept as you asked")), qPrintable(card->words()));
        QTRY_COMPARE(card->count(), 4);
        page->showRun(m_firstRun);
        QTRY_VERIFY(!card->nowButton()->isVisible());  // it has ended
        QVERIFY(card->words().isEmpty());
        page->showRun(m_run);
    }

    void otherRunsAreDrawnOver()
    {
        auto *page = show<pages::TrainingPage>(Stage::Training);
        QTableWidget *runs = page->runsCard()->table();
        QTRY_COMPARE(runs->rowCount(), 2);
        for (int row = 0; row < runs->rowCount(); ++row)
            if (runs->item(row, 0)->flags().testFlag(Qt::ItemIsUserCheckable))
                runs->item(row, 0)->setCheckState(Qt::Checked);
        QCOMPARE(page->runsCard()->compared(), QStringList{m_firstRun});
        QTRY_VERIFY(page->runView()->plot()->lineIds().size() >= 3);
        QVERIFY(page->runView()->plot()->lineIds().contains(m_firstRun + QStringLiteral("/validation")));
        test::writeEvaluation(m_demo->session, QStringLiteral("jobs/%1/checkpoints/step-00001000").arg(m_run), 1.871);
        m_demo->session.refreshNow();
        page->refresh();
        QTest::qWait(500);
        test::takePictures(*m_window, QStringLiteral("training"));
        auto *area = page->findChild<QScrollArea *>();
        area->verticalScrollBar()->setValue(area->verticalScrollBar()->maximum());
        QTest::qWait(100);
        QVERIFY(m_window->grab().save(QStringLiteral(ATHANOR_BINARY_DIR "/pictures/training-below-light.png")));
        area->verticalScrollBar()->setValue(0);
    }

    void aRunThatEndedHasAReport()
    {
        auto *page = show<pages::TrainingPage>(Stage::Training, {{QStringLiteral("run"), m_firstRun}});
        QTRY_COMPARE(page->follower()->summary().state, job::State::Finished);
        QTRY_VERIFY(page->reportButton()->isVisible());
        QCOMPARE(m_demo->session.command(), QStringLiteral("athanor-cli run start --model small-13M --dataset documents"));
        for (const char *part : {"/train", "/validation"})  // it was drawn over another run before
            QVERIFY(page->runView()->plot()->lineIds().contains(m_firstRun + QLatin1String(part)));
        test::takePictures(*m_window, QStringLiteral("training-finished"));
        const QString file = m_demo->filePath(QStringLiteral("report.html"));
        const Status written = page->writeReport(file);
        QVERIFY2(written, written ? "" : qPrintable(written.error().message));
        QCOMPARE(m_demo->session.command(), QStringLiteral("athanor-cli run report %1 --to %2").arg(m_firstRun, file));
        QFile report(file);
        QVERIFY(report.open(QIODevice::ReadOnly));
        const QByteArray text = report.readAll();
        QVERIFY(text.contains("<html") && text.contains("small-13M"));
        QVERIFY(!page->writeReport(file + QStringLiteral("/below a file.html")));
        QVERIFY(!QGuiApplication::overrideCursor());
        QTest::mouseClick(page->reportButton(), Qt::LeftButton);
        auto *dialog = page->findChild<QFileDialog *>();
        QVERIFY(dialog && dialog->acceptMode() == QFileDialog::AcceptSave);
        dialog->reject();
        QTRY_VERIFY(!page->findChild<QFileDialog *>());
        page->showRun(m_run);
        QTRY_COMPARE(page->follower()->summary().state, job::State::Running);
    }

    void stopAndPauseAskTheWorker()
    {
        auto *page = show<pages::TrainingPage>(Stage::Training);
        QPushButton *pause = nullptr;
        for (QPushButton *button : page->findChildren<QPushButton *>())
            if (button->text() == QStringLiteral("Pause") && button->isVisible())
                pause = button;
        QVERIFY(pause);
        QTest::mouseClick(pause, Qt::LeftButton);
        QFile control(QStringLiteral("%1/jobs/%2/control.jsonl").arg(m_demo->session.projectPath(), m_run));
        QVERIFY(control.open(QIODevice::ReadOnly));
        QVERIFY(control.readAll().contains("pause"));
    }

    void lostAndFailedRunsOfferAWay()
    {
        test::FakeRun lost;
        lost.title = QStringLiteral("Interrupted run");
        lost.steps = 300;
        const QString lostId = test::writeRun(m_demo->session, lost);
        test::FakeRun failed;
        failed.title = QStringLiteral("Diverged run");
        failed.steps = 320;
        failed.notANumber = true;
        failed.state = job::State::Failed;
        const QString failedId = test::writeRun(m_demo->session, failed);
        auto *page = show<pages::TrainingPage>(Stage::Training, {{QStringLiteral("run"), lostId}});
        auto *panel = page->findChild<pages::JobPanel *>();
        QTRY_COMPARE(page->follower()->summary().state, job::State::Lost);
        QTRY_VERIFY(panel->isVisible());
        QTRY_COMPARE(primaryOf(page)->text(), QStringLiteral("Resume"));
        QVERIFY(primaryOf(page)->isVisible() && primaryOf(page)->isEnabled());
        QVERIFY(!panel->resumeButton()->isVisible());  // one is enough
        test::takePictures(*m_window, QStringLiteral("training-lost"));
        page->showRun(failedId);
        QTRY_COMPARE(page->follower()->summary().state, job::State::Failed);
        const auto *error = panel->findChild<pages::ErrorPanel *>();
        QTRY_VERIFY(error->isVisible());
        QVERIFY(error->message().contains(QStringLiteral("not a number")));
        test::takePictures(*m_window, QStringLiteral("training-failed"));
    }

    void evaluationStandsBesideTheYardsticks()
    {
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

    void cleanupTestCase()
    {
        m_window.reset();
        m_demo.reset();
    }
};

QTEST_MAIN(TestPages)
#include "test_pages.moc"
