// The planner's lines: what is good, what wants attention, and what forbids the start. Sources and their weights.
#include "core/model/mixture.h"
#include "tests/core/model/fixture.h"

using namespace athanor;
using namespace athanor::model;

namespace {

const QList<SourceName> kSources{{QStringLiteral("d0123"), QStringLiteral("docs")}, {QStringLiteral("c0123"), QStringLiteral("code")},
                                 {QStringLiteral("f0123"), QStringLiteral("forum")}};

}  // namespace

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
        const PlanLine *memory = line(good, "fits in memory, with 2");
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

    void lessThanAPassIsAShareOfTheText_data()
    {
        QTest::addColumn<double>("passes");
        QTest::addColumn<QString>("says");
        QTest::newRow("a little") << 0.03 << QStringLiteral("reads 3 % of the text");
        QTest::newRow("half") << 0.5 << QStringLiteral("reads 50 % of the text");
        QTest::newRow("nearly all") << 0.99 << QStringLiteral("reads 99 % of the text");
        QTest::newRow("all but a word") << 0.9999 << QStringLiteral("reads the text 1.0 times");
        QTest::newRow("hardly anything") << 0.0099 << QStringLiteral("reads less than 1 % of the text");
        QTest::newRow("one in a hundred") << 0.01 << QStringLiteral("reads 1 % of the text");
        QTest::newRow("not known yet") << 0.0 << QString();
    }
    void lessThanAPassIsAShareOfTheText()
    {
        QFETCH(double, passes);
        QFETCH(QString, says);
        PlanInput input = m_input;
        input.secondsBudget = 0;
        input.tokensToTrain = qint64(std::llround(passes * double(input.trainTokens)));
        const Plan plan = planned(input);
        const PlanLine *read = line(plan, "reads");
        QCOMPARE(read ? read->text : QString(), says);
        QVERIFY(!read || read->level == PlanLine::Level::Good);
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
        // A checkpoint does without its copy where there is little room: that alone forbids nothing.
        const auto hasCopy = [](const Plan &plan) { return memoryText(plan.accounting).contains(QStringLiteral("copy for a checkpoint")); };
        QVERIFY(hasCopy(planned(m_input)) && !hasCopy(plan));
        const double all = double(planned(m_input).accounting.trainingBytes);
        input.machine.memoryBytes = input.machine.freeMemoryBytes = qint64(0.75 * all);
        QVERIFY(planned(input).canStart);
        input.machine.memoryBytes = qint64(32) << 30;
        input.machine.freeMemoryBytes = 200000000;
        const Plan full = planned(input);
        QVERIFY(full.canStart);
        QVERIFY(line(full, "are free now")->level == PlanLine::Level::Attention);
    }

    void aGraphicsCardsMemoryCounts()
    {
        PlanInput input = m_input;
        input.isOnCard = true;
        input.machine.memoryBytes = 300000000;  // of the processor, which holds little of it
        input.cardName = QStringLiteral("Some Card");
        input.cardMemoryBytes = qint64(16) << 30;
        const Plan good = planned(input);
        QVERIFY(good.canStart);
        QVERIFY(line(good, "fits in the memory of Some Card")->level == PlanLine::Level::Good);
        input.cardMemoryBytes = 1 << 20;
        const Plan small = planned(input);
        QVERIFY(!small.canStart && !line(small, "does not fit in the memory of Some Card: needs")->action.isEmpty());
        input.cardName.clear();
        input.cardProblem = QStringLiteral("no graphics card was found that can compute");
        input.cardAction = QStringLiteral("Choose the processor.");
        const Plan none = planned(input);
        QVERIFY(!none.canStart && line(none, "no graphics card")->action == input.cardAction);
    }

    void checkpointsKeptForGoodNeedDisk()
    {
        PlanInput input = m_input;
        const Plan few = planned(input);
        input.tokensPerStep = static_cast<double>(few.tokens) / 1000;  // a run of 1,000 steps
        input.keepEverySteps = 100;
        QCOMPARE(planned(input).diskBytes - few.diskBytes, 10 * few.checkpointBytes);
        input.keepCheckpoints = 7;
        QCOMPARE(planned(input).diskBytes - few.diskBytes, 14 * few.checkpointBytes);
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
        // bf16: weights, masters and moments are 14 bytes each; weights alone 2, an adapter's number 12.
        const auto state = [](const Plan &plan) {
            for (const MemoryPart &part : plan.accounting.memory)
                if (part.name == QLatin1String("weights and optimizer"))
                    return part.bytes;
            return 0.0;
        };
        QVERIFY(std::fabs(state(all) - state(little) - (12 * parameters - 12e5)) < 1);
        QVERIFY(double(all.accounting.trainingBytes - little.accounting.trainingBytes) > state(all) - state(little));
        QCOMPARE(little.checkpointBytes, 1200000);
        QVERIFY(std::fabs(double(all.checkpointBytes) - 12 * parameters) < 1);  // masters and moments; the bf16 weights come from the masters
        QVERIFY(std::fabs(all.accounting.flopsPerTokenTraining / little.accounting.flopsPerTokenTraining - 1.5) < 1e-6);
        QVERIFY(!line(little, "suit its size"));
    }
    void asManyLayersAreCheckpointedAsNeeded()
    {
        PlanInput input = m_input;
        input.shape.batch = 64;
        const Plan plain = planned(input);
        QCOMPARE(plain.recomputedBlocks, 0);
        QCOMPARE(plain.accounting.blocks, 6);
        QVERIFY(!line(plain, "checkpointed layers"));
        input.checkpointing = QStringLiteral("on");
        const Plan least = planned(input);
        QCOMPARE(least.recomputedBlocks, 6);
        QVERIFY(least.accounting.trainingBytes < plain.accounting.trainingBytes);
        QVERIFY(least.accounting.flopsPerTokenTraining > 1.2 * plain.accounting.flopsPerTokenTraining);
        QVERIFY(least.accounting.flopsPerTokenTraining < 1.34 * plain.accounting.flopsPerTokenTraining);
        // Between the two: as few as it takes.
        input.checkpointing = QStringLiteral("auto");
        input.machine.freeMemoryBytes = (plain.accounting.trainingBytes + least.accounting.trainingBytes) / 2;
        const Plan some = planned(input);
        QVERIFY(some.recomputedBlocks > 0 && some.recomputedBlocks < 6);
        QVERIFY(some.accounting.trainingBytes <= input.machine.freeMemoryBytes);
        TrainingShape fewer = input.shape;
        fewer.recomputedBlocks = some.recomputedBlocks - 1;
        QVERIFY(account(m_plugins.catalogue, input.architecture, fewer)->trainingBytes > input.machine.freeMemoryBytes);
        QVERIFY(line(some, qPrintable(QStringLiteral("checkpointed layers: %1 of 6").arg(some.recomputedBlocks))));
        input.checkpointing = QStringLiteral("off");
        QCOMPARE(planned(input).recomputedBlocks, 0);
        // What is not known is not acted on.
        input.checkpointing = QStringLiteral("auto");
        input.machine = {};
        QCOMPARE(planned(input).recomputedBlocks, 0);
    }

    void theLargestBatchFitsAndOneMoreDoesNot()
    {
        const qint64 memory = qint64(4) << 30;
        const auto bytesWith = [&](qint64 batch) {
            TrainingShape shape = m_input.shape;
            shape.batch = batch;
            return double(account(m_plugins.catalogue, m_input.architecture, shape)->trainingBytes);
        };
        const auto largest = largestBatch(m_plugins.catalogue, m_input.architecture, m_input.shape, QStringLiteral("auto"), memory);
        QVERIFY2(largest, largest ? "" : qPrintable(largest.error().message));
        QVERIFY(*largest > 8);
        QVERIFY(bytesWith(*largest) <= 0.9 * double(memory) && bytesWith(*largest + 1) > 0.9 * double(memory));
        QVERIFY(*largestBatch(m_plugins.catalogue, m_input.architecture, m_input.shape, QStringLiteral("on"), memory) > *largest);
        QCOMPARE(*largestBatch(m_plugins.catalogue, m_input.architecture, m_input.shape, QStringLiteral("auto"), qint64(1) << 50), 4096);
        const auto none = largestBatch(m_plugins.catalogue, m_input.architecture, m_input.shape, QStringLiteral("auto"), 100000000);
        QCOMPARE(none.error().code, ErrorCode::LimitExceeded);
        QVERIFY(none.error().message.contains(QStringLiteral("95.4 MiB")) && !none.error().hint.isEmpty());
    }

    void everythingThatIsWaitedForCounts()
    {
        PlanInput input = m_input;
        MeasuredRun measured;
        measured.tokensPerStep = 2048;
        measured.tokensPerPass = 2e6;
        measured.secondsPerStep = 0.5;
        measured.startSeconds = 3;
        measured.validationSeconds = 2;
        measured.sampleSeconds = 1;
        measured.checkpointSeconds = 0.5;
        measured.finalSeconds = 10;
        measured.peakBytes = 123456789;
        input.measured = *measuredRunFromJson(toJson(measured));
        input.tokensToTrain = 2048 * 100;
        input.validationEvery = 25;
        const Plan plan = planned(input);
        QCOMPARE(plan.tokensPerSecond, 4096.0);
        QVERIFY(plan.tokensPerSecondMeasured);
        QCOMPARE(plan.accounting.trainingBytes, 123456789);
        // Before the first step and after each 25: five measurements and samples; a checkpoint with each.
        QCOMPARE(plan.seconds, 3 + 100 * 0.5 + 5 * 3 + 5 * 0.5 + 10);
        input.tokensToTrain = 0;
        QCOMPARE(planned(input).seconds, 600.0 + 13);
    }
    // A short run is mostly what stands around its steps; a long one is its steps.
    void beforeAMeasurementTheRestIsAssumed()
    {
        PlanInput input = m_input;
        input.secondsBudget = 0;
        input.tokensPerStep = 2048;
        input.tokensToTrain = 2048 * 20;
        const auto besideSteps = [](const Plan &plan) { return plan.seconds - double(plan.tokens) / plan.tokensPerSecond; };
        const Plan brief = planned(input);
        QVERIFY(besideSteps(brief) > 3 && besideSteps(brief) < 120);
        input.tokensToTrain *= 10000;
        const Plan lasting = planned(input);
        QVERIFY(besideSteps(lasting) > besideSteps(brief) && besideSteps(lasting) < 0.05 * lasting.seconds);
        input.speedIsOfWholeRuns = true;
        QCOMPARE(besideSteps(planned(input)), 0.0);
    }
    void brokenMeasurementsAreNotBelieved()
    {
        QVERIFY(!measuredRunFromJson({}));
        QJsonObject object = toJson(MeasuredRun{});
        QCOMPARE(measuredRunFromJson(object).error().code, ErrorCode::Corrupt);  // no speed
        object[QStringLiteral("secondsPerStep")] = 1;
        object[QStringLiteral("tokensPerStep")] = 1;
        QVERIFY(measuredRunFromJson(object));
        object[QStringLiteral("sampleSeconds")] = -1;
        QVERIFY(!measuredRunFromJson(object));
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

    void mixtures_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("again");
        const auto row = [](const char *text, const char *again) { QTest::newRow(text) << QString::fromLatin1(text) << QString::fromLatin1(again); };
        row("docs=2,code=1", "docs=2");
        row(" docs = 2 ; 50%: code=3, forum=0;90%:docs=8", "docs=2; 50%: code=3, forum=0; 90%: docs=8");
        row("0%: docs=0.5", "docs=0.5");
        row("90%: forum=4", "90%: forum=4");
        row("33.5%: f0123=2", "33.5%: forum=2");
        row("docs=2; 50%:", "docs=2; 50%: ");
        row("", "");
        row(" ; ", "");
        row("docs=3,code=3,forum=3", "");
    }
    void mixtures()
    {
        QFETCH(QString, text);
        QFETCH(QString, again);
        const auto mixture = parseMixture(text, kSources);
        QVERIFY2(mixture.has_value(), mixture ? "" : qPrintable(mixture.error().message));
        QCOMPARE(mixtureText(*mixture, kSources), again);
        QCOMPARE(mixture->isAsTheyAre(), again.isEmpty());
        const auto twice = parseMixture(again, kSources);
        QVERIFY(twice.has_value());
        QCOMPARE(twice->stages.size(), mixture->stages.size());
        for (size_t i = 0; i < twice->stages.size(); ++i)
            QVERIFY(twice->stages[i].from == mixture->stages[i].from && twice->stages[i].weights == mixture->stages[i].weights);
    }
    void noMixtures_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *text, const char *says) { QTest::newRow(text) << QString::fromLatin1(text) << QString::fromLatin1(says); };
        row("cod=2", "docs, code, forum");
        row("docs", "source=weight");
        row("=2", "source=weight");
        row("docs=-1", "from 0");
        row("docs=nan", "from 0");
        row("docs=inf", "from 0");
        row("docs=1e300", "1000000");
        row("docs=", "from 0");
        row("docs=2=3", "docs, code, forum");
        row("docs=1,docs=2", "two weights");
        row("docs=0,code=0,forum=0", "every source");
        row("docs=2; 50%: docs=0, code=0, forum=0", "from 50 %");
        row("docs=2; 50%: docs=1; 20%: docs=3", "20 % after 50 %");
        row("docs=2; 50%: docs=1; 50%: docs=3", "50 % after 50 %");
        row("docs=2; code=3", "order of the run");
        row("100%: docs=1", "below 100");
        row("-1%: docs=1", "below 100");
        row("x%: docs=1", "below 100");
    }
    void noMixtures()
    {
        QFETCH(QString, text);
        QFETCH(QString, says);
        const auto mixture = parseMixture(text, kSources);
        QVERIFY(!mixture.has_value());
        QCOMPARE(mixture.error().code, ErrorCode::InvalidInput);
        const QString said = mixture.error().message + QLatin1Char(' ') + mixture.error().hint;
        QVERIFY2(said.contains(says), qPrintable(said));
        QVERIFY(!mixture.error().hint.isEmpty());
    }
    void passesOfSources()
    {
        const std::vector<double> tokens{1000, 3000, 0};
        const Mixture twice = *parseMixture(QStringLiteral("docs=2"), kSources);
        QCOMPARE(sharesOf(twice.stages[0].weights, tokens), (std::vector<double>{0.4, 0.6, 0}));
        const std::vector<double> passes = passesOf(twice.stages, tokens, 10000);
        QCOMPARE(passes[0], 4.0);
        QCOMPARE(passes[1], 2.0);
        QCOMPARE(passes[2], 0.0);
        const Mixture late = *parseMixture(QStringLiteral("50%: docs=0"), kSources);
        QCOMPARE(passesOf(late.stages, tokens, 8000)[0], 1.0);  // a quarter of the first half
        const std::vector<MixtureStage> stairs = stairsOf(late, MixtureChange::Gradual);
        QCOMPARE(stairs.back().from, 0.5);
        QCOMPARE(stairs.back().weights[0], 0.0);
        QCOMPARE(stairs.front().from, 0.0);
        QVERIFY(stairs.front().weights[0] > 0.9 && stairs[stairs.size() - 2].weights[0] < 0.1);
        QCOMPARE(stairsOf(late, MixtureChange::Step).size(), size_t(2));
        QCOMPARE(sharesOf({0, 0, 5}, tokens), (std::vector<double>{0, 0, 0}));
    }
    void namesOfPlaces()
    {
        const QStringList names = shortNames({QStringLiteral("/home/ada/docs"), QStringLiteral("/home/ada/code/"), QStringLiteral("/home/bea/code"),
                                              QStringLiteral("https://example.org/a=b,c.txt"), QStringLiteral("/")});
        QCOMPARE(names[0], QStringLiteral("docs"));
        QCOMPARE(names[1], QStringLiteral("ada/code"));
        QCOMPARE(names[2], QStringLiteral("bea/code"));
        QCOMPARE(names[3], QStringLiteral("a_b_c.txt"));
        QCOMPARE(names[4], QString());
    }
};

QTEST_GUILESS_MAIN(TestPlan)
#include "test_plan.moc"
