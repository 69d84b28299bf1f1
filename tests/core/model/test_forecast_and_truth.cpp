// A run's forecast beside what came: each line compares the same quantity on both sides.
#include "core/model/forecast_and_truth.h"

#include <QJsonDocument>
#include <QtTest>

using namespace athanor::model;

namespace {

QJsonObject parsed(const char *json) { return QJsonDocument::fromJson(json).object(); }

QStringList linesOf(const QList<ForecastLine> &lines)
{
    QStringList all;
    for (const ForecastLine &line : lines)
        all += QStringLiteral("%1: %2, %3, %4").arg(line.title).arg(line.forecast).arg(line.measured).arg(line.ratio());
    return all;
}

}  // namespace

class TestForecastAndTruth : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachLineComparesTheSameQuantity()
    {
        const QJsonObject parameters = parsed(R"({"forecast":{"seconds":50,"tokens":10000,"tokensPerSecond":400,"accounting":{"trainingBytes":1000}}})");
        const QJsonObject result = parsed(R"({"peakMemoryBytes":1100,"tokensPerSecond":500,"tokens":12000,"jobSeconds":40,"seconds":30})");
        QCOMPARE(linesOf(forecastBesideTruth(parameters, result)),
                 QStringList({QStringLiteral("Peak memory: 1000, 1100, 1.1"), QStringLiteral("Speed of the steps: 400, 500, 1.25"),
                              QStringLiteral("Speed, with everything: 200, 300, 1.5"), QStringLiteral("Time, with everything: 50, 40, 0.8"),
                              QStringLiteral("Tokens: 10000, 12000, 1.2")}));
        for (const ForecastLine &line : forecastBesideTruth(parameters, result))
            QVERIFY(!line.forecastText.isEmpty() && !line.measuredText.isEmpty());
        const auto lines = forecastBesideTruth(parameters, result);
        QVERIFY2(lines[2].measuredText.contains(QStringLiteral("tokens/s")) && !lines[3].measuredText.contains(QStringLiteral("tokens")), qPrintable(lines[3].measuredText));
    }
    void whatIsNotKnownOnBothSidesIsLeftOut()
    {
        QVERIFY(forecastBesideTruth({}, parsed(R"({"tokensPerSecond":500,"tokens":12000,"jobSeconds":40})")).isEmpty());
        const auto lines = forecastBesideTruth(parsed(R"({"forecast":{"tokens":10,"tokensPerSecond":5}})"), parsed(R"({"tokensPerSecond":4,"tokens":8})"));
        QCOMPARE(linesOf(lines), QStringList({QStringLiteral("Speed of the steps: 5, 4, 0.8"), QStringLiteral("Tokens: 10, 8, 0.8")}));
        // No step of the run was by itself.
        QVERIFY(forecastBesideTruth(parsed(R"({"forecast":{"tokensPerSecond":5}})"), parsed(R"({"tokensPerSecond":4,"tokens":8,"stepsAlone":0})")).isEmpty());
    }
    // As the report shows them: what one side does not know has no text.
    void whatOneSideKnowsCanBeShown()
    {
        const QJsonObject parameters = parsed(R"({"forecast":{"seconds":50,"accounting":{"trainingBytes":1073741824}}})");
        const auto lines = forecastLines(parameters, parsed(R"({"jobSeconds":60,"tokens":480})"));
        QStringList texts;
        for (const ForecastLine &line : lines)
            texts += QStringLiteral("%1: %2|%3").arg(line.title, line.forecastText, line.measuredText);
        QCOMPARE(texts, QStringList({QStringLiteral("Peak memory: 1 GiB|"), QStringLiteral("Speed, with everything: |8 tokens/s"),
                                     QStringLiteral("Time, with everything: 50 s|60 s"), QStringLiteral("Tokens: |480")}));
        QVERIFY(forecastLines({}, parsed(R"({"jobSeconds":60,"tokens":8})")).isEmpty());  // nothing was forecast
    }
};

QTEST_GUILESS_MAIN(TestForecastAndTruth)
#include "test_forecast_and_truth.moc"
