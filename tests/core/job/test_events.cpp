// Specifications, events and folders: what is written is read, what is broken is passed over, what is torn waits.
#include "core/job/event_writer.h"
#include "core/job/folder.h"

#include "core/base/atomic_file.h"
#include "core/base/file_lock.h"

#include <QtTest>

#include <csignal>
#include <sys/resource.h>

using namespace athanor;
using namespace athanor::job;

class TestEvents : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void specIsReadAsWritten();
    void badSpecs_data();
    void badSpecs();
    void eventIsReadAsWritten();
    void badLines_data();
    void badLines();
    void foldersAreListedOldestFirst();
    void foldersOutsideAreRefused_data();
    void foldersOutsideAreRefused();
    void newEventsAreReadOnce();
    void tornLastLineWaits();
    void brokenLineIsCounted();
    void nextAttemptEndsATornLine();
    void completeLineWithoutLineFeedCounts();
    void metricsCanBePassedOver();
    void fullDiskHoldsBackAndGoesOn();
    void summaryOfALongFile();
    void summaryStates_data();
    void summaryStates();
    void aClockThatIsSetBackHidesNoLostJob();
    void controlLinesAreNumbered();
    void controlAfterATornLine();

private:
    QTemporaryDir m_project;
    Folder makeFolder(const QString &kind = QStringLiteral("selftest"));
    static QString events(const Folder &folder) { return folder.path() + QStringLiteral("/events.jsonl"); }
    static void append(const QString &path, const QByteArray &bytes);
};

Folder TestEvents::makeFolder(const QString &kind)
{
    Spec spec;
    spec.kind = kind;
    spec.title = QStringLiteral("A “title” with 'quotes' and ünïcode");
    auto folder = Folder::create(m_project.filePath(QStringLiteral("a prö'ject")), spec);
    if (!folder)
        qFatal("%s", qUtf8Printable(folder.error().message));
    return *folder;
}

void TestEvents::append(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::Append));
    QCOMPARE(file.write(bytes), bytes.size());
}

void TestEvents::specIsReadAsWritten()
{
    Spec spec;
    spec.id = QStringLiteral("01abc");
    spec.kind = QStringLiteral("train");
    spec.title = QStringLiteral("Training “small”");
    spec.created = QDateTime::fromString(QStringLiteral("2026-05-01T10:11:12.345Z"), Qt::ISODateWithMs);
    spec.after = {QStringLiteral("x"), QStringLiteral("y")};
    spec.device.clear();
    spec.parameters = {{QStringLiteral("corpus"), resultOf(QStringLiteral("x"), QStringLiteral("corpus"))}};
    spec.command = QStringLiteral("athanor-cli run start");
    const auto read = specFromJson(toJson(spec));
    QVERIFY(read);
    QCOMPARE(toJson(*read), toJson(spec));
    QVERIFY(read->device.isEmpty());
    QCOMPARE(read->created, spec.created);
}

void TestEvents::badSpecs_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("code");
    QTest::newRow("empty") << QByteArray("{}") << int(ErrorCode::Corrupt);
    QTest::newRow("newer") << QByteArray(R"({"format":2,"id":"a","kind":"b","created":"2026-01-01T00:00:00.000Z"})") << int(ErrorCode::NewerVersion);
    QTest::newRow("no kind") << QByteArray(R"({"format":1,"id":"a","created":"2026-01-01T00:00:00.000Z"})") << int(ErrorCode::Corrupt);
    QTest::newRow("no time") << QByteArray(R"({"format":1,"id":"a","kind":"b","created":"yesterday"})") << int(ErrorCode::Corrupt);
    QTest::newRow("wrong types") << QByteArray(R"({"format":"1","id":7,"kind":[],"created":{}})") << int(ErrorCode::Corrupt);
}

