// The plots: what is taken from a series, what is drawn, what is written.
#include "ui/plots/course_line.h"
#include "ui/plots/heat_map.h"
#include "ui/plots/histogram.h"
#include "ui/plots/line.h"
#include "ui/plots/run_plot.h"
#include "ui/plots/stacked_bar.h"
#include "ui/style/appearance.h"

#include <QtTest/QtTest>

#include <numeric>

using namespace athanor;
using namespace athanor::plots;

namespace {

SeriesData makeSeries(size_t count, double spikeAt = -1)
{
    SeriesData data;
    for (size_t at = 0; at < count; ++at) {
        const auto x = static_cast<double>(at);
        data.steps.push_back(x);
        data.tokens.push_back(x * 2048);
        data.seconds.push_back(x * 0.5);
        data.values.push_back(x == spikeAt ? 1000.0 : 4 + 5 * std::exp(-x / 300) + 0.2 * std::sin(x));
    }
    return data;
}

const double kNan = std::nan("");

}  // namespace

class TestPlots : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { style::Appearance::instance()->apply(); }
    void spikeSurvivesDownsampling();
    void fewPointsAreDrawnAsTheyAre();
    void pointsBeyondTheEdgesReachThem();
    void smoothingHasNoPullToZero();
    void smoothingIsTheSameWhenAppended();
    void nanIsMarkedAndNotDrawn();
    void emptySeriesIsHarmless();
    void axesMapSteps();
    void seriesFromMetricsAlignsTokens();
    void logAxisLeavesOutNonPositive();
    void readoutNamesAllLines();
    void hiddenLineIsNotReadOut();
    void quantitiesSwitch();
    void differenceToARun();
    void replotIsLimited();
    void exportsAreWritten();
    void exportToNowhereIsAnError();
    void tableShowsTheSameNumbers();
    void keysMoveAndSwitch();
    void removingLines();
    void heatMapReadsByKeys();
    void heatMapOfOddValues();
    void histogramThreshold();
    void histogramOfNothing();
    void stackedBarParts();
    void courseIsSaidInWords();
    void pictures();
};

