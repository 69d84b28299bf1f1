// Which checkpoints a run writes and keeps, with a full disk too, and that damage to one is found.
#include "core/base/atomic_file.h"
#include "core/job/folder.h"
#include "core/train/run_plan.h"
#include "core/train/train_run.h"
#include "tests/core/train/run_fixture.h"

using namespace athanor;
using namespace athanor::test;

class TestRunCheckpoints : public QObject, private RunFixture {
    Q_OBJECT

private Q_SLOTS:
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

    void checkpointNowWritesOne()
    {
        FakeContext asked = context(QStringLiteral("asked"), {{QStringLiteral("budget"), 2}, {QStringLiteral("validation_every"), 100}});
        asked.checkpointRequested = true;
        QVERIFY(run(asked));
        QVERIFY(QFileInfo::exists(asked.jobPath() + QStringLiteral("/checkpoints/step-00000001/state.json")));
    }

    // A high constant rate makes the weights wander: their mean does better, and is what the checkpoint holds.
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
        QCOMPARE(result->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));
        QCOMPARE(result->value(QLatin1String("optimizerSha256")), wholeRun().value(QLatin1String("optimizerSha256")));
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

    // What a run stands on may be deleted while it lasts: what it needs of it to save, it has.
    void aBaseThatIsDeletedMeanwhileEndsNoRun()
    {
        const QString base = m_project->path() + QStringLiteral("/base"), tokenizer = m_project->path() + QStringLiteral("/objects/tokenizers/other.model");
        const auto make = [&] {
            QDir().mkpath(base);
            for (const char *file : {"model.safetensors", "architecture.json", "tokenizer.model"})
                QFile::copy(bestFolder() + QLatin1Char('/') + QLatin1String(file), base + QLatin1Char('/') + QLatin1String(file));
            return writeFileAtomically(base + QStringLiteral("/tokenizer_config.json"), R"({"model_max_length":32})") && QFile::copy(m_project->tokenizerFile(), tokenizer);
        };
        QVERIFY(make());
        const QJsonObject parameters{{QStringLiteral("from"), QStringLiteral("base")}, {QStringLiteral("tokenizer"), QStringLiteral("objects/tokenizers/other.model")}};
        FakeContext first = context(QStringLiteral("orphan"), {}, parameters);
        first.onProgress = [&](const Progress &progress) {
            if (progress.unit == QLatin1String("steps") && progress.done == 2 && (!QDir(base).removeRecursively() || !QFile::remove(tokenizer)))
                qFatal("not deleted");
        };
        first.stopAfterStep = 16;
        QCOMPARE(run(first).error().code, ErrorCode::Cancelled);
        QVERIFY2(told(first).indexOf(QStringLiteral("could not be written")) < 0, qPrintable(told(first)));
        QVERIFY(QFile::copy(m_project->tokenizerFile(), tokenizer));  // the job names it; the base is gone for good
        FakeContext second = context(QStringLiteral("orphan"), {}, parameters);
        const auto result = run(second);
        QVERIFY2(result, qPrintable(why(result)));
        const QString last = m_project->path() + QLatin1Char('/') + result->value(QLatin1String("lastCheckpoint")).toString();
        QVERIFY(QFileInfo::exists(last + QStringLiteral("/tokenizer_config.json")) && QFileInfo::exists(last + QStringLiteral("/tokenizer.model")));
    }
    void everyNthCheckpointIsKept()
    {
        FakeContext every = context(QStringLiteral("every"), {{QStringLiteral("keep_every"), 5}, {QStringLiteral("keep_checkpoints"), 1}, {QStringLiteral("validation_every"), 1000}});
        const auto result = run(every);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(train::CheckpointStore(every.jobPath() + QStringLiteral("/checkpoints")).steps(), (std::vector<qint64>{0, 5, 10, 15, 20, 24}));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));
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
};

QTEST_GUILESS_MAIN(TestRunCheckpoints)
#include "test_run_checkpoints.moc"
