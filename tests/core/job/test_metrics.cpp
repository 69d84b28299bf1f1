// Metrics in binary, their fallback to the events, and the pyramid of minimum and maximum.
#include "core/job/event_writer.h"
#include "core/job/metrics.h"
#include "core/job/min_max_pyramid.h"

#include "core/base/atomic_file.h"

#include <QtTest>

#include <cmath>
#include <random>

using namespace athanor;
using namespace athanor::job;

class TestMetrics : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void recordsAreReadAsWritten();
    void pollTakesOnlyWhatIsNew();
    void notANumberStays();
    void laterAttemptReplacesLaterSteps();
    void goingBackWithinAnAttemptReplacesToo();
    void aClockThatIsSetBackChangesNoOrder();
    void repeatedAndEarlierSteps();
    void tornTailIsCutByTheNextWriter();
    void damageFallsBackToTheEvents_data();
    void damageFallsBackToTheEvents();
    void absentFileIsRebuiltFromTheEvents();
    void absentFolderIsAnError();
    void pyramidAgreesWithASimpleLoop();
    void pyramidLeavesOutWhatIsNotFinite();
    void pyramidIsCutAndGrowsAgain();
    void pyramidColumns();

private:
    QTemporaryDir m_folder;
    QString newPath()
    {
        static int count = 0;
        const QString folder = m_folder.filePath(QStringLiteral("jöb %1").arg(++count));
        QDir().mkpath(folder);
        return folder + QStringLiteral("/metrics.bin");
    }
    static MinMax simple(const std::vector<double> &values, size_t begin, size_t end);
};

void TestMetrics::recordsAreReadAsWritten()
{
    const QString path = newPath();
    {
        auto writer = MetricsWriter::open(path);
        QVERIFY(writer);
        for (int step = 1; step <= 100; ++step) {
            QMap<QString, double> values{{QStringLiteral("train/loss"), 10.0 / step}, {QStringLiteral("lr"), 1e-3 * step}};
            if (step % 10 == 0)
                values[QStringLiteral("validation/loss")] = 11.0 / step;
            QVERIFY(writer->append(1, step, 1000 + step, values));
        }
    }
    auto reader = MetricsReader::open(path);
    QVERIFY(reader);
    QCOMPARE(reader->names(), QStringList({QStringLiteral("lr"), QStringLiteral("train/loss"), QStringLiteral("validation/loss")}));
    const Series &loss = reader->series(QStringLiteral("train/loss"));
    QCOMPARE(loss.steps.size(), size_t(100));
    QCOMPARE(loss.values[49], 10.0 / 50);
    QCOMPARE(loss.utcMs[49], 1050);
    QCOMPARE(reader->series(QStringLiteral("validation/loss")).steps.size(), size_t(10));
    QVERIFY(reader->series(QStringLiteral("unknown")).steps.empty());
    QVERIFY(loss.restarts.empty());
}

void TestMetrics::pollTakesOnlyWhatIsNew()
{
    const QString path = newPath();
    auto writer = MetricsWriter::open(path);
    auto reader = MetricsReader::open(path);
    QCOMPARE(reader->poll(), 0);
    QVERIFY(writer->append(1, 1, 0, {{QStringLiteral("a"), 1}}));
    QVERIFY(writer->append(1, 2, 0, {{QStringLiteral("b"), 2}}));
    QCOMPARE(reader->poll(), 2);
    QCOMPARE(reader->poll(), 0);
    QVERIFY(writer->append(1, 3, 0, {{QStringLiteral("a"), 3}}));
    QCOMPARE(reader->poll(), 1);
    QCOMPARE(reader->series(QStringLiteral("a")).values, std::vector<double>({1, 3}));
}

