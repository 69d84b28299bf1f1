// Numbers that are none, where no step of training has seen them: in a measurement on held-out text, and before
// anything was learned.
#include "core/interop/safetensors.h"
#include "core/train/train_run.h"
#include "tests/core/train/run_fixture.h"

using namespace athanor;
using namespace athanor::test;

class TestNumbersGoneWrong : public QObject, private RunFixture {
    Q_OBJECT

private:
    // Finite numbers that have no mean and no spread: up and down as far as there are numbers.
    static torch::Tensor hopeless(qint64 count) { return torch::tensor({3e38F, -3e38F}).repeat({int64_t(count / 2)}); }

    // With norms that subtract a mean, and a head of its own: a token's embedding is felt where it is read, nowhere else.
    static QJsonObject fragile()
    {
        QByteArray text = QJsonDocument(tinyArchitecture()).toJson(QJsonDocument::Compact);
        text.replace("layer.rms_norm", "layer.layer_norm").replace("\"tied\":true", "\"tied\":false");
        return QJsonDocument::fromJson(text).object();
    }
    static QJsonObject model() { return {{QStringLiteral("architecture"), fragile()}}; }
    // A letter that only held-out text has.
    static TinyProject strangeHeldOut()
    {
        QList<QByteArray> training, heldOut;
        for (int i = 0; i < 12; ++i)
            training += tinyText(i, 40);
        for (int i = 12; i < 15; ++i)
            heldOut += tinyText(i, 40).replace("cat", "#at");
        return {training, heldOut};
    }
    static torch::Tensor embeddingOf(train::Trainer &trainer)
    {
        for (const train::TrainedParameter &parameter : trainer.parameters())
            if (parameter.name == "tok.weight")
                return parameter.master;
        qFatal("no embedding");
    }
    static void strike(train::TrainRun &training, const train::RunInputs &inputs)
    {
        const auto ids = inputs.tokenizer->encode("#");
        if (ids.size() != 1)
            qFatal("no such token");
        const torch::NoGradGuard noGradients;  // as a bad place in memory would
        torch::Tensor row = embeddingOf(training.trainer())[ids.front()];
        row.copy_(hopeless(row.numel()));
    }
    FakeContext on(const TinyProject &project, const QString &id, const QJsonObject &settings = {})
    {
        job::Spec spec = project.trainSpec(id, settings);
        spec.parameters[QStringLiteral("architecture")] = fragile();
        return {project.path(), spec, *m_plugins};
    }
    // A model folder with numbers so large that nothing can be computed with it.
    QString brokenModel()
    {
        FakeContext made = context(QStringLiteral("made"), {{QStringLiteral("budget"), 1}}, model());
        const auto result = run(made);
        if (!result)
            qFatal("%s", qPrintable(why(result)));
        const QString from = m_project->path() + QLatin1Char('/') + result->value(QLatin1String("lastCheckpoint")).toString(), to = m_project->path() + QStringLiteral("/broken");
        QDir().mkpath(to);
        for (const char *file : {"model.safetensors", "architecture.json", "tokenizer.model"})
            QFile::copy(from + QLatin1Char('/') + QLatin1String(file), to + QLatin1Char('/') + QLatin1String(file));
        const QString path = to + QStringLiteral("/model.safetensors");
        const auto reader = interop::SafetensorsReader::open(path);
        const auto bytes = reader->bytes(*reader->find(QStringLiteral("tok.weight")));
        QByteArray whole = *readFile(path);
        const qsizetype at = whole.indexOf(bytes.first(64).toByteArray());
        const torch::Tensor huge = hopeless(bytes.size() / qsizetype(sizeof(float)));
        whole.replace(at, bytes.size(), QByteArray(reinterpret_cast<const char *>(huge.data_ptr<float>()), bytes.size()));
        if (at < 0 || !writeFileAtomically(path, whole))
            qFatal("not broken");
        return QStringLiteral("broken");
    }

private Q_SLOTS:
    void aMeasurementWithoutANumberSendsTheRunBack()
    {
        const TinyProject project = strangeHeldOut();
        QVERIFY2(project.isUsable(), qPrintable(project.problem()));
        FakeContext struck = on(project, QStringLiteral("struck"));
        const auto inputs = train::openInputs(struck);
        QVERIFY(inputs);
        const auto plan = train::makePlan(struck, *inputs);
        QVERIFY(plan);
        const auto training = train::TrainRun::create(struck, *inputs, *plan);
        QVERIFY(training);
        bool isStruck = false;
        struck.onProgress = [&](const Progress &progress) {
            if (progress.unit == QLatin1String("steps") && progress.done == 5 && !std::exchange(isStruck, true))
                strike(**training, *inputs);
        };
        const auto end = (*training)->run();
        QVERIFY2(end, end ? "" : qPrintable(end.error().message));
        QVERIFY(isStruck);
        QCOMPARE((*training)->state().step, 24);
        const auto &leftOut = (*training)->plan().leftOut;
        QCOMPARE(leftOut.size(), size_t(1));
        QCOMPARE(leftOut.front().noticedAt, 8);
        QCOMPARE(leftOut.front().afterStep, 0);
        QVERIFY2(told(struck).contains(QStringLiteral("Step 8: the loss on held-out text is not a finite number. The run goes back to step 0 and leaves out the data of 8 updates; it read:")),
                 qPrintable(told(struck)));
        QVERIFY(std::isfinite((*training)->state().lowestLoss));
        QStringList problems;
        QCOMPARE(storeOf(struck).newestWhole(problems)->step, 24);
    }

