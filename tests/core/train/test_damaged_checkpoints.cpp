// What is made of a checkpoint that the disk has changed: nothing, in plain words, wherever a model is read; and what a
// run does with its own.
#include "core/base/hash.h"
#include "core/generate/checkpoint_model.h"
#include "core/generate/handlers.h"
#include "core/interop/import_handler.h"
#include "core/score/handlers.h"
#include "tests/core/train/run_fixture.h"

using namespace athanor;
using namespace athanor::test;

class TestDamagedCheckpoints : public QObject, private RunFixture {
    Q_OBJECT

private:
    // A copy of the undisturbed run's best checkpoint, at a place of its own; relative to the project.
    QString copied(const QString &name)
    {
        const QString inside = QStringLiteral("copies/") + name, folder = m_project->path() + QLatin1Char('/') + inside;
        QDir(folder).removeRecursively();
        if (!QDir().mkpath(folder))
            qFatal("no folder");
        for (const QString &file : QDir(bestFolder()).entryList(QDir::Files))
            if (!QFile::copy(bestFolder() + QLatin1Char('/') + file, folder + QLatin1Char('/') + file))
                qFatal("no copy");
        return inside;
    }
    QString absolute(const QString &inside) const { return m_project->path() + QLatin1Char('/') + inside; }
    template <typename Handler> Result<QJsonObject> job(const char *kind, const QJsonObject &parameters)
    {
        job::Spec spec;
        spec.id = QStringLiteral("job-") + QLatin1String(kind);
        spec.kind = QLatin1String(kind);
        spec.parameters = parameters;
        FakeContext context(m_project->path(), spec, *m_plugins);
        Handler handler;
        return handler.run(context);
    }

private Q_SLOTS:
    void nothingIsMadeOfADamagedModel_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<bool>("isCut");
        QTest::addColumn<QString>("words");
        QTest::newRow("a bit of the weights") << QStringLiteral("model.safetensors") << false << QStringLiteral("its SHA-256 is not the recorded one");
        QTest::newRow("weights cut short") << QStringLiteral("model.safetensors") << true << QStringLiteral("bytes instead of");
        QTest::newRow("a bit of the architecture") << QStringLiteral("architecture.json") << false << QStringLiteral("its SHA-256 is not the recorded one");
        QTest::newRow("a bit of the tokenizer") << QStringLiteral("tokenizer.model") << false << QStringLiteral("its SHA-256 is not the recorded one");
        QTest::newRow("the state cut short") << QStringLiteral("state.json") << true << QString();
    }
    void nothingIsMadeOfADamagedModel()
    {
        QFETCH(QString, file);
        QFETCH(bool, isCut);
        QFETCH(QString, words);
        const QString checkpoint = copied(QStringLiteral("model"));
        const QString path = absolute(checkpoint) + QLatin1Char('/') + file;
        QVERIFY(isCut ? QFile::resize(path, QFileInfo(path).size() - 5) : flipInTheMiddle(path));
        FakeContext fork = context(QStringLiteral("fork"), {{QStringLiteral("budget"), 2}}, {{QStringLiteral("from"), checkpoint}});
        const QJsonObject asked{{QStringLiteral("checkpoint"), checkpoint}};
        const auto with = [&](const QJsonObject &more) {
            QJsonObject all = asked;
            for (auto it = more.begin(); it != more.end(); ++it)
                all[it.key()] = it.value();
            return all;
        };
        job::Spec bringIn;
        bringIn.id = bringIn.kind = QStringLiteral("import");
        bringIn.parameters = {{QStringLiteral("source"), checkpoint}, {QStringLiteral("name"), QStringLiteral("brought")}};
        FakeContext bringing(m_project->path(), bringIn, *m_plugins);
        const std::pair<const char *, Result<QJsonObject>> all[] = {
            {"fork", run(fork)},
            {"import", interop::makeImportHandler()->run(bringing)},
            {"generate", job<generate::GenerateHandler>("generate", with({{QStringLiteral("prompt"), QStringLiteral("the")}, {QStringLiteral("maxTokens"), 2}}))},
            {"chat", job<generate::ChatHandler>("chat", asked)},
            {"evaluate", job<score::EvaluateHandler>("evaluate", with({{QStringLiteral("corpus"), QStringLiteral("objects/corpora/tiny")}}))},
            {"logits", job<score::LogitsHandler>("logits", with({{QStringLiteral("ids"), QJsonArray{1, 2}}}))},
            {"export", job<score::ExportHandler>("export", with({{QStringLiteral("format"), QStringLiteral("huggingface")}, {QStringLiteral("dtype"), QStringLiteral("f32")},
                                                                 {QStringLiteral("to"), m_project->path() + QStringLiteral("/exported")}}))}};
        for (const auto &[name, result] : all) {
            QVERIFY2(!result, name);
            QVERIFY2(result.error().code == ErrorCode::Corrupt, qPrintable(QLatin1String(name) + result.error().message));
            QVERIFY2(result.error().message.contains(file) && result.error().message.contains(words), qPrintable(QLatin1String(name) + result.error().message));
            QVERIFY2(words.isEmpty() || result.error().hint.contains(QStringLiteral("another checkpoint")), name);
        }
        QVERIFY(!QFileInfo::exists(m_project->path() + QStringLiteral("/exported")));
    }

    // What only a run that goes on needs says nothing about the model.
    void memoryOfTheOptimizerThatIsDamagedIsLeftBehind_data()
    {
        QTest::addColumn<bool>("isCut");
        QTest::newRow("a bit") << false;
        QTest::newRow("cut short") << true;
    }
    void memoryOfTheOptimizerThatIsDamagedIsLeftBehind()
    {
        QFETCH(bool, isCut);
        const QString checkpoint = copied(QStringLiteral("memory")), path = absolute(checkpoint) + QStringLiteral("/optimizer.safetensors");
        const QJsonObject settings{{QStringLiteral("budget"), 2}}, from{{QStringLiteral("from"), checkpoint}};
        const QString row = isCut ? QStringLiteral("cut-") : QStringLiteral("flipped-");
        const auto forked = [&](const QString &id, QString &words) {
            FakeContext fork = context(row + id, settings, from);
            const auto result = run(fork);
            words = result ? told(fork) : why(result);
            return result ? result->value(QLatin1String("weightsSha256")).toString() : QString();
        };
        QString words;
        const QString withMemory = forked(QStringLiteral("with"), words);
        QVERIFY2(!withMemory.isEmpty() && !words.contains(QStringLiteral("begins anew")), qPrintable(words));
        QVERIFY(isCut ? QFile::resize(path, QFileInfo(path).size() / 2) : flipInTheMiddle(path));
        const QString without = forked(QStringLiteral("damaged"), words);
        QVERIFY2(words.contains(QStringLiteral("is damaged")) && words.contains(QStringLiteral("the optimizer begins anew")), qPrintable(words));
        QVERIFY(!without.isEmpty() && without != withMemory);
        QVERIFY(generate::loadModel(*m_plugins, absolute(checkpoint)));
    }

    void aDamagedAdapterOrItsBaseIsNoBeginning()
    {
        const QString base = copied(QStringLiteral("base"));
        const QJsonObject adapter{{QStringLiteral("method"), QStringLiteral("lora")}, {QStringLiteral("rank"), 4}, {QStringLiteral("alpha"), 8}, {QStringLiteral("targets"), QStringLiteral("qkv, output")}};
        const auto trained = [&](const QString &id, const QString &from) {
            FakeContext fork = context(id, {{QStringLiteral("budget"), 2}}, {{QStringLiteral("from"), from}, {QStringLiteral("adapter"), adapter}});
            return run(fork);
        };
        const auto first = trained(QStringLiteral("adapted"), base);
        QVERIFY2(first, qPrintable(why(first)));
        const QString checkpoint = first->value(QLatin1String("lastCheckpoint")).toString();
        const QString own = absolute(checkpoint) + QStringLiteral("/adapter.safetensors"), below = absolute(base) + QStringLiteral("/model.safetensors");
        QVERIFY(trained(QStringLiteral("further"), checkpoint));
        for (const QString &damaged : {own, below}) {
            QVERIFY(flipInTheMiddle(damaged));
            const auto further = trained(QStringLiteral("refused"), checkpoint);
            QVERIFY(!further && further.error().code == ErrorCode::Corrupt);
            QVERIFY2(further.error().message.contains(QFileInfo(damaged).path()), qPrintable(further.error().message));
            QVERIFY(!generate::loadModel(*m_plugins, absolute(checkpoint)));
            QVERIFY(flipInTheMiddle(damaged));  // as it was
        }
        QVERIFY(trained(QStringLiteral("again"), checkpoint));
    }

    // As an older Athanor wrote them: hashes of the two tensor files, no seal.
    void checkpointsWithoutASealAreCheckedByWhatTheySay()
    {
        const QString checkpoint = absolute(copied(QStringLiteral("older")));
        QJsonObject state = *readJsonFile(checkpoint + QStringLiteral("/state.json"));
        state.remove(QStringLiteral("files"));
        state.remove(QStringLiteral("stateSha256"));
        QVERIFY(writeJsonFile(checkpoint + QStringLiteral("/state.json"), state));
        QVERIFY(generate::loadModel(*m_plugins, checkpoint));
        QVERIFY(flipInTheMiddle(checkpoint + QStringLiteral("/model.safetensors")));
        const auto refused = generate::loadModel(*m_plugins, checkpoint);
        QVERIFY(!refused);
        QVERIFY2(refused.error().message.contains(QStringLiteral("model.safetensors")), qPrintable(refused.error().message));
        // A folder that no run wrote says nothing of its files.
        QVERIFY(QFile::remove(checkpoint + QStringLiteral("/state.json")));
        QVERIFY(generate::loadModel(*m_plugins, checkpoint));
    }

    void aDamagedBestCheckpointGivesWayToTheNext()
    {
        const QJsonObject settings{{QStringLiteral("validation_every"), 4}, {QStringLiteral("keep_checkpoints"), 10}};
        FakeContext first = context(QStringLiteral("best"), settings);
        first.stopAfterStep = 24;  // all steps are made; what is missing is the figure
        QVERIFY(!run(first));
        const auto best = storeOf(first).best();
        QVERIFY(best && best->step == 24);
        QVERIFY(storeOf(first).steps().size() > 3);
        FakeContext second = context(QStringLiteral("best"), settings);
        second.onProgress = [&](const Progress &progress) {
            if (progress.phase.contains(QStringLiteral("Building")))
                QVERIFY(flipInTheMiddle(storeOf(first).folderOf(24) + QStringLiteral("/model.safetensors")));
        };
        const auto result = run(second);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));  // made again, from an earlier step
        QVERIFY2(told(second).contains(QStringLiteral("set aside")), qPrintable(told(second)));
        QVERIFY(QFileInfo::exists(first.jobPath() + QStringLiteral("/checkpoints/damaged-step-00000024")));
        // And where the best is not the newest, so that resuming passes it by.
        const train::CheckpointStore store = storeOf(first);
        const auto again = store.best();
        QVERIFY(again);
        QVERIFY(flipInTheMiddle(again->folder + QStringLiteral("/model.safetensors")));
        QStringList problems;
        const auto next = store.bestWhole(problems);
        QVERIFY(next && next->step < again->step);
        QCOMPARE(problems.size(), 1);
        QVERIFY(!QFileInfo::exists(again->folder));
    }

    void theNewestDamagedCheckpointIsKeptAndTheOthersGo()
    {
        const QJsonObject settings{{QStringLiteral("validation_every"), 4}, {QStringLiteral("keep_checkpoints"), 10}};
        FakeContext first = context(QStringLiteral("rule"), settings);
        first.stopAfterStep = 16;
        QVERIFY(!run(first));
        const train::CheckpointStore store = storeOf(first);
        for (const qint64 step : {12, 16})
            QVERIFY(QFile::resize(store.folderOf(step) + QStringLiteral("/optimizer.safetensors"), 100));
        FakeContext second = context(QStringLiteral("rule"), settings);
        const auto result = run(second);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));
        const QStringList left = QDir(first.jobPath() + QStringLiteral("/checkpoints")).entryList({QStringLiteral("damaged-*")}, QDir::Dirs);
        QCOMPARE(left, QStringList{QStringLiteral("damaged-step-00000016")});
        QCOMPARE(second.logs.filter(QStringLiteral("Damaged checkpoints were removed: of step 12.")).size(), 1);
        QCOMPARE(store.removeDamaged(0), std::vector<qint64>{16});
        QVERIFY(store.removeDamaged(0).empty());
    }

    // What could not be read need not be damaged: the run goes on from the one before, and nothing of it is deleted.
    void aNewerCheckpointIsSetAsideAndNeverDeleted()
    {
        const QJsonObject settings{{QStringLiteral("validation_every"), 4}, {QStringLiteral("keep_checkpoints"), 10}};
        FakeContext first = context(QStringLiteral("newer"), settings);
        first.stopAfterStep = 16;
        QVERIFY(!run(first));
        const train::CheckpointStore store = storeOf(first);
        const QString state = store.folderOf(16) + QStringLiteral("/state.json");
        auto object = readJsonFile(state);
        QVERIFY(object);
        (*object)[QStringLiteral("format")] = 1000;
        QVERIFY(writeFileAtomically(state, interop::sealed(*object)));
        FakeContext second = context(QStringLiteral("newer"), settings);
        const auto result = run(second);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY2(told(second).contains(QStringLiteral("newer Athanor")), qPrintable(told(second)));
        QCOMPARE(result->value(QLatin1String("weightsSha256")), wholeRun().value(QLatin1String("weightsSha256")));
        QVERIFY(store.removeDamaged(0).empty());
        QVERIFY(QFileInfo::exists(first.jobPath() + QStringLiteral("/checkpoints/unread-step-00000016/model.safetensors")));
    }
};

QTEST_GUILESS_MAIN(TestDamagedCheckpoints)
#include "test_damaged_checkpoints.moc"
