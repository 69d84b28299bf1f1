// Real workers: started by the queue, watched, paused, cancelled, killed, resumed, and one after the other.
#include "core/base/atomic_file.h"
#include "core/base/locations.h"
#include "core/job/queue.h"

#include <QtTest>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace athanor;
using namespace athanor::job;

namespace {

constexpr int kPatience = 20000;

}  // namespace

class TestJobs : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void finishes();
    void failureHasItsReason();
    void unknownKindSaysWhatThereIs();
    void missingLauncherFailsTheJob();
    void pauseIsAcknowledgedAndResumed();
    void cancelSaysWhatIsKept();
    void terminationIsACancel();
    void killedIsLostAndResumes();
    void killedAtManyMoments();
    void checkpointNow();
    void controlBeforeTheStartCounts();
    void oldControlLinesDoNotStopTheNextAttempt();
    void twoWorkersCannotRunOneJob();
    void queueGoesOnWithoutAWindow();
    void oneHeavyJobADevice();
    void lightJobsRunBeside();
    void laterJobUsesTheResultOfAnEarlierOne();
    void dependencyThatFailsFailsTheRest();
    void queuedJobIsTakenOut();
    void survivesItsStarter();
    void strayFoldersDoNotStopTheQueue();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<plugin::Catalogue> m_plugins;
    QString project() const { return m_folder->filePath(QStringLiteral("a 'quoted' prøject")); }
    Queue queue() { return Queue(project(), *m_plugins); }
    Spec spec(const QJsonObject &parameters) const
    {
        Spec spec;
        spec.kind = QStringLiteral("selftest");
        spec.title = QStringLiteral("Self-test");
        spec.parameters = parameters;
        return spec;
    }
    static QJsonObject counting(int steps, int stepMs)
    {
        return {{QStringLiteral("steps"), steps}, {QStringLiteral("stepMs"), stepMs}};
    }
    static bool waitFor(Folder &folder, State state)
    {
        return QTest::qWaitFor([&] { return folder.summary().state == state; }, kPatience);
    }
    static bool waitForStep(Folder &folder, qint64 step)
    {
        return QTest::qWaitFor([&] { return folder.summary().step >= step; }, kPatience);
    }
    static pid_t processOf(const Folder &folder)
    {
        const auto identity = readJsonFile(folder.path() + QStringLiteral("/worker.json"));
        return identity ? static_cast<pid_t>(identity->value(QLatin1String("pid")).toInteger()) : 0;
    }
    static qint64 sumTo(qint64 steps) { return steps * (steps + 1) / 2; }
};

