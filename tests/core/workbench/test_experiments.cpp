// Small first, then large, as requests: tests of rates, base widths, sweeps and forecasts; what is queued and what is refused.
#include "core/model/forecast_and_truth.h"
#include "core/workbench/command_lines.h"
#include "core/workbench/forecast.h"
#include "core/workbench/sweep.h"
#include "tests/core/workbench/models_fixture.h"

#include <cmath>
#include <limits>

using namespace athanor;
using namespace athanor::workbench;

namespace {

Bench *withModel()
{
    auto *fixture = new Bench;
    importSmol(*fixture);
    addDataset(*fixture, QStringLiteral("docs"));
    return fixture;
}

/// Runs as they are when they have finished, of a law with published coefficients.
QList<project::Run> finishedRuns(int count)
{
    const experiment::ScalingLaw law{1.69, 406.4, 0.34, 410.7, 0.28};
    QList<project::Run> runs;
    for (int i = 0; i < count; ++i) {
        project::Run run;
        run.id = QStringLiteral("run%1").arg(i);
        run.title = run.id;
        const double parameters = 1e6 * (1 << (i % 3)), tokens = 1e7 * (1 << (i / 3 + i % 2));
        run.tokens = qint64(tokens);
        run.seconds = 100;
        run.validationLoss = law.lossAt(parameters, tokens);
        run.corpusSha256 = QStringLiteral("c");
        run.tokenizerSha256 = QStringLiteral("t");
        run.facts = {{QStringLiteral("parameters"), parameters}};
        runs += run;
    }
    return runs;
}

QStringList idsOf(const QList<project::Run> &runs)
{
    QStringList ids;
    for (const project::Run &run : runs)
        ids += run.id;
    return ids;
}

}  // namespace

