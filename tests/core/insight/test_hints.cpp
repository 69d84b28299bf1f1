// The rules one by one, with figures that are off and figures that are nearly off; that a hint is said once; what the
// events tell of hints.
#include "core/insight/hint_book.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace athanor;
using namespace athanor::insight;

namespace {

using Values = QMap<QString, double>;

RunFacts facts(qint64 steps = 10'000)
{
    RunFacts facts;
    facts.steps = steps;
    facts.warmupSteps = 100;
    facts.randomLoss = std::log(1000.0);
    facts.sampleEntropy = 4;
    return facts;
}

/// `looks` alike, then one that is different.
History steadyThen(const Values &usual, const Values &newest, int looks = 10)
{
    History history;
    for (int look = 1; look <= looks; ++look)
        history.add(20 * look, usual);
    history.add(20 * (looks + 1), newest);
    return history;
}

job::Event told(const Hint &hint, bool opens, int attempt = 1)
{
    job::Event event;
    event.type = job::EventType::Artifact;
    event.attempt = attempt;
    event.data = toJson(hint);
    event.data.insert(QStringLiteral("kind"), QLatin1String(kHintArtifact));
    event.data.insert(QStringLiteral("open"), opens);
    return event;
}

}  // namespace

class TestHints : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void historyForgetsEvenly()
    {
        History history;
        for (int step = 1; step <= 5000; ++step)
            history.add(step, {{QStringLiteral("x"), double(step)}, {QStringLiteral("bad"), std::numeric_limits<double>::quiet_NaN()}});
        const auto &points = history.of(QStringLiteral("x"));
        QVERIFY(points.size() < 256 && points.size() > 100);
        QCOMPARE(points.back().step, 5000);
        QVERIFY(points.front().step < 500);  // the beginning is remembered too
        for (size_t i = 1; i < points.size(); ++i)
            QVERIFY(points[i].step > points[i - 1].step);
        QVERIFY(history.of(QStringLiteral("bad")).empty());
        QVERIFY(std::isnan(history.last(QStringLiteral("nothing"))));
        QVERIFY(std::isnan(history.usual(QStringLiteral("nothing"), 1, 1)));
        history.add(10, {{QStringLiteral("x"), -1}});  // made again by a later attempt
        QCOMPARE(history.of(QStringLiteral("x")).back().value, -1.0);
        QVERIFY(history.of(QStringLiteral("x")).size() < 10);
        QCOMPARE(history.at(QStringLiteral("x"), 10), -1.0);
        QVERIFY(std::isnan(history.at(QStringLiteral("x"), 11)));
    }

    void learningRate()
    {
        const QString a = figureName(Figure::UpdateRatio, QStringLiteral("blocks.3")), lr = QStringLiteral("lr");
        const auto hint = learningRateTooHigh(steadyThen({{a, 0.001}, {lr, 0.002}}, {{a, 0.04}, {lr, 0.002}}), facts());
        QVERIFY(hint);
        QCOMPARE(hint->layer, QStringLiteral("blocks.3"));
        QVERIFY2(hint->seen.contains(QStringLiteral("40 times")) && hint->seen.contains(QStringLiteral("layer 4")), qPrintable(hint->seen));
        QCOMPARE(hint->step, 220);
        QVERIFY(!learningRateTooHigh(steadyThen({{a, 0.001}, {lr, 0.002}}, {{a, 0.004}, {lr, 0.002}}), facts()));
        // A warm-up: the update grows as the learning rate does.
        History warming;
        for (int look = 1; look <= 20; ++look)
            warming.add(look, {{a, 0.0001 * look}, {lr, 0.001 * look}});
        QVERIFY(!learningRateTooHigh(warming, facts()));
        QVERIFY(!learningRateTooHigh(steadyThen({{a, 0.001}, {lr, 0.002}}, {{a, 0.04}, {lr, 0.002}}, 3), facts()));
        QVERIFY(!learningRateTooHigh(History(), facts()));
    }