void TestEvents::badSpecs()
{
    QFETCH(QByteArray, json);
    QFETCH(int, code);
    const auto spec = specFromJson(QJsonDocument::fromJson(json).object());
    QVERIFY(!spec);
    QCOMPARE(int(spec.error().code), code);
}

void TestEvents::eventIsReadAsWritten()
{
    for (EventType type : {EventType::State, EventType::Progress, EventType::Metric, EventType::Log, EventType::Sample,
                           EventType::Artifact, EventType::Control}) {
        Event event;
        event.sequence = 9007199254740000;
        event.attempt = 3;
        event.step = type == EventType::Metric ? 123456789 : -1;
        event.utc = QDateTime::fromString(QStringLiteral("2026-05-01T10:11:12.345Z"), Qt::ISODateWithMs);
        event.monotonicMs = 77;
        event.type = type;
        event.data = {{QStringLiteral("text"), QStringLiteral("line\nfeed “ü” \u2028")}};
        const QByteArray line = toLine(event);
        QCOMPARE(line.count('\n'), 1);
        const auto read = eventFromLine(QByteArrayView(line).chopped(1));
        QVERIFY(read);
        QCOMPARE(toLine(*read), line);
    }
}

void TestEvents::badLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("text") << QByteArray("hello");
    QTest::newRow("cut") << QByteArray(R"({"type":"log","sequence":1,"attempt":1,"da)");
    QTest::newRow("array") << QByteArray("[1,2]");
    QTest::newRow("no sequence") << QByteArray(R"({"type":"log","attempt":1,"data":{}})");
    QTest::newRow("unknown type") << QByteArray(R"({"type":"dance","sequence":1,"data":{}})");
    QTest::newRow("data is text") << QByteArray(R"({"type":"log","sequence":1,"data":"x"})");
    QTest::newRow("negative sequence") << QByteArray(R"({"type":"log","sequence":-5,"data":{}})");
    QTest::newRow("invalid utf-8") << QByteArray("{\"type\":\"log\",\"sequence\":1,\"data\":{\"a\":\"\xff\xfe\"}}");
    QTest::newRow("deep") << QByteArray(5000, '[');
}

void TestEvents::badLines()
{
    QFETCH(QByteArray, line);
    QVERIFY(!eventFromLine(line));
}

void TestEvents::foldersAreListedOldestFirst()
{
    QTemporaryDir project;
    QStringList ids;
    for (int i = 0; i < 3; ++i) {
        Spec spec;
        spec.kind = QStringLiteral("selftest");
        ids += Folder::create(project.path(), spec)->spec().id;
    }
    QVERIFY(QDir().mkpath(project.filePath(QStringLiteral("jobs/strange"))));
    QStringList problems;
    const auto folders = Folder::all(project.path(), &problems);
    QCOMPARE(folders.size(), 3);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(folders[i].spec().id, ids[i]);
    QCOMPARE(problems.size(), 1);
    QCOMPARE(QFileInfo(folders[0].projectPath()), QFileInfo(project.path()));
    QVERIFY(Folder::all(QStringLiteral("/no/such")).isEmpty());
    Spec twice;
    twice.id = ids[0];
    twice.kind = QStringLiteral("selftest");
    QCOMPARE(Folder::create(project.path(), twice).error().code, ErrorCode::AlreadyExists);
}

void TestEvents::foldersOutsideAreRefused_data()
{
    QTest::addColumn<QString>("id");
    for (const char *id : {"", "..", "../x", "a/b", "unknown"})
        QTest::newRow(id) << QString::fromLatin1(id);
}

void TestEvents::foldersOutsideAreRefused()
{
    QFETCH(QString, id);
    makeFolder();
    QVERIFY(!Folder::open(m_project.filePath(QStringLiteral("a prö'ject")), id));
}

