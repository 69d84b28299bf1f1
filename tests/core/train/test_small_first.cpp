// Small first, then large: a base width in a run, tests of learning rates, and runs that compare themselves with others.
#include "core/base/atomic_file.h"
#include "core/experiment/rate_curve.h"
#include "core/train/handlers.h"
#include "core/train/run_plan.h"
#include "core/train/sweep_rungs.h"
#include "tests/support/fake_context.h"
#include "tests/support/tiny_training.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::test;

class TestSmallFirst : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::unique_ptr<TinyProject> m_project;

    FakeContext context(const QString &id, const QJsonObject &settings = {}, const QJsonObject &more = {})
    {
        job::Spec spec = m_project->trainSpec(id, settings);
        for (auto it = more.begin(); it != more.end(); ++it)
            spec.parameters[it.key()] = it.value();
        return FakeContext(m_project->path(), spec, *m_plugins);
    }
    Result<QJsonObject> train(const QString &id, const QJsonObject &settings = {}, const QJsonObject &more = {})
    {
        FakeContext one = context(id, settings, more);
        return train::TrainHandler().run(one);
    }
    /// A trainer of width 32 as a run has it.
    Result<std::unique_ptr<train::Trainer>> trainer(const QString &id, const QJsonObject &settings, train::RunInputs &inputs)
    {
        FakeContext one = context(id, settings);
        ATHANOR_ASSIGN(inputs, train::openInputs(one));
        ATHANOR_ASSIGN(const train::RunPlan plan, train::makePlan(one, inputs));
        ATHANOR_ASSIGN(const train::TrainerParts parts, train::trainerParts(one, inputs, plan));
        return train::Trainer::create(parts);
    }
    static QString why(const Result<QJsonObject> &result) { return result ? QString() : result.error().message; }