void TestMetrics::notANumberStays()
{
    const QString path = newPath();
    auto writer = MetricsWriter::open(path);
    QVERIFY(writer->append(1, 1, 0, {{QStringLiteral("a"), std::nan("")}}));
    QVERIFY(writer->append(1, 2, 0, {{QStringLiteral("a"), -HUGE_VAL}}));
    auto reader = MetricsReader::open(path);
    QVERIFY(std::isnan(reader->series(QStringLiteral("a")).values[0]));
    QCOMPARE(reader->series(QStringLiteral("a")).values[1], -HUGE_VAL);
}

void TestMetrics::laterAttemptReplacesLaterSteps()
{
    const QString path = newPath();
    {
        auto writer = MetricsWriter::open(path);
        for (int step = 1; step <= 20; ++step)
            QVERIFY(writer->append(1, step, step, {{QStringLiteral("a"), 1.0}, {QStringLiteral("b"), 1.0}}));
    }
    auto reader = MetricsReader::open(path);
    auto writer = MetricsWriter::open(path);
    for (int step = 11; step <= 25; ++step)
        QVERIFY(writer->append(2, step, 100 + step, {{QStringLiteral("a"), 2.0}}));
    reader->poll();
    const Series &a = reader->series(QStringLiteral("a"));
    QCOMPARE(a.steps.size(), size_t(25));
    QVERIFY(std::is_sorted(a.steps.begin(), a.steps.end()));
    QCOMPARE(a.values[9], 1.0);
    QCOMPARE(a.values[10], 2.0);
    QCOMPARE(a.restarts, std::vector<qint64>({11}));
    // What the first attempt had beyond its checkpoint is gone from every series.
    QCOMPARE(reader->series(QStringLiteral("b")).steps.size(), size_t(10));
}

void TestMetrics::goingBackWithinAnAttemptReplacesToo()
{
    const QString path = newPath();
    auto writer = MetricsWriter::open(path);
    for (int step = 1; step <= 20; ++step)
        QVERIFY(writer->append(1, step, step, {{QStringLiteral("a"), 1.0}}));
    QVERIFY(writer->append(1, 8, 21, {{QString::fromLatin1(kRestartSeries), 13.0}}));
    QVERIFY(writer->append(1, 10, 22, {{QStringLiteral("a"), 2.0}}));
    auto reader = MetricsReader::open(path);
    const Series &a = reader->series(QStringLiteral("a"));
    QCOMPARE(a.steps.size(), size_t(8));
    QCOMPARE(a.steps.back(), 10);
    QCOMPARE(a.values.back(), 2.0);
    QCOMPARE(a.restarts, std::vector<qint64>({8}));
    QCOMPARE(reader->series(QString::fromLatin1(kRestartSeries)).values, std::vector<double>({13.0}));
}

void TestMetrics::aClockThatIsSetBackChangesNoOrder()
{
    const QString path = newPath();
    auto writer = MetricsWriter::open(path);
    for (int step = 1; step <= 20; ++step)
        QVERIFY(writer->append(1, step, step <= 10 ? 86'400'000 + step : step, {{QStringLiteral("a"), double(step)}}));
    auto reader = MetricsReader::open(path);
    const Series &a = reader->series(QStringLiteral("a"));
    QCOMPARE(a.steps.size(), size_t(20));
    QVERIFY(std::is_sorted(a.values.begin(), a.values.end()));
    QVERIFY(a.restarts.empty());
}

void TestMetrics::repeatedAndEarlierSteps()
{
    const QString path = newPath();
    auto writer = MetricsWriter::open(path);
    for (const auto &[step, value] : std::vector<std::pair<int, double>>{{1, 1}, {3, 3}, {3, 4}, {2, 2}, {-5, 0}})
        QVERIFY(writer->append(1, step, 0, {{QStringLiteral("a"), value}}));
    auto reader = MetricsReader::open(path);
    QCOMPARE(reader->series(QStringLiteral("a")).steps, std::vector<qint64>({-5, 1, 2, 3}));
    QCOMPARE(reader->series(QStringLiteral("a")).values, std::vector<double>({0, 1, 2, 4}));
}