void TestPlots::spikeSurvivesDownsampling()
{
    Line line;
    line.setData(makeSeries(1'000'000, 543'210));
    const std::vector<QPointF> points = line.points(Line::Kind::Raw, XAxis::Step, 0, 1e6, 800);
    QVERIFY(points.size() <= 1602);
    const auto highest = std::max_element(points.begin(), points.end(), [](QPointF a, QPointF b) { return a.y() < b.y(); });
    QCOMPARE(highest->y(), 1000.0);
    QVERIFY(std::abs(highest->x() - 543'210) < 1e6 / 800);
    QVERIFY(std::is_sorted(points.begin(), points.end(), [](QPointF a, QPointF b) { return a.x() < b.x(); }));
}

void TestPlots::fewPointsAreDrawnAsTheyAre()
{
    Line line;
    line.setData(makeSeries(100));
    const std::vector<QPointF> points = line.points(Line::Kind::Raw, XAxis::Step, -10, 200, 800);
    QCOMPARE(points.size(), 100U);
    QCOMPARE(points[42].x(), 42.0);
    QCOMPARE(points[42].y(), makeSeries(100).values[42]);
}

void TestPlots::pointsBeyondTheEdgesReachThem()
{
    Line line;
    line.setData(makeSeries(1000));
    const std::vector<QPointF> points = line.points(Line::Kind::Raw, XAxis::Step, 100.5, 200.5, 800);
    QCOMPARE(points.front().x(), 100.0);
    QCOMPARE(points.back().x(), 201.0);
}

void TestPlots::smoothingHasNoPullToZero()
{
    Line line;
    line.setSmoothing(0.95);
    SeriesData constant;
    for (int at = 0; at < 50; ++at) {
        constant.steps.push_back(at);
        constant.values.push_back(7);
    }
    line.setData(constant);
    QVERIFY(std::abs(line.valueAt(Line::Kind::Smoothed, XAxis::Step, 0) - 7) < 1e-9);
    QVERIFY(std::abs(line.valueAt(Line::Kind::Smoothed, XAxis::Step, 49) - 7) < 1e-9);
}

void TestPlots::smoothingIsTheSameWhenAppended()
{
    Line whole, grown;
    whole.setSmoothing(0.8);
    grown.setSmoothing(0.8);
    whole.setData(makeSeries(500));
    for (const size_t count : {1U, 7U, 100U, 499U, 500U})
        grown.setData(makeSeries(count));
    for (const double x : {0.0, 99.0, 250.0, 499.0})
        QCOMPARE(grown.valueAt(Line::Kind::Smoothed, XAxis::Step, x), whole.valueAt(Line::Kind::Smoothed, XAxis::Step, x));
    SeriesData other = makeSeries(500);
    other.values[499] = 99;  // a resumed run replaced its last step
    grown.setData(other);
    QCOMPARE(grown.valueAt(Line::Kind::Raw, XAxis::Step, 499), 99.0);
}

void TestPlots::nanIsMarkedAndNotDrawn()
{
    SeriesData data = makeSeries(100);
    data.values[10] = kNan;
    data.values[50] = std::numeric_limits<double>::infinity();
    Line line;
    line.setSmoothing(0.5);
    line.setData(data);
    QCOMPARE(line.brokenAt(XAxis::Step), (std::vector<double>{10, 50}));
    for (const QPointF &point : line.points(Line::Kind::Raw, XAxis::Step, 0, 100, 500))
        QVERIFY(std::isfinite(point.y()));
    QVERIFY(std::isfinite(line.valueAt(Line::Kind::Smoothed, XAxis::Step, 51)));
}

void TestPlots::emptySeriesIsHarmless()
{
    Line line;
    line.setData({});
    QVERIFY(line.points(Line::Kind::Raw, XAxis::Tokens, 0, 1, 10).empty());
    QVERIFY(line.valueRange(Line::Kind::Raw, XAxis::Step, 0, 1, true).isEmpty());
    QVERIFY(std::isnan(line.valueAt(Line::Kind::Raw, XAxis::Step, 0)));
    RunPlot plot;
    plot.resize(400, 300);
    plot.setEmptyText(QStringLiteral("Nothing yet"));
    plot.show();
    plot.redrawNow();
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {}, {});
    plot.redrawNow();
    QVERIFY(plot.readoutAt(0).isEmpty());
}

void TestPlots::axesMapSteps()
{
    Line line;
    line.setData(makeSeries(101));
    QCOMPARE(line.xOfStep(XAxis::Step, 40), 40.0);
    QCOMPARE(line.xOfStep(XAxis::Tokens, 40), 40 * 2048.0);
    QCOMPARE(line.xOfStep(XAxis::Time, 40.5), 20.25);
    QCOMPARE(line.xOfStep(XAxis::Time, 200), 100.0);
    SeriesData withoutTokens = makeSeries(10);
    withoutTokens.tokens.clear();
    line.setData(withoutTokens);
    QCOMPARE(line.xs(XAxis::Tokens), withoutTokens.steps);
}

void TestPlots::seriesFromMetricsAlignsTokens()
{
    job::Series loss;
    loss.steps = {10, 20, 30};
    loss.utcMs = {1000, 3000, 6000};
    loss.values = {3, 2, kNan};
    loss.restarts = {20};
    job::Series tokens;
    tokens.steps = {5, 20};
    tokens.values = {100, 400};
    const SeriesData data = seriesFrom(loss, &tokens);
    QCOMPARE(data.tokens, (std::vector<double>{100, 400, 400}));
    QCOMPARE(data.seconds, (std::vector<double>{0, 2, 5}));
    QCOMPARE(data.restarts, (std::vector<double>{20}));
    loss.utcMs = {86'400'000, 86'402'000, 1000};  // set back a day
    QCOMPARE(seriesFrom(loss).seconds, (std::vector<double>{0, 2, 2}));
}

void TestPlots::logAxisLeavesOutNonPositive()
{
    SeriesData data = makeSeries(50);
    data.values[3] = 0;
    data.values[4] = -5;
    Line line;
    line.setData(data);
    QVERIFY(line.valueRange(Line::Kind::Raw, XAxis::Step, 0, 50, true).minimum > 0);
    RunPlot plot;
    plot.resize(400, 300);
    plot.setLogY(true);
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {}, data);
    plot.show();
    QVERIFY(plot.redrawNow() >= 0);
}

void TestPlots::readoutNamesAllLines()
{
    RunPlot plot;
    plot.setSmoothing(0);
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {QStringLiteral("training"), 0}, makeSeries(200));
    plot.setLine(QStringLiteral("loss"), QStringLiteral("b"), {QStringLiteral("first try"), 2}, makeSeries(100));
    const auto at50 = plot.readoutAt(50);
    QCOMPARE(at50.size(), 2);
    QCOMPARE(at50[0].first, QStringLiteral("training"));
    QCOMPARE(at50[0].second, at50[1].second);
    QCOMPARE(plot.readoutAt(150).size(), 1);
}

void TestPlots::hiddenLineIsNotReadOut()
{
    RunPlot plot;
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {QStringLiteral("training"), 0}, makeSeries(200));
    plot.setLineVisible(QStringLiteral("a"), false);
    QVERIFY(plot.readoutAt(50).isEmpty());
    plot.setLineVisible(QStringLiteral("a"), true);
    QCOMPARE(plot.readoutAt(50).size(), 1);
}

