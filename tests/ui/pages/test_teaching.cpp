// A model that exists, through the window: looked at, in the list, taught, exported, asked. The model itself is a folder
// that is written here as an import leaves it; what a worker would compute is not part of this test. Clicks and keys, bad
// input too, and a picture of each page in light and dark under <build>/pictures.
#include "core/base/graphics.h"
#include "tests/ui/pages/demo_project.h"
#include "tests/ui/pages/pictures.h"
#include "ui/pages/architecture/tokens_dialog.h"
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

constexpr char kTemplate[] = "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}";

QPushButton *primaryOf(const QWidget *page)
{
    return page->findChild<style::PageHeader *>()->primary();
}

}  // namespace

class TestTeaching : public QObject {
    Q_OBJECT

private:
    template <typename P> P *show(Stage stage, const QJsonObject &argument = {})
    {
        m_window->showStage(stage, argument);
        QCoreApplication::processEvents();
        auto *page = qobject_cast<P *>(m_window->page(stage));
        page->refresh();
        return page;
    }

    /// A folder and a row as an import makes them; the weights are a word.
    void bringIn(const QString &name, bool converses)
    {
        const QString folder = QStringLiteral("jobs/import-%1/model").arg(name);
        const QString path = m_demo->session.projectPath() + QLatin1Char('/') + folder;
        QVERIFY(QDir().mkpath(path));
        test::writeText(path + QStringLiteral("/model.safetensors"), "weights");
        if (converses)
            test::writeText(path + QStringLiteral("/chat_template.jinja"), kTemplate);
        const auto tokenizer = m_demo->session.project().tokenizers()->first();
        QVERIFY(QFile::copy(m_demo->session.projectPath() + QLatin1Char('/') + tokenizer.path, path + QStringLiteral("/tokenizer.model")));
        const auto expanded = model::expandArchitecture(*m_catalogue, QStringLiteral("architecture.llama"), {{QStringLiteral("context"), 2048}}, tokenizer.vocabulary);
        QVERIFY(expanded);
        project::Model row;
        row.name = name;
        row.architecture = *expanded;
        row.tokenizer = tokenizer.name;
        row.tokenizerSha256 = tokenizer.sha256;
        row.parameters = 13'000'000;
        row.created = QDateTime::currentDateTimeUtc();
        row.base = folder;
        row.baseSha256 = QString(64, QLatin1Char('a'));
        row.facts = {{QStringLiteral("family"), QStringLiteral("architecture.llama")}, {QStringLiteral("licence"), QStringLiteral("apache-2.0")},
                     {QStringLiteral("hasChatTemplate"), converses}, {QStringLiteral("source"), QJsonObject{{QStringLiteral("location"), QStringLiteral("/models/") + name}}}};
        const auto added = m_demo->session.project().addModel(row);
        QVERIFY2(added, added ? "" : qPrintable(added.error().message));
        m_demo->session.refreshNow();
    }