void TestEvents::newEventsAreReadOnce()
{
    Folder folder = makeFolder();
    QVERIFY(folder.readNewEvents().isEmpty());
    auto writer = EventWriter::open(events(folder));
    QVERIFY(writer);
    QCOMPARE(writer->attempt(), 1);
    writer->append(EventType::Log, {{QStringLiteral("text"), QStringLiteral("one")}});
    writer->append(EventType::Log, {{QStringLiteral("text"), QStringLiteral("two")}});
    QCOMPARE(folder.readNewEvents().size(), 2);
    QVERIFY(folder.readNewEvents().isEmpty());
    writer->append(EventType::Log, {{QStringLiteral("text"), QStringLiteral("three")}});
    const auto more = folder.readNewEvents();
    QCOMPARE(more.size(), 1);
    QCOMPARE(more.first().sequence, 3);
    folder.rewind();
    QCOMPARE(folder.readNewEvents().size(), 3);
}

void TestEvents::tornLastLineWaits()
{
    Folder folder = makeFolder();
    Event event;
    event.sequence = 1;
    event.utc = QDateTime::currentDateTimeUtc();
    const QByteArray line = toLine(event);
    append(events(folder), line.first(20));
    QVERIFY(folder.readNewEvents().isEmpty());
    append(events(folder), line.sliced(20).chopped(1));
    QVERIFY(folder.readNewEvents().isEmpty());
    append(events(folder), "\n");
    QCOMPARE(folder.readNewEvents().size(), 1);
    QCOMPARE(folder.brokenLineCount(), 0);
}

void TestEvents::brokenLineIsCounted()
{
    Folder folder = makeFolder();
    auto writer = EventWriter::open(events(folder));
    writer->append(EventType::Log, {});
    append(events(folder), "{broken\n\n\xff\xfe\n");
    writer->append(EventType::Log, {});
    QCOMPARE(folder.readNewEvents().size(), 2);
    QCOMPARE(folder.brokenLineCount(), 2);
}

void TestEvents::nextAttemptEndsATornLine()
{
    Folder folder = makeFolder();
    {
        auto first = EventWriter::open(events(folder));
        first->append(EventType::State, {{QStringLiteral("state"), QStringLiteral("running")}});
        first->append(EventType::Control, {{QStringLiteral("number"), 4}});
    }
    append(events(folder), R"({"type":"log","format":1,"sequence":3,"att)");
    QCOMPARE(folder.readNewEvents().size(), 2);
    auto second = EventWriter::open(events(folder));
    QCOMPARE(second->attempt(), 2);
    QCOMPARE(second->lastControlNumber(), 4);
    second->append(EventType::State, {{QStringLiteral("state"), QStringLiteral("running")}});
    const auto more = folder.readNewEvents();
    QCOMPARE(more.size(), 1);
    QCOMPARE(more.first().sequence, 3);
    QCOMPARE(more.first().attempt, 2);
    QCOMPARE(folder.brokenLineCount(), 1);
}

void TestEvents::completeLineWithoutLineFeedCounts()
{
    Folder folder = makeFolder();
    Event event;
    event.sequence = 8;
    event.utc = QDateTime::currentDateTimeUtc();
    append(events(folder), toLine(event).chopped(1));
    auto writer = EventWriter::open(events(folder));
    writer->append(EventType::Log, {});
    const auto all = folder.readNewEvents();
    QCOMPARE(all.size(), 2);
    QCOMPARE(all.last().sequence, 9);
    QCOMPARE(folder.brokenLineCount(), 0);
}

void TestEvents::metricsCanBePassedOver()
{
    Folder folder = makeFolder();
    auto writer = EventWriter::open(events(folder));
    writer->append(EventType::Metric, {{QStringLiteral("values"), QJsonObject{{QStringLiteral("loss"), 1.5}}}}, 7);
    writer->append(EventType::Sample, {{QStringLiteral("text"), QStringLiteral("x")}}, 8);
    const auto some = folder.readNewEvents(Folder::Read::WithoutMetrics);
    QCOMPARE(some.size(), 1);
    QCOMPARE(some.first().type, EventType::Sample);
    writer->append(EventType::Metric, {{QStringLiteral("values"), QJsonObject()}}, 11);
    QCOMPARE(folder.summary().step, 11);
    QCOMPARE(folder.summary().lastSequence, 3);
}

