// The planner's lines: what is good, what wants attention, and what forbids the start.
#include "tests/core/model/fixture.h"

using namespace athanor;
using namespace athanor::model;

class TestPlan : public QObject {
    Q_OBJECT

    fixture::Plugins m_plugins;
    PlanInput m_input;

    Plan planned(const PlanInput &input) const
    {
        const auto result = plan(m_plugins.catalogue, input);
        if (!result)
            qFatal("%s", qPrintable(result.error().message));
        return *result;
    }
    static const PlanLine *line(const Plan &plan, const char *text)
    {
        for (const PlanLine &entry : plan.lines)
            if (entry.text.contains(QString::fromUtf8(text)))
                return &entry;
        return nullptr;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_input.architecture = *expandArchitecture(m_plugins.catalogue, QStringLiteral("architecture.llama"), fixture::small(), 8192);
        m_input.machine.memoryBytes = qint64(32) << 30;
        m_input.machine.freeMemoryBytes = qint64(24) << 30;
        m_input.freeDiskBytes = 100000000000;
        m_input.flopsPerSecond = 2e11;
        m_input.trainTokens = 2600000;
        m_input.secondsBudget = 600;
    }

    void aGoodPlan()
    {
        const Plan good = planned(m_input);
        QVERIFY(good.canStart);
        const PlanLine *memory = line(good, "fits in memory, with 23.");
        QVERIFY(memory && memory->level == PlanLine::Level::Good);
        QCOMPARE(good.seconds, 600.0);
        QCOMPARE(good.tokens, static_cast<qint64>(600 * good.tokensPerSecond));
        QVERIFY(!good.tokensPerSecondMeasured);
        QVERIFY(line(good, "estimated"));
        const QJsonObject json = toJson(good);
        QCOMPARE(json.value(QLatin1String("lines")).toArray().size(), good.lines.size());
        QVERIFY(json.value(QLatin1String("canStart")).toBool());
    }

    void aMeasuredSpeedIsUsed()
    {
        PlanInput input = m_input;
        input.tokensPerSecond = 5000;
        input.tokensToTrain = 1500000;
        const Plan plan = planned(input);
        QVERIFY(plan.tokensPerSecondMeasured);
        QCOMPARE(plan.seconds, 300.0);
        QVERIFY(line(plan, "measured here"));
    }

    void tooFewTokensSayHowMany()
    {
        PlanInput input = m_input;
        input.tokensToTrain = planned(m_input).accounting.suitableTokens / 100;
        const Plan plan = planned(input);
        const PlanLine *tokens = line(plan, "100 × too few");
        QVERIFY(tokens);
        QVERIFY(tokens->level == PlanLine::Level::Attention);
        QVERIFY(tokens->action.contains(QStringLiteral("go smaller")));
        QVERIFY(plan.canStart);
        input.tokensToTrain = plan.accounting.suitableTokens;
        QVERIFY(!line(planned(input), "too few"));
    }

    void manyPassesAreNamed()
    {
        PlanInput input = m_input;
        input.tokensToTrain = 12 * input.trainTokens;
        const Plan plan = planned(input);
        QCOMPARE(plan.passes, 12.0);
        const PlanLine *passes = line(plan, "reads the text 12 times");
        QVERIFY(passes && passes->level == PlanLine::Level::Attention);
    }

    void doesNotFitInMemory()
    {
        PlanInput input = m_input;
        input.machine.memoryBytes = 300000000;
        input.machine.freeMemoryBytes = 200000000;
        const Plan plan = planned(input);
        QVERIFY(!plan.canStart);
        const PlanLine *memory = line(plan, "does not fit in memory");
        QVERIFY(memory && memory->level == PlanLine::Level::Bad && !memory->action.isEmpty());
        input.machine.memoryBytes = qint64(32) << 30;
        const Plan full = planned(input);
        QVERIFY(full.canStart);
        QVERIFY(line(full, "are free now")->level == PlanLine::Level::Attention);
    }

    void diskTooFull()
    {
        PlanInput input = m_input;
        input.freeDiskBytes = 1000000;
        const Plan plan = planned(input);
        QVERIFY(!plan.canStart);
        QVERIFY(line(plan, "disk is too full")->level == PlanLine::Level::Bad);
        input.freeDiskBytes = -1;
        QVERIFY(planned(input).canStart);
    }

    void textShorterThanASequence()
    {
        PlanInput input = m_input;
        input.trainTokens = 100;
        const Plan plan = planned(input);
        QVERIFY(!plan.canStart);
        QVERIFY(line(plan, "less than one sequence"));
    }

    void nothingKnownIsNoCrash()
    {
        PlanInput input;
        input.architecture = m_input.architecture;
        const Plan plan = planned(input);
        QCOMPARE(plan.tokens, 0);
        QCOMPARE(plan.seconds, 0.0);
        QVERIFY(!plan.lines.isEmpty());
        input.secondsBudget = 1e300;
        input.flopsPerSecond = 1e300;
        QVERIFY(planned(input).tokens > 0);
        QVERIFY(!athanor::model::plan(m_plugins.catalogue, {}).has_value());
    }

    void whatRestsCostsNoGradients()
    {
        PlanInput adapter = m_input;
        adapter.beginsTrained = true;
        adapter.shape.learnedParameters = 0;
        adapter.shape.adapterParameters = 100000;
        const Plan all = planned(m_input), little = planned(adapter);
        const double parameters = double(all.accounting.parameters);
        // bf16: weights, masters, gradients and moments are 16 bytes each; weights alone 2, an adapter's number 16.
        const double saved = double(all.accounting.trainingBytes - little.accounting.trainingBytes);
        QVERIFY2(std::fabs(saved - (14 * parameters - 16e5)) < 1e4, qPrintable(QString::number(saved - 14 * parameters)));
        QCOMPARE(little.checkpointBytes, 1200000);
        QVERIFY(std::fabs(all.accounting.flopsPerTokenTraining / little.accounting.flopsPerTokenTraining - 1.5) < 1e-6);
        QVERIFY(!line(little, "suit its size"));
    }
    void shorterSequencesNeedLess()
    {
        PlanInput shorter = m_input;
        shorter.shape.sequence = 64;
        QVERIFY(planned(shorter).accounting.trainingBytes < planned(m_input).accounting.trainingBytes);
        QCOMPARE(planned(shorter).accounting.parameters, planned(m_input).accounting.parameters);
    }
    void recordsThatTeachNothingAreNamed()
    {
        PlanInput input = m_input;
        input.trainRecords = 40;
        input.silentRecords = 2;
        input.silentExamples = {QStringLiteral("chat.jsonl:7 (no answer)")};
        const Plan without = planned(input);
        const PlanLine *some = line(without, "teach nothing");
        QVERIFY(some && some->level == PlanLine::Level::Attention && some->text.contains(QStringLiteral("chat.jsonl:7")));
        QVERIFY(without.canStart);
        input.trainRecords = 0;
        const Plan none = planned(input);
        QVERIFY(!none.canStart);
    }
};

QTEST_GUILESS_MAIN(TestPlan)
#include "test_plan.moc"
