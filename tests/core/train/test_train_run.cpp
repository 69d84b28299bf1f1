// Whole runs of a tiny model: what they learn, keep and tell, what they begin with, and what is refused before a step.
#include "core/base/atomic_file.h"
#include "core/model/schedule_course.h"
#include "core/tensor/device.h"
#include "core/train/memory_plan.h"
#include "core/train/run_plan.h"
#include "tests/core/train/run_fixture.h"

using namespace athanor;
using namespace athanor::test;

class TestTrainRun : public QObject, private RunFixture {
    Q_OBJECT

private Q_SLOTS:
    void aRunLearnsAndTells()
    {
        QVERIFY2(m_project->isUsable(), qPrintable(m_project->problem()));
        FakeContext whole = context(QStringLiteral("learned"));
        const auto result = run(whole);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("steps")).toInt(), 24);
        QCOMPARE(result->value(QLatin1String("stoppedBecause")).toString(), QStringLiteral("budget"));
        QVERIFY(result->value(QLatin1String("bitsPerByte")).toDouble() < result->value(QLatin1String("startBitsPerByte")).toDouble());
        QCOMPARE(result->value(QLatin1String("tokens")).toInt(), 24 * 4 * 32);
        QVERIFY(QFileInfo::exists(whole.projectPath() + QLatin1Char('/') + result->value(QLatin1String("bestCheckpoint")).toString()
                                  + QStringLiteral("/model.safetensors")));
        // The first sample is labelled as the noise that it is.
        QVERIFY(!whole.samples.isEmpty());
        QCOMPARE(whole.samples.first().step, 0);
        QVERIFY(whole.samples.first().label.contains(QStringLiteral("noise")));
        QVERIFY(whole.metrics.value(24).contains(QStringLiteral("validation/bits_per_byte")));
        QVERIFY(whole.metrics.value(0).contains(QStringLiteral("validation/bits_per_byte")));
    }

    void theSameRunAgainHasTheSameBits()
    {
        FakeContext again = context(QStringLiteral("again"), {}, {{QStringLiteral("expect"), wholeRun()}});
        const auto result = run(again);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));
        QCOMPARE(result->value(QLatin1String("optimizerSha256")), wholeRun().value(QLatin1String("optimizerSha256")));
        QVERIFY(result->value(QLatin1String("reproduced")).toBool());
    }

    void anotherSeedIsNotAReproduction()
    {
        FakeContext other = context(QStringLiteral("other"), {{QStringLiteral("seed"), 2}}, {{QStringLiteral("expect"), wholeRun()}});
        const auto result = run(other);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(!result->value(QLatin1String("reproduced")).toBool(true));
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

    void equalWeightsChangeNothing()
    {
        FakeContext equal = context(QStringLiteral("equal"), {{QStringLiteral("mixture"), QStringLiteral("docs=2, code=2, forum=2; 50%: docs=1, code=1, forum=1")}});
        const auto result = run(equal);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));
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

    void checkpointedLayersChangeNoBit()
    {
        FakeContext twice = context(QStringLiteral("twice"), {{QStringLiteral("activation_checkpointing"), QStringLiteral("on")}});
        const auto result = run(twice);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));
        QCOMPARE(result->value(QLatin1String("optimizerSha256")), wholeRun().value(QLatin1String("optimizerSha256")));
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
        QVERIFY2(std::fabs(bits(*result) / bits(wholeRun()) - 1) < 0.02, qPrintable(QStringLiteral("%1 beside %2").arg(bits(*result)).arg(bits(wholeRun()))));
        QVERIFY(result->value(QLatin1String("weightsSha256")) != wholeRun().value(QLatin1String("weightsSha256")));
        const auto bytesOf = [this](const QJsonObject &run) {
            return QFileInfo(m_project->path() + QLatin1Char('/') + run.value(QLatin1String("lastCheckpoint")).toString() + QStringLiteral("/optimizer.safetensors")).size();
        };
        QVERIFY2(10 * bytesOf(*result) < 7 * bytesOf(wholeRun()), qPrintable(QString::number(bytesOf(*result))));  // small tensors stay in 32 bits
    }

    // Weights and memory of a checkpoint, and what the planner says of them, with one batch of a model whose matrices count.
    void aCheckpointIsAsLargeAsForecast_data()
    {
        QTest::addColumn<QJsonObject>("settings");
        QTest::addColumn<double>("bytesPerWeight");  // about: norms and small matrices are kept otherwise
        const auto row = [](const char *name, const char *settings, double bytes) { QTest::newRow(name) << QJsonDocument::fromJson(settings).object() << bytes; };
        row("AdamW, f32", R"({"precision":"f32"})", 12);
        row("AdamW, bf16", R"({"precision":"bf16"})", 12);
        row("AdamW in 8 bits", R"({"precision":"bf16","state_bits":"8"})", 6.04);
        row("AdamW with a mean", R"({"precision":"bf16","averaging":"ema"})", 16);
        row("AdamW in 8 bits with a mean", R"({"state_bits":"8","averaging":"tail"})", 10.04);
        row("Adam", R"({"optimizer":"optimizer.adam"})", 12);
        row("Lion", R"({"optimizer":"optimizer.lion"})", 8);
        row("SGD", R"({"optimizer":"optimizer.sgd"})", 8);
        row("SGD without momentum", R"({"optimizer":"optimizer.sgd","momentum":0})", 4);
        row("Adafactor", R"({"optimizer":"optimizer.adafactor"})", 4.1);
        row("Adafactor with a mean", R"({"optimizer":"optimizer.adafactor","beta1":0.9,"averaging":"ema"})", 12.1);
        row("Muon", R"({"optimizer":"optimizer.muon"})", 8.9);
    }
    void aCheckpointIsAsLargeAsForecast()
    {
        QFETCH(QJsonObject, settings);
        QFETCH(double, bytesPerWeight);
        QJsonObject architecture = tinyArchitecture();
        QJsonObject dimensions = architecture.value(QLatin1String("dimensions")).toObject();
        dimensions.insert(QStringLiteral("width"), 128);
        architecture.insert(QStringLiteral("dimensions"), dimensions);
        const QJsonObject brief{{QStringLiteral("budget"), 1}, {QStringLiteral("batch"), 1}, {QStringLiteral("sample_tokens"), 0}};
        for (auto it = brief.begin(); it != brief.end(); ++it)
            settings.insert(it.key(), it.value());
        FakeContext one = context(QStringLiteral("size-%1").arg(QLatin1String(QTest::currentDataTag()).left(40)).replace(QLatin1Char(' '), QLatin1Char('-')), settings,
                                  {{QStringLiteral("architecture"), architecture}});
        const auto result = run(one);
        QVERIFY2(result, qPrintable(why(result)));
        const QString folder = m_project->path() + QLatin1Char('/') + result->value(QLatin1String("lastCheckpoint")).toString();
        const double written = double(QFileInfo(folder + QStringLiteral("/model.safetensors")).size() + QFileInfo(folder + QStringLiteral("/optimizer.safetensors")).size());
        model::PlanInput input;
        input.architecture = architecture;
        input.shape.settings = settings;
        input.shape.optimizer = settings.value(QLatin1String("optimizer")).toString(input.shape.optimizer);
        input.shape.bf16 = settings.value(QLatin1String("precision")) == QLatin1String("bf16");
        const auto plan = model::plan(*m_plugins, input);
        QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
        const double forecast = double(plan->checkpointBytes), weights = double(plan->accounting.parameters);
        QVERIFY2(std::fabs(written / forecast - 1) < 0.03, qPrintable(QStringLiteral("%1 written, %2 forecast").arg(written).arg(forecast)));
        QVERIFY2(std::fabs(forecast / weights / bytesPerWeight - 1) < 0.03, qPrintable(QString::number(forecast / weights)));
    }

    void documentsCanBeReadByThemselves()
    {
        FakeContext apart = context(QStringLiteral("apart"), {{QStringLiteral("document_attention"), true}});
        const auto result = run(apart);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(result->value(QLatin1String("weightsSha256")) != wholeRun().value(QLatin1String("weightsSha256")));
        QCOMPARE(result->value(QLatin1String("tokens")), wholeRun().value(QLatin1String("tokens")));  // no row is shorter
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
                                   {{QStringLiteral("from"), wholeRun().value(QLatin1String("bestCheckpoint"))}});
        const auto result = run(fork);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(result->value(QLatin1String("startBitsPerByte")).toDouble()
                < wholeRun().value(QLatin1String("startBitsPerByte")).toDouble() - 0.1);
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

    // A plan refuses it today; a run that was planned before it did comes to the same bits again, and says what it does.
    void aSequenceBeyondTheContextIsSaid()
    {
        const QJsonObject few{{QStringLiteral("budget"), 3}};
        FakeContext usual = context(QStringLiteral("usual"), few), longer = context(QStringLiteral("longer"), {{QStringLiteral("budget"), 3}, {QStringLiteral("sequence"), 512}});
        const auto expected = run(usual), came = run(longer);
        QVERIFY2(expected, qPrintable(why(expected)));
        QVERIFY2(came, qPrintable(why(came)));
        QCOMPARE(came->value(QLatin1String("weightsSha256")), expected->value(QLatin1String("weightsSha256")));
        QVERIFY2(told(longer).contains(QStringLiteral("sequences of 512 tokens; the model's context is 32")), qPrintable(told(longer)));
        QVERIFY(!told(usual).contains(QStringLiteral("context is")));
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