    void gradients()
    {
        const QString first = figureName(Figure::GradientNorm, QStringLiteral("blocks.0")),
                      last = figureName(Figure::GradientNorm, QStringLiteral("blocks.11")),
                      outer = figureName(Figure::GradientNorm, QStringLiteral("tok"));
        const auto explodes = explodingGradient(steadyThen({{first, 0.1}, {last, 0.1}}, {{first, 0.1}, {last, 5}}), facts());
        QVERIFY(explodes);
        QCOMPARE(explodes->layer, QStringLiteral("blocks.11"));
        QVERIFY2(explodes->seen.contains(QStringLiteral("50 times")), qPrintable(explodes->seen));
        QVERIFY(!explodingGradient(steadyThen({{first, 0.1}}, {{first, 1}}), facts()));
        const Values vanishing{{first, 1e-7}, {last, 0.1}, {outer, 1e-9}};
        const auto vanishes = vanishingGradient(steadyThen(vanishing, vanishing), facts());
        QVERIFY(vanishes);
        QCOMPARE(vanishes->layer, QStringLiteral("blocks.0"));
        QVERIFY(!vanishingGradient(steadyThen({{first, 1e-3}, {last, 0.1}, {outer, 1e-9}}, {}), facts()));
        QVERIFY(!vanishingGradient(steadyThen({{first, 0}, {last, 0}}, {}), facts()));  // all rest
    }

    void lossThatStands()
    {
        const QString loss = QStringLiteral("train/loss");
        History flat, falling;
        for (int look = 1; look <= 60; ++look) {
            flat.add(20 * look, {{loss, 5.0}});
            falling.add(20 * look, {{loss, 6.0 - 0.05 * look}});
        }
        QVERIFY(lossNotFalling(flat, facts()));
        QVERIFY(!lossNotFalling(falling, facts()));
        QVERIFY(!lossNotFalling(flat, facts(1300)));  // near its end
        QVERIFY(!lossNotFalling(steadyThen({{loss, 5.0}}, {}, 5), facts()));
        History random;
        for (int look = 1; look <= 30; ++look)
            random.add(20 * look, {{loss, std::log(1000.0)}});
        const auto hint = randomGuessing(random, facts());
        QVERIFY(hint);
        QVERIFY2(hint->seen.contains(QStringLiteral("6.91")), qPrintable(hint->seen));
        QVERIFY(!randomGuessing(flat, facts()));
        RunFacts labels = facts();
        labels.randomLoss = 0;
        QVERIFY(!randomGuessing(random, labels));
        QVERIFY(!randomGuessing(steadyThen({{loss, 7}}, {{loss, 7}}, 3), facts()));  // too early
    }

    void byHeart()
    {
        const QString loss = QStringLiteral("train/loss"), held = QStringLiteral("validation/loss");
        const auto course = [&](std::initializer_list<double> validation, double slope) {
            History history;
            int look = 0;
            for (const double value : validation) {
                ++look;
                history.add(100 * look, {{loss, 3 + slope * look}, {held, value}});
            }
            return history;
        };
        QVERIFY(learningByHeart(course({3.0, 2.9, 3.0, 3.1, 3.2}, -0.1), facts()));
        QVERIFY(!learningByHeart(course({3.0, 2.9, 3.0, 2.95, 3.2}, -0.1), facts()));
        QVERIFY(!learningByHeart(course({3.0, 2.9, 3.0, 3.1, 3.2}, 0.1), facts()));  // both rise: something else
        QVERIFY(!learningByHeart(course({2.9, 3.0, 3.1}, -0.1), facts()));
    }

    void insideTheLayers()
    {
        const QString dead = figureName(Figure::DeadUnits, QStringLiteral("blocks.1")),
                      entropy = figureName(Figure::AttentionEntropy, QStringLiteral("blocks.2")),
                      zeros = figureName(Figure::ZeroGradients, QStringLiteral("blocks.4"));
        const auto silent = deadUnits(steadyThen({{dead, 0.5}}, {{dead, 0.5}}), facts());
        QVERIFY(silent && silent->seen.contains(QStringLiteral("50 %")));
        QVERIFY(!deadUnits(steadyThen({{dead, 0.3}}, {{dead, 0.5}}), facts()));
        QVERIFY(!deadUnits(steadyThen({{dead, 0.5}}, {{dead, 0.5}}, 3), facts()));  // still warming up
        QVERIFY(attentionCollapse(steadyThen({{entropy, 2}}, {{entropy, 0.01}}), facts()));
        QVERIFY(!attentionCollapse(steadyThen({{entropy, 2}}, {{entropy, 0.5}}), facts()));
        RunFacts small = facts();
        small.sampleEntropy = 0.5;  // a row of three tokens has nothing to spread over
        QVERIFY(!attentionCollapse(steadyThen({{entropy, 2}}, {{entropy, 0.01}}), small));
        RunFacts half = facts();
        half.isHalfPrecision = true;
        const History underflow = steadyThen({{zeros, 0.8}}, {{zeros, 0.9}});
        QVERIFY(gradientUnderflow(underflow, half));
        QVERIFY(!gradientUnderflow(underflow, facts()));
        // An embedding's gradient is zero wherever a token did not occur.
        QVERIFY(!gradientUnderflow(steadyThen({{figureName(Figure::ZeroGradients, QStringLiteral("tok")), 0.99}}, {}), half));
    }