void TestPlots::quantitiesSwitch()
{
    RunPlot plot;
    plot.setQuantities({QStringLiteral("loss"), QStringLiteral("bpb")}, {QStringLiteral("loss"), QStringLiteral("bits per byte")});
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {QStringLiteral("training"), 0}, makeSeries(20));
    plot.show();
    QSignalSpy spy(&plot, &RunPlot::viewChanged);
    QTest::mouseClick(plot.findChild<QToolButton *>(QStringLiteral("bpb")), Qt::LeftButton);
    QCOMPARE(plot.quantity(), QStringLiteral("bpb"));
    QCOMPARE(spy.size(), 1);
    QVERIFY(plot.readoutAt(5).isEmpty());
    plot.setQuantity(QStringLiteral("loss"));
    QCOMPARE(plot.readoutAt(5).size(), 1);
}

void TestPlots::differenceToARun()
{
    RunPlot plot;
    plot.resize(500, 300);
    plot.setSmoothing(0);
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {QStringLiteral("a"), 0}, makeSeries(100));
    plot.setLine(QStringLiteral("loss"), QStringLiteral("b"), {QStringLiteral("b"), 1}, makeSeries(100));
    plot.show();
    plot.setDifferenceTo(QStringLiteral("a"));
    QVERIFY(plot.redrawNow() >= 0);
    plot.removeLine(QStringLiteral("a"));
    QVERIFY(plot.redrawNow() >= 0);
}

void TestPlots::replotIsLimited()
{
    RunPlot plot;
    plot.resize(500, 300);
    plot.show();
    QVERIFY(QTest::qWaitForWindowExposed(&plot));
    plot.redrawNow();
    for (size_t count = 1; count <= 200; ++count)  // a worker that says a step every moment
        plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {QStringLiteral("training"), 0}, makeSeries(count));
    QTRY_COMPARE(plot.readoutAt(199).size(), 1);
}

void TestPlots::exportsAreWritten()
{
    QTemporaryDir folder;
    RunPlot plot;
    plot.resize(600, 400);
    SeriesData data = makeSeries(50);
    data.values[7] = kNan;
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {QStringLiteral("a \"quoted\", name"), 0}, data);
    plot.show();
    QVERIFY(plot.exportPng(folder.filePath(QStringLiteral("p.png")), 800, 400));
    QCOMPARE(QImage(folder.filePath(QStringLiteral("p.png"))).size(), QSize(800, 400));
    QVERIFY(plot.exportSvg(folder.filePath(QStringLiteral("p.svg"))));
    QFile svg(folder.filePath(QStringLiteral("p.svg")));
    QVERIFY(svg.open(QIODevice::ReadOnly) && svg.readAll().contains("<polyline"));
    QVERIFY(plot.exportCsv(folder.filePath(QStringLiteral("p.csv"))));
    QFile csv(folder.filePath(QStringLiteral("p.csv")));
    QVERIFY(csv.open(QIODevice::ReadOnly));
    const QList<QByteArray> rows = csv.readAll().split('\n');
    QCOMPARE(rows.size(), 52);
    QVERIFY(rows[1].startsWith("\"a \"\"quoted\"\", name\",loss,0,0,0,9"));
    QVERIFY(rows[8].endsWith("nan"));
}

