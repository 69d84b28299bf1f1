// Small first, then large, as a person does it: a test of learning rates, several settings tried, a forecast. The worker
// is the real one, the model tiny. Pictures in light and dark under <build>/pictures.
#include "tests/ui/pages/demo_project.h"
#include "tests/ui/pages/pictures.h"
#include "core/model/training_settings.h"
#include "ui/pages/training/forecast_dialog.h"
#include "ui/pages/training/rate_dialog.h"
#include "ui/pages/training/sweep_card.h"
#include "ui/pages/training/sweep_dialog.h"

using namespace athanor;
using namespace athanor::pages;

class TestTrials : public QObject {
    Q_OBJECT

private:
    workbench::RunRequest request() const
    {
        workbench::RunRequest run;
        run.model = QStringLiteral("tiny");
        run.dataset = QStringLiteral("documents");
        run.settings = {{QStringLiteral("budget_kind"), QStringLiteral("steps")}, {QStringLiteral("budget"), 8}, {QStringLiteral("batch"), 4},
                        {QStringLiteral("sample_tokens"), 0}, {QStringLiteral("precision"), QStringLiteral("f32")}};
        return run;
    }
    /// A finished run of a size, as its worker would have left it, on a law with published coefficients.
    void writeRunOf(double parameters, double tokens)
    {
        const auto dataset = m_demo->session.project().datasets()->first();
        job::Spec spec;
        spec.kind = QStringLiteral("train");
        spec.title = QStringLiteral("%1 M").arg(parameters / 1e6);
        spec.created = QDateTime::currentDateTimeUtc();
        spec.parameters = {{QStringLiteral("model"), QStringLiteral("tiny")}, {QStringLiteral("dataset"), dataset.name}, {QStringLiteral("corpusSha256"), QString(64, QLatin1Char('c'))},
                           {QStringLiteral("tokenizerSha256"), QString(64, QLatin1Char('d'))}, {QStringLiteral("settings"), QJsonObject()}};
        auto folder = *job::Folder::create(m_demo->session.projectPath(), spec);
        auto events = *job::EventWriter::open(folder.path() + QStringLiteral("/events.jsonl"));
        const experiment::ScalingLaw law{1.69, 406.4, 0.34, 410.7, 0.28};
        events.append(job::EventType::State, test::stateData(job::State::Running));
        events.append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")}, {QStringLiteral("result"), QJsonObject{
            {QStringLiteral("parameters"), parameters}, {QStringLiteral("tokens"), tokens}, {QStringLiteral("steps"), 100}, {QStringLiteral("seconds"), 6 * parameters * tokens / 1e11},
            {QStringLiteral("validationLoss"), law.lossAt(parameters, tokens)}, {QStringLiteral("bitsPerByte"), 1.5}}}});
    }
    std::unique_ptr<plugin::Catalogue> m_catalogue;
    std::unique_ptr<test::DemoProject> m_demo;

