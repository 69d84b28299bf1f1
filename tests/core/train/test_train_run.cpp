// Whole runs of a tiny model: exactness across stops, kills (a run begun anew from its folder), and what goes wrong.
#include "core/base/atomic_file.h"
#include "core/insight/inside_file.h"
#include "core/insight/names.h"
#include "core/job/folder.h"
#include "core/model/schedule_course.h"
#include "core/tensor/device.h"
#include "core/train/checkpoint_store.h"
#include "core/train/handlers.h"
#include "core/train/memory_plan.h"
#include "core/train/run_plan.h"
#include "core/train/train_run.h"
#include "tests/support/fake_context.h"
#include "tests/support/scarce_memory.h"
#include "tests/support/tiny_training.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::test;

class TestTrainRun : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::unique_ptr<TinyProject> m_project;
    QJsonObject m_whole;  // result of the undisturbed run

    Result<QJsonObject> run(FakeContext &context)
    {
        train::TrainHandler handler;
        return handler.run(context);
    }
    FakeContext context(const QString &id, const QJsonObject &settings = {}, const QJsonObject &more = {})
    {
        job::Spec spec = m_project->trainSpec(id, settings);
        for (auto it = more.begin(); it != more.end(); ++it)
            spec.parameters[it.key()] = it.value();
        return FakeContext(m_project->path(), spec, *m_plugins);
    }
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
    static QString why(const Result<QJsonObject> &result)
    {
        return result ? QString() : result.error().message + QLatin1Char(' ') + result.error().detail;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_plugins = builtPlugins();
        m_project = std::make_unique<TinyProject>(12, 3, QStringList{QStringLiteral("docs"), QStringLiteral("code"), QStringLiteral("forum")});
        QVERIFY2(m_project->isUsable(), qPrintable(m_project->problem()));
        FakeContext whole = context(QStringLiteral("whole"));
        const auto result = run(whole);
        QVERIFY2(result, qPrintable(why(result)));
        m_whole = *result;
        QCOMPARE(m_whole.value(QLatin1String("steps")).toInt(), 24);
        QCOMPARE(m_whole.value(QLatin1String("stoppedBecause")).toString(), QStringLiteral("budget"));
        QVERIFY(m_whole.value(QLatin1String("bitsPerByte")).toDouble() < m_whole.value(QLatin1String("startBitsPerByte")).toDouble());
        QCOMPARE(m_whole.value(QLatin1String("tokens")).toInt(), 24 * 4 * 32);
        QVERIFY(QFileInfo::exists(whole.projectPath() + QLatin1Char('/') + m_whole.value(QLatin1String("bestCheckpoint")).toString()
                                  + QStringLiteral("/model.safetensors")));
        // The first sample is labelled as the noise that it is.
        QVERIFY(!whole.samples.isEmpty());
        QCOMPARE(whole.samples.first().step, 0);
        QVERIFY(whole.samples.first().label.contains(QStringLiteral("noise")));
        QVERIFY(whole.metrics.value(24).contains(QStringLiteral("validation/bits_per_byte")));
        QVERIFY(whole.metrics.value(0).contains(QStringLiteral("validation/bits_per_byte")));
    }

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
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), m_whole.value(QLatin1String("weightsSha256")));
    }

    void checkpointsThatAWaitingJobNeedsStay()
    {
        FakeContext first = context(QStringLiteral("forked"), {{QStringLiteral("keep_checkpoints"), 1}});
        first.checkpointRequested = true;  // one of the first step, which would go when the last is written
        job::Spec fork;
        fork.id = QStringLiteral("waiting");
        fork.kind = QStringLiteral("train");
        fork.parameters = {{QStringLiteral("from"), QStringLiteral("jobs/forked/checkpoints/step-00000001")}};
        const auto waiting = job::Folder::create(m_project->path(), fork);
        QVERIFY(waiting);
        const auto result = run(first);
        QVERIFY2(result, qPrintable(why(result)));
        const train::CheckpointStore store(first.jobPath() + QStringLiteral("/checkpoints"));
        QVERIFY(store.steps().size() >= 2);
        QVERIFY(QDir(store.folderOf(1)).exists());
        QVERIFY(QDir(waiting->path()).removeRecursively());
    }

    void theSameRunAgainHasTheSameBits()
    {
        FakeContext again = context(QStringLiteral("again"), {}, {{QStringLiteral("expect"), m_whole}});
        const auto result = run(again);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), m_whole.value(QLatin1String("weightsSha256")));
        QCOMPARE(result->value(QLatin1String("optimizerSha256")), m_whole.value(QLatin1String("optimizerSha256")));
        QVERIFY(result->value(QLatin1String("reproduced")).toBool());
    }
    void anotherSeedIsNotAReproduction()
    {
        FakeContext other = context(QStringLiteral("other"), {{QStringLiteral("seed"), 2}}, {{QStringLiteral("expect"), m_whole}});
        const auto result = run(other);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(!result->value(QLatin1String("reproduced")).toBool(true));
    }

    void lookingInsideChangesNoBit_data()
    {
        QTest::addColumn<QJsonObject>("settings");
        QTest::newRow("as usual") << QJsonObject();
        QTest::newRow("bf16, accumulation, dropout") << QJsonObject{{QStringLiteral("precision"), QStringLiteral("bf16")}, {QStringLiteral("accumulation"), 2},
                                                                    {QStringLiteral("dropout"), 0.1}, {QStringLiteral("batch"), 2}};
    }
    void lookingInsideChangesNoBit()
    {
        QFETCH(QJsonObject, settings);
        const QString name = QStringLiteral("inside-%1").arg(settings.size());
        QString expected = m_whole.value(QLatin1String("weightsSha256")).toString();
        for (const int every : {1, 0}) {
            settings[QStringLiteral("insight_every")] = every;
            settings[QStringLiteral("tensorboard")] = every > 0;
            FakeContext watched = context(name + QString::number(every), settings);
            const auto result = run(watched);
            QVERIFY2(result, qPrintable(why(result)));
            if (settings.size() > 2 && every == 1)
                expected = result->value(QLatin1String("weightsSha256")).toString();
            QCOMPARE(result->value(QLatin1String("weightsSha256")).toString(), expected);
            const QDir folder(watched.jobPath());
            QCOMPARE(folder.exists(QStringLiteral("tensorboard")), every > 0);
            QCOMPARE(folder.exists(QLatin1String(insight::kInsideFile)), every > 0);
            QCOMPARE(watched.metrics.value(1).contains(QStringLiteral("gradient_norm/blocks.0")), every > 0);
        }
    }

    void aLookSaysWhatGoesOnInEachLayer()
    {
        FakeContext watched = context(QStringLiteral("look"), {{QStringLiteral("budget"), 1}});
        QVERIFY(run(watched));
        const QMap<QString, double> values = watched.metrics.value(1);
        double squares = 0;
        for (const char *layer : {"tok", "blocks.0", "blocks.1", "norm"}) {
            const double norm = values.value(insight::figureName(insight::Figure::GradientNorm, QLatin1String(layer)), -1);
            QVERIFY2(norm > 0, layer);
            squares += norm * norm;
            const double ratio = values.value(insight::figureName(insight::Figure::UpdateRatio, QLatin1String(layer)), -1);
            QVERIFY2(ratio > 0 && ratio < 1, layer);
            const double low = values.value(insight::figureName(insight::Figure::ActivationMin, QLatin1String(layer))),
                         high = values.value(insight::figureName(insight::Figure::ActivationMax, QLatin1String(layer))),
                         rms = values.value(insight::figureName(insight::Figure::ActivationRms, QLatin1String(layer)));
            QVERIFY2(low < 0 && high > 0 && rms > 0 && rms < std::max(-low, high), layer);
        }
        QVERIFY(std::abs(std::sqrt(squares) / values.value(QStringLiteral("gradient_norm")) - 1) < 1e-3);
        for (const char *layer : {"blocks.0", "blocks.1"}) {
            const double dead = values.value(insight::figureName(insight::Figure::DeadUnits, QLatin1String(layer)), -1);
            QVERIFY2(dead >= 0 && dead < 0.5, layer);
            const double entropy = values.value(insight::figureName(insight::Figure::AttentionEntropy, QLatin1String(layer)), -1);
            QVERIFY2(entropy > 1 && entropy < std::log(32.0), layer);  // hardly trained: spread out
            const double heads = values.value(insight::headName(QLatin1String(layer), 0)) + values.value(insight::headName(QLatin1String(layer), 1));
            QVERIFY(std::abs(heads / 2 - entropy) < 1e-9);
        }
        insight::InsideReader reader(watched.jobPath() + QLatin1Char('/') + QLatin1String(insight::kInsideFile));
        QCOMPARE(reader.poll(), 1);
        QCOMPARE(reader.head().layers, QStringList({QStringLiteral("tok"), QStringLiteral("blocks.0"), QStringLiteral("blocks.1"), QStringLiteral("norm")}));
        const std::vector<double> &losses = reader.looks().front().losses;
        QCOMPARE(losses.size(), size_t(33));  // a row of 32 and what follows it
        QVERIFY(std::isnan(losses[0]));
        for (size_t i = 1; i < losses.size(); ++i)
            QVERIFY(losses[i] > 0 && losses[i] < 20);
        QVERIFY2(reader.head().tokens.join(QString()).contains(QStringLiteral("the")), qPrintable(reader.head().tokens.join(QString())));
    }

    void phasesAddUpToTheWall()
    {
        FakeContext timed = context(QStringLiteral("phases"));
        QVERIFY(run(timed));
        double validation = 0;
        for (auto it = timed.metrics.begin(); it != timed.metrics.end(); ++it) {
            if (it.key() == 0)
                continue;
            double sum = 0;
            for (const insight::Phase phase : insight::kPhases) {
                const double seconds = it->value(insight::phaseSeries(phase), -1);
                QVERIFY(seconds >= 0);
                sum += seconds;
            }
            QVERIFY(std::abs(sum / it->value(QLatin1String(insight::kStepSeries)) - 1) < 1e-9);
            validation += it->value(insight::phaseSeries(insight::Phase::Validation));
        }
        QVERIFY(validation > 0);
    }

    void aResumedRunOpensAnotherFileForTensorBoard()
    {
        const auto files = [](const FakeContext &of) {
            return QDir(of.jobPath() + QStringLiteral("/tensorboard")).entryList({QStringLiteral("events.out.tfevents.*")}, QDir::Files).size();
        };
        FakeContext first = context(QStringLiteral("board"));
        first.stopAfterStep = 5;
        QVERIFY(!run(first));
        QCOMPARE(files(first), 1);
        FakeContext second = context(QStringLiteral("board"));
        second.m_attempt = 2;
        QVERIFY(run(second));
        QCOMPARE(files(second), 2);
    }

    void theCourseOfTheLearningRateIsKnownBeforehand()
    {
        const auto course = model::scheduleCourse(*m_plugins, {{QStringLiteral("schedule"), QStringLiteral("schedule.wsd")}, {QStringLiteral("learning_rate"), 0.5},
                                                               {QStringLiteral("decay_shape"), QStringLiteral("linear")}}, 101);
        QVERIFY2(course, course ? "" : qPrintable(course.error().message));
        QCOMPARE(course->size(), size_t(101));
        QVERIFY(course->front() > 0 && course->front() < 0.01);
        QCOMPARE(course->at(50), 0.5);
        QVERIFY(std::abs(course->at(90) - 0.25) < 0.01);
        QCOMPARE(course->back(), 0.0);
        QVERIFY(!model::scheduleCourse(*m_plugins, {{QStringLiteral("schedule"), QStringLiteral("schedule.none")}}, 11));
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
        QJsonObject expected = m_whole;
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

    void equalWeightsChangeNothing()
    {
        FakeContext equal = context(QStringLiteral("equal"), {{QStringLiteral("mixture"), QStringLiteral("docs=2, code=2, forum=2; 50%: docs=1, code=1, forum=1")}});
        const auto result = run(equal);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), m_whole.value(QLatin1String("weightsSha256")));
        QVERIFY(!result->contains(QLatin1String("sources")));
    }
    void aRunTellsHowOftenItReadEachSource()
    {
        // Shards from before sources were listed with them.
        const QDir tokens(m_project->path() + QStringLiteral("/objects/tokens"));
        for (const QString &folder : tokens.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
            QVERIFY(QFile::remove(tokens.filePath(folder + QStringLiteral("/train/documents.sources"))));
        const QJsonArray names{QJsonObject{{QStringLiteral("id"), QStringLiteral("docs")}, {QStringLiteral("name"), QStringLiteral("handbook")}},
                               QJsonObject{{QStringLiteral("id"), QStringLiteral("gone")}, {QStringLiteral("name"), QStringLiteral("letters")}}};
        FakeContext mixed = context(QStringLiteral("mixed"), {{QStringLiteral("mixture"), QStringLiteral("handbook=2, forum=0, letters=5")}},
                                    {{QStringLiteral("sources"), names}});
        const auto result = run(mixed);
        QVERIFY2(result, qPrintable(why(result)));
        const QJsonArray sources = result->value(QLatin1String("sources")).toArray();
        QCOMPARE(sources.size(), 3);
        qint64 read = 0, largest = 0;
        for (const QJsonValue &value : sources) {
            read += value[QLatin1String("read")].toInteger();
            largest = std::max(largest, value[QLatin1String("tokens")].toInteger());
        }
        QCOMPARE(read, result->value(QLatin1String("tokens")).toInteger());
        QCOMPARE(sources[0][QLatin1String("source")].toString(), QStringLiteral("handbook"));
        QCOMPARE(sources[2][QLatin1String("passes")].toDouble(), 0.0);
        const double handbook = sources[0][QLatin1String("read")].toDouble() / sources[0][QLatin1String("tokens")].toDouble();
        const double code = sources[1][QLatin1String("read")].toDouble() / sources[1][QLatin1String("tokens")].toDouble();
        QVERIFY2(std::fabs(handbook - 2 * code) * double(largest) < 3 * 32, qPrintable(QString::number(handbook / code)));
        QVERIFY(mixed.logs.filter(QStringLiteral("handbook")).join(QLatin1Char(' ')).contains(QStringLiteral("times")));
    }

    // The curve is the plain cross-entropy, whatever is minimised; both are told.
    void whatIsMinimisedIsToldApart()
    {
        FakeContext held = context(QStringLiteral("held"), {{QStringLiteral("budget"), 3}, {QStringLiteral("label_smoothing"), 0.2}, {QStringLiteral("l2"), 0.01}});
        const auto result = run(held);
        QVERIFY2(result, qPrintable(why(result)));
        FakeContext free = context(QStringLiteral("free"), {{QStringLiteral("budget"), 3}});
        QVERIFY(run(free));
        const auto told = [](const FakeContext &context, const char *name) { return context.metrics.value(1).value(QLatin1String(name), -1); };
        QCOMPARE(told(held, "train/loss"), told(free, "train/loss"));
        QVERIFY(told(held, "train/objective") > told(held, "train/loss"));
        QCOMPARE(told(free, "train/objective"), -1.0);
        QVERIFY(result->value(QLatin1String("weightsSha256")) != m_whole.value(QLatin1String("weightsSha256")));
    }

    // A high constant speed makes the weights wander: their mean does better, and is what the checkpoint holds.
    void aMeanThatDoesBetterIsWhatIsKept()
    {
        const QJsonObject settings{{QStringLiteral("averaging"), QStringLiteral("tail")}, {QStringLiteral("averaging_tail"), 0.2},
                                   {QStringLiteral("schedule"), QStringLiteral("schedule.constant")}, {QStringLiteral("learning_rate"), 0.3},
                                   {QStringLiteral("budget"), 40}, {QStringLiteral("validation_every"), 10}};
        FakeContext wandering = context(QStringLiteral("wandering"), settings);
        const auto result = run(wandering);
        QVERIFY2(result, qPrintable(why(result)));
        const auto told = wandering.metrics.value(40);
        QVERIFY(told.value(QStringLiteral("validation/average_loss")) < told.value(QStringLiteral("validation/own_loss")));
        QCOMPARE(told.value(QStringLiteral("validation/loss")), told.value(QStringLiteral("validation/average_loss")));
        QVERIFY(!wandering.metrics.value(10).contains(QStringLiteral("validation/average_loss")));
        const auto state = readJsonFile(m_project->path() + QLatin1Char('/') + result->value(QLatin1String("bestCheckpoint")).toString() + QStringLiteral("/state.json"));
        QVERIFY(state && state->value(QLatin1String("holdsAverage")).toBool());
        // Another run may begin with it, without averaging; and what the optimizer remembers comes along.
        FakeContext fork = context(QStringLiteral("from-mean"), {{QStringLiteral("budget"), 2}}, {{QStringLiteral("from"), result->value(QLatin1String("bestCheckpoint"))}});
        const auto forked = run(fork);
        QVERIFY2(forked, qPrintable(why(forked)));
        QCOMPARE(forked->value(QLatin1String("startBitsPerByte")).toDouble(), told.value(QStringLiteral("validation/bits_per_byte")));
        QVERIFY(!fork.logs.join(QLatin1Char('\n')).contains(QStringLiteral("begins anew")));
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
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), m_whole.value(QLatin1String("weightsSha256")));
        QCOMPARE(resumed->value(QLatin1String("optimizerSha256")), m_whole.value(QLatin1String("optimizerSha256")));
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
    void checkpointNowWritesOne()
    {
        FakeContext asked = context(QStringLiteral("asked"), {{QStringLiteral("budget"), 2}, {QStringLiteral("validation_every"), 100}});
        asked.checkpointRequested = true;
        QVERIFY(run(asked));
        QVERIFY(QFileInfo::exists(asked.jobPath() + QStringLiteral("/checkpoints/step-00000001/state.json")));
    }
    void checkpointedLayersChangeNoBit()
    {
        FakeContext twice = context(QStringLiteral("twice"), {{QStringLiteral("activation_checkpointing"), QStringLiteral("on")}});
        const auto result = run(twice);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), m_whole.value(QLatin1String("weightsSha256")));
        QCOMPARE(result->value(QLatin1String("optimizerSha256")), m_whole.value(QLatin1String("optimizerSha256")));
        QCOMPARE(readJsonFile(twice.jobPath() + QStringLiteral("/plan.json"))->value(QLatin1String("checkpointedLayers")).toInt(), 2);
        QVERIFY(twice.logs.join(QLatin1Char('\n')).contains(QStringLiteral("Checkpointed layers: 2")));
        // What it came to, for the comparison with the forecast.
        for (const char *figure : {"peakMemoryBytes", "tokensPerSecond", "jobSeconds"})
            QVERIFY2(result->value(QLatin1String(figure)).toDouble() > 0, figure);
    }
    void eightBitsOfMemoryLearnAsWell()
    {
        FakeContext small = context(QStringLiteral("eight"), {{QStringLiteral("state_bits"), QStringLiteral("8")}});
        const auto result = run(small);
        QVERIFY2(result, qPrintable(why(result)));
        const auto bits = [](const QJsonObject &figures) { return figures.value(QLatin1String("bitsPerByte")).toDouble(); };
        QVERIFY2(std::fabs(bits(*result) / bits(m_whole) - 1) < 0.02, qPrintable(QStringLiteral("%1 beside %2").arg(bits(*result)).arg(bits(m_whole))));
        QVERIFY(result->value(QLatin1String("weightsSha256")) != m_whole.value(QLatin1String("weightsSha256")));
        const auto bytesOf = [this](const QJsonObject &run) {
            return QFileInfo(m_project->path() + QLatin1Char('/') + run.value(QLatin1String("lastCheckpoint")).toString() + QStringLiteral("/optimizer.safetensors")).size();
        };
        QVERIFY2(10 * bytesOf(*result) < 7 * bytesOf(m_whole), qPrintable(QString::number(bytesOf(*result))));  // small tensors stay in 32 bits
    }
    void documentsCanBeReadByThemselves()
    {
        FakeContext apart = context(QStringLiteral("apart"), {{QStringLiteral("document_attention"), true}});
        const auto result = run(apart);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(result->value(QLatin1String("weightsSha256")) != m_whole.value(QLatin1String("weightsSha256")));
        QCOMPARE(result->value(QLatin1String("tokens")), m_whole.value(QLatin1String("tokens")));  // no row is shorter
    }
    void aRunIsMeasuredInSmall()
    {
        const QString key(64, QLatin1Char('a'));
        FakeContext small = context(QStringLiteral("small"), {}, {{QStringLiteral("measureKey"), key}});
        train::MeasureHandler handler;
        const auto result = handler.run(small);
        QVERIFY2(result, qPrintable(why(result)));
        const auto measured = model::measuredRunFromJson(*readJsonFile(small.projectPath() + QStringLiteral("/objects/measured/%1.json").arg(key)));
        QVERIFY(measured);
        QCOMPARE(model::toJson(*measured), *result);
        QCOMPARE(measured->tokensPerStep, 4.0 * 32);
        QVERIFY(measured->secondsPerStep > 0 && measured->validationSeconds > 0 && measured->sampleSeconds > 0 && measured->finalSeconds > 0);
        QVERIFY(measured->peakBytes > 0);
        QVERIFY(!QFileInfo::exists(small.jobPath() + QStringLiteral("/checkpoints")) && !QFileInfo::exists(small.jobPath() + QStringLiteral("/measured")));
        FakeContext unnamed = context(QStringLiteral("unnamed"), {}, {{QStringLiteral("measureKey"), QStringLiteral("../../etc/passwd")}});
        QCOMPARE(handler.run(unnamed).error().code, ErrorCode::InvalidInput);
        FakeContext cancelled = context(QStringLiteral("cancelled"), {}, {{QStringLiteral("measureKey"), key}});
        cancelled.pauseFromTheStart = true;
        QCOMPARE(handler.run(cancelled).error().code, ErrorCode::Cancelled);
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
    void finishEndsTheRunWithItsResult()
    {
        FakeContext asked = context(QStringLiteral("finish"));
        asked.messages = {QJsonObject{{QStringLiteral("action"), QStringLiteral("finish")}}};
        const auto result = run(asked);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("stoppedBecause")).toString(), QStringLiteral("request"));
        QCOMPARE(result->value(QLatin1String("steps")).toInt(), 0);
    }
    void forkStartsFromTheWeightsOfAnother()
    {
        FakeContext fork = context(QStringLiteral("fork"), {{QStringLiteral("budget"), 4}},
                                   {{QStringLiteral("from"), m_whole.value(QLatin1String("bestCheckpoint"))}});
        const auto result = run(fork);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(result->value(QLatin1String("startBitsPerByte")).toDouble()
                < m_whole.value(QLatin1String("startBitsPerByte")).toDouble() - 0.1);
    }
    void earlyStoppingKeepsTheBest()
    {
        // A rate of zero never improves: two measurements later the run ends.
        FakeContext early = context(QStringLiteral("early"), {{QStringLiteral("learning_rate"), 0}, {QStringLiteral("patience"), 2},
                                                              {QStringLiteral("validation_every"), 3}});
        const auto result = run(early);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("stoppedBecause")).toString(), QStringLiteral("early"));
        QCOMPARE(result->value(QLatin1String("steps")).toInt(), 6);
    }
    void divergenceIsFoundAndTheLastGoodCheckpointKept()
    {
        FakeContext wild = context(QStringLiteral("wild"), {{QStringLiteral("learning_rate"), 1e30}});
        const auto result = run(wild);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Diverged);
        QVERIFY(result.error().message.contains(QStringLiteral("step")));
        QVERIFY(std::isnan(wild.metrics.last().value(QStringLiteral("train/loss"))));
        QVERIFY(result.error().hint.contains(QStringLiteral("lower learning speed")));
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
        // The learning speed rises until every batch is far off: leaving one out does not help, going back does not either.
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
    void aFullDiskPausesSavingAndLosesNothing()
    {
        FakeContext full = context(QStringLiteral("full"));
        {
            const auto inputs = train::openInputs(full);
            QVERIFY(inputs);
            const auto plan = train::makePlan(full, *inputs);
            QVERIFY(plan);
            const auto run = train::TrainRun::create(full, *inputs, *plan);
            QVERIFY(run);
            const qint64 needed = (*run)->checkpoints().disk().neededBytes();
            (*run)->checkpoints().disk().setFreeBytes([&] { return (*run)->state().step < 10 ? 10 * needed : needed - 1; });
            const auto end = (*run)->run();
            QVERIFY(!end);
            QCOMPARE(end.error().code, ErrorCode::DiskFull);
            QVERIFY2(end.error().message.contains(QStringLiteral("step 24")), qPrintable(end.error().message));
            QVERIFY2(end.error().hint.contains(QStringLiteral("resume")), qPrintable(end.error().hint));
            QCOMPARE((*run)->state().step, 24);
            QCOMPARE((*run)->checkpoints().store().steps().back(), 8);
            QCOMPARE(full.logs.filter(QStringLiteral("Training goes on")).size(), 1);
        }
        FakeContext again = context(QStringLiteral("full"));
        const auto result = run(again);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), m_whole.value(QLatin1String("weightsSha256")));
        QCOMPARE(result->value(QLatin1String("optimizerSha256")), m_whole.value(QLatin1String("optimizerSha256")));
    }
    void roomAgainIsSavedAgain()
    {
        FakeContext low = context(QStringLiteral("low"));
        const auto inputs = train::openInputs(low);
        const auto plan = train::makePlan(low, *inputs);
        const auto run = train::TrainRun::create(low, *inputs, *plan);
        QVERIFY(run);
        const qint64 needed = (*run)->checkpoints().disk().neededBytes();
        (*run)->checkpoints().disk().setFreeBytes([&] { return (*run)->state().step < 16 ? needed - 1 : needed; });
        QVERIFY((*run)->run());
        QCOMPARE(low.logs.filter(QStringLiteral("saving goes on")).size(), 2);  // as soon as …; and then it does
        QCOMPARE((*run)->checkpoints().store().steps().back(), 24);
    }
    void everyNthCheckpointIsKept()
    {
        FakeContext every = context(QStringLiteral("every"), {{QStringLiteral("keep_every"), 5}, {QStringLiteral("keep_checkpoints"), 1}, {QStringLiteral("validation_every"), 1000}});
        const auto result = run(every);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(train::CheckpointStore(every.jobPath() + QStringLiteral("/checkpoints")).steps(), (std::vector<qint64>{0, 5, 10, 15, 20, 24}));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), m_whole.value(QLatin1String("weightsSha256")));
    }
    void aCheckpointCutOrFlippedAnywhereIsPassedOver()
    {
        FakeContext made = context(QStringLiteral("flipped"), {{QStringLiteral("budget"), 2}, {QStringLiteral("validation_every"), 100}});
        made.checkpointRequested = true;
        QVERIFY(run(made));
        const train::CheckpointStore store(made.jobPath() + QStringLiteral("/checkpoints"));
        const auto isFound = [&] {
            QStringList problems;
            const auto found = store.newestWhole(problems);
            return found && found->step == 1 && problems.size() == 1;
        };
        QVERIFY(!isFound());
        int damages = 0;
        const QDir folder(store.folderOf(2));
        for (const QString &name : folder.entryList(QDir::Files)) {
            const QString path = folder.filePath(name);
            const QByteArray whole = *readFile(path);
            const auto damaged = [&](const QByteArray &bytes) {
                QFile file(path);
                const bool isWritten = file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
                file.close();
                ++damages;
                return isWritten && isFound();
            };
            // Every fourth byte of a small file, large ones at fifty places, and at both ends.
            const qsizetype stride = std::max<qsizetype>(1, name.endsWith(QLatin1String(".json")) ? 4 : whole.size() / 50);
            for (qsizetype at = 0; at < whole.size(); at += stride) {
                QByteArray flipped = whole;
                flipped[at] = char(flipped[at] ^ (1 << (at / stride % 8)));
                QVERIFY2(damaged(flipped), qPrintable(QStringLiteral("%1 flipped at %2").arg(name).arg(at)));
                if (at % (8 * stride) == 0)
                    QVERIFY2(damaged(whole.first(at)), qPrintable(QStringLiteral("%1 cut at %2").arg(name).arg(at)));
            }
            QVERIFY2(damaged(whole.first(whole.size() - 1)), qPrintable(name));
            QVERIFY2(damaged(whole + '\n'), qPrintable(name));
            QVERIFY(QFile::remove(path));
            QVERIFY2(isFound(), qPrintable(name + QStringLiteral(" deleted")));
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(whole) == whole.size());
        }
        QVERIFY(!isFound());
        qInfo("%d damages, all found", damages);
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
    void badInputIsSaidBeforeAnyStep_data()
    {
        QTest::addColumn<QJsonObject>("settings");
        QTest::addColumn<QJsonObject>("parameters");
        QTest::addColumn<int>("code");
        const auto row = [](const char *name, const QJsonObject &settings, const QJsonObject &parameters, ErrorCode code) {
            QTest::newRow(name) << settings << parameters << int(code);
        };
        QJsonObject narrow = tinyArchitecture(), odd = tinyArchitecture(2, 32), deaf = tinyArchitecture(), wide = tinyArchitecture(2, 1'000'000);
        QJsonObject dimensions = narrow[QStringLiteral("dimensions")].toObject();
        dimensions[QStringLiteral("vocabulary")] = 100;
        narrow[QStringLiteral("dimensions")] = dimensions;
        dimensions[QStringLiteral("vocabulary")] = 296;
        dimensions[QStringLiteral("width")] = 33;
        odd[QStringLiteral("dimensions")] = dimensions;
        deaf[QStringLiteral("layers")] = QJsonArray{QJsonObject{{QStringLiteral("layer"), QStringLiteral("layer.unheard_of")},
                                                                {QStringLiteral("name"), QStringLiteral("x")}}};
        row("unknown setting", {{QStringLiteral("leaning_rate"), 1}}, {}, ErrorCode::InvalidInput);
        row("batch of zero", {{QStringLiteral("batch"), 0}}, {}, ErrorCode::InvalidInput);
        row("precision of 8 bits", {{QStringLiteral("precision"), QStringLiteral("f8")}}, {}, ErrorCode::InvalidInput);
        const auto mixture = [](const char *text) { return QJsonObject{{QStringLiteral("mixture"), QLatin1String(text)}}; };
        row("source that there is not", mixture("docs=2, cod=1"), {}, ErrorCode::InvalidInput);
        row("negative weight", mixture("docs=-1"), {}, ErrorCode::InvalidInput);
        row("weight that is no number", mixture("docs=nan"), {}, ErrorCode::InvalidInput);
        row("every source left out", mixture("docs=0, code=0, forum=0"), {}, ErrorCode::InvalidInput);
        row("parts out of order", mixture("docs=2; 50%: docs=1; 20%: docs=3"), {}, ErrorCode::InvalidInput);
        row("part after the end", mixture("docs=2; 100%: docs=1"), {}, ErrorCode::InvalidInput);
        row("warm-up beyond the run", {{QStringLiteral("sequence_warmup"), 1.5}}, {}, ErrorCode::InvalidInput);
        row("an answer to jumps that there is not", {{QStringLiteral("on_spike"), QStringLiteral("pray")}}, {}, ErrorCode::InvalidInput);
        row("every loss is a jump", {{QStringLiteral("spike_threshold"), 2.9}}, {}, ErrorCode::InvalidInput);
        row("half an attempt", {{QStringLiteral("spike_retries"), 0.5}}, {}, ErrorCode::InvalidInput);
        row("a negative interval", {{QStringLiteral("keep_every"), -1}}, {}, ErrorCode::InvalidInput);
        row("an interval in words", {{QStringLiteral("keep_every"), QStringLiteral("often")}}, {}, ErrorCode::InvalidInput);
        row("vocabulary too small", {}, {{QStringLiteral("architecture"), narrow}}, ErrorCode::InvalidInput);
        row("heads do not divide the width", {}, {{QStringLiteral("architecture"), odd}}, ErrorCode::InvalidInput);
        row("unknown layer", {}, {{QStringLiteral("architecture"), deaf}}, ErrorCode::NotFound);
        row("text shorter than a window", {}, {{QStringLiteral("architecture"), wide}}, ErrorCode::InvalidInput);
        row("no such corpus", {}, {{QStringLiteral("corpus"), QStringLiteral("objects/corpora/none")}}, ErrorCode::NotFound);
        row("climbing out", {}, {{QStringLiteral("corpus"), QStringLiteral("../../etc")}}, ErrorCode::InvalidInput);
        row("no hash", {}, {{QStringLiteral("corpusSha256"), QStringLiteral("../../../x")}}, ErrorCode::InvalidInput);
        row("another corpus' hash", {}, {{QStringLiteral("corpusSha256"), QString(64, QLatin1Char('a'))}}, ErrorCode::Corrupt);
        row("f16 on the processor", {{QStringLiteral("precision"), QStringLiteral("f16")}}, {}, ErrorCode::Unsupported);
        row("a device of another name", {{QStringLiteral("device"), QStringLiteral("gpu")}}, {}, ErrorCode::InvalidInput);
        if (tensor::cudaFacts().count == 0)
            row("no graphics card", {{QStringLiteral("device"), QStringLiteral("cuda")}}, {}, ErrorCode::Unsupported);
        row("another tokenizer's hash", {}, {{QStringLiteral("tokenizerSha256"), QString(64, QLatin1Char('a'))}}, ErrorCode::Corrupt);
    }
    void badInputIsSaidBeforeAnyStep()
    {
        QFETCH(QJsonObject, settings);
        QFETCH(QJsonObject, parameters);
        QFETCH(int, code);
        FakeContext bad = context(QStringLiteral("bad"), settings, parameters);
        const auto result = run(bad);
        QVERIFY(!result);
        QVERIFY2(int(result.error().code) == code, qPrintable(errorCodeName(result.error().code) + result.error().message));
        QVERIFY(bad.metrics.isEmpty());
        QDir(bad.jobPath()).removeRecursively();
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

    void nothingHeldOutStillTrains()
    {
        TinyProject alone(6, 0);
        QVERIFY2(alone.isUsable(), qPrintable(alone.problem()));
        FakeContext context(alone.path(), alone.trainSpec(QStringLiteral("alone"), {{QStringLiteral("budget"), 3}}), *m_plugins);
        const auto result = run(context);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(!result->contains(QLatin1String("bitsPerByte")));
        QVERIFY(context.logs.join(QLatin1Char('\n')).contains(QStringLiteral("held out")));
    }
};

QTEST_GUILESS_MAIN(TestTrainRun)
#include "test_train_run.moc"
