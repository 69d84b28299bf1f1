// Runs that were stopped or killed, and the budgets that they keep: the same bits as without.
#include "core/base/atomic_file.h"
#include "tests/core/train/run_fixture.h"

using namespace athanor;
using namespace athanor::test;

class TestRunResume : public QObject, private RunFixture {
    Q_OBJECT

private Q_SLOTS:
    void aPauseWhileTokensArePreparedLeavesNothingHalfDone()
    {
        TinyProject fresh;
        QVERIFY2(fresh.isUsable(), qPrintable(fresh.problem()));
        FakeContext paused(fresh.path(), fresh.trainSpec(QStringLiteral("paused")), *m_plugins);
        paused.pauseFromTheStart = true;
        const auto stopped = run(paused);
        QVERIFY(!stopped);
        QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
        QVERIFY(QDir(fresh.path() + QStringLiteral("/jobs/paused/checkpoints")).isEmpty());
        FakeContext again(fresh.path(), fresh.trainSpec(QStringLiteral("paused")), *m_plugins);
        again.m_attempt = 2;
        const auto resumed = run(again);
        QVERIFY2(resumed, qPrintable(why(resumed)));
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));
    }

    void stoppedAndResumedEndsWithTheSameBits_data()
    {
        QTest::addColumn<int>("stop");
        QTest::addColumn<QJsonObject>("settings");
        const auto with = [](std::initializer_list<std::pair<QString, QJsonValue>> values) { return QJsonObject(values); };
        QTest::newRow("after step 1") << 1 << QJsonObject();
        QTest::newRow("at a validation") << 8 << QJsonObject();
        QTest::newRow("after the last step") << 24 << QJsonObject();
        QTest::newRow("bf16") << 5 << with({{QStringLiteral("precision"), QStringLiteral("bf16")}});
        QTest::newRow("Muon") << 5 << with({{QStringLiteral("optimizer"), QStringLiteral("optimizer.muon")}});
        QTest::newRow("Lion, groups of weights, one cycle")
            << 5 << with({{QStringLiteral("optimizer"), QStringLiteral("optimizer.lion")}, {QStringLiteral("groups"), QStringLiteral("tok: lr 0.5, decay 0; *.norm*: lr 2")},
                          {QStringLiteral("schedule"), QStringLiteral("schedule.one_cycle")}});
        QTest::newRow("Adafactor with a mean, slower towards the input")
            << 5 << with({{QStringLiteral("optimizer"), QStringLiteral("optimizer.adafactor")}, {QStringLiteral("beta1"), 0.9},
                          {QStringLiteral("layer_lr_decay"), 0.8}, {QStringLiteral("schedule"), QStringLiteral("schedule.wsd")}});
        QTest::newRow("SGD in bf16, as the root of the step")
            << 5 << with({{QStringLiteral("optimizer"), QStringLiteral("optimizer.sgd")}, {QStringLiteral("nesterov"), true},
                          {QStringLiteral("precision"), QStringLiteral("bf16")}, {QStringLiteral("schedule"), QStringLiteral("schedule.inverse_sqrt")}});
        QTest::newRow("memory in eight bits") << 5 << with({{QStringLiteral("state_bits"), QStringLiteral("8")}});
        QTest::newRow("two threads") << 5 << with({{QStringLiteral("threads"), 2}, {QStringLiteral("budget"), 10}});
        QTest::newRow("sources by weight") << 5 << with({{QStringLiteral("mixture"), QStringLiteral("docs=3, forum=0; 50%: forum=2")}});
        QTest::newRow("sources that change gradually")
            << 9 << with({{QStringLiteral("mixture"), QStringLiteral("50%: code=9")}, {QStringLiteral("mixture_change"), QStringLiteral("gradual")},
                           {QStringLiteral("accumulation"), 2}, {QStringLiteral("batch"), 2}});
        QTest::newRow("short sequences first") << 5 << with({{QStringLiteral("sequence_warmup"), 0.5}, {QStringLiteral("sequence_warmup_from"), 8}});
        QTest::newRow("accumulation and dropout")
            << 5 << with({{QStringLiteral("accumulation"), 2}, {QStringLiteral("dropout"), 0.1}, {QStringLiteral("batch"), 2}});
        const auto averaged = [&](const char *kind, double tail, std::pair<QString, QJsonValue> more) {
            return with({{QStringLiteral("averaging"), QLatin1String(kind)}, {QStringLiteral("averaging_tail"), tail},
                         {QStringLiteral("averaging_decay"), 0.8}, {QStringLiteral("validation_every"), 4}, more});
        };
        QTest::newRow("fading mean") << 16 << averaged("ema", 0.25, {QStringLiteral("accumulation"), 2});
        QTest::newRow("mean of the tail, bf16") << 20 << averaged("tail", 0.5, {QStringLiteral("precision"), QStringLiteral("bf16")});
        QTest::newRow("mean of the tail, stopped before it") << 7 << averaged("tail", 0.5, {QStringLiteral("seed"), 3});
        QTest::newRow("held back") << 5 << with({{QStringLiteral("label_smoothing"), 0.1}, {QStringLiteral("z_loss"), 0.001},
                                                 {QStringLiteral("l1"), 0.0001}, {QStringLiteral("l2"), 0.001},
                                                 {QStringLiteral("stochastic_depth"), 0.3}, {QStringLiteral("dropout"), 0.1}});
    }
    void stoppedAndResumedEndsWithTheSameBits()
    {
        QFETCH(int, stop);
        QFETCH(QJsonObject, settings);
        QJsonObject expected = wholeRun();
        const QString name = QString::fromLatin1(QTest::currentDataTag()).remove(QLatin1Char(' '));
        if (!settings.isEmpty()) {
            FakeContext undisturbed = context(name + QStringLiteral("-whole"), settings);
            const auto result = run(undisturbed);
            QVERIFY2(result, qPrintable(why(result)));
            expected = *result;
        }
        FakeContext first = context(name, settings);
        first.stopAfterStep = stop;
        const auto stopped = run(first);
        QVERIFY(!stopped);
        QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
        FakeContext second = context(name, settings);
        second.m_attempt = 2;
        const auto resumed = run(second);
        QVERIFY2(resumed, qPrintable(why(resumed)));
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), expected.value(QLatin1String("weightsSha256")));
        QCOMPARE(resumed->value(QLatin1String("optimizerSha256")), expected.value(QLatin1String("optimizerSha256")));
        QCOMPARE(resumed->value(QLatin1String("bestStep")), expected.value(QLatin1String("bestStep")));
    }

    // What a layer keeps track of itself is in its checkpoints, and used when the model is read from one.
    void runningStatisticsAreResumed()
    {
        const auto normed = [&](const QString &id) {
            QByteArray text = QJsonDocument(tinyArchitecture()).toJson();
            const QJsonObject architecture = QJsonDocument::fromJson(text.replace("layer.rms_norm", "layer.batch_norm")).object();
            return context(id, {{QStringLiteral("precision"), QStringLiteral("bf16")}, {QStringLiteral("budget"), 12}, {QStringLiteral("validation_every"), 6}},
                           {{QStringLiteral("architecture"), architecture}});
        };
        FakeContext whole = normed(QStringLiteral("normed-whole"));
        const auto expected = run(whole);
        QVERIFY2(expected, qPrintable(why(expected)));
        FakeContext first = normed(QStringLiteral("normed"));
        first.stopAfterStep = 5;
        QVERIFY(!run(first));
        FakeContext second = normed(QStringLiteral("normed"));
        second.m_attempt = 2;
        const auto resumed = run(second);
        QVERIFY2(resumed, qPrintable(why(resumed)));
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), expected->value(QLatin1String("weightsSha256")));
        QCOMPARE(resumed->value(QLatin1String("bitsPerByte")), expected->value(QLatin1String("bitsPerByte")));
        QVERIFY(expected->value(QLatin1String("bitsPerByte")).toDouble() < expected->value(QLatin1String("startBitsPerByte")).toDouble());
    }

    void aKilledRunGoesOnFromItsNewestWholeCheckpoint()
    {
        FakeContext first = context(QStringLiteral("killed"), {{QStringLiteral("validation_every"), 4}});
        first.stopAfterStep = 12;
        QVERIFY(!run(first));
        const train::CheckpointStore store(first.jobPath() + QStringLiteral("/checkpoints"));
        // As a kill in the middle of writing leaves it: the newest is damaged, a temporary folder lies about.
        const qint64 newest = store.steps().back();
        QVERIFY(QFile::resize(store.folderOf(newest) + QStringLiteral("/optimizer.safetensors"), 100));
        QVERIFY(QDir().mkpath(first.jobPath() + QStringLiteral("/checkpoints/.writing-14-1")));
        FakeContext second = context(QStringLiteral("killed"), {{QStringLiteral("validation_every"), 4}});
        const auto resumed = run(second);
        QVERIFY2(resumed, qPrintable(why(resumed)));
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));
        QCOMPARE(resumed->value(QLatin1String("optimizerSha256")), wholeRun().value(QLatin1String("optimizerSha256")));
        QVERIFY(second.logs.join(QLatin1Char('\n')).contains(QStringLiteral("set aside")));
        QVERIFY(!QFileInfo::exists(first.jobPath() + QStringLiteral("/checkpoints/.writing-14-1")));
    }

    void pauseKeepsACheckpointAndSaysSo()
    {
        FakeContext paused = context(QStringLiteral("paused"));
        paused.pauseAfterStep = 3;
        const auto result = run(paused);
        QVERIFY(!result);
        QVERIFY2(result.error().message.contains(QStringLiteral("step 3")), qPrintable(result.error().message));
        QVERIFY(QFileInfo::exists(paused.jobPath() + QStringLiteral("/checkpoints/step-00000003/state.json")));
    }

    void aTimeBudgetBecomesStepsOnceAndForAll()
    {
        const QJsonObject settings{{QStringLiteral("budget_kind"), QStringLiteral("time")}, {QStringLiteral("budget"), 0.06}};
        FakeContext timed = context(QStringLiteral("timed"), settings);
        timed.stopAfterStep = 2;
        QVERIFY(!run(timed));
        const auto plan = readJsonFile(timed.jobPath() + QStringLiteral("/plan.json"));
        QVERIFY(plan);
        QVERIFY(plan->value(QLatin1String("steps")).toInt() >= 1);
        QVERIFY(plan->value(QLatin1String("secondsPerStep")).toDouble() > 0);
        FakeContext resumed = context(QStringLiteral("timed"), settings);
        const auto result = run(resumed);
        QVERIFY2(result, qPrintable(why(result)));
        const auto kept = readJsonFile(timed.jobPath() + QStringLiteral("/plan.json"));
        QCOMPARE(kept->value(QLatin1String("steps")), plan->value(QLatin1String("steps")));
        const QJsonArray revisions = kept->value(QLatin1String("revisions")).toArray();
        const QJsonValue last = revisions.isEmpty() ? kept->value(QLatin1String("steps"))
                                                    : revisions.last().toObject().value(QLatin1String("steps"));
        QCOMPARE(result->value(QLatin1String("steps")).toInteger(), last.toInteger());
    }

    // As on a full disk: training goes on with the steps that it had.
    void aCorrectionThatCannotBeStoredIsNotMade()
    {
        const QJsonObject settings{{QStringLiteral("budget_kind"), QStringLiteral("time")}, {QStringLiteral("budget"), 0.03}};
        FakeContext measured = context(QStringLiteral("fits"), settings);
        measured.stopAfterStep = 1;
        QVERIFY(!run(measured));
        const QString file = measured.jobPath() + QStringLiteral("/plan.json");
        QJsonObject plan = *readJsonFile(file);
        plan.remove(QStringLiteral("revisions"));
        plan[QStringLiteral("steps")] = 8;  // as if each step had taken far longer
        FakeContext stuck = context(QStringLiteral("stuck"), settings);
        QVERIFY(makeFolder(stuck.jobPath()));
        const QString stuckFile = stuck.jobPath() + QStringLiteral("/plan.json");
        QVERIFY(writeJsonFile(stuckFile, plan));
        stuck.onProgress = [&](const Progress &progress) {
            if (progress.unit == QLatin1String("steps") && progress.done == 1 && !(QFile::remove(stuckFile) && QDir().mkpath(stuckFile + QStringLiteral("/in the way"))))
                qFatal("nothing stands in the way");
        };
        const auto result = run(stuck);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("steps")).toInt(), 8);
        QVERIFY2(!stuck.logs.filter(QStringLiteral("cannot be stored")).isEmpty(), qPrintable(told(stuck)));
    }
    void aTimeBudgetMeasuredOnABusyMachineIsCorrected()
    {
        // What is read when goes by the share of the run, also where that was corrected.
        const QJsonObject settings{{QStringLiteral("budget_kind"), QStringLiteral("time")}, {QStringLiteral("budget"), 0.03},
                                   {QStringLiteral("mixture"), QStringLiteral("docs=3; 40%: code=5; 80%: docs=0")},
                                   {QStringLiteral("sequence_warmup"), 0.3}, {QStringLiteral("sequence_warmup_from"), 8}};
        FakeContext measured = context(QStringLiteral("measured"), settings);
        measured.stopAfterStep = 1;
        QVERIFY(!run(measured));
        QJsonObject plan = *readJsonFile(measured.jobPath() + QStringLiteral("/plan.json"));
        plan.remove(QStringLiteral("revisions"));
        FakeContext resumed = context(QStringLiteral("busy"), settings);
        QVERIFY(makeFolder(resumed.jobPath()));
        const QString file = resumed.jobPath() + QStringLiteral("/plan.json");
        plan[QStringLiteral("steps")] = 8;  // as if each step had taken far longer
        QVERIFY(writeJsonFile(file, plan));
        const auto result = run(resumed);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(result->value(QLatin1String("steps")).toInt() > 8);
        QJsonObject expectation = *result;
        expectation[QStringLiteral("plan")] = *readJsonFile(file);
        QVERIFY(!expectation.value(QLatin1String("plan")).toObject().value(QLatin1String("revisions")).toArray().isEmpty());
        FakeContext again = context(QStringLiteral("busy-again"), settings, {{QStringLiteral("expect"), expectation}});
        const auto reproduced = run(again);
        QVERIFY2(reproduced, qPrintable(why(reproduced)));
        QVERIFY(reproduced->value(QLatin1String("reproduced")).toBool());
    }
};

QTEST_GUILESS_MAIN(TestRunResume)
#include "test_run_resume.moc"