void TestPlots::exportToNowhereIsAnError()
{
    RunPlot plot;
    plot.resize(300, 200);
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {}, makeSeries(5));
    for (const char *suffix : {"png", "svg", "csv"}) {
        const QString file = QStringLiteral("/no/such/folder/plot.") + QString::fromLatin1(suffix);
        const Status saved = qstrcmp(suffix, "png") == 0 ? plot.exportPng(file) : qstrcmp(suffix, "svg") == 0 ? plot.exportSvg(file) : plot.exportCsv(file);
        QVERIFY(!saved);
        QVERIFY(saved.error().message.contains(file));
        QVERIFY(!saved.error().hint.isEmpty());
    }
}

void TestPlots::tableShowsTheSameNumbers()
{
    RunPlot plot;
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {QStringLiteral("training"), 0}, makeSeries(30));
    plot.setLine(QStringLiteral("loss"), QStringLiteral("b"), {QStringLiteral("validation"), 1}, makeSeries(10));
    plot.setTableVisible(true);
    const QAbstractItemModel *model = plot.findChild<QTableView *>()->model();
    QCOMPARE(model->rowCount(), 30);
    QCOMPARE(model->columnCount(), 3);
    QCOMPARE(model->index(0, 1).data().toString(), QStringLiteral("9"));
    QCOMPARE(model->index(29, 2).data().toString(), QString());
    plot.clear();
    QCOMPARE(model->rowCount(), 0);
}

void TestPlots::keysMoveAndSwitch()
{
    RunPlot plot;
    plot.resize(500, 300);
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {QStringLiteral("training"), 0}, makeSeries(30));
    plot.show();
    plot.redrawNow();
    QTest::keyClick(&plot, Qt::Key_L);
    QVERIFY(plot.isLogY());
    QTest::keyClick(&plot, Qt::Key_T);
    QVERIFY(plot.isTableVisible());
    QTest::keyClick(&plot, Qt::Key_T);
    for (const Qt::Key key : {Qt::Key_Plus, Qt::Key_Left, Qt::Key_Right, Qt::Key_Minus, Qt::Key_Home})
        QTest::keyClick(&plot, key);
    QVERIFY(!plot.isTableVisible());
}

void TestPlots::removingLines()
{
    RunPlot plot;
    plot.show();
    plot.setLine(QStringLiteral("loss"), QStringLiteral("a"), {}, makeSeries(30));
    plot.setLine(QStringLiteral("bpb"), QStringLiteral("a"), {}, makeSeries(30));
    plot.redrawNow();
    QCOMPARE(plot.lineIds(), QStringList{QStringLiteral("a")});
    plot.removeLine(QStringLiteral("a"));
    plot.removeLine(QStringLiteral("never there"));
    QVERIFY(plot.lineIds().isEmpty());
    plot.redrawNow();
}

void TestPlots::heatMapReadsByKeys()
{
    HeatMap map;
    map.resize(400, 120);
    map.setRows({{QStringLiteral("blocks.0"), {1, 20, 40}, {0.1, 0.2, 0.3}}, {QStringLiteral("blocks.1"), {1, 20, 40}, {1, 2, 3}}}, HeatMap::Scale::Logarithmic);
    map.show();
    map.activateWindow();
    map.setFocus();
    QTRY_VERIFY(map.hasFocus());
    QVERIFY2(map.cellWords().contains(QStringLiteral("blocks.0")) && map.cellWords().contains(QStringLiteral("0.3")), qPrintable(map.cellWords()));
    QSignalSpy spy(&map, &HeatMap::cellChanged);
    QTest::keyClick(&map, Qt::Key_Down);
    QVERIFY(map.cellWords().contains(QStringLiteral("blocks.1")) && map.cellWords().endsWith(QStringLiteral("3")));
    QTest::keyClick(&map, Qt::Key_Home);
    QVERIFY2(map.cellWords().contains(QStringLiteral("step 1 ")) && map.cellWords().endsWith(QStringLiteral("1")), qPrintable(map.cellWords()));
    QTest::keyClick(&map, Qt::Key_Left);  // stays at the edge
    QTest::keyClick(&map, Qt::Key_Down);
    QVERIFY(map.cellWords().contains(QStringLiteral("blocks.1")));
    QVERIFY(spy.size() >= 3);
    QCOMPARE(map.accessibleDescription(), map.cellWords());
    const QImage low = map.grab().toImage();
    map.setRows({{QStringLiteral("blocks.0"), {1}, {1}}}, HeatMap::Scale::Linear);  // what is chosen may be gone
    QVERIFY(map.cellWords().contains(QStringLiteral("blocks.0")));
    QVERIFY(map.grab().toImage() != low);
}

