// A model that exists, the whole way through the window with the real worker: made once, taken out with its proof, looked
// at, brought in again, shown examples token by token, taught by an adapter, asked, and taken out. Clicks and keys only; a
// picture of every page on the way under <build>/pictures/existing-*. With ATHANOR_TEST_MODEL=PATH the model at PATH (a
// folder or a GGUF file) is brought in instead of the one made here.
#include "tests/ui/pages/demo_project.h"
#include "tests/ui/pages/pictures.h"
#include "ui/forms/number_edit.h"
#include "ui/pages/architecture/architecture_page.h"
#include "ui/pages/chat/chat_page.h"
#include "ui/pages/common/export_dialog.h"
#include "ui/pages/data/data_page.h"
#include "ui/pages/stages/stages.h"
#include "ui/pages/training/training_page.h"
#include "ui/shell/main_window.h"
#include "ui/style/appearance.h"

using namespace athanor;
using project::Stage;

namespace {

constexpr char kTemplate[] = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}{{ eos_token }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

}  // namespace

class TestExistingModel : public QObject {
    Q_OBJECT

private:
    template <typename P> P *page(Stage stage, const QJsonObject &argument = {})
    {
        m_window->showStage(stage, argument);
        return qobject_cast<P *>(m_window->page(stage));
    }
    QPushButton *primary(Stage stage) { return m_window->page(stage)->findChild<style::PageHeader *>()->primary(); }
    static void click(QWidget *widget) { QTest::mouseClick(widget, Qt::LeftButton); }

    void picture(const char *name, QWidget *widget = nullptr) { test::takeBothThemes(widget ? *widget : *m_window, QStringLiteral("existing-") + QLatin1String(name)); }

    void waitFor(pages::JobFollower *follower, int seconds)
    {
        QTRY_VERIFY_WITH_TIMEOUT(follower->hasJob() && !follower->isRunning(), seconds * 1000);
        const Error &error = follower->summary().error;
        QVERIFY2(follower->summary().state == job::State::Finished, qPrintable(error.message + QLatin1Char(' ') + error.hint + QLatin1Char(' ') + error.detail));
    }

    /// Presses Export in the dialog and waits for the proof.
    void exportTo(pages::ExportDialog *dialog, const QString &place)
    {
        QTRY_VERIFY(dialog->isVisible());
        dialog->placeField()->setFocus();
        dialog->placeField()->selectAll();
        QTest::keyClicks(dialog->placeField(), place);
        click(dialog->startButton());
        QVERIFY2(dialog->follower()->hasJob(), qPrintable(dialog->errorPanel()->message()));
        waitFor(dialog->follower(), 240);
        QTRY_VERIFY(dialog->openButton()->isVisible());
        QVERIFY(dialog->parity()->value(QStringLiteral("Same text")).startsWith(dialog->parity()->value(QStringLiteral("Same text")).section(QLatin1Char(' '), 2, 2)));
        QVERIFY(!dialog->card().isEmpty());
    }

    QString makeModel()
    {
        workbench::Workbench &bench = m_demo->session.workbench();
        m_demo->makeTokenizer();
        const QJsonObject small{{QStringLiteral("width"), 64}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 128}};
        if (!bench.createModel(QStringLiteral("tiny"), QStringLiteral("architecture.llama"), small, QStringLiteral("tokenizer")))
            return {};
        const auto run = bench.startRun({QStringLiteral("tiny"), QStringLiteral("documents"), {{QStringLiteral("budget_kind"), QStringLiteral("steps")}, {QStringLiteral("budget"), 40}}, {}, {}, {}, {}, {}});
        if (!run || !test::waitForJob(m_demo->session, run->spec().id, 150))
            return {};
        m_demo->session.refreshNow();
        return run->spec().id;
    }

    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<plugin::Catalogue> m_catalogue;
    std::unique_ptr<test::DemoProject> m_demo;
    std::unique_ptr<shell::MainWindow> m_window;
    QString m_source;

