// kill -9 of the worker at chosen moments of a run, each time resumed: the weights and the optimizer's state are
// those of the run that was never killed, bit for bit. ATHANOR_KILLS sets the number of kills (4 without it; one
// half early or between checkpoints, one half while a checkpoint is being written), ATHANOR_KILLS_FROM the number of the
// first, so that a hundred can be done in parts at a hundred different moments.
#include "tests/support/command_line.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using athanor::test::CommandResult;
using athanor::test::runCommand;

class TestKill : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void resumedRunEqualsTheUninterrupted();
    void twoRunsEndWithoutAWindow();

private:
    CommandResult command(const QStringList &words) const
    {
        return runCommand(QStringList{QStringLiteral("--project"), m_project, QStringLiteral("--json")} + words);
    }
    CommandResult start(const QStringList &more) const
    {
        return command(QStringList{QStringLiteral("run"), QStringLiteral("start"), QStringLiteral("--model"), QStringLiteral("m"), QStringLiteral("--dataset"), QStringLiteral("d"),
                                   QStringLiteral("--set"), QStringLiteral("budget_kind=steps"), QStringLiteral("--set"), QStringLiteral("budget=%1").arg(kSteps),
                                   QStringLiteral("--set"), QStringLiteral("batch=4"), QStringLiteral("--set"), QStringLiteral("precision=f32"), QStringLiteral("--set"), QStringLiteral("checkpoint_every=1"), QStringLiteral("--set"), QStringLiteral("validation_every=100")} + more);
    }
    QString state(const QString &run) const
    {
        return command({QStringLiteral("job"), QStringLiteral("show"), run}).json().value(QLatin1String("state")).toString();
    }
    static constexpr int kSteps = 400;
    QTemporaryDir m_folder;
    QString m_project;
};