void TestPlots::heatMapOfOddValues()
{
    HeatMap map;
    map.setEmptyText(QStringLiteral("nothing yet"));
    map.resize(300, 100);
    QVERIFY(!map.grab().isNull());
    QVERIFY(map.cellWords().isEmpty());
    map.setRows({{QStringLiteral("a"), {}, {}}, {QStringLiteral("b"), {5, 6}, {kNan, 0}}, {QStringLiteral("c"), {5, 6}, {-1, INFINITY}}}, HeatMap::Scale::Logarithmic);
    for (const QSize &size : {QSize(300, 100), QSize(1, 1), QSize(5000, 10)}) {
        map.resize(size);
        QVERIFY(!map.grab().isNull());
    }
    QTest::keyClick(&map, Qt::Key_Right);
    QVERIFY(map.cellWords().endsWith(QStringLiteral("–")));
}

void TestPlots::histogramThreshold()
{
    Histogram histogram;
    histogram.resize(400, 120);
    std::vector<double> values(101);
    std::iota(values.begin(), values.end(), 0.0);
    histogram.setValues(values, 20);
    histogram.setThreshold(50, Histogram::KeepSide::Below);
    histogram.show();
    QSignalSpy chosen(&histogram, &Histogram::thresholdChosen);
    QTest::mousePress(&histogram, Qt::LeftButton, {}, QPoint(100, 50));
    QTest::mouseMove(&histogram, QPoint(300, 50));
    QTest::mouseRelease(&histogram, Qt::LeftButton, {}, QPoint(300, 50));
    QCOMPARE(chosen.size(), 1);
    QVERIFY(histogram.threshold() > 70 && histogram.threshold() < 80);
    const double before = histogram.threshold();
    QTest::keyClick(&histogram, Qt::Key_Left);
    QVERIFY(histogram.threshold() < before);
    histogram.setThreshold(50, Histogram::KeepSide::Below);
    histogram.setSmallestStep(7);
    QTest::keyClick(&histogram, Qt::Key_Right);
    QCOMPARE(histogram.threshold(), 57.0);
    histogram.setDraggable(false);
    QTest::keyClick(&histogram, Qt::Key_Left);
    QCOMPARE(chosen.size(), 3);
    histogram.setBins({1, 10, 100, 1000}, {3, 2, 1});
    histogram.setLogScale(true);
    histogram.setDraggable(true);
    QTest::mousePress(&histogram, Qt::LeftButton, {}, QPoint(200, 50));  // the middle
    QTest::mouseRelease(&histogram, Qt::LeftButton, {}, QPoint(200, 50));
    QVERIFY2(histogram.threshold() > 30 && histogram.threshold() < 33, qPrintable(QString::number(histogram.threshold())));
    histogram.setLogScale(false);
    histogram.setValues(values, 20);
    QVERIFY(histogram.holds(0) && histogram.holds(100) && !histogram.holds(100.5));
    const QImage closed = histogram.grab().toImage();
    histogram.setOpenEnds(false, true);  // "≥ 100"
    QVERIFY(histogram.grab().toImage() != closed);
}

void TestPlots::histogramOfNothing()
{
    Histogram histogram;
    histogram.resize(200, 100);
    histogram.setValues({}, 10);
    histogram.setValues({kNan}, 10);
    histogram.setThreshold(5, Histogram::KeepSide::Above);
    histogram.show();
    QTest::mouseClick(&histogram, Qt::LeftButton);
    QVERIFY(!histogram.grab().isNull());
    histogram.setValues({3, 3, 3}, 4);
    QVERIFY(!histogram.grab().isNull());
    histogram.setBins({1, 2}, {1, 2, 3});  // does not fit: left as it was
    QVERIFY(!histogram.grab().isNull());
}