    std::unique_ptr<plugin::Catalogue> m_catalogue;
    std::unique_ptr<test::DemoProject> m_demo;
    std::unique_ptr<shell::MainWindow> m_window;

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
        m_demo->prepare();
        m_demo->makeTokenizer();
    }

    void whatCannotBeBroughtInSaysWhy()
    {
        auto *page = show<pages::ArchitecturePage>(Stage::Architecture);
        QTest::mouseClick(page->ways()->button(QStringLiteral("get")), Qt::LeftButton);
        pages::GetModelPanel *panel = page->getModel();
        QVERIFY(panel->isVisible());
        QVERIFY(!primaryOf(page)->isEnabled());
        QVERIFY(panel->suggestions()->count() > 0);
        test::takePictures(*m_window, QStringLiteral("get-model-empty"));
        panel->sourceField()->setFocus();
        QTest::keyClicks(panel->sourceField(), QStringLiteral("/nowhere/at all"));
        QTest::keyClick(panel->sourceField(), Qt::Key_Return);
        QVERIFY(panel->errorPanel()->isVisible());
        QVERIFY(panel->errorPanel()->message().contains(QStringLiteral("/nowhere/at all")));
        QVERIFY(!primaryOf(page)->isEnabled());
        panel->sourceField()->clear();
        QTest::keyClicks(panel->sourceField(), QStringLiteral("no address, no path"));
        QTest::mouseClick(panel->lookButton(), Qt::LeftButton);
        QVERIFY(panel->errorPanel()->isVisible());
        QVERIFY(page->takeDrop({m_demo->filePath(QStringLiteral("documents of mine"))}));  // a folder without a model
        QVERIFY(panel->errorPanel()->isVisible() && !panel->canBringIn());
        test::takePictures(*m_window, QStringLiteral("get-model-refused"));
    }

    void aTakenNameIsRefusedBesideTheField()
    {
        bringIn(QStringLiteral("small-base"), false);
        auto *page = show<pages::ArchitecturePage>(Stage::Architecture, {{QStringLiteral("get"), QString()}});
        workbench::ModelInspection found;
        found.isReadable = true;
        found.name = QStringLiteral("small-base");
        found.familyTitle = QStringLiteral("LLaMA");
        found.family = QStringLiteral("architecture.llama");
        found.parameters = 13'000'000;
        found.context = 2048;
        found.vocabulary = 512;
        found.bytes = 26'000'000;
        found.tokenizerType = QStringLiteral("byte-level BPE");
        page->getModel()->showPreview(pages::previewOf(found, *m_catalogue, machineFacts()));
        QVERIFY(page->getModel()->nameField()->isVisible());
        QVERIFY(page->getModel()->nameField()->property("invalid").toBool());
        QVERIFY(!page->getModel()->canBringIn());
        page->getModel()->nameField()->setFocus();
        QTest::keyClicks(page->getModel()->nameField(), QStringLiteral("-2"));
        QVERIFY(!page->getModel()->nameField()->property("invalid").toBool());
        test::takePictures(*m_window, QStringLiteral("get-model"));
        page->getModel()->clear();
    }

    void modelsAreListedWithWhatTheyStandOn()
    {
        bringIn(QStringLiteral("small-chat"), true);
        auto *page = show<pages::ArchitecturePage>(Stage::Architecture, {{QStringLiteral("models"), QStringLiteral("small-chat")}});
        QCOMPARE(page->models()->count(), 2);
        QVERIFY(page->models()->isVisible());
        QCOMPARE(page->models()->current()->name, QStringLiteral("small-chat"));
        QCOMPARE(page->models()->facts()->value(QStringLiteral("Licence")), QStringLiteral("apache-2.0"));
        QVERIFY(page->models()->tryButton()->isEnabled() && page->models()->exportButton()->isEnabled());
        QVERIFY(m_demo->session.command().contains(QStringLiteral("model info small-chat")));
        test::takePictures(*m_window, QStringLiteral("models"));
        QTest::mouseClick(page->models()->extendButton(), Qt::LeftButton);
        auto *words = page->findChild<pages::TokensDialog *>();
        QVERIFY(words && words->isVisible() && !words->acceptButton()->isEnabled());
        QTest::keyClicks(words->editor(), QStringLiteral("troponin"));
        QVERIFY(words->acceptButton()->isEnabled());
        words->editor()->setPlainText(QStringLiteral("troponin\n\n troponin\nmyocarditis"));
        QCOMPARE(words->tokens(), (QStringList{QStringLiteral("troponin"), QStringLiteral("myocarditis")}));
        QVERIFY(words->acceptButton()->isEnabled() && words->name() == QStringLiteral("small-chat-words"));
        test::takeBothThemes(*words, QStringLiteral("more-words"));
        words->reject();
        page->models()->table()->setFocus();
        QTest::keyClick(page->models()->table(), Qt::Key_Down);
        QCOMPARE(page->models()->current()->name, QStringLiteral("small-base"));
        QTest::mouseClick(primaryOf(page), Qt::LeftButton);
        QCOMPARE(m_window->currentStage(), Stage::Training);
    }

    void teachingIsChosenBeforeStart()
    {
        auto *page = show<pages::TrainingPage>(Stage::Training, {{QStringLiteral("model"), QStringLiteral("small-chat")}});
        pages::StartPanel *start = page->startPanel();
        QVERIFY(start->teachingForm()->isVisible());
        QTRY_VERIFY(start->canStart());
        QCOMPARE(start->form()->values().value(QLatin1String("sequence")).toInt(), 512);
        QVERIFY(start->form()->values().value(QLatin1String("learning_rate")).toDouble() < 0.001);
        // Nothing of a graphics card is offered where there is none that can be used.
        const auto offers = [&](const char *key, const char *value) {
            return qobject_cast<QComboBox *>(start->form()->editor(QLatin1String(key)))->findData(QLatin1String(value)) >= 0;
        };
        QVERIFY(offers("device", "cpu") && offers("precision", "bf16"));
        QCOMPARE(offers("device", "cuda"), !usableGraphicsCards().isEmpty());
        QCOMPARE(offers("precision", "f16"), !usableGraphicsCards().isEmpty());
        auto *learns = qobject_cast<QComboBox *>(start->teachingForm()->learnsForm()->editor(QStringLiteral("learns")));
        learns->setFocus();
        QTest::keyClick(learns, Qt::Key_Down);
        QTRY_VERIFY(m_demo->session.command().contains(QStringLiteral("adapter.")));
        QCOMPARE(start->request().learns, QStringLiteral("adapter"));
        test::takePictures(*m_window, QStringLiteral("teaching-start"));
        QTest::mouseClick(start->teachingForm()->kinds()->button(QStringLiteral("chat")), Qt::LeftButton);
        QTRY_VERIFY(!start->canStart());  // no examples yet
        QVERIFY(!primaryOf(page)->isEnabled());
        QVERIFY(start->teachingForm()->missing()->isVisible());
        test::takePictures(*m_window, QStringLiteral("teaching-no-examples"));
        QTest::mouseClick(start->teachingForm()->missing()->findChild<QPushButton *>(), Qt::LeftButton);
        QCOMPARE(m_window->currentStage(), Stage::Data);
        auto *dialog = m_window->page(Stage::Data)->findChild<pages::RecipeDialog *>();
        QVERIFY(dialog && dialog->editor()->isOfRecords());
        QVERIFY(dialog->grab().save(QStringLiteral(ATHANOR_BINARY_DIR "/pictures/records-recipe.png")));
        dialog->reject();
        QTRY_VERIFY(!m_window->page(Stage::Data)->findChild<pages::RecipeDialog *>());
    }

    void examplesAreListedTheBadOnesWithLineAndReason()
    {
        const QString file = m_demo->filePath(QStringLiteral("examples.jsonl"));
        QByteArray lines;
        for (int i = 0; i < 30; ++i)
            lines += QStringLiteral("{\"question\":\"What does module %1 do?\",\"answer\":\"It returns value %1 of the list.\"}\n").arg(i).toUtf8();
        lines += "{\"question\":\"And this one?\"}\n{\"question\":\"Broken\n";
        test::writeText(file, lines);
        QVERIFY(m_demo->session.workbench().addSource(file, QStringLiteral("own")));
        auto *page = show<pages::DataPage>(Stage::Data);
        page->prepareExamples();
        auto *dialog = page->findChild<pages::RecipeDialog *>();
        QVERIFY(dialog && dialog->editor()->isOfRecords());
        QTest::mouseClick(dialog->acceptButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(page->follower()->hasJob() && !page->follower()->isRunning(), 60'000);
        QVERIFY2(page->follower()->summary().state == job::State::Finished, qPrintable(page->follower()->summary().error.message));
        QTRY_COMPARE(page->datasetBox()->currentText(), QStringLiteral("examples"));
        QTRY_COMPARE(primaryOf(page)->text(), QStringLiteral("Next: training"));
        page->documents()->showOnly(QStringLiteral("kept"));
        QTRY_COMPARE(page->documents()->model()->rowCount(), 30);
        page->documents()->showOnly(QStringLiteral("removed"));
        QTRY_VERIFY(page->documents()->model()->rowCount() >= 1);
        QVERIFY(!page->documents()->current()->detail.isEmpty());
        test::takePictures(*m_window, QStringLiteral("records-removed"));
        page->documents()->showOnly(QStringLiteral("kept"));
        test::takePictures(*m_window, QStringLiteral("records"));
    }

    void everyTokenOfAnExampleIsShown()
    {
        auto *page = show<pages::DataPage>(Stage::Data, {{QStringLiteral("dataset"), QStringLiteral("examples")}});
        page->documents()->showOnly(QStringLiteral("kept"));
        QTRY_COMPARE(page->documents()->model()->rowCount(), 30);
        QTest::mouseClick(page->documentCard()->views()->button(QStringLiteral("tokens")), Qt::LeftButton);
        pages::TokenInspector *inspector = page->documentCard()->inspector();
        QTRY_VERIFY(inspector->isVisible());
        QTRY_VERIFY2(inspector->view()->tokenCount() > 10, qPrintable(inspector->errorPanel()->message()));
        QVERIFY(inspector->counts().contains(QStringLiteral("learned")));
        test::takePictures(*m_window, QStringLiteral("token-inspector"));
        const QString first = page->documents()->current()->id;
        QTest::mouseClick(page->documentCard()->nextButton(), Qt::LeftButton);
        QVERIFY(page->documents()->current()->id != first);
        QTest::mouseClick(page->documentCard()->previousButton(), Qt::LeftButton);
        QCOMPARE(page->documents()->current()->id, first);
        inspector->maxTokensField()->setFocus();
        inspector->maxTokensField()->selectAll();
        QTest::keyClicks(inspector->maxTokensField(), QStringLiteral("12"));
        QTRY_VERIFY(inspector->counts().contains(QStringLiteral("cut off")));
        test::takePictures(*m_window, QStringLiteral("token-inspector-cut"));
        inspector->maxTokensField()->selectAll();
        QTest::keyClicks(inspector->maxTokensField(), QStringLiteral("many"));
        QTRY_VERIFY(inspector->errorPanel()->isVisible());
        inspector->maxTokensField()->selectAll();
        QTest::keyClicks(inspector->maxTokensField(), QStringLiteral("512"));
        QTRY_VERIFY(!inspector->errorPanel()->isVisible());
    }

    void anExportIsRefusedWhereSomethingStands()
    {
        auto *page = show<pages::ArchitecturePage>(Stage::Architecture, {{QStringLiteral("models"), QStringLiteral("small-chat")}});
        QTest::mouseClick(page->models()->exportButton(), Qt::LeftButton);
        auto *dialog = page->findChild<pages::ExportDialog *>();
        QVERIFY(dialog);
        QTRY_VERIFY(dialog->isVisible());
        QCOMPARE(dialog->formatBox()->count(), 2);  // there is no adapter
        dialog->formatBox()->setFocus();
        QTest::keyClick(dialog->formatBox(), Qt::Key_Down);
        QVERIFY(dialog->placeField()->text().endsWith(QStringLiteral("-f16.gguf")));
        QTest::keyClick(dialog->formatBox(), Qt::Key_Up);
        dialog->placeField()->setFocus();
        dialog->placeField()->selectAll();
        QTest::keyClicks(dialog->placeField(), m_demo->filePath(QStringLiteral("documents of mine")));
        QTest::mouseClick(dialog->startButton(), Qt::LeftButton);
        QTRY_VERIFY(dialog->errorPanel()->isVisible());
        QVERIFY(dialog->errorPanel()->message().contains(QStringLiteral("not empty")));
        QVERIFY(dialog->grab().save(QStringLiteral(ATHANOR_BINARY_DIR "/pictures/export-refused.png")));
        dialog->reject();
    }

    void whatAnExportProvedIsShown()
    {
        const QString folder = m_demo->filePath(QStringLiteral("exported"));
        QVERIFY(QDir().mkpath(folder));
        test::writeText(folder + QStringLiteral("/README.md"), "---\nlicense: apache-2.0\n---\n# small-chat\n\nMade from **small-base**.\n");
        pages::ExportDialog dialog(m_demo->session, QStringLiteral("small-chat"), m_window.get());
        dialog.show();
        dialog.showResult({{QStringLiteral("path"), folder},
                           {QStringLiteral("files"), QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("model.safetensors")}, {QStringLiteral("bytes"), 52'000'000}, {QStringLiteral("sha256"), QString(64, QLatin1Char('b'))}}}},
                           {QStringLiteral("parity"), QJsonObject{{QStringLiteral("maxLogitDifference"), 1.9e-6}, {QStringLiteral("tolerance"), 1e-4}, {QStringLiteral("greedyTokens"), 64}, {QStringLiteral("greedyAgree"), 64},
                                                                  {QStringLiteral("perplexityInside"), 21.04}, {QStringLiteral("perplexityOutside"), 21.04}, {QStringLiteral("passed"), true}}}});
        QVERIFY(dialog.card().contains(QStringLiteral("small-chat")) && !dialog.card().contains(QStringLiteral("license:")));
        QVERIFY(dialog.openButton()->isVisible());
        QCOMPARE(dialog.startButton()->text(), QStringLiteral("Close"));
        for (const style::Theme theme : {style::Theme::Light, style::Theme::Dark}) {
            style::Appearance::instance()->setTheme(theme);
            QTest::qWait(60);
            QVERIFY(dialog.grab().save(QStringLiteral(ATHANOR_BINARY_DIR "/pictures/export-done-%1.png").arg(theme == style::Theme::Dark ? QStringLiteral("dark") : QStringLiteral("light"))));
        }
        QTest::mouseClick(dialog.startButton(), Qt::LeftButton);
        QVERIFY(!dialog.isVisible());
    }

    void twoModelsStandSideBySide()
    {
        auto *page = show<pages::ChatPage>(Stage::Chat, {{QStringLiteral("model"), QStringLiteral("small-chat")}});
        QVERIFY(page->left()->isChat());
        QVERIFY(page->systemField()->isVisible());
        QTRY_COMPARE(primaryOf(page)->text(), QStringLiteral("Ask"));
        QVERIFY(!primaryOf(page)->isEnabled());
        QTest::keyClicks(page->promptField(), QStringLiteral("What does the json module do?"));
        QVERIFY(primaryOf(page)->isEnabled());
        QTest::mouseClick(page->compareButton(), Qt::LeftButton);
        QVERIFY(page->isComparing() && page->right()->isVisible());
        QVERIFY(page->right()->checkpoint() != page->left()->checkpoint());
        test::takePictures(*m_window, QStringLiteral("chat-side-by-side"));
        QTest::mouseClick(page->compareButton(), Qt::LeftButton);
        QVERIFY(!page->right()->isVisible());
        page->form()->setMoreVisible(true);
        QVERIFY(page->form()->editor(QStringLiteral("min_p")) && page->form()->editor(QStringLiteral("weights")));
        page->form()->setValues({{QStringLiteral("weights"), QStringLiteral("int8")}});
        QTRY_VERIFY(m_demo->session.command().contains(QStringLiteral("--weights int8")));
        page->form()->resetToDefaults();
        test::takePictures(*m_window, QStringLiteral("chat-conversation"));
    }

    void cleanupTestCase()
    {
        m_window.reset();
        m_demo.reset();
    }
};

QTEST_MAIN(TestTeaching)
#include "test_teaching.moc"