    void theMachine()
    {
        const QString data = phaseSeries(Phase::Data), step = QLatin1String(kStepSeries), share = QLatin1String(kShareSeries),
                      speed = QStringLiteral("tokens_per_second");
        const auto starved = dataStarved(steadyThen({{data, 0.02}, {step, 0.5}}, {{data, 0.02}, {step, 0.5}}), facts());
        QVERIFY2(starved && starved->seen.contains(QStringLiteral("4 %")), qPrintable(starved ? starved->seen : QString()));
        QVERIFY(!dataStarved(steadyThen({{data, 0.002}, {step, 0.5}}, {{data, 0.002}, {step, 0.5}}), facts()));
        QVERIFY(!dataStarved(steadyThen({{data, 0.0001}, {step, 0.001}}, {{data, 0.0001}, {step, 0.001}}), facts()));
        History busy;
        for (int look = 1; look <= 20; ++look)
            busy.add(20 * look, {{share, look > 17 ? 0.2 : 0.7}, {speed, look > 17 ? 200.0 : 700.0}});
        const auto slow = machineBusy(busy, facts());
        QVERIFY(slow && slow->seen.contains(QStringLiteral("70 %")));
        QVERIFY(!machineBusy(steadyThen({{share, 0.7}, {speed, 700}}, {{share, 0.65}, {speed, 650}}), facts()));
        QVERIFY(!machineBusy(History(), facts()));
    }

    void everyRuleHasANameAndWholeSentences()
    {
        QSet<QString> ids;
        for (const NamedRule &named : rules())
            ids += named.id;
        QCOMPARE(size_t(ids.size()), rules().size());
        const QString dead = figureName(Figure::DeadUnits, QStringLiteral("blocks.1"));
        const auto hint = deadUnits(steadyThen({{dead, 0.5}}, {{dead, 0.5}}), facts());
        for (const QString &part : {hint->seen, hint->why, hint->act})
            QVERIFY(part.endsWith(QLatin1Char('.')) && part.size() > 20);
        const Hint back = hintFromJson(toJson(*hint));
        QCOMPARE(back.words(), hint->words());
        QCOMPARE(back.id, QStringLiteral("dead-units"));
        QCOMPARE(back.step, hint->step);
    }

    void aHintIsSaidOnce()
    {
        const QString entropy = figureName(Figure::AttentionEntropy, QStringLiteral("blocks.1"));
        History history;
        HintBook book;
        QList<HintBook::Change> changes;
        const auto look = [&](int step, double value) {
            history.add(step, {{entropy, value}});
            const auto more = book.look(history, facts());
            changes += more;
            return more.size();
        };
        QCOMPARE(look(1, 0.05), 0);  // one look alone says nothing
        QCOMPARE(look(2, 0.05), 1);
        QVERIFY(changes.last().opens);
        for (int step = 3; step < 10; ++step)
            QCOMPARE(look(step, 0.06), 0);
        for (int step = 10; step < 14; ++step)
            QCOMPARE(look(step, 2), 0);  // not gone for a moment's sake
        QCOMPARE(look(14, 2), 1);
        QVERIFY(!changes.last().opens);
        QCOMPARE(changes.last().hint.step, 14);
        QCOMPARE(look(15, 0.01), 0);
        QCOMPARE(look(16, 0.01), 1);
    }

    void whatTheEventsTell()
    {
        Hint a, b;
        a.id = QStringLiteral("dead-units");
        a.step = 10;
        b.id = QStringLiteral("machine-busy");
        b.step = 20;
        QList<ToldHint> hints;
        job::Event other;
        other.type = job::EventType::Artifact;
        other.data = {{QStringLiteral("kind"), QStringLiteral("checkpoint")}};
        addTold(hints, {told(a, true), other, told(b, true)});
        QCOMPARE(hints.size(), 2);
        QCOMPARE(hints[0].closedAt, -1);
        a.step = 30;
        addTold(hints, {told(a, false)});
        QCOMPARE(hints[0].closedAt, 30);
        QCOMPARE(hints[1].closedAt, -1);
        other.attempt = 2;
        addTold(hints, {other});  // a new attempt looks for itself
        QVERIFY(hints[1].closedAt >= 0);
        addTold(hints, {told(b, true, 2)});
        QCOMPARE(hints.size(), 3);
        QCOMPARE(hints[2].closedAt, -1);
    }
};

QTEST_GUILESS_MAIN(TestHints)
#include "test_hints.moc"
