// Checkpoints on disk: written, listed, pruned, found damaged, cut off by a full disk or a killed writer.
#include "core/train/checkpoint_store.h"

#include <QtTest>

#include <csignal>
#include <sys/resource.h>

using namespace athanor;
using namespace athanor::train;

namespace {

CheckpointContents contents(qint64 step, double loss, float value = 1)
{
    CheckpointContents contents;
    contents.step = step;
    contents.weights = {{"w", torch::full({64, 64}, value)}};
    contents.optimizer = {{"w.mean", torch::full({64, 64}, 0.5f)}};
    if (loss > 0)
        contents.state[QStringLiteral("validation")] = QJsonObject{{QStringLiteral("loss"), loss}};
    contents.architecture = {{QStringLiteral("format"), 1}};
    return contents;
}

}  // namespace

class TestCheckpointStore : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private Q_SLOTS:
    void initTestCase() { std::signal(SIGXFSZ, SIG_IGN); }
    void checkpointsAreWrittenListedAndPruned()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("a")));
        QVERIFY(!store.best());
        for (qint64 step : {10, 20, 30, 40, 50})
            QVERIFY(store.write(contents(step, step == 20 ? 1.0 : 2.0)));
        QCOMPARE(store.steps(), (std::vector<qint64>{10, 20, 30, 40, 50}));
        QCOMPARE(store.best()->step, 20);
        QCOMPARE(store.prune(2, {10}), (std::vector<qint64>{30}));  // 10 is waited for by another job
        QCOMPARE(store.prune(2), (std::vector<qint64>{10}));
        QCOMPARE(store.steps(), (std::vector<qint64>{20, 40, 50}));
        QStringList problems;
        QCOMPARE(store.newestWhole(problems)->step, 50);
        QVERIFY(problems.isEmpty());
    }
    void codesComeBackAsTheyWere()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("codes")));
        CheckpointContents kept = contents(3, 0);
        const torch::Tensor codes = torch::arange(0, 256, torch::kLong).to(torch::kUInt8), scales = torch::rand({1});
        kept.optimizer = {{"w.mean8", codes}, {"w.mean_scale", scales}};
        QVERIFY(store.write(kept));
        const QString file = store.folderOf(3) + QStringLiteral("/optimizer.safetensors");
        QVERIFY(QFileInfo(file).size() < 256 + 400);  // a byte each
        std::vector<NamedState> read{{"w.mean8", torch::zeros({256}, torch::kUInt8)}, {"w.mean_scale", torch::zeros({1})}};
        QVERIFY(holdsExactly(file, read));
        QVERIFY(loadTensors(file, read));
        QVERIFY(torch::equal(read[0].tensor, codes) && torch::equal(read[1].tensor, scales));
        read[0].tensor = torch::zeros({256});  // codes are no numbers
        QCOMPARE(loadTensors(file, read).error().code, ErrorCode::Unsupported);
    }
    void damagedCheckpointsArePassedOver()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("b")));
        QVERIFY(store.write(contents(1, 3)) && store.write(contents(2, 2)) && store.write(contents(3, 1)));
        QFile file(store.folderOf(3) + QStringLiteral("/model.safetensors"));
        QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() - 1));
        file.write("x");
        file.close();
        QVERIFY(QFile::remove(store.folderOf(2) + QStringLiteral("/optimizer.safetensors")));
        QStringList problems;
        QCOMPARE(store.newestWhole(problems)->step, 1);
        QCOMPARE(problems.size(), 2);
        // Going on from step 1: what is saved next is neither pruned in favour of the damaged ones nor worse than them.
        store.setAsideAfter(1);
        QVERIFY(store.write(contents(2, 2.5)));
        QCOMPARE(store.prune(1), (std::vector<qint64>{1}));
        QCOMPARE(store.steps(), (std::vector<qint64>{2}));
        QCOMPARE(store.best()->step, 2);
        QVERIFY(QFileInfo::exists(m_folder.filePath(QStringLiteral("b/damaged-step-00000003/model.safetensors"))));
    }
    void writingTheSameStepAgainReplacesIt()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("c")));
        const auto first = store.write(contents(5, 1, 1)), second = store.write(contents(5, 1, 2)),
                   third = store.write(contents(5, 1, 1));
        QVERIFY(first && second && third);
        QVERIFY(first->weightsSha256 != second->weightsSha256);
        QCOMPARE(first->weightsSha256, third->weightsSha256);
        QStringList problems;
        QCOMPARE(store.newestWhole(problems)->weightsSha256, third->weightsSha256);
        QCOMPARE(QDir(m_folder.filePath(QStringLiteral("c"))).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size(), 1);
    }
    void aWriteThatFailsLeavesThePreviousWhole()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("d")));
        QVERIFY(store.write(contents(1, 1)));
        rlimit before;
        getrlimit(RLIMIT_FSIZE, &before);
        const rlimit small{4096, before.rlim_max};  // stands for a full disk: a write in the middle of a file fails
        setrlimit(RLIMIT_FSIZE, &small);
        const auto failed = store.write(contents(2, 0.5));
        setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY(!failed);
        QVERIFY(!failed.error().message.isEmpty());
        QCOMPARE(store.steps(), (std::vector<qint64>{1}));
        QStringList problems;
        QCOMPARE(store.newestWhole(problems)->step, 1);
        QVERIFY(store.write(contents(2, 0.5)));
        QCOMPARE(QDir(m_folder.filePath(QStringLiteral("d"))).entryList({QStringLiteral(".writing*")}, QDir::Dirs | QDir::Hidden).size(), 0);
    }
    void leftoversOfAKilledWriterGo()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("e")));
        QVERIFY(store.write(contents(1, 1)));
        QVERIFY(QDir(m_folder.filePath(QStringLiteral("e"))).mkpath(QStringLiteral(".writing-2-99/x")));
        QCOMPARE(store.steps(), (std::vector<qint64>{1}));
        store.removeUnfinished();
        QVERIFY(!QFileInfo::exists(m_folder.filePath(QStringLiteral("e/.writing-2-99"))));
    }
    void weightsThatAreNoNumbersAreNotWritten()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("f")));
        QCOMPARE(store.write(contents(1, 1, std::numeric_limits<float>::infinity())).error().code, ErrorCode::Diverged);
        QCOMPARE(store.write(contents(1, 1, std::numeric_limits<float>::quiet_NaN())).error().code, ErrorCode::Diverged);
        QVERIFY(store.steps().empty());
    }
    void loadingChecksNamesAndShapes()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("g")));
        const auto facts = store.write(contents(1, 1, 3));
        QVERIFY(facts);
        const QString file = facts->folder + QStringLiteral("/model.safetensors");
        torch::Tensor right = torch::zeros({64, 64});
        QVERIFY(loadTensors(file, {{"w", right}}));
        QVERIFY(torch::equal(right, torch::full({64, 64}, 3.0f)));
        QCOMPARE(loadTensors(file, {{"v", right}}).error().code, ErrorCode::Corrupt);
        QCOMPARE(loadTensors(file, {{"w", torch::zeros({64, 32})}}).error().code, ErrorCode::Corrupt);
        QCOMPARE(loadTensors(file, {}).error().code, ErrorCode::Corrupt);
    }
};

QTEST_GUILESS_MAIN(TestCheckpointStore)
#include "test_checkpoint_store.moc"