class TestExperiments : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aTestOfRatesIsQueuedWithWhatTheRunWouldBe()
    {
        const std::unique_ptr<Bench> fixture(withModel());
        RunRequest request = onSmol(QStringLiteral("docs"));
        request.settings.insert(QStringLiteral("batch"), 2);
        const auto job = fixture->bench->findRate(request, {1e-5, 1, 50});
        QVERIFY2(job, job ? "" : qPrintable(job.error().message));
        QCOMPARE(job->spec().kind, QStringLiteral("find_rate"));
        QCOMPARE(job->spec().parameters.value(QLatin1String("range")).toObject().value(QLatin1String("steps")).toInt(), 50);
        QCOMPARE(job->spec().parameters.value(QLatin1String("settings")).toObject().value(QLatin1String("batch")).toInt(), 2);
        QVERIFY(job->spec().command.startsWith(QStringLiteral("athanor-cli run find-rate --model smol --dataset docs")));
        QVERIFY(job->spec().command.endsWith(QStringLiteral("--lowest 1e-05 --steps 50")));
        QVERIFY(fixture->bench->project().runs()->isEmpty());  // it is no run
    }
    void badRangesAndUnknownNamesQueueNothing()
    {
        const std::unique_ptr<Bench> fixture(withModel());
        QCOMPARE(fixture->bench->findRate(onSmol(QStringLiteral("docs")), {1, 0.1, 50}).error().code, ErrorCode::InvalidInput);
        QCOMPARE(fixture->bench->findRate(onSmol(QStringLiteral("none"))).error().code, ErrorCode::NotFound);
        QCOMPARE(fixture->bench->findRate(onSmol(QStringLiteral("docs")), {1e-6, 1, 3}).error().code, ErrorCode::InvalidInput);
    }

    void aBaseWidthIsCheckedBeforeTheStart()
    {
        const std::unique_ptr<Bench> fixture(withModel());
        RunRequest request = onSmol(QStringLiteral("docs"));
        request.settings.insert(QStringLiteral("base_width"), 16);
        QVERIFY(fixture->bench->plan(request));
        request.adapter = {{QStringLiteral("method"), QStringLiteral("lora")}};
        const auto refused = fixture->bench->plan(request);
        QVERIFY(!refused);
        QVERIFY(refused.error().message.contains(QStringLiteral("16")));
        request.adapter = {};
        request.settings.insert(QStringLiteral("base_width"), -1);
        QCOMPARE(fixture->bench->plan(request).error().code, ErrorCode::InvalidInput);
    }

    void aSweepIsItsRuns()
    {
        const std::unique_ptr<Bench> fixture(withModel());
        SweepRequest request;
        request.run = onSmol(QStringLiteral("docs"));
        request.vary = QStringList{QStringLiteral("learning_rate=1e-4..1e-2:log:3"), QStringLiteral("batch=2,4")};
        const auto id = startSweep(*fixture->bench, request);
        QVERIFY2(id, id ? "" : qPrintable(id.error().message));
        QVERIFY(fixture->bench->refresh());
        const auto found = sweep(fixture->bench->project(), *id);
        QVERIFY(found);
        QCOMPARE(found->runs.size(), 6);
        QCOMPARE(found->keys, (QStringList{QStringLiteral("learning_rate"), QStringLiteral("batch")}));
        QCOMPARE(found->settingsOf(found->runs.first()), QJsonObject({{QStringLiteral("learning_rate"), 1e-4}, {QStringLiteral("batch"), 2}}));
        QCOMPARE(found->settingsOf(found->runs.last()), QJsonObject({{QStringLiteral("learning_rate"), 1e-2}, {QStringLiteral("batch"), 4}}));
        QVERIFY(!found->best());
        QVERIFY(sweepWords(*found).join(QString()).contains(QStringLiteral("0 of 6")) || found->endedCount() > 0);
        QCOMPARE(sweeps(fixture->bench->project())->size(), 1);
        QVERIFY(sweepCommand(fixture->catalogue, request).contains(QStringLiteral("athanor-cli sweep start --model smol --dataset docs")));
        QVERIFY(stopSweep(*fixture->bench, *id));
        QVERIFY(!sweep(fixture->bench->project(), QStringLiteral("none")));
    }
    // It would be counted as one of its runs, and could be ended as hopeless.
    void aReproductionIsNoRunOfItsSweep()
    {
        const std::unique_ptr<Bench> fixture(withModel());
        SweepRequest request;
        request.run = onSmol(QStringLiteral("docs"));
        request.vary = QStringList{QStringLiteral("batch=2,4")};
        const auto id = startSweep(*fixture->bench, request);
        QVERIFY2(id, id ? "" : qPrintable(id.error().message));
        QVERIFY(fixture->bench->refresh());
        const QString run = sweep(fixture->bench->project(), *id)->runs.first().id;
        finish(*fixture->bench, {}, {}, {{QStringLiteral("steps"), 3}, {QStringLiteral("weightsSha256"), QStringLiteral("a")}}, run);
        QVERIFY(fixture->bench->refresh());
        const auto again = fixture->bench->reproduceRun(run);
        QVERIFY2(again, again ? "" : qPrintable(again.error().message));
        QVERIFY(again->spec().parameters.contains(QLatin1String("expect")) && !again->spec().parameters.contains(QLatin1String("sweep")));
        QVERIFY(fixture->bench->refresh());
        QCOMPARE(sweep(fixture->bench->project(), *id)->runs.size(), 2);
    }

    void whatCannotStartIsNotMeasured()
    {
        const std::unique_ptr<Bench> fixture(withModel());
        addDataset(*fixture, QStringLiteral("short"), {{QStringLiteral("splits"), QJsonObject{{QStringLiteral("train"), QJsonObject{{QStringLiteral("bytes"), 10}}}}}});
        const auto refused = fixture->bench->measureRun(onSmol(QStringLiteral("short")));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::LimitExceeded);
        QVERIFY2(refused.error().message.contains(QStringLiteral("less than one sequence")), qPrintable(refused.error().message));
        QVERIFY(fixture->bench->measureRun(onSmol(QStringLiteral("docs"))));
    }

    void theForecastIsComparedWithTheMemoryThatItIsOf()
    {
        const QJsonObject parameters{{QStringLiteral("forecast"), QJsonObject{{QStringLiteral("seconds"), 10}, {QStringLiteral("accounting"), QJsonObject{{QStringLiteral("trainingBytes"), 1e9}}}}}};
        QJsonObject result{{QStringLiteral("peakMemoryBytes"), 2e9}, {QStringLiteral("jobSeconds"), 12}};
        const QList<model::ForecastLine> lines = model::forecastBesideTruth(parameters, result);
        QCOMPARE(lines.size(), 2);  // no speed is known
        QCOMPARE(lines.first().ratio(), 2.0);
        result.insert(QStringLiteral("deviceMemoryBytes"), 1.1e9);  // of the card, which the forecast is of
        QCOMPARE(model::forecastBesideTruth(parameters, result).first().ratio(), 1.1);
        QVERIFY(model::forecastBesideTruth({}, result).isEmpty());
    }

    void fieldsOfExperimentsRefuseWithRangeAndUnit()
    {
        const double infinity = std::numeric_limits<double>::infinity();
        for (const plugin::ParameterSchema *schema : {&experiment::rateRangeSchema(), &forecastSchema()})
            for (const plugin::Parameter &parameter : schema->parameters()) {
                QVERIFY2(parameter.minimum && parameter.maximum && !parameter.doc.isEmpty(), qPrintable(parameter.key));
                for (const QJsonValue &bad : {QJsonValue(std::nextafter(*parameter.minimum, -infinity)), QJsonValue(std::nextafter(*parameter.maximum, infinity)), QJsonValue(std::nan("")),
                                              QJsonValue(QStringLiteral("many")), QJsonValue(QString()), QJsonValue(true), QJsonValue()}) {
                    const auto read = schema->validate({{parameter.key, bad}});
                    QVERIFY2(!read, qPrintable(parameter.key + plugin::valueText(bad)));
                    QVERIFY2(read.error().message.contains(parameter.key) && read.error().hint.contains(plugin::limitText(parameter, *parameter.maximum)) && read.error().hint.contains(parameter.unit),
                             qPrintable(read.error().message + read.error().hint));
                }
            }
    }

    // A command that is copied means the same.
    void copiedCommandsAreExact()
    {
        const std::unique_ptr<Bench> fixture(withModel());
        RunRequest request = onSmol(QStringLiteral("docs"));
        request.settings.insert(QStringLiteral("seed"), 9007199254740991.0);
        request.settings.insert(QStringLiteral("learning_rate"), 0.1 + 0.2);
        const QString command = startRunCommand(fixture->catalogue, request);
        QVERIFY2(command.contains(QStringLiteral("seed=9007199254740991")) && command.contains(QStringLiteral("learning_rate=0.30000000000000004")), qPrintable(command));
        QVERIFY(generateCommand(QStringLiteral("m"), {{QStringLiteral("prompt"), QStringLiteral("--x")}}).contains(QStringLiteral("--prompt=--x")));
        QVERIFY(generateCommand(QStringLiteral("m"), {{QStringLiteral("prompt"), QStringLiteral("Dear")}}).contains(QStringLiteral("--prompt Dear")));
    }

    void aSweepThatCannotBeQueuesNothing_data()
    {
        QTest::addColumn<QStringList>("vary");
        QTest::newRow("nothing") << QStringList();
        QTest::newRow("unknown setting") << QStringList{QStringLiteral("leaning_rate=1,2")};
        QTest::newRow("beyond its limits") << QStringList{QStringLiteral("batch=0,4")};
        QTest::newRow("twice") << QStringList{QStringLiteral("batch=2,4"), QStringLiteral("batch=8")};
    }
    void aSweepThatCannotBeQueuesNothing()
    {
        QFETCH(QStringList, vary);
        const std::unique_ptr<Bench> fixture(withModel());
        SweepRequest request;
        request.run = onSmol(QStringLiteral("docs"));
        request.vary = vary;
        QVERIFY(!startSweep(*fixture->bench, request));
        QVERIFY(fixture->bench->refresh());
        QVERIFY(fixture->bench->project().runs()->isEmpty());
    }

    // Beside what cannot be, which of the combinations it is.
    void aCombinationThatCannotStartIsNamed()
    {
        const std::unique_ptr<Bench> fixture(withModel());
        SweepRequest request;
        request.run = onSmol(QStringLiteral("docs"));
        request.vary = QStringList{QStringLiteral("learning_rate=0.1,0.2"), QStringLiteral("sequence=128,512")};
        auto refused = startSweep(*fixture->bench, request);
        QVERIFY(!refused);
        QCOMPARE(refused.error().message, QStringLiteral("learning_rate=0.1, sequence=512: “sequence” cannot be 512."));
        QVERIFY(refused.error().hint.contains(QStringLiteral("256 tokens")));
        refused = startSweep(*fixture->bench, request, {{QStringLiteral("learning_rate"), QStringLiteral("Learning rate")}, {QStringLiteral("sequence"), QStringLiteral("Length of a sequence")}});
        QVERIFY2(!refused && refused.error().message.startsWith(QStringLiteral("Learning rate 0.1, Length of a sequence 512: ")), qPrintable(refused.error().message));
        // The same where it is the plan that forbids it.
        request.vary = QStringList{QStringLiteral("batch=2,4")};
        addDataset(*fixture, QStringLiteral("short"), {{QStringLiteral("splits"), QJsonObject{{QStringLiteral("train"), QJsonObject{{QStringLiteral("bytes"), 10}}}}}});
        request.run.dataset = QStringLiteral("short");
        refused = startSweep(*fixture->bench, request);
        QVERIFY(!refused);
        QVERIFY2(refused.error().message.startsWith(QStringLiteral("batch=2: This run cannot start here")), qPrintable(refused.error().message));
        QVERIFY(fixture->bench->refresh());
        QVERIFY(fixture->bench->project().runs()->isEmpty());
    }

    void aSequenceBeyondTheContextIsRefused()
    {
        const std::unique_ptr<Bench> fixture(withModel());
        RunRequest request = onSmol(QStringLiteral("docs"));
        request.settings.insert(QStringLiteral("sequence"), 256);
        QVERIFY(fixture->bench->plan(request));
        request.settings.insert(QStringLiteral("sequence"), 257);
        Workbench &bench = *fixture->bench;
        for (const Error &error : {bench.plan(request).error(), bench.startRun(request).error(), bench.measureRun(request).error(), bench.findRate(request, {}).error(),
                                   bench.largestBatch(request).error()}) {
            QCOMPARE(error.code, ErrorCode::InvalidInput);
            QVERIFY2(error.message.contains(QStringLiteral("“sequence” cannot be 257")) && error.hint.contains(QStringLiteral("256 tokens")), qPrintable(error.message + error.hint));
        }
        QVERIFY(fixture->bench->refresh());
        QVERIFY(fixture->bench->project().runs()->isEmpty());
    }

    void aForecastComesFromTheRuns()
    {
        const QList<project::Run> runs = finishedRuns(9);
        QCOMPARE(runsForForecast(runs).size(), 9);
        const auto forecast = forecastRuns(runs, {idsOf(runs), 3e7, 6e8});
        QVERIFY2(forecast, forecast ? "" : qPrintable(forecast.error().message));
        const experiment::ScalingLaw law{1.69, 406.4, 0.34, 410.7, 0.28};
        QVERIFY2(std::abs(forecast->loss.loss / law.lossAt(3e7, 6e8) - 1) < 0.02, qPrintable(QString::number(forecast->loss.loss)));
        QVERIFY(forecast->loss.low < forecast->loss.high);
        QVERIFY(forecast->flopsPerSecond > 0 && forecast->seconds > 0);
        QVERIFY(forecastWords(*forecast).first().contains(QStringLiteral("30 M")));
        QVERIFY(forecast->notes.join(QString()).contains(QStringLiteral("a guess")));  // far beyond the runs
        QCOMPARE(toJson(*forecast).value(QLatin1String("runs")).toArray().size(), 9);
        QVERIFY(forecastRuns(runs, {idsOf(runs), 3e7, 0})->tokens == forecast->suitableTokens);
    }
    void runsThatCannotBeComparedAreNamed()
    {
        QList<project::Run> runs = finishedRuns(6);
        QCOMPARE(forecastRuns(runs, {{QStringLiteral("run0"), QStringLiteral("nobody")}, 1e8, 0}).error().code, ErrorCode::NotFound);
        QVERIFY(forecastRuns(runs, {{QStringLiteral("run0")}, 1e8, 0}).error().message.contains(QStringLiteral("at least 4")));
        runs[2].tokenizerSha256 = QStringLiteral("other");
        QVERIFY(forecastRuns(runs, {idsOf(runs), 1e8, 0}).error().message.contains(QStringLiteral("different")));
        QCOMPARE(runsForForecast(runs).size(), 5);
        runs[1].validationLoss = std::nan("");
        QVERIFY(forecastRuns(runs, {idsOf(runs), 1e8, 0}).error().message.contains(QStringLiteral("run1")));
        QCOMPARE(forecastRuns(runs, {idsOf(runs), 1, 0}).error().code, ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestExperiments)
#include "test_experiments.moc"
