// Sweeps: what is varied and how, which runs are hopeless, which setting mattered.
#include "core/experiment/halving.h"
#include "core/experiment/importance.h"
#include "core/experiment/sweep.h"
#include "core/plugin/parameter_schema.h"

#include <QtTest>

#include <cmath>

using namespace athanor;
using namespace athanor::experiment;

namespace {

const plugin::ParameterSchema &schema()
{
    static const plugin::ParameterSchema made = *plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(R"json([
        {"key":"rate","type":"real","title":"Rate","default":0.1,"min":0,"max":10,"doc":"d"},
        {"key":"batch","type":"int","title":"Batch","default":8,"min":1,"max":64,"doc":"d"},
        {"key":"kind","type":"choice","title":"Kind","default":"a","doc":"d","choices":[{"value":"a","title":"A"},{"value":"b","title":"B"}]}])json").array());
    return made;
}

Result<QJsonValue> readValue(const QString &key, const QString &text)
{
    ATHANOR_ASSIGN(const QJsonObject values, schema().parseAssignments({key + QLatin1Char('=') + text}));
    return values.value(key);
}

SweepPlan planOf(const QStringList &texts, int draws = 0, quint64 seed = 1)
{
    SweepPlan plan;
    for (const QString &text : texts)
        plan.axes.push_back(*sweepAxis(text, readValue));
    plan.draws = draws;
    plan.seed = seed;
    return plan;
}

}  // namespace

