// The whole way through the window as a person goes it the first time, with the real worker: first start, wizard,
// documents in, prepared, tokenizer, architecture, training and its curve, evaluation, chat. Clicks and keys only; a
// picture of every page on the way in light and dark, under <build>/pictures/first-run-*.
// With ATHANOR_TEST_DOCUMENTS=FOLDER (and ATHANOR_TEST_MINUTES=N) it goes the same way with a person's documents and the
// settings that one would take for them; the model must then need fewer bits than gzip -9.
#include "tests/ui/pages/demo_project.h"
#include "tests/ui/pages/pictures.h"
#include "ui/forms/number_edit.h"
#include "ui/pages/architecture/architecture_page.h"
#include "ui/pages/chat/chat_page.h"
#include "ui/pages/data/data_page.h"
#include "ui/pages/evaluation/evaluation_page.h"
#include "ui/pages/project/project_page.h"
#include "ui/pages/project/start_screen.h"
#include "ui/pages/project/wizard/steps.h"
#include "ui/pages/project/wizard/wizard_view.h"
#include "ui/pages/stages/stages.h"
#include "ui/pages/tokenizer/tokenizer_page.h"
#include "ui/pages/training/training_page.h"
#include "ui/shell/main_window.h"
#include "ui/style/appearance.h"

using namespace athanor;
using project::Stage;

namespace {

/// What is typed on the way, and how long the stages may take.
struct Way {
    QString documents;  // empty: fifty short pages that the test writes
    const char *vocabulary = "512";
    const char *preset = "tiny-1M";
    const char *width = "64", *layers = "2", *heads = "2", *context = "64";
    const char *budgetKind = "steps";
    QByteArray budget = "60";
    int seconds = 60;  // for a stage; training has its own
    int trainingSeconds = 150;

    bool isReal() const { return !documents.isEmpty(); }
};

Way wayOfTheEnvironment()
{
    Way way;
    way.documents = qEnvironmentVariable("ATHANOR_TEST_DOCUMENTS");
    if (!way.isReal())
        return way;
    way.vocabulary = "4096";
    way.preset = "small-13M";
    way.width = "256", way.layers = "4", way.heads = "4", way.context = "256";
    way.budgetKind = "time";
    way.budget = qEnvironmentVariable("ATHANOR_TEST_MINUTES", QStringLiteral("8")).toLatin1();
    way.seconds = 300;
    way.trainingSeconds = 60 * way.budget.toInt() + 900;
    return way;
}

}  // namespace

class TestFirstRun : public QObject {
    Q_OBJECT

private:
    const Way m_way = wayOfTheEnvironment();
    template <typename P> P *page(Stage stage) { return qobject_cast<P *>(m_window->page(stage)); }
    QPushButton *primary(Stage stage) { return m_window->page(stage)->findChild<style::PageHeader *>()->primary(); }
    static void click(QWidget *widget) { QTest::mouseClick(widget, Qt::LeftButton); }

    /// Replaces what stands in a field of a form, key by key.
    void type(forms::ParameterForm *form, const char *key, const char *text)
    {
        QWidget *editor = form->editor(QString::fromLatin1(key));
        QVERIFY2(editor, key);
        if (auto *number = qobject_cast<QAbstractSpinBox *>(editor)) {
            number->setFocus();
            number->selectAll();
        }
        QTest::keyClicks(editor, QString::fromLatin1(text));
        QTest::keyClick(editor, Qt::Key_Tab);
    }

    void choose(forms::ParameterForm *form, const char *key, const char *value)
    {
        auto *box = qobject_cast<QComboBox *>(form->editor(QString::fromLatin1(key)));
        QVERIFY2(box, key);
        box->setFocus();
        for (int presses = 0; presses < box->count() && box->currentData().toString() != QLatin1String(value); ++presses)
            QTest::keyClick(box, Qt::Key_Down);
        QCOMPARE(form->values().value(QLatin1String(key)).toString(), QString::fromLatin1(value));
    }

    void picture(const char *name) { test::takeBothThemes(*m_window, QStringLiteral("first-run-") + QLatin1String(name)); }

    /// Waits until the follower's job has ended well; names what went wrong.
    void waitFor(pages::JobFollower *follower, int seconds)
    {
        QTRY_VERIFY_WITH_TIMEOUT(follower->hasJob() && !follower->isRunning(), seconds * 1000);
        const Error &error = follower->summary().error;
        QVERIFY2(follower->summary().state == job::State::Finished, qPrintable(error.message + QLatin1Char(' ') + error.hint + QLatin1Char(' ') + error.detail));
    }

