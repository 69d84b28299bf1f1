// What is watched while a run learns: updates by layer, a sample by token, jumps of the loss and what they leave out, the disk.
#include "core/train/disk_watch.h"
#include "core/train/left_out.h"
#include "core/train/run_plan.h"
#include "core/train/sample_row.h"
#include "core/train/spike_guard.h"
#include "core/train/update_watch.h"

#include "tests/core/tokenizer/model_maker.h"

#include <QtTest>

#include <cmath>
#include <set>

using namespace athanor;
using namespace athanor::train;

class TestWatching : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anUpdateIsSeenByLayer()
    {
        const auto parameter = [](const char *name, double value, double gradient, bool rests = false) {
            const torch::Tensor weight = torch::full({8, 12}, value);
            return TrainedParameter{name, weight, weight, rests ? torch::Tensor() : torch::full({8, 12}, gradient), true, true};
        };
        std::vector<TrainedParameter> parameters{parameter("blocks.0.a.weight", 2, 3), parameter("blocks.0.b.weight", 2, 4),
                                                 parameter("tok.weight", 1, 0), parameter("norm.weight", 1, 1, true)};
        UpdateWatch watch;
        watch.before(parameters, 0.5);
        parameters[0].master.add_(0.02);
        watch.after(parameters);
        const QMap<QString, double> figures = watch.figures();
        const auto near = [&](const char *name, double expected) {
            return std::abs(figures.value(QLatin1String(name), -1) - expected) < 1e-5;
        };
        QVERIFY(near("gradient_norm/blocks.0", 0.5 * 5 * std::sqrt(96.0)));
        QVERIFY(near("update_ratio/blocks.0", 0.01 / std::sqrt(2.0)));
        QVERIFY(near("zero_gradients/blocks.0", 0));
        QVERIFY(near("zero_gradients/tok", 1));
        QVERIFY(near("update_ratio/tok", 0));
        QVERIFY(!figures.contains(QStringLiteral("gradient_norm/norm")));
        watch.clear();
        QVERIFY(watch.figures().isEmpty());
    }
    void samplesAreSpacedOverAllColumns()
    {
        const torch::Tensor matrix = torch::arange(64 * 96, torch::kFloat).view({64, 96});
        const torch::Tensor sample = spacedSample(matrix, 512);
        QVERIFY(sample.numel() <= 512 && sample.numel() > 400);
        std::set<int> columns;
        for (int64_t i = 0; i < sample.numel(); ++i)
            columns.insert(int(sample[i].item<float>()) % 96);
        QCOMPARE(columns.size(), size_t(96));
        QVERIFY(torch::equal(spacedSample(matrix, 64 * 96), matrix.flatten()));
        QCOMPARE(spacedSample(torch::ones({}), 4).numel(), int64_t(1));
    }
    void theSampleRowIsReadAsText()
    {
        const auto tokenizer = tokenizer::parseTokenizer(maker::model(), QStringLiteral("tiny"));
        QVERIFY(tokenizer);
        const auto ids = (*tokenizer)->encode("the cat sees the dog");
        std::vector<int64_t> wide(ids.begin(), ids.end());
        const auto row = torch::tensor(wide, torch::kInt64);
        const int64_t t = row.numel() - 1;
        network::Batch batch;
        batch.ids = torch::stack({row.slice(0, 0, t), row.slice(0, 0, t)});
        batch.targets = torch::stack({row.slice(0, 1), row.slice(0, 1)});
        const SampleRow next = sampleRow(batch, **tokenizer);
        QVERIFY(next.isShifted);
        QCOMPARE(next.batch.ids.size(0), int64_t(1));
        QCOMPARE(next.tokens.join(QString()), QString::fromUtf8((*tokenizer)->decode(ids)));
        const std::vector<double> losses = lossesByToken(next, torch::arange(t, torch::kFloat).unsqueeze(0));
        QCOMPARE(qsizetype(losses.size()), next.tokens.size());
        QVERIFY(std::isnan(losses.front()));
        QCOMPARE(losses.back(), double(t - 1));
        // A hidden token is asked for where it stands.
        batch.targets = torch::full_like(batch.ids, -1);
        batch.targets[0][1] = row[1];
        batch.ids[0][1] = 0;
        const SampleRow hidden = sampleRow(batch, **tokenizer);
        QVERIFY(!hidden.isShifted);
        QCOMPARE(hidden.tokens, next.tokens.first(qsizetype(t)));
        const std::vector<double> one = lossesByToken(hidden, torch::full({1, t}, 2.5));
        QCOMPARE(one[1], 2.5);
        QVERIFY(std::isnan(one[0]) && std::isnan(one.back()));
    }
    void jumpsAreFoundAndOrdinaryLossesAreNot()
    {
        RecentUpdates recent;
        const SpikeLimits usual{20, 1};
        const auto loss = [](int i) { return 3 + 0.2 * ((i * 37) % 11 - 5) / 5.0; };
        for (int i = 0; i < 63; ++i)
            recent.add(loss(i), 0.5 + 0.01 * (i % 7));
        QVERIFY(!findSpike(recent, 100, 1e9, usual));  // too little is known yet
        recent.add(3, 0.5);
        QVERIFY(findSpike(recent, 100, 0.5, usual));
        QVERIFY(findSpike(recent, 7, 0.5, usual)->contains(QStringLiteral("7")));
        QVERIFY(!findSpike(recent, 4, 0.5, usual));
        QVERIFY(!findSpike(recent, 0.1, 0.5, usual));    // better is no trouble
        QVERIFY(!findSpike(recent, 3, 1e9, usual));      // the gradient is cut to 1, twice what is usual
        QVERIFY(findSpike(recent, 3, 1e9, {20, 0}));
        QVERIFY(findSpike(recent, 4, 0.5, {3, 1}));
        recent.add(50, 0.5);                             // one outlier moves neither median nor spread
        QVERIFY(findSpike(recent, 7, 0.5, usual));
        const RecentUpdates read = recentFromJson(QJsonDocument::fromJson(QJsonDocument(toJson(recent)).toJson()).object());
        QCOMPARE(read.losses, recent.losses);
        QCOMPARE(read.norms, recent.norms);
        for (int i = 0; i < 1000; ++i)
            recent.add(0.001, 0.001);                    // learned by heart: no spread at all
        QVERIFY(recent.losses.size() < 200);
        QVERIFY(!findSpike(recent, 0.5, 0.001, usual));
        QVERIFY(findSpike(recent, 2, 0.001, usual));
        QVERIFY(recentFromJson({{QStringLiteral("losses"), QJsonArray{1, 2}}, {QStringLiteral("gradientNorms"), QJsonArray{1}}}).losses.empty());
    }
    void dataThatAreLeftOutShiftTheRest()
    {
        std::vector<LeftOut> all;
        QCOMPARE(dataShift(all, 1), 0);
        leaveOutFrom(all, 9, 10);                        // the batch of step 10
        QCOMPARE(all[0].batches, 1);
        QCOMPARE(dataShift(all, 9), 0);
        QCOMPARE(dataShift(all, 10), 1);
        leaveOutFrom(all, 9, 10);                        // the next one as well
        QCOMPARE(dataShift(all, 10), 2);
        leaveOutFrom(all, 4, 10);                        // back to 4: steps 5 to 9 read 5 to 9, step 10 read 12
        QCOMPARE(all[2].batches, 8);
        QVERIFY(all[0].isReplaced && all[1].isReplaced);
        QCOMPARE(dataShift(all, 4), 0);
        QCOMPARE(dataShift(all, 5), 8);                  // step 5 reads 13
        QCOMPARE(troublesNear(all, 11), 3);
        QCOMPARE(troublesNear(all, 2000), 0);
        QVERIFY(standsOn(all, 4, 0) && !standsOn(all, 5, 0) && !standsOn(all, 5, 2) && standsOn(all, 5, 3));
        all[2].documents = QStringList{QStringLiteral("a"), QStringLiteral("b")};
        QCOMPARE(leftOutFrom(toJson(all)), std::optional(all));
        RunPlan plan;
        plan.leftOut = all;
        QCOMPARE(planFromJson(toJson(plan))->leftOut, all);
        QCOMPARE(toJson(RunPlan()).value(QLatin1String("format")).toInt(), 1);  // an older Athanor goes on with it
    }
    void leftOutThatContradictsItselfIsRefused_data()
    {
        QTest::addColumn<QJsonObject>("change");
        QTest::newRow("before the first step") << QJsonObject{{QStringLiteral("afterStep"), -1}};
        QTest::newRow("noticed before it went on") << QJsonObject{{QStringLiteral("noticedAt"), 3}};
        QTest::newRow("nothing left out") << QJsonObject{{QStringLiteral("batches"), 0}};
        QTest::newRow("beyond all bounds") << QJsonObject{{QStringLiteral("batches"), 1e18}};
        QTest::newRow("a word") << QJsonObject{{QStringLiteral("noticedAt"), QStringLiteral("late")}};
    }
    void leftOutThatContradictsItselfIsRefused()
    {
        QFETCH(QJsonObject, change);
        QJsonObject entry{{QStringLiteral("noticedAt"), 5}, {QStringLiteral("afterStep"), 4}, {QStringLiteral("batches"), 1}};
        QVERIFY(leftOutFrom({entry}));
        for (auto it = change.begin(); it != change.end(); ++it)
            entry[it.key()] = it.value();
        QVERIFY(!leftOutFrom({entry}));
        QJsonObject plan = toJson(RunPlan());
        plan[QStringLiteral("leftOut")] = QJsonArray{entry};
        QCOMPARE(planFromJson(plan).error().code, ErrorCode::Corrupt);
    }
    void theDiskIsWatchedBeforeItIsFull()
    {
        qint64 there = 100 << 20;
        DiskWatch watch([&] { return there; }, 6 << 20);
        QVERIFY(watch.fitsOne());
        QVERIFY(!watch.look(0, 3600));
        there = 29 << 20;  // room for two
        const auto few = watch.look(10, 3600);
        QVERIFY(few && few->contains(QStringLiteral("60 min")));
        QVERIFY2(!watch.look(20, 3590), "it was said already");
        there = 12 << 20;
        QVERIFY(watch.look(30, 3580));
        there = 9 << 20;
        QVERIFY(!watch.fitsOne());
        there = -1;
        QVERIFY(watch.fitsOne() && !watch.look(40, 3570));  // nobody knows
    }
    void aDiskThatFillsIsForeseen()
    {
        qint64 there = qint64(10) << 30;
        DiskWatch watch([&] { return there; }, 6 << 20);
        std::optional<QString> warning;
        int seconds = 0;
        for (; seconds < 3600 && !warning; seconds += 10) {
            there -= 20 << 20;  // 2 MiB a second: full in 85 minutes
            warning = watch.look(seconds, 4 * 3600 - seconds);
        }
        QVERIFY(warning);
        QVERIFY2(warning->contains(QStringLiteral("before the run ends")), qPrintable(*warning));
        QVERIFY(seconds < 300);
        DiskWatch enough([&] { return there; }, 6 << 20);
        for (int time = 0; time < 1200; time += 10) {
            there -= 20 << 20;
            QVERIFY(!enough.look(time, 600));
        }
    }
};

QTEST_GUILESS_MAIN(TestWatching)
#include "test_watching.moc"