void TestMetrics::tornTailIsCutByTheNextWriter()
{
    const QString path = newPath();
    {
        auto writer = MetricsWriter::open(path);
        QVERIFY(writer->append(1, 1, 0, {{QStringLiteral("a"), 1}}));
        QVERIFY(writer->append(1, 2, 0, {{QStringLiteral("a"), 2}}));
    }
    const QByteArray whole = *readFile(path);
    for (qsizetype length = whole.size() - 1; length > 16; length -= 7) {
        QVERIFY(writeFileAtomically(path, whole.first(length)));
        auto writer = MetricsWriter::open(path);
        QVERIFY(writer);
        QVERIFY(writer->append(2, 5, 0, {{QStringLiteral("a"), 5}, {QStringLiteral("new"), 6}}));
        auto reader = MetricsReader::open(path);
        QCOMPARE(reader->series(QStringLiteral("a")).values.back(), 5.0);
        QCOMPARE(reader->series(QStringLiteral("new")).values.back(), 6.0);
    }
}

void TestMetrics::damageFallsBackToTheEvents_data()
{
    QTest::addColumn<int>("at");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("foreign file") << 0 << QByteArray("PNG whatever this is, it is not metrics");
    QTest::newRow("other version") << 8 << QByteArray("\x63", 1);
    QTest::newRow("flipped value") << 60 << QByteArray("\xaa\x55\xaa", 3);
    QTest::newRow("huge length") << 16 << QByteArray("\xff\xff\xff\x7f", 4);
    QTest::newRow("zero length") << 16 << QByteArray(4, '\0');
}

void TestMetrics::damageFallsBackToTheEvents()
{
    QFETCH(int, at);
    QFETCH(QByteArray, bytes);
    const QString path = newPath();
    {
        auto writer = MetricsWriter::open(path);
        auto events = EventWriter::open(QFileInfo(path).absolutePath() + QStringLiteral("/events.jsonl"));
        for (int step = 1; step <= 5; ++step) {
            QVERIFY(writer->append(1, step, 0, {{QStringLiteral("a"), step}}));
            const QJsonValue value = step == 3 ? QJsonValue(QStringLiteral("nan")) : QJsonValue(step);
            events->append(EventType::Metric, {{QStringLiteral("values"), QJsonObject{{QStringLiteral("a"), value}}}}, step);
        }
    }
    QByteArray damaged = *readFile(path);
    damaged.replace(at, bytes.size(), bytes);
    QVERIFY(writeFileAtomically(path, damaged));
    auto reader = MetricsReader::open(path);
    QVERIFY(reader);
    const Series &a = reader->series(QStringLiteral("a"));
    QCOMPARE(a.steps, std::vector<qint64>({1, 2, 3, 4, 5}));
    QVERIFY(std::isnan(a.values[2]));
    QCOMPARE(a.values[4], 5.0);
    {
        auto writer = MetricsWriter::open(path);  // the next attempt makes the file whole again
        QVERIFY(writer);
        QVERIFY(writer->append(2, 4, 0, {{QStringLiteral("a"), 40}, {QStringLiteral("b"), 1}}));
    }
    QVERIFY(QFile::remove(QFileInfo(path).absolutePath() + QStringLiteral("/events.jsonl")));
    auto again = MetricsReader::open(path);
    QVERIFY(again);
    QCOMPARE(again->series(QStringLiteral("a")).steps, std::vector<qint64>({1, 2, 3, 4}));
    QCOMPARE(again->series(QStringLiteral("a")).values[3], 40.0);
    QCOMPARE(again->series(QStringLiteral("b")).steps, std::vector<qint64>({4}));
}