void TestPlots::stackedBarParts()
{
    StackedBar bar;
    bar.resize(400, 56);
    bar.setParts({{QStringLiteral("forward"), 30, {}, -1}, {QStringLiteral("backward"), 60, {}, -1}, {QStringLiteral("none"), 0, {}, -1}, {QStringLiteral("other"), 10, QStringLiteral("rest"), 9}});
    QVERIFY(bar.accessibleDescription().contains(QLatin1String("forward 30 %")));
    QVERIFY(bar.accessibleDescription().contains(QLatin1String("other rest")));
    QVERIFY(!bar.grab().isNull());
    const QList<QRectF> names = bar.names(400);
    QCOMPARE(names.size(), 4);
    QVERIFY(names[2].isEmpty());  // nothing of it
    QVERIFY(names[0].right() < names[1].left() && names[1].right() < names[3].left());
    const QList<QRectF> narrow = bar.names(140);  // each part stays named
    QVERIFY(narrow[1].top() > narrow[0].top() && narrow[3].right() <= 140);
    QVERIFY(bar.heightForWidth(140) > bar.heightForWidth(400));
    bar.setParts({});
    QVERIFY(!bar.grab().isNull());
}

void TestPlots::courseIsSaidInWords()
{
    CourseLine course;
    course.resize(320, 72);
    QVERIFY(course.words().isEmpty() && !course.grab().isNull());
    course.setValues({0.0001, 0.002, 0.001, 0.0002});
    QCOMPARE(course.words(), QString::fromUtf8("0.0001 → 0.002 → 0.0002"));
    QCOMPARE(course.accessibleDescription(), course.words());
    QVERIFY(!course.grab().isNull());
    course.setValues({0.5, 0.5});
    QCOMPARE(course.words(), QStringLiteral("0.5"));
    course.setValues({0, 0, 0});
    QVERIFY(!course.grab().isNull());
}

void TestPlots::pictures()
{
    QDir().mkpath(QStringLiteral(ATHANOR_BINARY_DIR "/pictures"));
    RunPlot plot;
    plot.resize(780, 420);
    plot.setQuantities({QStringLiteral("loss"), QStringLiteral("perplexity")}, {QStringLiteral("loss"), QStringLiteral("perplexity")});
    SeriesData training = makeSeries(1040);
    for (size_t at = 0; at < training.values.size(); ++at)
        training.values[at] += 0.25 * std::sin(static_cast<double>(at * at % 977));
    training.values[400] = kNan;
    training.restarts = {620};
    SeriesData validation;
    for (size_t at = 0; at < 1040; at += 104) {
        validation.steps.push_back(static_cast<double>(at));
        validation.tokens.push_back(static_cast<double>(at) * 2048);
        validation.seconds.push_back(static_cast<double>(at) * 0.5);
        validation.values.push_back(4.3 + 5 * std::exp(-static_cast<double>(at) / 300));
    }
    plot.setLine(QStringLiteral("loss"), QStringLiteral("t"), {QStringLiteral("training"), 0}, training);
    plot.setLine(QStringLiteral("loss"), QStringLiteral("v"), {QStringLiteral("validation"), 1, false, true}, validation);
    SeriesData first = makeSeries(1600);
    for (double &value : first.values)
        value += 0.6;
    plot.setLine(QStringLiteral("loss"), QStringLiteral("f"), {QStringLiteral("first try (finished)"), 2}, first);
    plot.setXAxis(XAxis::Tokens);
    plot.setExpectedEnd(1600);
    plot.setMarker(1039, QStringLiteral("now"));
    plot.show();
    QVERIFY(QTest::qWaitForWindowExposed(&plot));
    for (const style::Theme theme : {style::Theme::Light, style::Theme::Dark}) {
        style::Appearance::instance()->setTheme(theme);
        plot.redrawNow();
        QTest::mouseMove(plot.findChild<QWidget *>(), QPoint(300, 200));
        QVERIFY(plot.grab().save(QStringLiteral(ATHANOR_BINARY_DIR "/pictures/plot-%1.png").arg(theme == style::Theme::Dark ? QStringLiteral("dark") : QStringLiteral("light"))));
    }
}

QTEST_MAIN(TestPlots)
#include "test_plots.moc"
