// Tests of learning rates: the range, the curve, what it suggests; the best of a row of runs.
#include "core/experiment/log_parabola.h"
#include "core/experiment/rate_curve.h"

#include <QtTest>

#include <cmath>

using namespace athanor;
using namespace athanor::experiment;

namespace {

/// A loss as such tests have it: level, a fall around 10⁻³, the lowest at 10⁻², then away.
double lossAt(double rate)
{
    const double x = std::log10(rate);
    const double fall = 3 / (1 + std::exp(-4 * (x + 3)));
    return 9 - fall + (x > -2 ? std::pow(10, 1.5 * (x + 2)) - 1 : 0);
}

/// Noise without a generator that may differ from one library to the next.
double noise(qint64 step) { return std::fmod(double(step) * 0.6180339887 + double(step * step) * 0.377, 1.0) - 0.5; }

RateCurve curveOf(const RateRange &range, double noisy, double (*loss)(double) = lossAt)
{
    RateCurve curve;
    for (qint64 step = 1; step <= range.steps; ++step)
        if (!curve.add(range.rateAt(step), loss(range.rateAt(step)) + noisy * noise(step)))
            break;
    return curve;
}

}  // namespace

class TestRates : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void ratesRiseByOneFactor()
    {
        const RateRange range{1e-6, 1, 7};
        QCOMPARE(range.rateAt(1), 1e-6);
        QVERIFY(std::abs(range.rateAt(4) - 1e-3) < 1e-12);
        QVERIFY(std::abs(range.rateAt(7) - 1) < 1e-12);
    }
    void badRangesAreRefused_data()
    {
        QTest::addColumn<QJsonObject>("range");
        const auto range = [](double lowest, double highest, int steps) {
            return QJsonObject{{QStringLiteral("lowest"), lowest}, {QStringLiteral("highest"), highest}, {QStringLiteral("steps"), steps}};
        };
        QTest::newRow("zero") << range(0, 1, 100);
        QTest::newRow("negative") << range(-1, 1, 100);
        QTest::newRow("wrong way round") << range(1, 1e-6, 100);
        QTest::newRow("no range") << range(0.1, 0.1, 100);
        QTest::newRow("beyond") << range(1e-6, 1e9, 100);
        QTest::newRow("too few steps") << range(1e-6, 1, 5);
        QTest::newRow("too many steps") << range(1e-6, 1, 1000000);
    }
    void badRangesAreRefused()
    {
        QFETCH(QJsonObject, range);
        const auto read = rateRangeFromJson(range);
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::InvalidInput);
        QVERIFY(!read.error().hint.isEmpty());
    }
    void absentKeysKeepTheUsualRange()
    {
        const auto range = rateRangeFromJson({});
        QVERIFY(range);
        QCOMPARE(range->steps, 100);
        QCOMPARE(toJson(*range), toJson(RateRange()));
    }

    void theFallIsFoundAndTheRestNotTried_data()
    {
        QTest::addColumn<double>("noisy");
        QTest::newRow("smooth") << 0.0;
        QTest::newRow("noisy") << 0.3;
    }
    void theFallIsFoundAndTheRestNotTried()
    {
        QFETCH(double, noisy);
        RateCurve curve = curveOf({1e-6, 10, 120}, noisy);
        QVERIFY(curve.isDiverged());
        QVERIFY(curve.points().size() < 120);
        const RateAdvice advice = curve.advice();
        QVERIFY(advice.isClear);
        QVERIFY(!advice.isOpen);
        QVERIFY2(advice.steepest > 3e-4 && advice.steepest < 3e-3, qPrintable(QString::number(advice.steepest)));
        QVERIFY2(advice.lowest > 3e-3 && advice.lowest < 3e-2, qPrintable(QString::number(advice.lowest)));
        QVERIFY(advice.suggested <= advice.steepest);
        QVERIFY(advice.suggested >= advice.steepest / 4);
        QVERIFY(rateWords(advice).contains(QStringLiteral("suggested")));
    }
    void aLevelCurveSuggestsNothing()
    {
        RateCurve curve = curveOf({1e-6, 1, 100}, 0.3, [](double) { return 3.0; });
        const RateAdvice advice = curve.advice();
        QVERIFY(!advice.isClear);
        QVERIFY(std::isnan(advice.suggested));
        QVERIFY(rateWords(advice).contains(QStringLiteral("none is suggested")));
    }
    void aRisingCurveSuggestsNothing()
    {
        RateCurve curve = curveOf({1e-6, 1, 100}, 0, [](double rate) { return 3.0 + rate; });
        QVERIFY(!curve.advice().isClear);
    }
    void aCurveThatStillFallsSaysSo()
    {
        RateCurve curve = curveOf({1e-6, 1e-3, 100}, 0.05);
        const RateAdvice advice = curve.advice();
        QVERIFY(advice.isClear);
        QVERIFY(advice.isOpen);
        QVERIFY(rateWords(advice).contains(QStringLiteral("upper end")));
    }
    void noNumberEndsIt()
    {
        RateCurve curve;
        QVERIFY(curve.add(0.1, 3));
        QVERIFY(!curve.add(0.2, std::nan("")));
        QVERIFY(curve.isDiverged());
        QCOMPARE(curve.points().size(), size_t(1));
        QVERIFY(!curve.advice().isClear);
    }
    void theResultIsReadBack()
    {
        RateCurve curve = curveOf({1e-6, 10, 60}, 0);
        const RateAdvice advice = curve.advice();
        const QJsonObject result = toJson(curve.points(), advice, curve.isDiverged());
        const RateAdvice read = rateAdviceFrom(result);
        QCOMPARE(read.suggested, advice.suggested);
        QCOMPARE(read.isClear, advice.isClear);
        QCOMPARE(ratePointsFrom(result).size(), curve.points().size());
        QVERIFY(std::isnan(rateAdviceFrom({}).suggested));
        QVERIFY(result.value(QLatin1String("diverged")).toBool());
    }

    void theBestOfARowLiesBetweenTheTried()
    {
        std::vector<TriedValue> tried;
        for (int i = -4; i <= 4; ++i)  // a parabola around 0.003
            tried.push_back({0.002 * std::pow(1.5, i), 2 + 0.2 * std::pow(std::log(0.002 * std::pow(1.5, i) / 0.003), 2)});
        const auto best = bestValue(tried);
        QVERIFY(best && best->isInside);
        QVERIFY2(std::abs(best->value / 0.003 - 1) < 1e-6, qPrintable(QString::number(best->value)));
        QVERIFY(std::abs(best->loss - 2) < 1e-9);
    }
    void theEdgeIsNoBest()
    {
        const auto best = bestValue({{0.001, 3}, {0.002, 2}, {0.004, 1}});
        QVERIFY(best && !best->isInside);
        QCOMPARE(best->value, 0.004);
    }
    void divergedRunsDoNotCount()
    {
        const double nan = std::nan("");
        QVERIFY(!bestValue({{0.001, 3}, {0.002, nan}, {0.004, 1}}));
        QVERIFY(!bestValue({}));
        const auto best = bestValue({{0.001, 3}, {0.002, 2}, {0.004, 3}, {0.008, nan}, {-1, 0}});
        QVERIFY(best && best->isInside);
        QVERIFY(std::abs(best->value - 0.002) < 1e-9);
    }
};

QTEST_APPLESS_MAIN(TestRates)
#include "test_rates.moc"
