// Plots over other quantities than time: curves with bands and markers, and the runs of a sweep over parallel axes.
#include "ui/plots/curve_plot.h"
#include "ui/plots/parallel_plot.h"
#include "ui/plots/with_table.h"
#include "ui/style/appearance.h"

#include <QtTest/QtTest>
#include <QtWidgets/QtWidgets>

#include <cmath>

using namespace athanor;
using namespace athanor::plots;

namespace {

Curve curve(const char *title, std::vector<QPointF> points)
{
    return {QString::fromLatin1(title), 0, std::move(points), true, false, false, {}, {}};
}

std::vector<ParallelRun> threeRuns()
{
    return {{QStringLiteral("good"), QStringLiteral("rate=1: 2.1"), {1, 0}, 0}, {QStringLiteral("middle"), QStringLiteral("rate=2: 2.5"), {0.5, 0.5}, 0.5},
            {QStringLiteral("none"), QStringLiteral("rate=3: –"), {0, std::nan("")}, 1}};
}

}  // namespace

class TestCurves : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { style::Appearance::instance()->apply(); }

    void whatALogAxisCannotShowIsLeftOut()
    {
        CurvePlot plot(QStringLiteral("rate"), QStringLiteral("loss"), Scale::Logarithmic, Scale::Linear);
        plot.setCurves({curve("a", {{-1, 2}, {0, 3}, {0.001, 4}, {0.01, std::nan("")}, {0.1, 5}})});
        QCOMPARE(plot.curves().front().points.size(), size_t(2));
        QCOMPARE(plot.readoutAt(0.0001).front().second, QStringLiteral("4"));
        QCOMPARE(plot.readoutAt(1).front().second, QStringLiteral("5"));
        QCOMPARE(plot.readoutAt(0.02).front().second, QStringLiteral("5"));  // nearest on the logarithm's scale
    }
    void theReadoutPassesOverWhatStandsBehind()
    {
        CurvePlot plot(QStringLiteral("rate"), QStringLiteral("loss"), Scale::Linear, Scale::Linear);
        Curve raw = curve("raw", {{1, 9}});
        raw.faint = true;
        plot.setCurves({raw, curve("smoothed", {{1, 2}})});
        QCOMPARE(plot.readoutAt(1).size(), 1);
        QCOMPARE(plot.readoutAt(1).front().first, QStringLiteral("smoothed"));
    }
    void nothingIsHarmless()
    {
        CurvePlot plot(QStringLiteral("rate"), QStringLiteral("loss"), Scale::Logarithmic, Scale::Logarithmic);
        plot.resize(400, 250);
        plot.setEmptyText(QStringLiteral("Nothing yet."));
        plot.setMarker(0.1, QStringLiteral("here"));
        plot.setCurves({});
        plot.setCurves({curve("one", {{0.1, 2}})});
        Curve banded = curve("band", {{0.1, 2}, {1, 3}});
        banded.low = {1.9};  // of another length: not drawn
        plot.setCurves({banded});
        QVERIFY(!plot.grab().isNull());
        QVERIFY(plot.readoutAt(0.1).size() == 1);
    }
    void theTableHasTheSameNumbers()
    {
        CurvePlot plot(QStringLiteral("rate"), QStringLiteral("loss"), Scale::Linear, Scale::Linear);
        Curve law = curve("law", {{1, 4}, {2, 3.5}});
        law.low = {3.9, 3.4};
        law.high = {4.1, 3.6};
        plot.setCurves({law, curve("runs", {{2, 3.45}, {3, 3.2}})});
        QCOMPARE(plot.tableTitles(), QStringList({QStringLiteral("rate"), QStringLiteral("law"), QStringLiteral("from"), QStringLiteral("to"), QStringLiteral("runs")}));
        const QList<QStringList> rows = plot.tableRows();
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[1], QStringList({QStringLiteral("2"), QStringLiteral("3.5"), QStringLiteral("3.4"), QStringLiteral("3.6"), QStringLiteral("3.45")}));
        QCOMPARE(rows[2], QStringList({QStringLiteral("3"), QString(), QString(), QString(), QStringLiteral("3.2")}));
        plot.setCurves({});
        QVERIFY(plot.tableRows().isEmpty());
    }
    void theTableIsShownAndCopied()
    {
        WithTable both(new CurvePlot(QStringLiteral("rate"), QStringLiteral("loss"), Scale::Linear, Scale::Linear));
        both.resize(400, 250);
        both.setTable({QStringLiteral("rate"), QStringLiteral("loss")}, {{QStringLiteral("0.1"), QStringLiteral("2")}, {QStringLiteral("0.2"), QStringLiteral("3")}});
        both.show();
        QVERIFY(!both.isTableVisible());
        QTest::mouseClick(both.button(), Qt::LeftButton);
        QVERIFY(both.isTableVisible() && both.table()->isVisible());
        QTest::keyClick(both.table(), Qt::Key_C, Qt::ControlModifier);  // nothing is selected: all
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("rate\tloss\n0.1\t2\n0.2\t3\n"));
        both.table()->selectionModel()->select(both.table()->model()->index(1, 1), QItemSelectionModel::ClearAndSelect);
        QCOMPARE(both.table()->copied(), QStringLiteral("loss\n3\n"));
        QTest::keyClick(both.table(), Qt::Key_T);
        QVERIFY(!both.isTableVisible() && !both.button()->isChecked());
        both.setTable({QStringLiteral("rate")}, {});
        QVERIFY(both.table()->copied().isEmpty());
    }
    void thePictureIsWritten()
    {
        QTemporaryDir folder;
        CurvePlot plot(QStringLiteral("rate"), QStringLiteral("loss"), Scale::Logarithmic, Scale::Linear);
        plot.setCurves({curve("a", {{0.001, 4}, {0.1, 5}})});
        QVERIFY(plot.exportPng(folder.filePath(QStringLiteral("plot.png"))));
        QCOMPARE(QImage(folder.filePath(QStringLiteral("plot.png"))).size(), QSize(1200, 675));
        QVERIFY(!plot.exportPng(QStringLiteral("/nowhere/plot.png")));
    }
    void keysMoveTheReadout()
    {
        CurvePlot plot(QStringLiteral("rate"), QStringLiteral("loss"), Scale::Linear, Scale::Linear);
        plot.setCurves({curve("a", {{0, 4}, {1, 5}})});
        plot.resize(400, 250);
        plot.show();
        QTest::keyClick(&plot, Qt::Key_Left);
        QTest::keyClick(&plot, Qt::Key_Right);
        QVERIFY(!plot.grab().isNull());
    }

    void runsAreFoundByKeysAndPointer()
    {
        ParallelPlot plot;
        plot.resize(500, 240);
        plot.setData({{QStringLiteral("rate"), QStringLiteral("1"), QStringLiteral("3")}, {QStringLiteral("loss"), QStringLiteral("2.1"), QStringLiteral("2.5")}}, threeRuns());
        QString chosen;
        connect(&plot, &ParallelPlot::chosen, this, [&](const QString &id) { chosen = id; });
        plot.show();
        QTest::keyClick(&plot, Qt::Key_Down);
        QCOMPARE(plot.current(), QStringLiteral("good"));  // begins with the best
        QTest::keyClick(&plot, Qt::Key_Down);
        QCOMPARE(plot.current(), QStringLiteral("middle"));
        QCOMPARE(plot.accessibleDescription(), QStringLiteral("rate=2: 2.5"));
        QTest::keyClick(&plot, Qt::Key_Return);
        QCOMPARE(chosen, QStringLiteral("middle"));
        QCOMPARE(plot.runAt(QPointF(250, 118)), QStringLiteral("good"));  // both lines cross in the middle; the better one lies on top
        QCOMPARE(plot.runAt(QPointF(2, 2)), QString());
        QVERIFY(!plot.grab().isNull());
    }
    void runsThatDoNotFitTheAxesAreLeftOut()
    {
        ParallelPlot plot;
        plot.setData({{QStringLiteral("rate"), {}, {}}}, threeRuns());
        QCOMPARE(plot.runAt(plot.rect().center()), QString());
        plot.setData({}, {});
        QTest::keyClick(&plot, Qt::Key_Up);
        QVERIFY(plot.current().isEmpty());
        QVERIFY(!plot.grab().isNull());
    }
};

QTEST_MAIN(TestCurves)
#include "test_curves.moc"