#define ADD(name, ...)                                                                                                 \
    auto name##Added = queue().add(__VA_ARGS__);                                                                       \
    QVERIFY2(name##Added, name##Added ? "" : qPrintable(name##Added.error().message));                                 \
    Folder name = *name##Added

void TestJobs::initTestCase()
{
    m_plugins = plugin::scanUsualFolders();
    QVERIFY2(m_plugins->find(QStringLiteral("launcher.local")), "the local launcher is not built");
}

void TestJobs::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestJobs::finishes()
{
    ADD(job, spec(counting(5, 2)));
    QVERIFY(waitFor(job, State::Finished));
    const Summary summary = job.summary();
    QCOMPARE(summary.result.value(QLatin1String("sum")).toInt(), 15);
    QCOMPARE(summary.attempt, 1);
    QCOMPARE(summary.progress.value(QLatin1String("done")).toInt(), 5);
    QCOMPARE(summary.progress.value(QLatin1String("phase")).toString(), QStringLiteral("Counting"));
    const QList<Event> events = job.readNewEvents();
    for (int i = 0; i < events.size(); ++i)
        QCOMPARE(events[i].sequence, i + 1);
    QTRY_VERIFY(!job.isHeld());
    QVERIFY(!queue().resume(job.spec().id));
    QVERIFY(!queue().cancel(job.spec().id));
}

void TestJobs::failureHasItsReason()
{
    QJsonObject parameters = counting(5, 1);
    parameters.insert(QStringLiteral("failAt"), 3);
    ADD(job, spec(parameters));
    QVERIFY(waitFor(job, State::Failed));
    QVERIFY(job.summary().error.message.contains(QStringLiteral("step 3")));
}

void TestJobs::unknownKindSaysWhatThereIs()
{
    Spec strange = spec({});
    strange.kind = QStringLiteral("dance");
    ADD(job, strange);
    QVERIFY(waitFor(job, State::Failed));
    QVERIFY(job.summary().error.message.contains(QStringLiteral("dance")));
    QVERIFY(!job.summary().error.hint.isEmpty());
}

void TestJobs::missingLauncherFailsTheJob()
{
    Spec strange = spec({});
    strange.launcher = QStringLiteral("launcher.moon");
    ADD(job, strange);
    QCOMPARE(job.summary().state, State::Failed);
    QVERIFY(job.summary().error.message.contains(QStringLiteral("launcher.moon")));
}

void TestJobs::pauseIsAcknowledgedAndResumed()
{
    ADD(job, spec(counting(60, 20)));
    QVERIFY(waitForStep(job, 3));
    QVERIFY(queue().pause(job.spec().id));
    QVERIFY(waitFor(job, State::Paused));
    QVERIFY(job.summary().kept.contains(QStringLiteral("steps are kept")));
    qint64 asked = 0, answered = 0;
    for (const Event &event : job.readNewEvents())
        if (event.type == EventType::Control) {
            answered = event.utc.toMSecsSinceEpoch();
            QVERIFY(event.data.value(QLatin1String("accepted")).toBool());
        }
    const QByteArray line = *readFile(job.path() + QStringLiteral("/control.jsonl"));
    asked = QDateTime::fromString(QJsonDocument::fromJson(line).object().value(QLatin1String("utc")).toString(), Qt::ISODateWithMs)
                .toMSecsSinceEpoch();
    QVERIFY2(answered - asked <= 1000, qPrintable(QString::number(answered - asked)));
    QVERIFY(!queue().pause(job.spec().id));
    QVERIFY(queue().resume(job.spec().id));
    QVERIFY(waitFor(job, State::Finished));
    QCOMPARE(job.summary().attempt, 2);
    QCOMPARE(job.summary().result.value(QLatin1String("sum")).toInteger(), sumTo(60));
}

void TestJobs::cancelSaysWhatIsKept()
{
    ADD(job, spec(counting(500, 10)));
    QVERIFY(waitForStep(job, 2));
    QVERIFY(queue().cancel(job.spec().id));
    QVERIFY(waitFor(job, State::Cancelled));
    QVERIFY(job.summary().kept.contains(QStringLiteral("kept")));
    QVERIFY(job.summary().ended.isValid());
}

void TestJobs::terminationIsACancel()
{
    ADD(job, spec(counting(500, 10)));
    QVERIFY(waitForStep(job, 2));
    QCOMPARE(::kill(processOf(job), SIGTERM), 0);
    QVERIFY(waitFor(job, State::Cancelled));
}

void TestJobs::killedIsLostAndResumes()
{
    QJsonObject parameters = counting(12, 5);
    parameters.insert(QStringLiteral("crashAt"), 6);
    ADD(job, spec(parameters));
    QVERIFY(waitFor(job, State::Lost));
    const qint64 sequence = job.summary().lastSequence;
    QVERIFY(queue().resume(job.spec().id));
    QVERIFY(waitFor(job, State::Finished));
    QCOMPARE(job.summary().attempt, 2);
    QVERIFY(job.summary().lastSequence > sequence);
    QCOMPARE(job.summary().result.value(QLatin1String("sum")).toInteger(), sumTo(12));
    // Step 6 was counted by both attempts: it stands once.
    QCOMPARE(job.readNewEvents().last().data.value(QLatin1String("state")).toString(), QStringLiteral("finished"));
}

void TestJobs::killedAtManyMoments()
{
    ADD(job, spec(counting(40, 4)));
    for (int kills = 0; kills < 6; ++kills) {
        const qint64 before = job.summary().step;
        QVERIFY(waitForStep(job, std::min<qint64>(before + 3 + kills % 3, 38)));
        ::kill(processOf(job), SIGKILL);
        QVERIFY(waitFor(job, State::Lost));
        QVERIFY(queue().resume(job.spec().id));
        QTRY_VERIFY_WITH_TIMEOUT(job.summary().attempt == kills + 2 || job.summary().state == State::Finished, kPatience);
        if (job.summary().state == State::Finished)
            break;
    }
    QVERIFY(waitFor(job, State::Finished));
    QCOMPARE(job.summary().result.value(QLatin1String("sum")).toInteger(), sumTo(40));
    qint64 last = 0;
    for (const Event &event : job.readNewEvents()) {
        QVERIFY(event.sequence > last);
        last = event.sequence;
    }
}

void TestJobs::checkpointNow()
{
    ADD(job, spec(counting(300, 10)));
    QVERIFY(waitForStep(job, 1));
    QVERIFY(job.sendControl(QStringLiteral("checkpoint")));
    bool hasArtifact = false;
    const auto look = [&] {
        for (const Event &event : job.readNewEvents())
            hasArtifact = hasArtifact || event.type == EventType::Artifact;
        return hasArtifact;
    };
    QVERIFY(QTest::qWaitFor(look, kPatience));
    QVERIFY(queue().cancel(job.spec().id));
    QVERIFY(waitFor(job, State::Cancelled));
}

void TestJobs::controlBeforeTheStartCounts()
{
    auto made = Folder::create(project(), spec(counting(500, 10)));
    QVERIFY(made);
    QVERIFY(made->sendControl(QStringLiteral("cancel")));
    QProcess worker;
    worker.start(programPath(QStringLiteral("athanor-worker")), {made->path()});
    QVERIFY(worker.waitForFinished(kPatience));
    QCOMPARE(worker.exitCode(), 130);
    QCOMPARE(made->summary().state, State::Cancelled);
}

void TestJobs::oldControlLinesDoNotStopTheNextAttempt()
{
    ADD(job, spec(counting(30, 10)));
    QVERIFY(waitForStep(job, 1));
    QVERIFY(queue().cancel(job.spec().id));
    QVERIFY(waitFor(job, State::Cancelled));
    QVERIFY(job.sendControl(QStringLiteral("cancel")));  // to nobody
    QVERIFY(queue().resume(job.spec().id));
    QVERIFY(waitFor(job, State::Finished));
}

void TestJobs::twoWorkersCannotRunOneJob()
{
    ADD(job, spec(counting(1000, 10)));
    QVERIFY(waitForStep(job, 1));
    QProcess second;
    second.setProcessChannelMode(QProcess::MergedChannels);
    second.start(programPath(QStringLiteral("athanor-worker")), {job.path()});
    QVERIFY(second.waitForFinished(kPatience));
    QCOMPARE(second.exitCode(), 2);
    QVERIFY(second.readAll().contains("lock"));
    QCOMPARE(job.summary().attempt, 1);
    QVERIFY(queue().cancel(job.spec().id));
    QVERIFY(waitFor(job, State::Cancelled));
}

void TestJobs::queueGoesOnWithoutAWindow()
{
    ADD(first, spec(counting(20, 10)));
    ADD(second, spec(counting(3, 5)));
    ADD(third, spec(counting(3, 5)));
    // From here on nobody calls advance() but the workers that end.
    QVERIFY(waitFor(third, State::Finished));
    QCOMPARE(first.summary().state, State::Finished);
    QCOMPARE(second.summary().state, State::Finished);
    QVERIFY(second.summary().started >= first.summary().ended);
    QVERIFY(third.summary().started >= second.summary().ended);
}

void TestJobs::oneHeavyJobADevice()
{
    ADD(first, spec(counting(500, 10)));
    ADD(second, spec(counting(3, 1)));
    QVERIFY(waitForStep(first, 1));
    QVERIFY(queue().advance());
    QCOMPARE(second.summary().state, State::Queued);
    Spec elsewhere = spec(counting(3, 1));
    elsewhere.device = QStringLiteral("cuda:0");
    ADD(third, elsewhere);
    QVERIFY(waitFor(third, State::Finished));
    QCOMPARE(second.summary().state, State::Queued);
    QVERIFY(queue().cancel(first.spec().id));
    QVERIFY(waitFor(second, State::Finished));
}

void TestJobs::lightJobsRunBeside()
{
    ADD(heavy, spec(counting(500, 10)));
    Spec light = spec(counting(3, 1));
    light.device.clear();
    ADD(job, light);
    QVERIFY(waitFor(job, State::Finished));
    QVERIFY(!isFinal(heavy.summary().state));
    QVERIFY(queue().cancel(heavy.spec().id));
    QVERIFY(waitFor(heavy, State::Cancelled));
}

void TestJobs::laterJobUsesTheResultOfAnEarlierOne()
{
    ADD(first, spec(counting(7, 1)));
    Spec later = spec({{QStringLiteral("steps"), resultOf(first.spec().id, QStringLiteral("steps"))}, {QStringLiteral("stepMs"), 1}});
    later.after = {first.spec().id};
    ADD(second, later);
    QVERIFY(waitFor(second, State::Finished));
    QCOMPARE(second.summary().result.value(QLatin1String("sum")).toInteger(), sumTo(7));
    QCOMPARE(second.parameters().value(QLatin1String("steps")).toInt(), 7);
    Spec wrong = spec({{QStringLiteral("steps"), resultOf(first.spec().id, QStringLiteral("nothing.such"))}});
    ADD(third, wrong);
    QVERIFY(waitFor(third, State::Failed));
    QVERIFY(third.summary().error.message.contains(QStringLiteral("nothing.such")));
}

void TestJobs::dependencyThatFailsFailsTheRest()
{
    QJsonObject parameters = counting(5, 10);
    parameters.insert(QStringLiteral("failAt"), 2);
    ADD(first, spec(parameters));
    Spec after = spec(counting(1, 1));
    after.after = {first.spec().id};
    ADD(second, after);
    Spec afterThat = spec(counting(1, 1));
    afterThat.after = {second.spec().id};
    ADD(third, afterThat);
    QVERIFY(waitFor(third, State::Failed));
    QCOMPARE(second.summary().state, State::Failed);
    QVERIFY(!second.summary().error.hint.isEmpty());
    QVERIFY(!QFileInfo::exists(second.path() + QStringLiteral("/events.jsonl")));
}

void TestJobs::queuedJobIsTakenOut()
{
    ADD(first, spec(counting(500, 10)));
    ADD(second, spec(counting(3, 1)));
    QVERIFY(queue().cancel(second.spec().id));
    QCOMPARE(second.summary().state, State::Cancelled);
    QVERIFY(queue().cancel(first.spec().id));
    QVERIFY(waitFor(first, State::Cancelled));
    QVERIFY(queue().advance());
    QCOMPARE(second.summary().state, State::Cancelled);
    QVERIFY(queue().resume(second.spec().id));
    QVERIFY(waitFor(second, State::Finished));
}

// A child of ours starts the job and is killed at once, as a window that crashes.
void TestJobs::survivesItsStarter()
{
    auto made = Folder::create(project(), spec(counting(40, 10)));
    QVERIFY(made);
    auto loaded = plugin::Registry<Launcher>(*m_plugins, QStringLiteral("launcher")).get(QStringLiteral("launcher.local"));
    QVERIFY(loaded);
    const pid_t starter = ::fork();
    if (starter == 0) {
        static_cast<void>((*loaded)->launch(made->path()));
        ::raise(SIGKILL);
    }
    ::waitpid(starter, nullptr, 0);
    QVERIFY(waitFor(*made, State::Finished));
}

void TestJobs::strayFoldersDoNotStopTheQueue()
{
    QVERIFY(QDir().mkpath(project() + QStringLiteral("/jobs/00stray")));
    QVERIFY(QDir().mkpath(project() + QStringLiteral("/jobs/01bad")));
    QVERIFY(writeFileAtomically(project() + QStringLiteral("/jobs/01bad/spec.json"), "not json"));
    ADD(job, spec(counting(2, 1)));
    QVERIFY(waitFor(job, State::Finished));
}

QTEST_GUILESS_MAIN(TestJobs)
#include "test_jobs.moc"