// A limit on the size of files stands in for a full disk: writes end in the middle of a line.
void TestEvents::fullDiskHoldsBackAndGoesOn()
{
    Folder folder = makeFolder();
    auto writer = EventWriter::open(events(folder));
    writer->append(EventType::Log, {{QStringLiteral("text"), QStringLiteral("before")}});
    const qint64 size = QFileInfo(events(folder)).size();
    std::signal(SIGXFSZ, SIG_IGN);
    struct rlimit old{};
    ::getrlimit(RLIMIT_FSIZE, &old);
    struct rlimit tight = old;
    tight.rlim_cur = static_cast<rlim_t>(size + 30);
    ::setrlimit(RLIMIT_FSIZE, &tight);
    for (int i = 0; i < 5; ++i)
        writer->append(EventType::Log, {{QStringLiteral("text"), i}});
    const bool wasHeldBack = !writer->isWritten();
    ::setrlimit(RLIMIT_FSIZE, &old);
    QVERIFY(wasHeldBack);
    writer->append(EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")}});
    QVERIFY(writer->isWritten());
    const auto all = folder.readNewEvents();
    QCOMPARE(all.size(), 7);
    QCOMPARE(folder.brokenLineCount(), 0);
    for (int i = 0; i < 7; ++i)
        QCOMPARE(all[i].sequence, i + 1);
}

void TestEvents::summaryOfALongFile()
{
    Folder folder = makeFolder();
    {
        auto writer = EventWriter::open(events(folder));
        writer->append(EventType::State, {{QStringLiteral("state"), QStringLiteral("running")}});
        for (int i = 0; i < 6000; ++i)
            writer->append(EventType::Progress, {{QStringLiteral("done"), i}}, i);
        writer->append(EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")},
                                          {QStringLiteral("result"), QJsonObject{{QStringLiteral("a"), 1}}}});
    }
    QVERIFY(QFileInfo(events(folder)).size() > (512 << 10));
    const Summary summary = folder.summary();
    QCOMPARE(summary.state, State::Finished);
    QCOMPARE(summary.step, 5999);
    QCOMPARE(summary.progress.value(QLatin1String("done")).toInt(), 5999);
    QCOMPARE(summary.result.value(QLatin1String("a")).toInt(), 1);
    QCOMPARE(summary.lastSequence, 6002);
    QVERIFY(summary.started.isValid());
    QVERIFY(summary.ended >= summary.started);
}

void TestEvents::summaryStates_data()
{
    QTest::addColumn<QStringList>("written");
    QTest::addColumn<bool>("held");
    QTest::addColumn<QString>("concluded");
    const auto list = [](const char *text) { return QString::fromLatin1(text).split(QLatin1Char(' '), Qt::SkipEmptyParts); };
    QTest::newRow("nothing yet") << list("") << false << QStringLiteral("queued");
    QTest::newRow("worker before its first line") << list("") << true << QStringLiteral("starting");
    QTest::newRow("running") << list("starting running") << true << QStringLiteral("running");
    QTest::newRow("killed") << list("starting running") << false << QStringLiteral("lost");
    QTest::newRow("killed while cancelling") << list("running cancelling") << false << QStringLiteral("lost");
    QTest::newRow("paused") << list("running pausing paused") << false << QStringLiteral("paused");
    QTest::newRow("finished") << list("running finished") << false << QStringLiteral("finished");
    QTest::newRow("finished, not let go yet") << list("running finished") << true << QStringLiteral("finished");
    QTest::newRow("failed") << list("failed") << false << QStringLiteral("failed");
    QTest::newRow("cancelled") << list("running cancelled") << false << QStringLiteral("cancelled");
    QTest::newRow("unknown state is passed over") << list("running dancing") << true << QStringLiteral("running");
}