class TestSweeps : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aGridHasAllCombinations()
    {
        const auto runs = sweepSettings(planOf({QStringLiteral("batch=4,8,16"), QStringLiteral("kind=a,b")}), readValue);
        QVERIFY(runs);
        QCOMPARE(runs->size(), size_t(6));
        QCOMPARE(runs->front(), QJsonObject({{QStringLiteral("batch"), 4}, {QStringLiteral("kind"), QStringLiteral("a")}}));
        QCOMPARE(runs->back(), QJsonObject({{QStringLiteral("batch"), 16}, {QStringLiteral("kind"), QStringLiteral("b")}}));
    }
    void aRangeIsCutEvenlyOnItsScale()
    {
        const auto runs = sweepSettings(planOf({QStringLiteral("rate=1e-4..1e-1:log")}), readValue);
        QVERIFY(runs);
        QCOMPARE(runs->size(), size_t(4));
        QCOMPARE((*runs)[1].value(QLatin1String("rate")).toDouble(), 1e-3);
        const auto whole = sweepSettings(planOf({QStringLiteral("batch=1..4:7")}), readValue);  // only four whole numbers
        QVERIFY(whole);
        QCOMPARE(whole->size(), size_t(4));
        QCOMPARE((*whole)[3].value(QLatin1String("batch")).toInt(), 4);
    }
    void theEndsOfARangeAreThoseThatWereSaid()
    {
        const auto read = [](const QString &key, const QString &text) -> Result<QJsonValue> {
            const auto wide = plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(R"json([
                {"key":"context","type":"int","title":"C","default":8,"min":8,"max":4096,"doc":"d"},
                {"key":"decay","type":"real","title":"D","default":0.9,"min":0,"max":0.999999,"doc":"d"}])json").array());
            ATHANOR_ASSIGN(const QJsonObject values, wide->parseAssignments({key + QLatin1Char('=') + text}));
            return values.value(key);
        };
        for (const auto &[text, key, low, high] : {std::tuple("context=1025..4096:3", "context", 1025.0, 4096.0), std::tuple("decay=0.9..0.999999:3", "decay", 0.9, 0.999999)}) {
            SweepPlan plan;
            plan.axes.push_back(*sweepAxis(QLatin1String(text), read));
            const auto runs = sweepSettings(plan, read);
            QVERIFY2(runs, runs ? "" : qPrintable(runs.error().message));
            QCOMPARE(runs->size(), size_t(3));
            QCOMPARE(runs->front().value(QLatin1String(key)).toDouble(), low);
            QCOMPARE(runs->back().value(QLatin1String(key)).toDouble(), high);
        }
    }
    void drawsDependOnTheSeedAlone()
    {
        const QStringList texts{QStringLiteral("rate=1e-4..1:log"), QStringLiteral("kind=a,b"), QStringLiteral("batch=1..64")};
        const auto one = sweepSettings(planOf(texts, 12, 5), readValue), same = sweepSettings(planOf(texts, 12, 5), readValue);
        const auto other = sweepSettings(planOf(texts, 12, 6), readValue), fewer = sweepSettings(planOf(texts, 3, 5), readValue);
        QVERIFY(one && same && other && fewer);
        QVERIFY(*one == *same);
        QVERIFY(*one != *other);
        QCOMPARE((*fewer)[2], (*one)[2]);
        for (const QJsonObject &run : *one) {
            QVERIFY(run.value(QLatin1String("rate")).toDouble() >= 1e-4 && run.value(QLatin1String("rate")).toDouble() <= 1);
            QVERIFY(run.value(QLatin1String("batch")).toDouble() == std::round(run.value(QLatin1String("batch")).toDouble()));
        }
    }
    void whatCannotBeVariedIsSaid_data()
    {
        QTest::addColumn<QString>("text");
        for (const char *text : {"", "rate", "rate=", "=1,2", "speed=1,2", "rate=a,b", "rate=1,-1", "rate=1e-2..1e-4:log", "rate=0..1:log",
                                 "rate=0.1..0.2:often", "rate=0.1..0.2:1", "rate=1..2..3", "kind=a..b", "batch=0,4", "kind=a,c", "rate=0.1..99"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }
    void whatCannotBeVariedIsSaid()
    {
        QFETCH(QString, text);
        const auto axis = sweepAxis(text, readValue);
        QVERIFY(!axis);
        QCOMPARE(axis.error().code, ErrorCode::InvalidInput);
    }
    void tooMuchOrNothingIsRefused()
    {
        QVERIFY(!sweepSettings({}, readValue));
        QVERIFY(!sweepSettings(planOf({QStringLiteral("batch=4,8"), QStringLiteral("batch=2,3")}), readValue));
        QVERIFY(!sweepSettings(planOf({QStringLiteral("rate=0..1:50"), QStringLiteral("batch=1..64:50")}), readValue));
        QVERIFY(!sweepSettings(planOf({QStringLiteral("rate=0..1")}, 100000), readValue));
    }

    void theBestThirdGoesOn()
    {
        QVERIFY(!isHopeless(9, {}));
        QVERIFY(!isHopeless(9, {1}));       // too few to judge
        QVERIFY(isHopeless(9, {1, 2}));
        QVERIFY(!isHopeless(0.5, {1, 2}));
        QVERIFY(isHopeless(1.5, {1, 2}));   // of three one goes on
        QVERIFY(!isHopeless(1.5, {1, 2, 3, 4, 5}));  // of six two
        QVERIFY(isHopeless(2.5, {1, 2, 3, 4, 5}));
        QVERIFY(isHopeless(std::nan(""), {}));
    }

    void theSettingThatMatteredStandsFirst()
    {
        std::vector<QJsonObject> settings;
        std::vector<double> losses;
        for (const double rate : {0.001, 0.01, 0.1})
            for (const int batch : {4, 8, 16})
                for (const char *kind : {"a", "b"}) {
                    settings.push_back({{QStringLiteral("rate"), rate}, {QStringLiteral("batch"), batch}, {QStringLiteral("kind"), QLatin1String(kind)}});
                    losses.push_back(rate == 0.1 ? std::nan("") : 3 - std::log10(rate) + 0.001 * batch);
                }
        const auto found = importance(settings, losses, {QStringLiteral("batch"), QStringLiteral("kind"), QStringLiteral("rate")});
        QCOMPARE(found.size(), size_t(3));
        QCOMPARE(found.front().key, QStringLiteral("rate"));
        QVERIFY(found.front().share > 0.8);
        QVERIFY(found.front().isCertain);
        QVERIFY(!found.back().isCertain);
        QVERIFY(found.back().share < 0.1);
    }
    void valuesOfTheirOwnAreGrouped()
    {
        std::vector<QJsonObject> settings;
        std::vector<double> losses;
        for (int i = 0; i < 12; ++i) {
            settings.push_back({{QStringLiteral("rate"), 0.01 * i + 0.001}});
            losses.push_back(5 - 0.1 * i);
        }
        const auto found = importance(settings, losses, {QStringLiteral("rate")});
        QVERIFY(found.front().share > 0.7);
        QVERIFY(found.front().share < 1);  // each for itself would explain all and say nothing
    }
    void fewRunsSayNothing()
    {
        QVERIFY(importance({{}, {}}, {1, 2}, {QStringLiteral("rate")}).empty());
        QVERIFY(importance({{}, {}, {}, {}}, {1, 2}, {QStringLiteral("rate")}).empty());
    }
};

QTEST_APPLESS_MAIN(TestSweeps)
#include "test_sweeps.moc"