    void aMeasurementThatNeverComesToANumberEndsTheRunAndKeepsWhatWasGood()
    {
        const TinyProject project = strangeHeldOut();
        QVERIFY2(project.isUsable(), qPrintable(project.problem()));
        FakeContext wild = on(project, QStringLiteral("wild"));
        const auto inputs = train::openInputs(wild);
        QVERIFY(inputs);
        const auto plan = train::makePlan(wild, *inputs);
        QVERIFY(plan);
        const auto training = train::TrainRun::create(wild, *inputs, *plan);
        QVERIFY(training);
        wild.onProgress = [&](const Progress &progress) {
            if (progress.unit == QLatin1String("steps") && progress.done == 5)
                strike(**training, *inputs);  // each time again
        };
        const auto result = (*training)->run();
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Diverged);
        QVERIFY2(result.error().message.contains(QStringLiteral("After step 8: The loss on held-out text is not a finite number. Documents were left out 3 times before; that did not help.")), qPrintable(result.error().message));
        QVERIFY2(result.error().hint.contains(QStringLiteral("lower learning rate")), qPrintable(result.error().hint));
        QStringList problems;
        const auto kept = storeOf(wild).newestWhole(problems);
        QVERIFY(kept && kept->step == 0 && problems.isEmpty());
        job::Spec spec = on(project, QStringLiteral("slower")).spec();
        spec.parameters[QStringLiteral("from")] = QStringLiteral("jobs/wild/checkpoints/step-00000000");
        FakeContext slower(project.path(), spec, *m_plugins);
        const auto again = run(slower);
        QVERIFY2(again, qPrintable(why(again)));
    }

    void weightsThatAreNoGoodFromTheStartAreSaidToBe()
    {
        const QString broken = brokenModel();
        FakeContext fork = context(QStringLiteral("fork"), {}, {{QStringLiteral("architecture"), fragile()}, {QStringLiteral("from"), broken}});
        const auto measured = run(fork);
        QVERIFY(!measured);
        QCOMPARE(measured.error().code, ErrorCode::Diverged);
        for (const char *words : {"held-out text is not a finite number.", "Nothing was learned before", "the weights that the run begins with"})
            QVERIFY2(measured.error().message.contains(QLatin1String(words)), qPrintable(measured.error().message));
        QVERIFY2(measured.error().hint.contains(QStringLiteral("another checkpoint or model")) && !measured.error().hint.contains(QStringLiteral("learning rate")), qPrintable(measured.error().hint));
    }

    void aFirstStepWithoutANumberIsNotBlamedOnTheRate()
    {
        // Nothing is held out, so the first step is the first to see it.
        TinyProject alone(6, 0);
        QVERIFY2(alone.isUsable(), qPrintable(alone.problem()));
        const QString broken = m_project->path() + QLatin1Char('/') + brokenModel();
        FakeContext first = on(alone, QStringLiteral("first"));
        job::Spec spec = first.spec();
        spec.parameters[QStringLiteral("from")] = broken;
        FakeContext fork(alone.path(), spec, *m_plugins);
        const auto result = run(fork);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Diverged);
        for (const char *words : {"at step 1: the loss is not a finite number", "Nothing was learned before", "Documents were left out 3 times before; that did not help."})
            QVERIFY2(result.error().message.contains(QLatin1String(words)), qPrintable(result.error().message));
        QVERIFY2(result.error().hint.contains(QStringLiteral("another checkpoint or model")), qPrintable(result.error().hint));
    }

    void aBestCheckpointThatFailsOnTheRestOfTheTextStillEndsTheRun()
    {
        // Its measurements read the beginnings of windows; the whole text has a letter that they never met.
        QList<QByteArray> training, heldOut;
        for (int i = 0; i < 12; ++i)
            training += tinyText(i, 40);
        heldOut += tinyText(20, 4000) + "#";
        const TinyProject project(training, heldOut);
        QVERIFY2(project.isUsable(), qPrintable(project.problem()));
        FakeContext late = on(project, QStringLiteral("late"));
        const auto inputs = train::openInputs(late);
        QVERIFY(inputs);
        {
            const auto plan = train::makePlan(late, *inputs);
            const auto made = train::TrainRun::create(late, *inputs, *plan);
            QVERIFY(made);
            strike(**made, *inputs);
            QVERIFY((*made)->run());
        }
        FakeContext again = on(project, QStringLiteral("late"));  // all steps are done: the figure is what is left
        const auto result = run(again);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY2(told(again).contains(QStringLiteral("gave no finite number")), qPrintable(told(again)));
        QVERIFY(result->value(QLatin1String("validationLoss")).toDouble() > 0 && result->value(QLatin1String("bitsPerByte")).toDouble() > 0);
    }
};

QTEST_GUILESS_MAIN(TestNumbersGoneWrong)
#include "test_numbers_gone_wrong.moc"
