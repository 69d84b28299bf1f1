// The Training page as a person has it: before Start, while a run trains, afterwards, interrupted. Clicks and keys, and a
// picture of each in light and dark, at three sizes, under <build>/pictures.
#include "tests/ui/pages/page_test.h"
#include "ui/pages/training/training_page.h"
#include "ui/plots/course_line.h"

using namespace athanor;
using project::Stage;
using test::primaryOf;

class TestTrainingPage : public test::PageTest {
    Q_OBJECT

private:
    QString m_firstRun, m_run;

private Q_SLOTS:
    void initTestCase()
    {
        openWindow();
        m_demo->prepare();
        m_demo->makeTokenizer();
        m_demo->makeModel();
    }

    void anotherUpdateRuleBringsItsSettingsAndItsRate()
    {
        auto *training = show<pages::TrainingPage>(Stage::Training);
        pages::StartPanel *start = training->startPanel();
        forms::ParameterForm *form = start->form();
        form->setMoreVisible(true);
        auto *rule = qobject_cast<QComboBox *>(form->editor(QStringLiteral("optimizer")));
        QVERIFY(rule && form->editor(QStringLiteral("epsilon")));
        rule->setCurrentIndex(rule->findData(QStringLiteral("optimizer.sgd")));
        QVERIFY(!form->editor(QStringLiteral("epsilon")) && form->editor(QStringLiteral("nesterov")));
        QCOMPARE(form->values().value(QLatin1String("learning_rate")).toDouble(), 0.4);
        QTRY_COMPARE(start->course()->words(), QString::fromUtf8("0.0008 → 0.4 → 0.04"));
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

    // The limit is the chosen model's, so it stands beside the field while one types.
    void aSequenceBeyondTheContextIsRefusedAtItsField()
    {
        pages::StartPanel *start = show<pages::TrainingPage>(Stage::Training)->startPanel();
        forms::ParameterForm *form = start->form();
        form->setMoreVisible(true);
        QTRY_VERIFY(start->canStart());
        form->setValues({{QStringLiteral("sequence"), 100000}});
        QTRY_VERIFY(!start->canStart());
        QWidget *field = form->editor(QStringLiteral("sequence"));
        QVERIFY2(field->accessibleDescription().contains(QStringLiteral("cannot be 100000")) && field->accessibleDescription().contains(QStringLiteral("tokens, the model's context")),
                 qPrintable(field->accessibleDescription()));
        QVERIFY(field->isVisible());
        test::takePictures(*m_window, QStringLiteral("training-sequence-refused"));
        form->setValues({{QStringLiteral("sequence"), 64}});
        QTRY_VERIFY(start->canStart() && field->accessibleDescription().isEmpty());
        form->resetToDefaults();
        form->setMoreVisible(false);
        QTRY_VERIFY(start->canStart());
    }

    // Another kind of budget takes over the length; looking at it and coming back leaves what was typed.
    void anotherKindOfBudgetKeepsTheLength()
    {
        pages::StartPanel *start = show<pages::TrainingPage>(Stage::Training)->startPanel();
        forms::ParameterForm *form = start->form();
        QTRY_VERIFY(start->canStart());
        auto *kind = qobject_cast<QComboBox *>(form->editor(QStringLiteral("budget_kind")));
        const auto amount = [&] { return form->values().value(QLatin1String("budget")).toDouble(); };
        form->setValues({{QStringLiteral("budget"), 45}});
        QTRY_VERIFY(start->canStart() && form->values().value(QLatin1String("budget_kind")) == QLatin1String("time"));
        for (const char *other : {"steps", "tokens", "passes"}) {
            kind->setCurrentIndex(kind->findData(QLatin1String(other)));
            QVERIFY2(amount() > 0 && amount() != 45, other);
            kind->setCurrentIndex(kind->findData(QStringLiteral("time")));
            QCOMPARE(amount(), 45.0);
        }
        form->resetToDefaults();
    }

    void everyFieldIsReachedByTab()
    {
        auto *page = show<pages::TrainingPage>(Stage::Training);
        pages::StartPanel *start = page->startPanel();
        forms::ParameterForm *form = start->form();
        form->setMoreVisible(true);
        const QStringList sections = form->sections();
        QVERIFY(sections.size() >= 4 && sections.size() <= 8);
        test::takePictures(*m_window, QStringLiteral("training-sections"));
        for (const QString &title : sections)
            form->setSectionOpen(title, true);
        start->modelBox()->setFocus();
        QVERIFY(start->modelBox()->hasFocus());
        QSet<const QWidget *> reached;
        for (int presses = 0; presses < 300 && QApplication::focusWidget(); ++presses) {
            reached.insert(QApplication::focusWidget());
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            if (start->modelBox()->hasFocus())
                break;
        }
        for (const plugin::Parameter &parameter : form->schema().parameters()) {
            const QWidget *editor = form->editor(parameter.key);
            QVERIFY2(!editor->isVisible() || reached.contains(editor), qPrintable(parameter.key));
            QVERIFY2(!editor->accessibleName().isEmpty(), qPrintable(parameter.key));
        }
        for (const QWidget *other : QList<const QWidget *>{start->datasetBox(), start->largestButton(), start->measureButton(), start->findRateButton(), start->trySeveralButton(), primaryOf(page)})
            QVERIFY2(reached.contains(other), qPrintable(other->accessibleName()));
        for (const QString &title : sections)
            form->setSectionOpen(title, false);
        form->setMoreVisible(false);
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
        QCOMPARE(view->inside()->map()->rows().last().title, QStringLiteral("Layer 6"));
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
                         {QStringLiteral("why"), QStringLiteral("A unit that never answers gets no gradient.")}, {QStringLiteral("act"), QStringLiteral("A lower learning rate keeps units alive.")},
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
        QPushButton *compare = nullptr;
        for (QPushButton *button : page->findChildren<QPushButton *>())
            if (button->text() == QStringLiteral("Compare runs"))
                compare = button;
        QVERIFY(compare && compare->isVisible());
        QTest::mouseClick(compare, Qt::LeftButton);  // the list is far below
        QVERIFY(runs->hasFocus() && !runs->visibleRegion().isEmpty());
        for (int row = 0; row < runs->rowCount(); ++row)
            if (runs->item(row, 0)->flags().testFlag(Qt::ItemIsUserCheckable))
                runs->item(row, 0)->setCheckState(Qt::Checked);
        QCOMPARE(page->runsCard()->compared(), QStringList{m_firstRun});
        QTRY_VERIFY(page->runView()->plot()->lineIds().size() >= 3);
        QVERIFY(page->runView()->plot()->lineIds().contains(m_firstRun + QStringLiteral("/validation")));
        test::writeEvaluation(m_demo->session, QStringLiteral("jobs/%1/checkpoints/step-00001000").arg(m_run), 1.871);
        m_demo->session.refreshNow();
        page->refresh();
        auto *area = page->findChild<QScrollArea *>();
        area->verticalScrollBar()->setValue(0);
        QTest::qWait(500);
        test::takePictures(*m_window, QStringLiteral("training"));
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

    void labelsAreMeasuredAsLabels()
    {
        test::FakeRun labels;
        labels.title = QStringLiteral("Sorting letters");
        labels.sortsTexts = true;
        labels.floor = 0.3;
        const QString id = test::writeRun(m_demo->session, labels);
        auto *page = show<pages::TrainingPage>(Stage::Training, {{QStringLiteral("run"), id}});
        pages::RunView *view = page->runView();
        QTRY_COMPARE(view->card(0)->value(), QStringLiteral("89 %"));
        QCOMPARE(view->card(1)->value(), QStringLiteral("0.84"));
        for (const style::ValueCard *card : view->findChildren<style::ValueCard *>())
            for (const style::ElidedLabel *label : card->findChildren<style::ElidedLabel *>())
                QVERIFY2(!label->fullText().contains(QStringLiteral("erplexity")), qPrintable(label->fullText()));
        QVERIFY(view->plot()->findChild<QAbstractButton *>(QStringLiteral("accuracy")));
        QVERIFY(!view->plot()->findChild<QAbstractButton *>(QStringLiteral("perplexity")) || !view->plot()->findChild<QAbstractButton *>(QStringLiteral("perplexity"))->isVisible());
        QVERIFY(!view->samples()->isVisible());
        view->plot()->setQuantity(QStringLiteral("accuracy"));
        QTest::qWait(200);
        test::takePictures(*m_window, QStringLiteral("training-labels"));
        page->showRun(m_run);
        QTRY_COMPARE(page->follower()->summary().state, job::State::Running);
        QVERIFY(view->samples()->isVisible());
        QTRY_VERIFY(view->card(1)->value() != QStringLiteral("0.84"));
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

    void aRunThatWaitsSaysForWhat()
    {
        const auto running = job::Folder::open(m_demo->session.projectPath(), m_run);
        QVERIFY(running);
        job::Spec spec = running->spec();
        spec.id.clear();
        spec.title = QStringLiteral("Training after that");
        spec.after = {m_run};
        const auto waiting = job::Folder::create(m_demo->session.projectPath(), spec);
        QVERIFY(waiting);
        m_demo->session.refreshNow();
        auto *page = show<pages::TrainingPage>(Stage::Training, {{QStringLiteral("run"), waiting->spec().id}});
        const auto *panel = page->findChild<pages::JobPanel *>();
        QTRY_VERIFY(panel->isVisible());
        const auto says = [&] {
            const QList<QLabel *> labels = panel->findChildren<QLabel *>();
            return std::any_of(labels.begin(), labels.end(), [](const QLabel *label) {
                return label->text().startsWith(QStringLiteral("First: Training small-13M on documents (Training")) && label->text().contains(QStringLiteral("starts by itself"));
            });
        };
        QTRY_VERIFY(says());
        test::takePictures(*m_window, QStringLiteral("training-waits"));
        page->showRun(m_run);
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

    void cleanupTestCase() { closeWindow(); }
};

QTEST_MAIN(TestTrainingPage)
#include "test_training_page.moc"
