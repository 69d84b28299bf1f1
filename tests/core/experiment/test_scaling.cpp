// The minimiser, and forecasts from small runs: known coefficients come back, published numbers are met, and what runs
// cannot say is refused.
#include "core/experiment/counted_random.h"
#include "core/experiment/scaling_law.h"
#include "core/experiment/simplex.h"

#include <QtTest>

#include <cmath>

using namespace athanor;
using namespace athanor::experiment;

namespace {

const ScalingLaw kChinchilla{1.69, 406.4, 0.34, 410.7, 0.28};  // Hoffmann et al. 2022, appendix D.3

std::vector<SizedRun> runsOf(const ScalingLaw &law, const std::vector<double> &sizes, const std::vector<double> &tokens, double noise = 0)
{
    std::vector<SizedRun> runs;
    CountedRandom random(7, 0);
    for (const double n : sizes)
        for (const double d : tokens)
            runs.push_back({QString::number(n), n, d, law.lossAt(n, d) * std::exp(noise * random.normal())});
    return runs;
}

bool isNear(double value, double wanted, double share) { return std::abs(value / wanted - 1) < share; }

}  // namespace

class TestScaling : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theSimplexFindsTheValley()
    {
        // Rosenbrock 1960: a bent valley with its lowest point at (1, 1).
        const auto found = minimum([](const std::vector<double> &x) {
            return 100 * std::pow(x[1] - x[0] * x[0], 2) + std::pow(1 - x[0], 2);
        }, {-1.2, 1}, 0.5);
        QVERIFY(std::abs(found.at[0] - 1) < 1e-4);
        QVERIFY(std::abs(found.at[1] - 1) < 1e-4);
    }
    void theSimplexPassesOverWhatIsNoNumber()
    {
        const auto found = minimum([](const std::vector<double> &x) { return std::log(x[0]) * std::log(x[0]); }, {0.05}, -0.2);
        QVERIFY(std::abs(found.at[0] - 1) < 1e-3);
    }
    void theSimplexEnds()
    {
        int calls = 0;
        minimum([&](const std::vector<double> &) { return double(++calls % 7); }, {0, 0}, 1, 0, 100);
        QVERIFY(calls < 120);
    }
    void randomNumbersAreCountedNotShared()
    {
        CountedRandom one(1, 2), same(1, 2), other(1, 3);
        QCOMPARE(one.next(), same.next());
        QVERIFY(one.next() != other.next());
        double sum = 0, squares = 0;
        for (int i = 0; i < 4000; ++i) {
            const double x = one.normal();
            sum += x;
            squares += x * x;
        }
        QVERIFY(std::abs(sum / 4000) < 0.05);
        QVERIFY(std::abs(squares / 4000 - 1) < 0.08);
    }

    void publishedNumbersAreMet()
    {
        // Table 3 and section 3.3 there: Chinchilla, 70 B parameters and 1.4 T tokens; Gopher, 280 B and 300 B.
        QVERIFY(std::abs(kChinchilla.lossAt(70e9, 1.4e12) - 1.936) < 0.002);
        QVERIFY(std::abs(kChinchilla.lossAt(280e9, 300e9) - 1.993) < 0.002);
    }
    void suitableTokensAreTheBestUseOfArithmetic()
    {
        const double n = 1e9, d = kChinchilla.suitableTokens(n), here = kChinchilla.lossAt(n, d);
        for (const double factor : {0.5, 0.8, 1.25, 2.0})  // the same 6·N·D, shared out otherwise
            QVERIFY(kChinchilla.lossAt(n * factor, d / factor) > here);
        QVERIFY(isNear(kChinchilla.suitableParameters(6 * n * d), n, 1e-9));
    }

    void knownCoefficientsComeBack()
    {
        const auto fit = fitScaling(runsOf(kChinchilla, {1e6, 4e6, 2e7, 1e8}, {2e7, 1e8, 1e9}), 1, 0);
        QVERIFY(fit);
        QVERIFY(!fit->hasAssumedExponents);
        QVERIFY2(isNear(fit->law.irreducible, 1.69, 0.02), qPrintable(QString::number(fit->law.irreducible)));
        QVERIFY2(isNear(fit->law.sizeExponent, 0.34, 0.02), qPrintable(QString::number(fit->law.sizeExponent)));
        QVERIFY2(isNear(fit->law.tokensExponent, 0.28, 0.02), qPrintable(QString::number(fit->law.tokensExponent)));
        QVERIFY(isNear(fit->law.ofSize, 406.4, 0.2));
        QVERIFY(isNear(fit->law.ofTokens, 410.7, 0.2));
        QVERIFY(fit->relativeDeviation < 1e-4);
        QVERIFY(isNear(forecast(*fit, 1e9, 2e10).loss, kChinchilla.lossAt(1e9, 2e10), 0.005));
        QVERIFY(fit->notes.isEmpty());
    }
    void noiseWidensTheForecastAndTheTruthLiesInIt()
    {
        const std::vector<double> sizes{2e6, 8e6, 3e7}, tokens{3e7, 1.2e8, 5e8};
        const auto fit = fitScaling(runsOf(kChinchilla, sizes, tokens, 0.004), 3, 60);
        QVERIFY(fit);
        const double truth = kChinchilla.lossAt(1.2e8, 2.4e9);
        const Forecast there = forecast(*fit, 1.2e8, 2.4e9), near = forecast(*fit, 8e6, 1.2e8);
        QVERIFY2(there.low < truth && truth < there.high, qPrintable(QStringLiteral("%1 %2 %3").arg(there.low).arg(truth).arg(there.high)));
        QVERIFY(there.high - there.low > near.high - near.low);
        QVERIFY(there.low <= there.loss && there.loss <= there.high);
        const auto again = fitScaling(runsOf(kChinchilla, sizes, tokens, 0.004), 3, 60);
        QCOMPARE(forecast(*again, 1.2e8, 2.4e9).high, there.high);
    }
    void fewRunsBorrowTheExponents()
    {
        const auto fit = fitScaling(runsOf(kChinchilla, {2e6, 2e7}, {3e7, 3e8}), 1, 40);
        QVERIFY(fit);
        QVERIFY(fit->hasAssumedExponents);
        QCOMPARE(fit->law.sizeExponent, 0.34);
        QVERIFY(fit->notes.join(QString()).contains(QStringLiteral("published")));
        const Forecast there = forecast(*fit, 1e8, 2e9);
        const double truth = kChinchilla.lossAt(1e8, 2e9);
        QVERIFY(there.low < truth && truth < there.high);
    }
    void proportionalRunsSayThatTheyCannotTell()
    {
        std::vector<SizedRun> runs;
        for (const double n : {1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9})
            runs.push_back({QString::number(n), n, 20 * n, kChinchilla.lossAt(n, 20 * n)});
        const auto fit = fitScaling(runs, 1, 5);
        QVERIFY(fit);
        QVERIFY(fit->notes.join(QString()).contains(QStringLiteral("told apart")));
    }

    void whatRunsCannotSayIsRefused_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("says");
        QTest::newRow("none") << 0 << QStringLiteral("at least 4");
        QTest::newRow("three") << 1 << QStringLiteral("at least 4");
        QTest::newRow("one size") << 2 << QStringLiteral("same size");
        QTest::newRow("one number of tokens") << 3 << QStringLiteral("as many tokens");
        QTest::newRow("a loss that is none") << 4 << QStringLiteral("no loss");
        QTest::newRow("a size of zero") << 5 << QStringLiteral("no size");
    }
    void whatRunsCannotSayIsRefused()
    {
        QFETCH(int, kind);
        QFETCH(QString, says);
        std::vector<SizedRun> runs = runsOf(kChinchilla, {1e6, 1e7}, {1e8, 1e9});
        if (kind < 2)
            runs.resize(kind == 0 ? 0 : 3);
        if (kind == 2)
            runs = runsOf(kChinchilla, {1e6, 1.1e6}, {1e7, 1e8, 1e9});
        if (kind == 3)
            runs = runsOf(kChinchilla, {1e6, 1e7, 1e8, 1e9}, {1e9});
        if (kind == 4)
            runs[2].loss = std::nan("");
        if (kind == 5)
            runs[1].parameters = 0;
        const auto fit = fitScaling(runs);
        QVERIFY(!fit);
        QCOMPARE(fit.error().code, ErrorCode::InvalidInput);
        QVERIFY2(fit.error().message.contains(says), qPrintable(fit.error().message));
        QVERIFY(!fit.error().hint.isEmpty());
    }
};

QTEST_APPLESS_MAIN(TestScaling)
#include "test_scaling.moc"