    QString m_documents;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<plugin::Catalogue> m_catalogue;
    std::unique_ptr<shell::Session> m_session;
    std::unique_ptr<shell::MainWindow> m_window;

private Q_SLOTS:
    void initTestCase()
    {
        useCLocaleForNumbers();
        m_folder = std::make_unique<QTemporaryDir>();
        qputenv("HOME", m_folder->path().toUtf8());
        style::Appearance::instance()->setTheme(style::Theme::Light);
        style::Appearance::instance()->apply();
        m_catalogue = plugin::scanUsualFolders();
        m_session = std::make_unique<shell::Session>(*m_catalogue);
        m_window = std::make_unique<shell::MainWindow>(*m_session, pages::stages());
        m_window->resize(1440, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_documents = m_way.documents;
        if (m_documents.isEmpty())
            test::writeDocuments(m_documents = m_folder->filePath(QStringLiteral("my documents")));
    }

    void theFirstStartOffersThreeWays()
    {
        picture("1-start");
        auto *documents = m_window->findChild<pages::ChoiceCard *>(QStringLiteral("documents"));
        QVERIFY(documents && documents->isVisible());
        QTest::keyClick(documents, Qt::Key_Return);
        QVERIFY(page<pages::ProjectPage>(Stage::Project)->wizard());
    }

    void theWizardAsksAndRecommends()
    {
        pages::WizardView *wizard = page<pages::ProjectPage>(Stage::Project)->wizard();
        picture("2-wizard-objective");
        click(wizard->nextButton());
        QCOMPARE(wizard->currentStep(), 1);
        wizard->addPaths({m_documents});  // what a drop on the window calls
        QTRY_VERIFY_WITH_TIMEOUT(wizard->nextButton()->isEnabled(), m_way.seconds * 1000);
        picture("3-wizard-documents");
        click(wizard->nextButton());
        QCOMPARE(wizard->currentStep(), 2);
        for (QCheckBox *box : wizard->findChildren<QCheckBox *>())
            if (box->isVisible() && !box->isChecked()) {
                box->setFocus();
                QTest::keyClick(box, Qt::Key_Space);
            }
        picture("4-wizard-machine");
        click(wizard->nextButton());
        QCOMPARE(wizard->currentStep(), 3);
        picture("5-wizard-approach");
        click(wizard->nextButton());
        QCOMPARE(wizard->currentStep(), 4);
        picture("6-wizard-summary");
        QCOMPARE(m_session->project().sources()->size(), 1);
    }

    void theDocumentsArePrepared()
    {
        m_window->showStage(Stage::Data);
        auto *data = page<pages::DataPage>(Stage::Data);
        QTRY_COMPARE(primary(Stage::Data)->text(), QStringLiteral("Prepare documents"));
        click(primary(Stage::Data));
        waitFor(data->follower(), m_way.seconds);
        QTRY_COMPARE_WITH_TIMEOUT(primary(Stage::Data)->text(), QStringLiteral("Next: tokenizer"), 10000);
        click(data->documents()->chips()->button(QStringLiteral("removed")));
        QTRY_VERIFY(data->documents()->model()->rowCount() > 0 && (m_way.isReal() || data->documents()->model()->rowCount() < 10));
        picture("7-data");
        click(primary(Stage::Data));
        QCOMPARE(m_window->currentStage(), Stage::Tokenizer);
    }

    void theTokenizerIsTrained()
    {
        auto *tokenizer = page<pages::TokenizerPage>(Stage::Tokenizer);
        QTRY_COMPARE(primary(Stage::Tokenizer)->text(), QStringLiteral("Train tokenizer"));
        type(tokenizer->trainCard()->form(), "vocabulary", m_way.vocabulary);
        click(primary(Stage::Tokenizer));
        QTRY_COMPARE_WITH_TIMEOUT(primary(Stage::Tokenizer)->text(), QStringLiteral("Next: architecture"), m_way.seconds * 1000);
        tokenizer->editor()->setFocus();
        tokenizer->editor()->selectAll();
        QTest::keyClicks(tokenizer->editor(), QStringLiteral("The json module returns a list of names."));
        QTRY_VERIFY(tokenizer->editor()->tokenisation().tokens > 3);
        picture("8-tokenizer");
        click(primary(Stage::Tokenizer));
        QCOMPARE(m_window->currentStage(), Stage::Architecture);
    }

    void theArchitectureIsChosen()
    {
        auto *architecture = page<pages::ArchitecturePage>(Stage::Architecture);
        architecture->usePreset(QString::fromLatin1(m_way.preset));  // as the entry of the menu does
        type(architecture->form(), "width", m_way.width);
        type(architecture->form(), "layers", m_way.layers);
        type(architecture->form(), "heads", m_way.heads);
        type(architecture->form(), "context", m_way.context);
        QTRY_COMPARE(architecture->diagram()->diagram().frames.first().repeat, QByteArray(m_way.layers).toInt());
        QTRY_VERIFY(primary(Stage::Architecture)->isEnabled());
        picture("9-architecture");
        click(primary(Stage::Architecture));
        QCOMPARE(m_window->currentStage(), Stage::Training);
    }

    void theModelLearns()
    {
        auto *training = page<pages::TrainingPage>(Stage::Training);
        choose(training->startPanel()->form(), "budget_kind", m_way.budgetKind);
        type(training->startPanel()->form(), "budget", m_way.budget.constData());
        QTRY_VERIFY(training->startPanel()->canStart());
        picture("10-training-start");
        click(primary(Stage::Training));
        QTRY_VERIFY_WITH_TIMEOUT(training->follower()->hasJob(), 5000);
        waitFor(training->follower(), m_way.trainingSeconds);
        QTRY_VERIFY(training->runView()->plot()->lineIds().size() >= 2);
        QVERIFY(training->runView()->samples()->count() >= 1);
        QTRY_VERIFY_WITH_TIMEOUT(training->checkpointsCard()->count() >= 1, 10000);
        job::MetricsReader *metrics = training->follower()->metrics();
        QVERIFY(metrics);
        metrics->poll();
        const job::Series &bits = metrics->series(QStringLiteral("validation/bits_per_byte"));
        QVERIFY(bits.values.size() >= 2);
        QVERIFY2(bits.values.back() < bits.values.front(), "the model learns nothing");
        picture("11-training");
    }

    void theCheckpointIsMeasured()
    {
        auto *training = page<pages::TrainingPage>(Stage::Training);
        for (QPushButton *button : training->checkpointsCard()->findChildren<QPushButton *>())
            if (button->text() == QStringLiteral("Evaluate"))
                click(button);
        QCOMPARE(m_window->currentStage(), Stage::Evaluation);
        auto *evaluation = page<pages::EvaluationPage>(Stage::Evaluation);
        QTRY_VERIFY(primary(Stage::Evaluation)->isEnabled());
        click(primary(Stage::Evaluation));
        waitFor(evaluation->follower(), m_way.seconds);
        QTRY_VERIFY_WITH_TIMEOUT(evaluation->history()->rowCount() >= 1, 10000);
        QTRY_VERIFY(evaluation->comparison()->rowCount() >= 3);
        const project::Evaluation measured = m_session->project().evaluations()->first();
        qInfo("%.3f bits per byte, gzip -9 %.3f, xz -9e %.3f", measured.bitsPerByte, measured.facts.value(QLatin1String("gzipBitsPerByte")).toDouble(),
              measured.facts.value(QLatin1String("xzBitsPerByte")).toDouble());
        QVERIFY(!m_way.isReal() || measured.bitsPerByte < measured.facts.value(QLatin1String("gzipBitsPerByte")).toDouble());
        picture("12-evaluation");
    }

    void theModelContinuesAText()
    {
        m_window->showStage(Stage::Training);
        click(page<pages::TrainingPage>(Stage::Training)->checkpointsCard()->tryButton());
        QCOMPARE(m_window->currentStage(), Stage::Chat);
        auto *chat = page<pages::ChatPage>(Stage::Chat);
        chat->promptField()->setFocus();
        QTest::keyClicks(chat->promptField(), QStringLiteral("The json module"));
        type(chat->form(), "max_tokens", "24");
        chat->promptField()->setFocus();
        QTest::keyClick(chat->promptField(), Qt::Key_Return, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(chat->client()->state() == pages::ChatClient::State::Ready && chat->view()->tokenCount() > 0, 60000);
        QVERIFY(chat->view()->tokenCount() <= 24);
        const int start = int(chat->promptField()->toPlainText().size());
        const pages::ChatToken *token = chat->view()->tokenAt(start);
        QVERIFY(token && token->probability > 0 && token->probability <= 1);
        QCOMPARE(token->alternatives.size(), 5);
        picture("13-chat");
        m_window->showStage(Stage::Project);
        picture("14-project");
    }

    void cleanupTestCase()
    {
        m_window.reset();
        m_session.reset();
    }
};

QTEST_MAIN(TestFirstRun)
#include "test_first_run.moc"