namespace {

#define VERIFY_DONE(result) QVERIFY2((result).exitCode == 0, ((result).output + (result).messages).constData())

// The process of the newest attempt, 0 when it has not said yet.
qint64 workerOf(const QString &jobFolder, int attempt)
{
    QFile file(jobFolder + QStringLiteral("/worker.json"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QJsonObject identity = QJsonDocument::fromJson(file.readAll()).object();
    return identity.value(QLatin1String("attempt")).toInt() >= attempt ? identity.value(QLatin1String("pid")).toInteger() : 0;
}

bool isWritingACheckpoint(const QString &jobFolder)
{
    const QStringList names = QDir(jobFolder + QStringLiteral("/checkpoints")).entryList(QDir::Dirs | QDir::Hidden | QDir::NoDotAndDotDot);
    return std::any_of(names.begin(), names.end(), [](const QString &name) { return !name.startsWith(QLatin1String("step-")); });
}

}  // namespace

void TestKill::initTestCase()
{
    m_project = m_folder.filePath(QStringLiteral("p"));
    athanor::test::writeDocuments(m_folder.filePath(QStringLiteral("docs")), 80);
    VERIFY_DONE(runCommand({QStringLiteral("project"), QStringLiteral("create"), m_project}));
    VERIFY_DONE(command({QStringLiteral("source"), QStringLiteral("add"), m_folder.filePath(QStringLiteral("docs"))}));
    VERIFY_DONE(command({QStringLiteral("dataset"), QStringLiteral("curate"), QStringLiteral("d")}));
    VERIFY_DONE(command({QStringLiteral("tokenizer"), QStringLiteral("train"), QStringLiteral("t"), QStringLiteral("--dataset"), QStringLiteral("d"), QStringLiteral("--vocab"), QStringLiteral("400")}));
    VERIFY_DONE(command({QStringLiteral("model"), QStringLiteral("create"), QStringLiteral("m"), QStringLiteral("--set"), QStringLiteral("layers=4"), QStringLiteral("--set"), QStringLiteral("width=192"),
                         QStringLiteral("--set"), QStringLiteral("heads=3"), QStringLiteral("--set"), QStringLiteral("key_value_heads=3"), QStringLiteral("--set"), QStringLiteral("context=128")}));
}

void TestKill::resumedRunEqualsTheUninterrupted()
{
    const CommandResult whole = start({QStringLiteral("--wait")});
    VERIFY_DONE(whole);
    const CommandResult begun = start({});
    VERIFY_DONE(begun);
    const QString run = begun.json().value(QLatin1String("run")).toString();
    const QString folder = m_project + QStringLiteral("/jobs/") + run;
    const int kills = qEnvironmentVariableIntValue("ATHANOR_KILLS") > 0 ? qEnvironmentVariableIntValue("ATHANOR_KILLS") : 4;
    const int from = qEnvironmentVariableIntValue("ATHANOR_KILLS_FROM");
    int insideWriting = 0;
    int afterCheckpoint = 0;
    int done = 0;
    for (int kill = 0; kill < kills; ++kill) {
        qint64 process = 0;
        QTRY_VERIFY_WITH_TIMEOUT((process = workerOf(folder, kill + 1)) > 0, 20000);
        QElapsedTimer clock;
        clock.start();
        const bool wantsWriting = kill % 2 == 1;
        const qint64 moment = 400 + ((from + kill) * 977) % 2900;
        while (clock.elapsed() < 20000 && ::kill(static_cast<pid_t>(process), 0) == 0) {
            if (wantsWriting ? isWritingACheckpoint(folder) : clock.elapsed() >= moment)
                break;
            QTest::qSleep(0);
        }
        const bool hasCheckpoint = !QDir(folder + QStringLiteral("/checkpoints")).entryList({QStringLiteral("step-*")}, QDir::Dirs).isEmpty();
        if (::kill(static_cast<pid_t>(process), SIGKILL) != 0)
            break;  // it had finished
        ++done;
        afterCheckpoint += hasCheckpoint;
        QTRY_VERIFY_WITH_TIMEOUT(state(run) == QLatin1String("lost") || state(run) == QLatin1String("finished"), 10000);
        if (state(run) == QLatin1String("finished"))
            break;
        insideWriting += isWritingACheckpoint(folder);  // nobody is left to finish it
        VERIFY_DONE(command({QStringLiteral("run"), QStringLiteral("resume"), run}));
    }
    qInfo("%d kills, %d of them after a checkpoint, %d inside the writing of one", done, afterCheckpoint, insideWriting);
    QVERIFY(done >= std::min(kills, 2));
    QTRY_COMPARE_WITH_TIMEOUT(state(run), QStringLiteral("finished"), 280000);
    const auto plan = [this](const QString &id) {
        QFile file(m_project + QStringLiteral("/jobs/") + id + QStringLiteral("/plan.json"));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    QCOMPARE(plan(run), plan(whole.json().value(QLatin1String("run")).toString()));
    const QJsonObject resumed = command({QStringLiteral("run"), QStringLiteral("show"), run}).json().value(QLatin1String("result")).toObject();
    QCOMPARE(resumed.value(QLatin1String("weightsSha256")), whole.json().value(QLatin1String("weightsSha256")));
    QCOMPARE(resumed.value(QLatin1String("optimizerSha256")), whole.json().value(QLatin1String("optimizerSha256")));
    QVERIFY(!resumed.value(QLatin1String("weightsSha256")).toString().isEmpty());
}

void TestKill::twoRunsEndWithoutAWindow()
{
    const QStringList shorter{QStringLiteral("--set"), QStringLiteral("seed=3"), QStringLiteral("--set"), QStringLiteral("validation_every=1000")};
    const QString first = start(shorter).json().value(QLatin1String("run")).toString();
    const QString second = start(shorter).json().value(QLatin1String("run")).toString();
    QVERIFY(!first.isEmpty() && !second.isEmpty() && first != second);
    // Nobody looks at the project while they run: only the workers are there to start the second.
    const QString lastEvents = m_project + QStringLiteral("/jobs/") + second + QStringLiteral("/events.jsonl");
    const auto ended = [&] {
        QFile events(lastEvents);
        return events.open(QIODevice::ReadOnly) && events.readAll().contains("\"finished\"");
    };
    QTRY_VERIFY_WITH_TIMEOUT(ended(), 280000);
    QCOMPARE(state(first), QStringLiteral("finished"));
    QCOMPARE(state(second), QStringLiteral("finished"));
}

QTEST_GUILESS_MAIN(TestKill)
#include "test_kill.moc"
