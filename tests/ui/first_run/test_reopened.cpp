// A window that is closed while a run trains and opened again: the run goes on, and its curve has no gap. The points
// that the second window draws are compared with the run's own events, also those written while no window was there.
#include "tests/ui/pages/demo_project.h"
#include "ui/pages/stages/stages.h"
#include "ui/pages/training/training_page.h"
#include "ui/shell/main_window.h"

using namespace athanor;
using project::Stage;

namespace {

constexpr int kSteps = 400;

/// The steps of the training loss as the run itself wrote them down.
QList<qint64> stepsOfEvents(const QString &jobPath)
{
    QFile file(jobPath + QStringLiteral("/events.jsonl"));
    QList<qint64> steps;
    if (!file.open(QIODevice::ReadOnly))
        return steps;
    while (!file.atEnd()) {
        const QJsonObject event = QJsonDocument::fromJson(file.readLine()).object();
        const QJsonObject values = event.value(QLatin1String("data")).toObject().value(QLatin1String("values")).toObject();
        if (values.contains(QLatin1String("train/loss")))
            steps += event.value(QLatin1String("step")).toInteger();
    }
    return steps;
}

/// The steps that a plot draws for the line, by what it exports.
QList<qint64> stepsDrawn(plots::RunPlot *plot, const QString &line, const QString &file)
{
    QList<qint64> steps;
    QFile csv(file);
    if (!plot->exportCsv(file) || !csv.open(QIODevice::ReadOnly))
        return steps;
    while (!csv.atEnd()) {
        const QList<QByteArray> cells = csv.readLine().split(',');
        if (cells.size() == 6 && cells.first().contains(line.toUtf8()) && cells[1].contains(plot->quantity().toUtf8()))
            steps += qRound64(cells[2].toDouble());
    }
    return steps;
}

}  // namespace

class TestReopened : public QObject {
    Q_OBJECT

private:
    struct Window {
        explicit Window(plugin::Catalogue &catalogue) : session(catalogue), window(session, pages::stages()) {}
        shell::Session session;
        shell::MainWindow window;
        pages::TrainingPage *page() { return qobject_cast<pages::TrainingPage *>(window.page(Stage::Training)); }
    };

    void prepare()
    {
        shell::Session session(*m_catalogue);
        m_project = m_folder.filePath(QStringLiteral("project"));
        test::writeDocuments(m_folder.filePath(QStringLiteral("documents")));
        QVERIFY(session.createProject(m_project, QStringLiteral("Reopened")));
        workbench::Workbench &workbench = session.workbench();
        QVERIFY(workbench.addSource(m_folder.filePath(QStringLiteral("documents"))));
        const auto curated = workbench.curate(QStringLiteral("documents"));
        QVERIFY(curated && test::waitForJob(session, curated->spec().id));
        session.refreshNow();
        const auto trained = workbench.trainTokenizer(QStringLiteral("tokenizer"), QStringLiteral("documents"), QStringLiteral("tokenizer.bpe"), {{QStringLiteral("vocabulary"), 512}});
        QVERIFY(trained && test::waitForJob(session, trained->spec().id));
        session.refreshNow();
        const QJsonObject choices{{QStringLiteral("width"), 64}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 64}};
        QVERIFY(workbench.createModel(QStringLiteral("tiny"), QStringLiteral("architecture.llama"), choices, QStringLiteral("tokenizer")));
        workbench::RunRequest request;
        request.model = QStringLiteral("tiny");
        request.dataset = QStringLiteral("documents");
        request.settings = {{QStringLiteral("budget_kind"), QStringLiteral("steps")}, {QStringLiteral("budget"), kSteps}, {QStringLiteral("precision"), QStringLiteral("f32")}};
        const auto started = workbench.startRun(request);
        QVERIFY2(started, started ? "" : qPrintable(started.error().message));
        m_run = started->spec().id;
    }
    job::Summary summary() const { return job::Folder::open(m_project, m_run)->summary(); }
    void open()
    {
        m_window = std::make_unique<Window>(*m_catalogue);
        QVERIFY(m_window->session.openProject(m_project));
        m_window->window.resize(1200, 800);
        m_window->window.showStage(Stage::Training);
        m_window->window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&m_window->window));
    }

    QTemporaryDir m_folder;
    QString m_project, m_run;
    std::unique_ptr<plugin::Catalogue> m_catalogue;
    std::unique_ptr<Window> m_window;

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("HOME", m_folder.path().toUtf8());
        m_catalogue = plugin::scanUsualFolders();
        prepare();
    }

    void theCurveHasNoGap()
    {
        open();
        QTRY_VERIFY_WITH_TIMEOUT(summary().step >= 20, 120000);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->page()->runView()->plot()->lineIds().size() >= 1, 10000);
        m_window.reset();
        const qint64 closedAt = summary().step;
        QVERIFY2(closedAt < kSteps, "the run was over before the window could be closed");
        QTRY_VERIFY_WITH_TIMEOUT(summary().step >= qMin<qint64>(closedAt + 60, kSteps), 120000);
        const qint64 openedAt = summary().step;

        open();
        QTRY_VERIFY_WITH_TIMEOUT(summary().state == job::State::Finished, 240000);
        plots::RunPlot *plot = m_window->page()->runView()->plot();
        const QList<qint64> written = stepsOfEvents(job::Folder::open(m_project, m_run)->path());
        QVERIFY(std::any_of(written.begin(), written.end(), [&](qint64 step) { return step > closedAt && step < openedAt; }));
        const QString line = QStringLiteral("training");
        QTRY_COMPARE_WITH_TIMEOUT(stepsDrawn(plot, line, m_folder.filePath(QStringLiteral("drawn.csv"))), written, 10000);
        QCOMPARE(written.last(), qint64(kSteps));
    }

    void cleanupTestCase() { m_window.reset(); }
};

QTEST_MAIN(TestReopened)
#include "test_reopened.moc"
