// The sampler as a pure function: limits, order, ties, and agreement of frequencies with the distribution.
#include "plugins/sampler/nucleus/nucleus.h"

#include <QtTest>

#include <map>

using namespace athanor::generate;

class TestNucleus : public QObject {
    Q_OBJECT

private:
    const std::vector<float> m_distribution = {0.1f, 0.5f, 0.05f, 0.3f, 0.05f};

    std::map<int64_t, int> draw(const SamplingSettings &settings, int count = 2000) const
    {
        std::map<int64_t, int> counts;
        for (int i = 0; i < count; ++i)
            ++counts[chooseNucleus(m_distribution, settings, (i + 0.5) / count)];
        return counts;
    }

private Q_SLOTS:
    void temperatureZeroTakesTheLikeliest()
    {
        for (double uniform : {0.0, 0.3, 0.999999})
            QCOMPARE(chooseNucleus(m_distribution, {0.0, 0, 1.0}, uniform), 1);
    }
    void frequenciesFollowTheDistribution()
    {
        const auto counts = draw({1.0, 0, 1.0});
        for (size_t i = 0; i < m_distribution.size(); ++i)
            QVERIFY(std::abs(counts.at(int64_t(i)) - 2000 * m_distribution[i]) <= 2);
    }
    void topKLimits()
    {
        const auto counts = draw({1.0, 2, 1.0});
        QCOMPARE(counts.size(), size_t(2));
        QVERIFY(std::abs(counts.at(1) - 2000 * 0.5 / 0.8) <= 2);
        QVERIFY(std::abs(counts.at(3) - 2000 * 0.3 / 0.8) <= 2);
    }
    void topKLargerThanVocabularyIsNoLimit() { QCOMPARE(draw({1.0, 1000, 1.0}).size(), size_t(5)); }
    void topPLimits()
    {
        QCOMPARE(draw({1.0, 0, 0.45}).size(), size_t(1));
        QCOMPARE(draw({1.0, 0, 0.7}).size(), size_t(2));
        QCOMPARE(draw({1.0, 0, 0.85}).size(), size_t(3));
    }
    void tinyTopPStillDrawsOne() { QCOMPARE(draw({1.0, 0, 1e-9}).size(), size_t(1)); }
    void minPLimits()
    {
        QCOMPARE(draw({1.0, 0, 1.0, 0.5}).size(), size_t(2));       // 0.3 ≥ 0.5 · 0.5
        QCOMPARE(draw({1.0, 0, 1.0, 1.0}).size(), size_t(1));
        QCOMPARE(draw({1.0, 0, 1.0, 0.1}).size(), size_t(5));
        QCOMPARE(draw({3.0, 0, 1.0, 0.5}).size(), size_t(3));       // after the temperature: 0.1^(1/3) ≥ 0.5 · 0.5^(1/3)
        QCOMPARE(draw({3.0, 2, 0.999, 0.5}).size(), size_t(2));
        const auto counts = draw({1.0, 0, 1.0, 0.5});
        QVERIFY(std::abs(counts.at(1) - 2000 * 0.5 / 0.8) <= 2);
    }
    // The order is temperature, top-k, top-p, min-p: top-p counts what the temperature and top-k left.
    void limitsWorkInOrder()
    {
        QCOMPARE(draw({1.0, 2, 0.62}).size(), size_t(1));           // 0.5 / 0.8 ≥ 0.62
        QCOMPARE(draw({1.0, 2, 0.63}).size(), size_t(2));
        QCOMPARE(draw({1.0, 0, 0.62}).size(), size_t(2));
        QCOMPARE(draw({0.2, 0, 0.9}).size(), size_t(1));            // sharpened first
    }
    void lowTemperatureSharpens()
    {
        QVERIFY(draw({0.5, 0, 1.0}).at(1) > draw({1.0, 0, 1.0}).at(1));
        QVERIFY(draw({2.0, 0, 1.0}).at(1) < draw({1.0, 0, 1.0}).at(1));
    }
    void extremeTemperaturesStayInRange()
    {
        for (double temperature : {1e-6, 1e-3, 100.0}) {
            for (double uniform : {0.0, 0.5, 0.99999999}) {
                const int64_t id = chooseNucleus(m_distribution, {temperature, 0, 1.0}, uniform);
                QVERIFY(id >= 0 && id < 5);
            }
        }
    }
    void zeroProbabilityIsNeverDrawn()
    {
        const std::vector<float> some = {0.0f, 1.0f, 0.0f};
        for (double uniform : {0.0, 0.5, 0.99999999})
            QCOMPARE(chooseNucleus(some, {1.0, 0, 1.0}, uniform), 1);
    }
    void allZeroAndEmptyDoNotCrash()
    {
        const std::vector<float> nothing = {0.0f, 0.0f};
        QCOMPARE(chooseNucleus(nothing, {1.0, 0, 1.0}, 0.5), 0);
        QCOMPARE(chooseNucleus({}, {1.0, 0, 1.0}, 0.5), 0);
    }
    void tiesGoToTheSmallerId()
    {
        const std::vector<float> even = {0.25f, 0.25f, 0.25f, 0.25f};
        QCOMPARE(chooseNucleus(even, {1.0, 1, 1.0}, 0.9), 0);
        QCOMPARE(chooseNucleus(even, {0.0, 0, 1.0}, 0.9), 0);
    }
};

QTEST_APPLESS_MAIN(TestNucleus)
#include "test_nucleus.moc"