void TestMetrics::absentFileIsRebuiltFromTheEvents()
{
    const QString path = newPath();
    auto events = EventWriter::open(QFileInfo(path).absolutePath() + QStringLiteral("/events.jsonl"));
    auto reader = MetricsReader::open(path);
    QVERIFY(reader);
    events->append(EventType::Metric, {{QStringLiteral("values"), QJsonObject{{QStringLiteral("a"), 1.5}}}}, 1);
    QCOMPARE(reader->poll(), 1);
    QCOMPARE(reader->series(QStringLiteral("a")).values, std::vector<double>({1.5}));
}

void TestMetrics::absentFolderIsAnError()
{
    QVERIFY(!MetricsReader::open(QStringLiteral("/no/such/job/metrics.bin")));
    QVERIFY(!MetricsWriter::open(QStringLiteral("/no/such/job/metrics.bin")));
}

MinMax TestMetrics::simple(const std::vector<double> &values, size_t begin, size_t end)
{
    MinMax result;
    for (size_t i = begin; i < std::min(end, values.size()); ++i) {
        if (!std::isfinite(values[i]))
            continue;
        result.minimum = std::min(result.minimum, values[i]);
        result.maximum = std::max(result.maximum, values[i]);
    }
    return result;
}

void TestMetrics::pyramidAgreesWithASimpleLoop()
{
    std::mt19937 random(7);
    std::vector<double> values;
    MinMaxPyramid pyramid;
    for (int i = 0; i < 5000; ++i) {
        values.push_back(static_cast<double>(random()) / 1e6);
        pyramid.append(values.back());
    }
    QCOMPARE(pyramid.size(), values.size());
    for (int i = 0; i < 3000; ++i) {
        const size_t begin = random() % 5100;
        const size_t end = random() % 5100;
        const MinMax fast = pyramid.range(begin, end);
        const MinMax slow = begin < end ? simple(values, begin, end) : MinMax();
        QCOMPARE(fast.minimum, slow.minimum);
        QCOMPARE(fast.maximum, slow.maximum);
    }
}

void TestMetrics::pyramidLeavesOutWhatIsNotFinite()
{
    MinMaxPyramid pyramid;
    pyramid.append(std::vector<double>(40, std::nan("")));
    QVERIFY(pyramid.range(0, 40).isEmpty());
    pyramid.append(HUGE_VAL);
    pyramid.append(-3);
    QCOMPARE(pyramid.range(0, 42).minimum, -3.0);
    QCOMPARE(pyramid.range(0, 42).maximum, -3.0);
    QVERIFY(std::isnan(pyramid.at(5)));
}

void TestMetrics::pyramidIsCutAndGrowsAgain()
{
    std::vector<double> values;
    MinMaxPyramid pyramid;
    std::mt19937 random(3);
    for (int round = 0; round < 60; ++round) {
        for (int i = 0; i < 97; ++i) {
            values.push_back(static_cast<double>(random() % 1000));
            pyramid.append(values.back());
        }
        const size_t keep = values.size() - random() % 60;
        values.resize(keep);
        pyramid.truncate(keep);
        const size_t begin = random() % values.size();
        QCOMPARE(pyramid.range(begin, values.size()).minimum, simple(values, begin, values.size()).minimum);
        QCOMPARE(pyramid.range(0, keep).maximum, simple(values, 0, keep).maximum);
    }
    pyramid.clear();
    QVERIFY(pyramid.range(0, 10).isEmpty());
}

void TestMetrics::pyramidColumns()
{
    MinMaxPyramid pyramid;
    for (int i = 0; i < 1000; ++i)
        pyramid.append(i);
    const auto columns = pyramid.columns(100, 900, 8);
    QCOMPARE(columns.size(), size_t(8));
    QCOMPARE(columns[0].minimum, 100.0);
    QCOMPARE(columns[0].maximum, 199.0);
    QCOMPARE(columns[7].maximum, 899.0);
    QVERIFY(pyramid.columns(5, 5, 3)[0].isEmpty());
    QCOMPARE(pyramid.columns(0, 2, 10).size(), size_t(10));
}

QTEST_GUILESS_MAIN(TestMetrics)
#include "test_metrics.moc"
