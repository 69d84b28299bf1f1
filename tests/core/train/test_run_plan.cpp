// Budgets, plans and states of a run, portions of a batch and the scale of a loss in f16.
#include "core/train/loss_scale.h"
#include "core/train/micro_batch.h"
#include "core/train/run_plan.h"
#include "core/train/run_state.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::train;

namespace {

RunSettings budget(BudgetKind kind, double amount)
{
    RunSettings settings;
    settings.budgetKind = kind;
    settings.budget = amount;
    return settings;
}

}  // namespace

class TestRunPlan : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void budgets()
    {
        const Overheads none;
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Steps, 250), 1000, 1'000'000, 0, none), 250);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Tokens, 2'000'001), 1000, 1'000'000, 0, none), 2001);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Passes, 1.5), 1000, 1'000'000, 0, none), 1500);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Time, 10), 1000, 1'000'000, 0.5, none), 1200);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Time, 10), 1000, 1'000'000, 0.5, {10, 1}), (600 - 10 - 21) * 2);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Time, 0.001), 1000, 1'000'000, 60, none), 1);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Time, 1), 1000, 1'000'000, 1, {500, 1}), 1);
    }
    void impossibleBudgets()
    {
        for (double amount : {0.0, -1.0, std::nan("")})
            QCOMPARE(stepsForBudget(budget(BudgetKind::Steps, amount), 1000, 1000, 0, {}).error().code,
                     ErrorCode::InvalidInput);
        QCOMPARE(stepsForBudget(budget(BudgetKind::Steps, 1e15), 1000, 1000, 0, {}).error().code, ErrorCode::InvalidInput);
    }
    void validationsAreAboutTwenty()
    {
        RunSettings settings;
        QCOMPARE(validationPlan(600, 1).count, kValidations);
        QCOMPARE(validationPlan(600, 1).share, 1.0);
        QCOMPARE(validationPlan(600, 42).share, 0.25);  // a quarter of the rows, 10.5 s each
        QCOMPARE(validationPlan(600, 42).count, 4);
        QCOMPARE(validationPlan(600, 4).count, kValidations);
        QVERIFY(validationPlan(600, 4).share < 0.75);
        QCOMPARE(validationPlan(60, 1000).count, 2);  // the start and the end are always measured
        QCOMPARE(validationInterval(settings, 100, 4), 25);
        QCOMPARE(validationInterval(settings, 1), 1);
        QCOMPARE(validationInterval(settings, 19), 1);
        QCOMPARE(validationInterval(settings, 1000), 50);
        settings.validationEvery = 7;
        QCOMPARE(validationInterval(settings, 1000), 7);
    }
    void plansComeBack()
    {
        const RunPlan plan{1234, 2, QStringLiteral("bf16"), 62, 0.125, 7, 0.5, {{100, 2000, 100}, {300, 1800, 90}}, 3};
        QCOMPARE(plan.at(100).steps, 1234);
        QCOMPARE(plan.at(101).steps, 2000);
        QCOMPARE(plan.at(301).validationEvery, 90);
        QCOMPARE(plan.lastStep(), 1800);
        const auto again = planFromJson(toJson(plan));
        QVERIFY(again);
        QCOMPARE(toJson(*again), toJson(plan));
    }
    void brokenPlans()
    {
        const QJsonObject good = toJson(RunPlan{10, 2, QStringLiteral("f32"), 1, 0});
        for (const auto &[key, value] : std::vector<std::pair<QString, QJsonValue>>{
                 {QStringLiteral("steps"), 0}, {QStringLiteral("steps"), -5}, {QStringLiteral("steps"), QStringLiteral("x")},
                 {QStringLiteral("threads"), 0}, {QStringLiteral("threads"), 1e9}, {QStringLiteral("precision"), QStringLiteral("f8")},
                 {QStringLiteral("validationEvery"), 0}, {QStringLiteral("checkpointedLayers"), -1},
                 {QStringLiteral("revisions"), QJsonArray{QJsonObject{{QStringLiteral("afterStep"), 5}, {QStringLiteral("steps"), 4}, {QStringLiteral("validationEvery"), 1}}}}}) {
            QJsonObject bad = good;
            bad[key] = value;
            QCOMPARE(planFromJson(bad).error().code, ErrorCode::Corrupt);
        }
        QJsonObject newer = good;
        newer[QStringLiteral("format")] = 99;
        QCOMPARE(planFromJson(newer).error().code, ErrorCode::NewerVersion);
    }
    void plansKnowTheirDevice()
    {
        RunPlan plan{10, 2, QStringLiteral("f16"), 1, 0};
        plan.device = QStringLiteral("cuda:0");
        plan.microBatches = {{0, 4, 2}, {7, 1, 8}};
        const auto again = planFromJson(toJson(plan));
        QVERIFY(again);
        QCOMPARE(again->device, plan.device);
        QVERIFY(again->microBatches == plan.microBatches);
        QJsonObject old = toJson(plan);
        old.remove(QStringLiteral("device"));
        old.remove(QStringLiteral("microBatches"));
        QCOMPARE(planFromJson(old)->device, QStringLiteral("cpu"));
        QVERIFY(planFromJson(old)->microBatches.empty());
        for (const MicroBatch &wrong : {MicroBatch{-1, 4, 2}, MicroBatch{9, 0, 2}, MicroBatch{9, 4, 0}, MicroBatch{7, 1, 8}}) {
            QJsonObject bad = toJson(plan);
            bad[QStringLiteral("microBatches")] = toJson(std::vector<MicroBatch>{{7, 1, 8}, wrong});
            QCOMPARE(planFromJson(bad).error().code, ErrorCode::Corrupt);
        }
    }
    void portionsBecomeSmaller()
    {
        QVERIFY((smallerThan({0, 8, 1}, 5) == MicroBatch{5, 4, 2}));
        QVERIFY((smallerThan({0, 9, 2}, 5) == MicroBatch{5, 3, 6}));
        QVERIFY((smallerThan({0, 7, 1}, 5) == MicroBatch{5, 1, 7}));
        QVERIFY(!smallerThan({0, 1, 64}, 5));
        std::vector<MicroBatch> decided;
        QVERIFY(!microBatchAt(decided, 1));
        decide(decided, {4, 4, 2});
        decide(decided, {9, 2, 4});
        QVERIFY(!microBatchAt(decided, 4));
        QCOMPARE(microBatchAt(decided, 5)->rows, 4);
        QCOMPARE(microBatchAt(decided, 10)->rows, 2);
        decide(decided, {6, 1, 8});  // a resumed run had less memory: what came later falls away
        QCOMPARE(decided.size(), size_t(2));
        QCOMPARE(microBatchAt(decided, 10)->rows, 1);
    }
    void lossScalesFollowWhatFits()
    {
        LossScale off;
        QVERIFY(off.accepts(false) && !off.isOn() && off.toJson().isEmpty());
        LossScale scale = LossScale::begun();
        QVERIFY(!scale.accepts(false));
        QCOMPARE(scale.factor(), 32768.0);
        for (int update = 0; update < 2000; ++update)
            QVERIFY(scale.accepts(true));
        QCOMPARE(scale.factor(), 65536.0);
        QVERIFY(scale.accepts(true));
        const auto again = LossScale::fromJson(scale.toJson());
        QVERIFY(again && again->toJson() == scale.toJson());
        int left = 0;
        while (!scale.accepts(false) && left < 100)
            ++left;
        QCOMPARE(left, 32);  // then the numbers themselves are at fault
    }
    void brokenLossScales()
    {
        QVERIFY(!LossScale::fromJson({})->isOn());
        for (const QJsonObject &bad : {QJsonObject{{QStringLiteral("factor"), 3.0}, {QStringLiteral("good"), 1}},
                                       QJsonObject{{QStringLiteral("factor"), 0.0}, {QStringLiteral("good"), 1}},
                                       QJsonObject{{QStringLiteral("factor"), -2.0}, {QStringLiteral("good"), 1}},
                                       QJsonObject{{QStringLiteral("factor"), 1e300}, {QStringLiteral("good"), 1}},
                                       QJsonObject{{QStringLiteral("factor"), 2.0}},
                                       QJsonObject{{QStringLiteral("factor"), QStringLiteral("x")}, {QStringLiteral("good"), 1}}})
            QCOMPARE(LossScale::fromJson(bad).error().code, ErrorCode::Corrupt);
    }
    void statesComeBack()
    {
        RunState state;
        state.step = 77;
        state.tokens = qint64(1) << 41;
        state.seconds = 12.25;
        QVERIFY(state.addValidation({2.5, std::exp(2.5), 1.1, 4096}));
        const RunState again = stateFromJson(toJson(state));
        QCOMPARE(toJson(again), toJson(state));
        QCOMPARE(again.lowestStep, 77);
        QCOMPARE(again.validation->tokens, 4096);
    }
    void patienceCounts()
    {
        RunState state;
        QVERIFY(state.addValidation({3, 20, 1.5, 1}));
        QVERIFY(!state.addValidation({3, 20, 1.5, 1}));
        QVERIFY(!state.addValidation({3.1, 20, 1.5, 1}));
        QCOMPARE(state.withoutImprovement, 2);
        QVERIFY(state.addValidation({2.9, 20, 1.4, 1}));
        QCOMPARE(state.withoutImprovement, 0);
        QCOMPARE(state.startBitsPerByte, 1.5);
    }
};

QTEST_GUILESS_MAIN(TestRunPlan)
#include "test_run_plan.moc"