void TestEvents::summaryStates()
{
    QFETCH(QStringList, written);
    QFETCH(bool, held);
    QFETCH(QString, concluded);
    Folder folder = makeFolder();
    if (!written.isEmpty()) {
        auto writer = EventWriter::open(events(folder));
        for (const QString &state : written)
            writer->append(EventType::State, {{QStringLiteral("state"), state}, {QStringLiteral("kept"), QStringLiteral("all")}});
    }
    auto lock = FileLock::acquire(folder.path() + QStringLiteral("/lock"), FileLock::Wait::No);
    QVERIFY(lock);
    QVERIFY(folder.isHeld());
    if (!held)
        lock->release();
    QCOMPARE(folder.isHeld(), held);
    const Summary summary = folder.summary();
    QCOMPARE(stateName(summary.state), concluded);
    QCOMPARE(stateName(folder.summary().state), concluded);  // the same when asked again
}

// The clock of the computer decides nothing: a launch that seems to lie in the future, a day ahead, is an old one.
void TestEvents::aClockThatIsSetBackHidesNoLostJob()
{
    for (const qint64 ahead : {qint64(-86'400'000), qint64(86'400'000)}) {
        Folder folder = makeFolder();
        const qint64 launched = QDateTime::currentMSecsSinceEpoch() + ahead;
        QVERIFY(writeJsonFile(folder.path() + QStringLiteral("/queue.json"),
                              {{QStringLiteral("requested"), 1}, {QStringLiteral("launched"), 1}, {QStringLiteral("launchedAtMs"), launched}}));
        QCOMPARE(stateName(folder.summary().state), QStringLiteral("lost"));
    }
    Folder folder = makeFolder();
    QFile file(events(folder));
    QVERIFY(file.open(QIODevice::WriteOnly));
    for (int i = 1; i <= 4; ++i) {
        Event event;
        event.sequence = i;
        event.utc = QDateTime::currentDateTimeUtc().addDays(i < 3 ? 1 : 0);
        event.monotonicMs = 1000 * i;
        event.type = EventType::State;
        event.data = {{QStringLiteral("state"), i < 4 ? QStringLiteral("running") : QStringLiteral("finished")}};
        file.write(toLine(event));
    }
    file.close();
    QCOMPARE(stateName(folder.summary().state), QStringLiteral("finished"));
    const QList<Event> read = folder.readNewEvents();
    QCOMPARE(read.size(), 4);
    QCOMPARE(read.last().sequence, 4);
}

void TestEvents::controlLinesAreNumbered()
{
    Folder folder = makeFolder();
    QCOMPARE(folder.sendControl(QStringLiteral("pause")).value(), 1);
    QCOMPARE(folder.sendControl(QStringLiteral("cancel"), {{QStringLiteral("why"), QStringLiteral("enough")}}).value(), 2);
    auto other = Folder::open(folder.projectPath(), folder.spec().id);
    QCOMPARE(other->sendControl(QStringLiteral("checkpoint")).value(), 3);
    const QByteArray bytes = *readFile(folder.path() + QStringLiteral("/control.jsonl"));
    QCOMPARE(bytes.count('\n'), 3);
}

void TestEvents::controlAfterATornLine()
{
    Folder folder = makeFolder();
    QVERIFY(folder.sendControl(QStringLiteral("pause")));
    append(folder.path() + QStringLiteral("/control.jsonl"), R"({"number":2,"act)");
    QCOMPARE(folder.sendControl(QStringLiteral("cancel")).value(), 2);
    const QByteArray bytes = *readFile(folder.path() + QStringLiteral("/control.jsonl"));
    QVERIFY(bytes.endsWith("}\n"));
    QCOMPARE(bytes.count('\n'), 3);
}

QTEST_GUILESS_MAIN(TestEvents)
#include "test_events.moc"