private Q_SLOTS:
    void initTestCase()
    {
        useCLocaleForNumbers();
        m_home = std::make_unique<QTemporaryDir>();
        qputenv("HOME", m_home->path().toUtf8());
        style::Appearance::instance()->setTheme(style::Theme::Light);
        style::Appearance::instance()->apply();
        m_catalogue = plugin::scanUsualFolders();
        m_demo = std::make_unique<test::DemoProject>(*m_catalogue);
        m_window = std::make_unique<shell::MainWindow>(m_demo->session, pages::stages());
        m_window->resize(1440, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_demo->prepare();
    }

    void aModelIsTakenOutWithItsProof()
    {
        m_source = qEnvironmentVariable("ATHANOR_TEST_MODEL");
        if (!m_source.isEmpty())
            QSKIP("A model is given.");
        const QString run = makeModel();
        QVERIFY(!run.isEmpty());
        auto *training = page<pages::TrainingPage>(Stage::Training, {{QStringLiteral("run"), run}});
        QTRY_VERIFY(training->checkpointsCard()->count() > 0);
        click(training->checkpointsCard()->exportButton());
        auto *dialog = training->findChild<pages::ExportDialog *>();
        QVERIFY(dialog);
        m_source = m_demo->filePath(QStringLiteral("tiny-out"));
        exportTo(dialog, m_source);
        picture("1-exported", dialog);
        click(dialog->startButton());
        QVERIFY(QFileInfo::exists(m_source + QStringLiteral("/model.safetensors")));
        test::writeText(m_source + QStringLiteral("/chat_template.jinja"), kTemplate);
    }

    void itIsLookedAtAndBroughtIn()
    {
        auto *architecture = page<pages::ArchitecturePage>(Stage::Architecture);
        click(architecture->ways()->button(QStringLiteral("get")));
        pages::GetModelPanel *panel = architecture->getModel();
        panel->sourceField()->setFocus();
        QTest::keyClicks(panel->sourceField(), m_source);
        QTest::keyClick(panel->sourceField(), Qt::Key_Return);
        QVERIFY2(panel->preview().canBringIn, qPrintable(panel->preview().reason + panel->errorPanel()->message()));
        panel->nameField()->setFocus();
        panel->nameField()->selectAll();
        QTest::keyClicks(panel->nameField(), QStringLiteral("brought-in"));
        QTRY_VERIFY(primary(Stage::Architecture)->isEnabled());
        picture("2-look");
        click(primary(Stage::Architecture));
        waitFor(architecture->follower(), 120);
        QTRY_VERIFY(architecture->models()->isVisible());
        QTRY_COMPARE(architecture->models()->current()->name, QStringLiteral("brought-in"));
        QVERIFY(!architecture->models()->current()->base.isEmpty());
        picture("3-models");
    }

    void itsExamplesAreShownTokenByToken()
    {
        const QString file = m_demo->filePath(QStringLiteral("examples.jsonl"));
        QByteArray lines;
        for (int i = 0; i < 60; ++i)
            lines += QStringLiteral("{\"question\":\"What does the json module do, part %1?\",\"answer\":\"The function json.reads returns a list of names, and part %1 is stable.\"}\n").arg(i).toUtf8();
        test::writeText(file, lines + "{\"question\":\"Without an answer\"}\n");
        QVERIFY(m_demo->session.workbench().addSource(file, QStringLiteral("own")));
        auto *data = page<pages::DataPage>(Stage::Data, {{QStringLiteral("recipe"), QStringLiteral("records")}});
        auto *recipe = data->findChild<pages::RecipeDialog *>();
        QVERIFY(recipe);
        click(recipe->acceptButton());
        waitFor(data->follower(), 60);
        QTRY_COMPARE(data->datasetBox()->currentText(), QStringLiteral("examples"));
        data->documents()->showOnly(QStringLiteral("kept"));
        click(data->documentCard()->views()->button(QStringLiteral("tokens")));
        pages::TokenInspector *inspector = data->documentCard()->inspector();
        QTRY_VERIFY2(inspector->view()->tokenCount() > 8, qPrintable(inspector->errorPanel()->message()));
        QCOMPARE(inspector->modelBox()->currentText(), QStringLiteral("brought-in"));
        picture("4-tokens");
        click(primary(Stage::Data));
        QCOMPARE(m_window->currentStage(), Stage::Training);
    }

    void anAdapterIsTaught()
    {
        auto *training = page<pages::TrainingPage>(Stage::Training, {{QStringLiteral("model"), QStringLiteral("brought-in")}, {QStringLiteral("dataset"), QStringLiteral("examples")}});
        pages::StartPanel *start = training->startPanel();
        QCOMPARE(start->teachingForm()->kind(), QStringLiteral("chat"));
        auto *learns = qobject_cast<QComboBox *>(start->teachingForm()->learnsForm()->editor(QStringLiteral("learns")));
        learns->setFocus();
        QTest::keyClick(learns, Qt::Key_Down);
        start->form()->setValues({{QStringLiteral("budget_kind"), QStringLiteral("steps")}, {QStringLiteral("budget"), 24}});
        QTRY_VERIFY2(start->canStart(), qPrintable(start->lines()->lines().isEmpty() ? QString() : start->lines()->lines().first().text));
        picture("5-teach");
        click(primary(Stage::Training));
        QTRY_VERIFY_WITH_TIMEOUT(training->follower()->hasJob(), 5000);
        waitFor(training->follower(), 400);
        QTRY_VERIFY_WITH_TIMEOUT(training->checkpointsCard()->count() >= 1, 10'000);
        picture("6-taught");
    }

    void itAnswers()
    {
        click(page<pages::TrainingPage>(Stage::Training)->checkpointsCard()->tryButton());
        QCOMPARE(m_window->currentStage(), Stage::Chat);
        auto *chat = qobject_cast<pages::ChatPage *>(m_window->page(Stage::Chat));
        QTRY_VERIFY(chat->left()->isChat());
        chat->form()->setValues({{QStringLiteral("max_tokens"), 24}});
        chat->promptField()->setFocus();
        QTest::keyClicks(chat->promptField(), QStringLiteral("What does the json module do?"));
        click(chat->compareButton());
        m_window->activateWindow();  // no window manager does it when a dialog has closed
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        QTest::keyClick(chat->promptField(), Qt::Key_Return, Qt::ControlModifier);
        const auto hasAnswered = [](const pages::AnswerColumn *column) {
            const auto &turns = column->conversation().turns();
            return turns.size() == 2 && turns.last().isComplete && !turns.last().note.isEmpty();
        };
        QTRY_VERIFY_WITH_TIMEOUT(hasAnswered(chat->left()), 120'000);
        QTRY_VERIFY_WITH_TIMEOUT(!chat->right()->isChat() || hasAnswered(chat->right()), 120'000);
        picture("7-chat");
    }

    void whatWasTaughtIsTakenOut()
    {
        auto *training = page<pages::TrainingPage>(Stage::Training);
        click(training->checkpointsCard()->exportButton());
        auto *dialog = training->findChild<pages::ExportDialog *>();
        QVERIFY(dialog);
        QCOMPARE(dialog->formatBox()->count(), 3);  // the adapter alone too
        exportTo(dialog, m_demo->filePath(QStringLiteral("merged")));
        picture("8-exported", dialog);
        click(dialog->startButton());
        QCOMPARE(m_demo->session.project().exports()->first().format, QStringLiteral("huggingface"));
    }

    void cleanupTestCase()
    {
        m_window.reset();
        m_demo.reset();
    }
};

QTEST_MAIN(TestExistingModel)
#include "test_existing_model.moc"