private Q_SLOTS:
    void initTestCase()
    {
        style::Appearance::instance()->apply();
        m_catalogue = std::make_unique<plugin::Catalogue>();
        m_catalogue->scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")});
        m_demo = std::make_unique<test::DemoProject>(*m_catalogue);
        m_demo->prepare();
        m_demo->makeTokenizer();
        const auto made = m_demo->session.workbench().createModel(QStringLiteral("tiny"), QStringLiteral("architecture.llama"),
            {{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 1}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 32}}, QStringLiteral("tokenizer"));
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        m_demo->session.refreshNow();
    }

    void aLearningRateIsFoundAndTaken()
    {
        RateDialog dialog(m_demo->session, request());
        dialog.show();
        double taken = 0;
        connect(&dialog, &RateDialog::rateChosen, this, [&](double rate) { taken = rate; });
        dialog.form()->setValues({{QStringLiteral("steps"), 60}});
        test::takeBothThemes(dialog, QStringLiteral("rate-dialog"));
        QTest::mouseClick(dialog.startButton(), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!dialog.resultText().isEmpty(), 60000);
        QVERIFY2(dialog.leaveButton()->isVisible(), qPrintable(dialog.resultText()));
        QVERIFY(dialog.startButton()->text().startsWith(QStringLiteral("Use ")));
        QCOMPARE(dialog.plot()->curves().size(), size_t(2));
        test::takeBothThemes(dialog, QStringLiteral("rate-result"));
        dialog.both()->setTableVisible(true);
        QCOMPARE(dialog.both()->table()->model()->columnCount(), 3);
        QCOMPARE(dialog.both()->table()->model()->rowCount(), int(dialog.plot()->curves().front().points.size()));
        test::takeBothThemes(dialog, QStringLiteral("rate-table"));
        dialog.both()->setTableVisible(false);
        QTest::keyClick(dialog.startButton(), Qt::Key_Space);
        QVERIFY(taken > 1e-5 && taken < 1);
        QVERIFY(!dialog.isVisible());
    }
    void aRangeThatIsNoneIsSaidInTheDialog()
    {
        RateDialog dialog(m_demo->session, request());
        dialog.show();
        dialog.form()->setValues({{QStringLiteral("lowest"), 0.5}, {QStringLiteral("highest"), 0.1}});
        QTest::mouseClick(dialog.startButton(), Qt::LeftButton);
        QVERIFY(dialog.errorPanel()->isVisible());
        QVERIFY(dialog.resultText().isEmpty());
    }

    void severalSettingsAreTriedAndShown()
    {
        SweepDialog dialog(m_demo->session, request());
        dialog.show();
        QVERIFY2(dialog.summary().contains(QStringLiteral("4 runs")), qPrintable(dialog.summary()));
        dialog.values(0)->setText(QStringLiteral("1e-3..1:sometimes"));
        QVERIFY(!dialog.startButton()->isEnabled());
        dialog.values(0)->setText(QStringLiteral("0.0005,0.002,0.02"));
        dialog.values(1)->setText(QStringLiteral("2,4"));
        QVERIFY2(dialog.summary().contains(QStringLiteral("6 runs")), qPrintable(dialog.summary()));
        test::takeBothThemes(dialog, QStringLiteral("sweep-dialog"));
        QTest::mouseClick(dialog.startButton(), Qt::LeftButton);
        QVERIFY2(!dialog.isVisible(), qPrintable(dialog.summary()));
        const auto ended = [&] {
            m_demo->session.refreshNow();
            const auto found = workbench::sweeps(m_demo->session.project());
            return found && found->size() == 1 && found->front().endedCount() == 6;
        };
        QTRY_VERIFY_WITH_TIMEOUT(ended(), 120000);

        SweepCard card;
        card.resize(760, 420);
        card.setSettings(model::trainingSettings(*m_catalogue));
        card.setSweeps(*workbench::sweeps(m_demo->session.project()));
        card.show();
        QString run;
        connect(&card, &SweepCard::runChosen, this, [&](const QString &id) { run = id; });
        QVERIFY2(card.words().contains(QStringLiteral("6 of 6")) && card.words().contains(QStringLiteral("%")), qPrintable(card.words()));
        QVERIFY2(card.words().contains(QStringLiteral("Learning rate")) && !card.words().contains(QStringLiteral("learning_rate")), qPrintable(card.words()));
        QCOMPARE(card.choice()->currentText(), QStringLiteral("tiny: Learning rate, Sequences at once"));
        QVERIFY(card.choice()->fontMetrics().horizontalAdvance(card.choice()->currentText()) < card.choice()->width());
        QVERIFY(!card.stopButton()->isVisible());
        card.plot()->setFocus();
        QTest::keyClick(card.plot(), Qt::Key_Up);
        test::takeBothThemes(card, QStringLiteral("sweep-card"));
        QTest::keyClick(card.plot(), Qt::Key_Return);
        const QString best = workbench::sweeps(m_demo->session.project())->front().best()->id;
        QCOMPARE(run, best);
        card.both()->setTableVisible(true);
        plots::NumberTable *table = card.both()->table();
        QCOMPARE(table->model()->rowCount(), 6);
        QCOMPARE(table->model()->headerData(0, Qt::Horizontal).toString(), QStringLiteral("Learning rate"));
        run.clear();
        table->setCurrentIndex(table->model()->index(0, 0));  // the best stands first
        QTest::keyClick(table, Qt::Key_Return);
        QCOMPARE(run, best);
        test::takeBothThemes(card, QStringLiteral("sweep-table"));
    }

    void aCombinationThatCannotStartIsNamedInTheDialog()
    {
        SweepDialog dialog(m_demo->session, request());
        dialog.show();
        dialog.setting(1)->setCurrentIndex(dialog.setting(1)->findData(QStringLiteral("sequence")));
        dialog.values(0)->setText(QStringLiteral("0.0005,0.002"));
        dialog.values(1)->setText(QStringLiteral("16,512"));
        QVERIFY2(dialog.summary().contains(QStringLiteral("4 runs")), qPrintable(dialog.summary()));
        QTest::mouseClick(dialog.startButton(), Qt::LeftButton);
        QVERIFY(dialog.isVisible());
        QVERIFY2(dialog.summary().startsWith(QStringLiteral("Learning rate 0.0005, Length of a sequence 512: ")) && dialog.summary().contains(QStringLiteral("at most 32 tokens")),
                 qPrintable(dialog.summary()));
    }

    void smallRunsForecastALargeOne()
    {
        for (const double parameters : {1e6, 4e6, 16e6})
            for (const double tokens : {2e7, 8e7, 3.2e8})
                writeRunOf(parameters, tokens);
        m_demo->session.refreshNow();
        ForecastDialog dialog(m_demo->session);
        dialog.show();
        QVERIFY2(dialog.resultText().contains(QStringLiteral("likely")), qPrintable(dialog.resultText()));
        QCOMPARE(dialog.plot()->curves().size(), size_t(2));
        QVERIFY(!dialog.plot()->curves().front().low.empty());
        test::takeBothThemes(dialog, QStringLiteral("forecast"));
        dialog.both()->setTableVisible(true);
        QVERIFY(dialog.both()->table()->model()->rowCount() > 9);
        test::takeBothThemes(dialog, QStringLiteral("forecast-table"));
        dialog.both()->setTableVisible(false);
        const QString before = dialog.resultText();
        dialog.form()->setValues({{QStringLiteral("parameters"), 1e9}});
        QVERIFY(dialog.resultText() != before);
        for (int row = 0; row < dialog.table()->rowCount(); ++row)
            dialog.table()->item(row, 0)->setCheckState(Qt::Unchecked);
        QVERIFY(dialog.resultText().contains(QStringLiteral("at least 4")));
        QVERIFY(dialog.plot()->curves().empty());
    }
};

QTEST_MAIN(TestTrials)
#include "test_trials.moc"