private Q_SLOTS:
    void initTestCase()
    {
        m_plugins = builtPlugins();
        m_project = std::make_unique<TinyProject>();
        QVERIFY2(m_project->isUsable(), qPrintable(m_project->problem()));
    }

    void theBaseWidthItselfChangesNoBit()
    {
        const auto plain = train(QStringLiteral("plain"), {{QStringLiteral("budget"), 4}});
        const auto based = train(QStringLiteral("based"), {{QStringLiteral("budget"), 4}, {QStringLiteral("base_width"), 32}});
        const auto wider = train(QStringLiteral("wider"), {{QStringLiteral("budget"), 4}, {QStringLiteral("base_width"), 8}});
        QVERIFY2(plain && based && wider, qPrintable(why(plain) + why(based) + why(wider)));
        QCOMPARE(based->value(QLatin1String("weightsSha256")), plain->value(QLatin1String("weightsSha256")));
        QVERIFY(wider->value(QLatin1String("weightsSha256")) != plain->value(QLatin1String("weightsSha256")));
    }
    void stepsAndFirstWeightsAreScaled_data()
    {
        QTest::addColumn<QString>("optimizer");
        QTest::addColumn<double>("hidden");
        QTest::newRow("AdamW") << QStringLiteral("optimizer.adamw") << 0.25;
        QTest::newRow("Muon") << QStringLiteral("optimizer.muon") << 0.5;
    }
    void stepsAndFirstWeightsAreScaled()
    {
        QFETCH(QString, optimizer);
        QFETCH(double, hidden);
        train::RunInputs plainInputs, scaledInputs;
        const auto plain = trainer(QStringLiteral("p"), {{QStringLiteral("optimizer"), optimizer}}, plainInputs);
        const auto scaled = trainer(QStringLiteral("s"), {{QStringLiteral("optimizer"), optimizer}, {QStringLiteral("base_width"), 8}}, scaledInputs);
        QVERIFY(plain && scaled);
        for (size_t i = 0; i < (*plain)->parameters().size(); ++i) {
            const train::TrainedParameter &before = (*plain)->parameters()[i], &after = (*scaled)->parameters()[i];
            QCOMPARE(after.name, before.name);
            QCOMPARE(before.learningRateFactor, 1.0);
            const bool isOutputNorm = after.name == "norm.weight";
            QCOMPARE(after.learningRateFactor, after.isHiddenMatrix ? hidden : isOutputNorm ? 0.25 : 1.0);
            const double ratio = after.isHiddenMatrix ? 0.5 : isOutputNorm ? 0.25 : 1.0;
            QVERIFY2(torch::allclose(after.master, before.master * ratio, 1e-5, 1e-8), after.name.c_str());
        }
    }
    void aScaledRunStoppedAndResumedEndsWithTheSameBits()
    {
        const QJsonObject settings{{QStringLiteral("base_width"), 8}, {QStringLiteral("budget"), 8}};
        const auto whole = train(QStringLiteral("scaled-whole"), settings);
        QVERIFY2(whole, qPrintable(why(whole)));
        FakeContext first = context(QStringLiteral("scaled"), settings);
        first.stopAfterStep = 3;
        QVERIFY(!train::TrainHandler().run(first));
        const auto resumed = train(QStringLiteral("scaled"), settings);
        QVERIFY2(resumed, qPrintable(why(resumed)));
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), whole->value(QLatin1String("weightsSha256")));
        QCOMPARE(resumed->value(QLatin1String("optimizerSha256")), whole->value(QLatin1String("optimizerSha256")));
    }

    void aTestOfRatesFindsTheFall()
    {
        const QJsonObject range{{QStringLiteral("lowest"), 1e-5}, {QStringLiteral("highest"), 10}, {QStringLiteral("steps"), 60}};
        FakeContext one = context(QStringLiteral("rates"), {}, {{QStringLiteral("range"), range}});
        const auto result = train::FindRateHandler().run(one);
        QVERIFY2(result, qPrintable(why(result)));
        const experiment::RateAdvice advice = experiment::rateAdviceFrom(*result);
        QVERIFY2(advice.isClear, qPrintable(experiment::rateWords(advice)));
        QVERIFY2(advice.suggested > 3e-4 && advice.suggested < 0.1, qPrintable(QString::number(advice.suggested)));
        QVERIFY(advice.lowestLoss < advice.startLoss - 0.5);
        QCOMPARE(one.metrics.value(1).value(QStringLiteral("lr")), 1e-5);
        QVERIFY(!QFileInfo::exists(one.jobPath() + QStringLiteral("/checkpoints/step-00000001")));
        FakeContext again = context(QStringLiteral("rates-again"), {}, {{QStringLiteral("range"), range}});
        QCOMPARE(*train::FindRateHandler().run(again), *result);  // the same to the last digit
    }
    void aTestOfRatesEndsWhenAsked()
    {
        FakeContext one = context(QStringLiteral("rates-stopped"));
        one.stopAfterStep = 5;
        const auto result = train::FindRateHandler().run(one);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Cancelled);
        QCOMPARE(one.metrics.size(), 5);
    }
    void badRangesAreSaidBeforeAnyStep()
    {
        FakeContext one = context(QStringLiteral("rates-bad"), {}, {{QStringLiteral("range"), QJsonObject{{QStringLiteral("lowest"), 0}}}});
        const auto result = train::FindRateHandler().run(one);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::InvalidInput);
        QVERIFY(one.metrics.isEmpty());
    }

    void aHopelessRunOfASweepEndsEarly()
    {
        const QJsonObject sweep{{QStringLiteral("sweep"), QJsonObject{{QStringLiteral("id"), QStringLiteral("one")}}}};
        const auto settings = [](double rate) {
            return QJsonObject{{QStringLiteral("learning_rate"), rate}, {QStringLiteral("validation_every"), 2}, {QStringLiteral("budget"), 16}};
        };
        const auto first = train(QStringLiteral("sweep1"), settings(0.01), sweep), second = train(QStringLiteral("sweep2"), settings(0.02), sweep);
        const auto third = train(QStringLiteral("sweep3"), settings(0), sweep);
        QVERIFY2(first && second && third, qPrintable(why(first) + why(second) + why(third)));
        QCOMPARE(first->value(QLatin1String("stoppedBecause")).toString(), QStringLiteral("budget"));
        QCOMPARE(third->value(QLatin1String("stoppedBecause")).toString(), QStringLiteral("hopeless"));
        QCOMPARE(third->value(QLatin1String("steps")).toInt(), 4);
        QVERIFY(third->value(QLatin1String("validationLoss")).toDouble() > 0);
        const auto kept = train(QStringLiteral("sweep4"), settings(0), {{QStringLiteral("sweep"), QJsonObject{{QStringLiteral("id"), QStringLiteral("one")}, {QStringLiteral("stops"), false}}}});
        QCOMPARE(kept->value(QLatin1String("steps")).toInt(), 16);
        const auto elsewhere = train(QStringLiteral("sweep5"), settings(0), {{QStringLiteral("sweep"), QJsonObject{{QStringLiteral("id"), QStringLiteral("two")}}}});
        QCOMPARE(elsewhere->value(QLatin1String("steps")).toInt(), 16);
    }
    void aHopelessRunStaysSoWhenItIsResumed()
    {
        FakeContext one = context(QStringLiteral("rung"), {}, {{QStringLiteral("sweep"), QJsonObject{{QStringLiteral("id"), QStringLiteral("three")}}}});
        for (const char *other : {"o1", "o2"}) {
            QVERIFY(makeFolder(m_project->path() + QStringLiteral("/jobs/") + QLatin1String(other)));
            QVERIFY(writeJsonFile(m_project->path() + QStringLiteral("/jobs/%1/rungs.json").arg(QLatin1String(other)),
                                  {{QStringLiteral("sweep"), QStringLiteral("three")}, {QStringLiteral("rungs"), QJsonObject{{QStringLiteral("0.25"), 2.0}}}}));
        }
        QVERIFY(!train::SweepRungs(one).isHopeless(5, 24, 3));  // before the rung
        QVERIFY(train::SweepRungs(one).isHopeless(6, 24, 3));
        QVERIFY(!train::SweepRungs(one).isHopeless(5, 24, 1));
        QVERIFY(train::SweepRungs(one).isHopeless(6, 24, 1));   // what was found is kept, whatever the others do meanwhile
        QFile::remove(one.jobPath() + QStringLiteral("/rungs.json"));
        QVERIFY(!train::SweepRungs(one).isHopeless(6, 24, 1));
        QVERIFY(!train::SweepRungs(one).isHopeless(7, 24, 9));  // each rung is looked at once
        FakeContext alone = context(QStringLiteral("alone"));
        QVERIFY(!train::SweepRungs(alone).isHopeless(24, 24, std::nan("")));
    }
};

QTEST_GUILESS_MAIN(TestSmallFirst)
#include "test_small_first.moc"
