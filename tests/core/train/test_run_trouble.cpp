// Losses that jump, numbers that are none, memory that runs out: what is done, told and remembered.
#include "core/base/atomic_file.h"
#include "core/train/memory_plan.h"
#include "core/train/run_plan.h"
#include "core/train/train_run.h"
#include "tests/core/train/run_fixture.h"
#include "tests/support/scarce_memory.h"

using namespace athanor;
using namespace athanor::test;

class TestRunTrouble : public QObject, private RunFixture {
    Q_OBJECT

private:
    // The most that the tensors of a whole run took together, and its result.
    std::pair<qint64, QJsonObject> mostOf(ScarceMemory &memory, const QString &id, const QJsonObject &settings)
    {
        memory.setLimit(0);
        memory.forget();
        FakeContext undisturbed = context(id, settings);
        const auto result = run(undisturbed);
        if (!result)
            qFatal("%s", qPrintable(why(result)));
        return {memory.most(), *result};
    }

private Q_SLOTS:
    void divergenceIsFoundAndTheLastGoodCheckpointKept()
    {
        FakeContext wild = context(QStringLiteral("wild"), {{QStringLiteral("learning_rate"), 1e30}});
        const auto result = run(wild);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Diverged);
        QVERIFY(result.error().message.contains(QStringLiteral("step")));
        QVERIFY(std::isnan(wild.metrics.last().value(QStringLiteral("train/loss"))));
        QVERIFY(result.error().hint.contains(QStringLiteral("lower learning rate")));
        QStringList problems;
        QVERIFY(train::CheckpointStore(wild.jobPath() + QStringLiteral("/checkpoints")).newestWhole(problems));
    }

    void aBatchAtWhichTheLossJumpsIsLeftOutAndNamed()
    {
        QByteArray noise;  // signs that stand nowhere else, in no order that could be learned
        for (unsigned i = 0, state = 1; i < 400; ++i, state = state * 1664525u + 1013904223u)
            noise += char(33 + (state >> 16) % 64);
        TinyProject strange(12, 3, {QStringLiteral("s")}, noise);
        QVERIFY2(strange.isUsable(), qPrintable(strange.problem()));
        const QJsonObject settings{{QStringLiteral("budget"), 300}, {QStringLiteral("batch"), 1}, {QStringLiteral("validation_every"), 1000},
                                   {QStringLiteral("sample_tokens"), 0}, {QStringLiteral("learning_rate"), 0.01},
                                   {QStringLiteral("spike_threshold"), 3}, {QStringLiteral("spike_retries"), 50}};
        const auto made = [&](const QString &id, const QJsonObject &more = {}) {
            job::Spec spec = strange.trainSpec(id, settings);
            for (auto it = more.begin(); it != more.end(); ++it)
                spec.parameters[it.key()] = it.value();
            return FakeContext(strange.path(), spec, *m_plugins);
        };
        FakeContext whole = made(QStringLiteral("whole"));
        const auto result = run(whole);
        QVERIFY2(result, qPrintable(why(result)));
        int noticed = 0;
        for (const QJsonValue &value : result->value(QLatin1String("leftOut")).toArray()) {
            const QJsonObject entry = value.toObject();
            if (entry.value(QLatin1String("documents")).toArray().contains(QStringLiteral("strange.txt")))
                noticed = entry.value(QLatin1String("noticedAt")).toInt();
        }
        QVERIFY2(noticed > 64, qPrintable(whole.logs.join(QLatin1Char('\n'))));
        QVERIFY(whole.logs.filter(QStringLiteral("left out")).join(QString()).contains(QStringLiteral("strange.txt")));

        QJsonObject expectation = *result;
        expectation[QStringLiteral("plan")] = *readJsonFile(whole.jobPath() + QStringLiteral("/plan.json"));
        FakeContext again = made(QStringLiteral("again"), {{QStringLiteral("expect"), expectation}});
        const auto reproduced = run(again);
        QVERIFY2(reproduced, qPrintable(why(reproduced)));
        QVERIFY(reproduced->value(QLatin1String("reproduced")).toBool());
        QVERIFY(again.logs.filter(QStringLiteral("left out")).isEmpty());  // it knows from the plan

        for (const int stop : {noticed - 2, noticed + 2}) {
            FakeContext stopped = made(QStringLiteral("stopped%1").arg(stop));
            stopped.onProgress = [&](const Progress &progress) { stopped.pauseFromTheStart = progress.unit == QLatin1String("steps") && progress.done == stop; };
            QVERIFY(!run(stopped));
            FakeContext resumed = made(QStringLiteral("stopped%1").arg(stop));
            const auto end = run(resumed);
            QVERIFY2(end, qPrintable(why(end)));
            QCOMPARE(end->value(QLatin1String("weightsSha256")), result->value(QLatin1String("weightsSha256")));
            QCOMPARE(end->value(QLatin1String("optimizerSha256")), result->value(QLatin1String("optimizerSha256")));
        }
    }

    void whatOnlyTellsLearnsAsBefore()
    {
        const QJsonObject often{{QStringLiteral("budget"), 90}, {QStringLiteral("validation_every"), 1000}, {QStringLiteral("learning_rate"), 0.03},
                                {QStringLiteral("warmup_share"), 1}, {QStringLiteral("spike_threshold"), 3}};
        QJsonObject tells = often, never = often;
        tells[QStringLiteral("on_spike")] = QStringLiteral("tell");
        never[QStringLiteral("spike_threshold")] = 1'000'000;
        FakeContext first = context(QStringLiteral("tells"), tells), second = context(QStringLiteral("never"), never);
        const auto told = run(first), plain = run(second);
        QVERIFY2(told && plain, qPrintable(why(told) + why(plain)));
        QCOMPARE(told->value(QLatin1String("weightsSha256")), plain->value(QLatin1String("weightsSha256")));
    }

    void weightsThatWentWrongAreLeftBehind()
    {
        // The learning rate rises until every batch is far off: leaving one out does not help, going back does not either.
        FakeContext rising = context(QStringLiteral("rising"), {{QStringLiteral("budget"), 400}, {QStringLiteral("validation_every"), 1000},
                                                                {QStringLiteral("learning_rate"), 20}, {QStringLiteral("warmup_share"), 1}, {QStringLiteral("schedule"), QStringLiteral("schedule.constant")},
                                                                {QStringLiteral("spike_threshold"), 5}, {QStringLiteral("sample_tokens"), 0}});
        const auto result = run(rising);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Diverged);
        QVERIFY2(result.error().message.contains(QStringLiteral("3 times before")), qPrintable(result.error().message));
        const QString told = rising.logs.join(QLatin1Char('\n'));
        QVERIFY2(told.contains(QStringLiteral("The batch is left out")) && told.contains(QStringLiteral("goes back to step")), qPrintable(told));
        QStringList problems;
        QVERIFY(train::CheckpointStore(rising.jobPath() + QStringLiteral("/checkpoints")).newestWhole(problems));
    }

    void goingBackIsTheSameAfterAKill()
    {
        // As a kill leaves it right after the decision was stored: the plan leaves out what a checkpoint has read.
        const train::LeftOut entry{40, 10, 31, QStringLiteral("the loss jumped"), {QStringLiteral("a.txt")}, false};
        const auto leaveOut = [&](FakeContext &context) {
            const QString file = context.jobPath() + QStringLiteral("/plan.json");
            QJsonObject plan = *readJsonFile(file);
            plan[QStringLiteral("leftOut")] = train::toJson(std::vector{entry});
            return plan;
        };
        const QJsonObject settings{{QStringLiteral("budget"), 30}};
        FakeContext killed = context(QStringLiteral("decided"), settings);
        killed.stopAfterStep = 24;  // a validation, whose figures always come
        QVERIFY(!run(killed));
        const QJsonObject plan = leaveOut(killed);
        QVERIFY(writeJsonFile(killed.jobPath() + QStringLiteral("/plan.json"), plan));
        FakeContext resumed = context(QStringLiteral("decided"), settings);
        const auto end = run(resumed);
        QVERIFY2(end, qPrintable(why(end)));
        QVERIFY(resumed.logs.filter(QStringLiteral("Going on from the checkpoint of step 8")).size() == 1);
        QJsonObject expectation = *end;
        expectation[QStringLiteral("plan")] = plan;
        FakeContext undisturbed = context(QStringLiteral("undisturbed"), settings, {{QStringLiteral("expect"), expectation}});
        const auto whole = run(undisturbed);
        QVERIFY2(whole, qPrintable(why(whole)));
        QVERIFY(whole->value(QLatin1String("reproduced")).toBool());
        QVERIFY(!QFileInfo::exists(killed.jobPath() + QStringLiteral("/checkpoints/abandoned-step-00000024")));
    }

    void memoryThatRunsOutDividesTheUpdates()
    {
        ScarceMemory memory;
        const auto [wholeMost, whole] = mostOf(memory, QStringLiteral("whole-batch"), {{QStringLiteral("batch"), 64}});
        const auto [halfMost, half] = mostOf(memory, QStringLiteral("half-batch"), {{QStringLiteral("batch"), 32}, {QStringLiteral("accumulation"), 2}});
        QVERIFY2(halfMost < wholeMost, qPrintable(QStringLiteral("%1 %2").arg(halfMost).arg(wholeMost)));
        memory.setLimit((wholeMost + halfMost) / 2);
        FakeContext scarce = context(QStringLiteral("scarce"), {{QStringLiteral("batch"), 64}});
        const auto result = run(scarce);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(scarce.logs.join(QLatin1Char('\n')).contains(QStringLiteral("Memory ran out. From step 1 on, an update goes through the model in 2 portions of 32")));
        // The same rows, divided like the run that was told to: the same bits.
        QCOMPARE(result->value(QLatin1String("weightsSha256")), half.value(QLatin1String("weightsSha256")));
        QCOMPARE(result->value(QLatin1String("tokens")), whole.value(QLatin1String("tokens")));
        const double loss = whole.value(QLatin1String("trainLoss")).toDouble();
        QVERIFY(std::abs(result->value(QLatin1String("trainLoss")).toDouble() - loss) < 1e-3 * loss);
        memory.setLimit(300'000);  // less than the weights and what the optimizer remembers
        FakeContext hopeless = context(QStringLiteral("hopeless"), {{QStringLiteral("batch"), 64}});
        const auto refused = run(hopeless);
        QVERIFY(!refused && refused.error().code == ErrorCode::OutOfMemory);
    }

    void memoryThatRanOutIsRememberedByAResumedRun()
    {
        ScarceMemory memory;
        const QJsonObject settings{{QStringLiteral("batch"), 64}};
        const qint64 wholeMost = mostOf(memory, QStringLiteral("whole-again"), settings).first;
        const qint64 halfMost = mostOf(memory, QStringLiteral("half-again"), {{QStringLiteral("batch"), 32}, {QStringLiteral("accumulation"), 2}}).first;
        const auto scarceAfterStep5 = [&, limit = (wholeMost + halfMost) / 2](const Progress &progress) {
            if (progress.phase == QLatin1String("Training"))
                memory.setLimit(progress.done >= 5 ? limit : 0);
        };
        memory.setLimit(0);
        FakeContext undisturbed = context(QStringLiteral("later"), settings);
        undisturbed.onProgress = scarceAfterStep5;
        const auto expected = run(undisturbed);
        QVERIFY2(expected, qPrintable(why(expected)));
        memory.setLimit(0);
        FakeContext first = context(QStringLiteral("later-killed"), settings);
        first.onProgress = [&](const Progress &progress) {
            scarceAfterStep5(progress);
            first.checkpointRequested = progress.done == 2;
        };
        first.stopAfterStep = 7;  // before the first validation, which writes a checkpoint
        QVERIFY(!run(first));
        // As a kill leaves it: the checkpoint of its end was never written. And the memory is free again.
        const train::CheckpointStore store(first.jobPath() + QStringLiteral("/checkpoints"));
        QVERIFY(QDir(store.folderOf(7)).removeRecursively());
        QVERIFY(store.steps().back() < 5);
        memory.setLimit(0);
        FakeContext second = context(QStringLiteral("later-killed"), settings);
        const auto resumed = run(second);
        QVERIFY2(resumed, qPrintable(why(resumed)));
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), expected->value(QLatin1String("weightsSha256")));
        QCOMPARE(resumed->value(QLatin1String("optimizerSha256")), expected->value(QLatin1String("optimizerSha256")));
        const auto plan = readJsonFile(second.jobPath() + QStringLiteral("/plan.json"));
        QCOMPARE(plan->value(QLatin1String("microBatches")).toArray().size(), 1);
    }

    // Powers of two change no bits; what overflows changes no weight.
    void aScaledLossTeachesTheSame()
    {
        FakeContext quiet = context(QStringLiteral("scaled"));
        const auto inputs = train::openInputs(quiet);
        QVERIFY(inputs);
        const auto parts = train::trainerParts(quiet, *inputs, train::RunPlan{24});
        QVERIFY(parts);
        const auto trained = [&](const train::LossScale &scale, bool overflows) {
            auto trainer = std::move(*train::Trainer::create(*parts));
            trainer->lossScale() = scale;
            for (qint64 step = 1; step <= 3; ++step)
                if (const auto report = trainer->step(step); !report || report->isOverflow != overflows)
                    qFatal("step %lld", step);
            std::vector<torch::Tensor> masters;
            for (const train::TrainedParameter &parameter : trainer->parameters())
                masters.push_back(parameter.master.clone());
            return masters;
        };
        const auto plain = trained({}, false), scaled = trained(train::LossScale::begun(1024), false);
        const auto overflowed = trained(train::LossScale::begun(0x1p127), true);
        const auto untouched = std::move(*train::Trainer::create(*parts));
        for (size_t i = 0; i < plain.size(); ++i) {
            QVERIFY(torch::equal(plain[i], scaled[i]));
            QVERIFY(torch::equal(overflowed[i], untouched->parameters()[i].master));
        }
    }

    void outOfMemoryIsAnsweredWithNumbers()
    {
        train::RunInputs inputs;
        inputs.architecture = tinyArchitecture(2, 1 << 16);
        inputs.settings.device = QStringLiteral("cpu");
        const Error advised = train::withMemoryAdvice({ErrorCode::OutOfMemory, QStringLiteral("Memory ran out."), {}, {}}, *m_plugins, inputs, QStringLiteral("f32"));
        QVERIFY2(advised.message.contains(QStringLiteral("one sequence at a time needs about")) && advised.message.contains(QStringLiteral("GiB")), qPrintable(advised.message));
        QVERIFY2(advised.hint.contains(QStringLiteral("activation_checkpointing=on")), qPrintable(advised.hint));
        const Error other = train::withMemoryAdvice({ErrorCode::DiskFull, QStringLiteral("Full."), {}, {}}, *m_plugins, inputs, QStringLiteral("f32"));
        QCOMPARE(other.message, QStringLiteral("Full."));
    }
};

QTEST_GUILESS_MAIN(TestRunTrouble)
#include "test_run_trouble.moc"
