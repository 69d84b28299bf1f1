// Which tokens a run reads and in which order: permutations, passes, mixtures of sources, documents of a row.
#include "core/train/data_order.h"
#include "core/train/mixture_order.h"
#include "core/train/objective_tools.h"
#include "core/train/sequence_warmup.h"
#include "core/train/token_windows.h"

#include "tests/support/tiny_training.h"

#include <QtTest>

#include <cmath>
#include <numeric>
#include <set>

using namespace athanor;
using namespace athanor::train;

namespace {

/// Shards of a tiny corpus whose documents come from several sources in turn.
struct MixedText {
    test::TinyProject project{12, 0, {QStringLiteral("docs"), QStringLiteral("code"), QStringLiteral("forum")}};
    QString folder = project.path() + QStringLiteral("/tokens");
    std::optional<tokenizer::TokenShards> shards;
    std::optional<tokenizer::DocumentSources> sources;

    bool open()
    {
        const auto corpus = corpus::CorpusReader::open(project.corpusFolder());
        const auto tokenizer = tokenizer::readTokenizer(project.tokenizerFile());
        NoProgress progress;
        if (!corpus || !tokenizer || !tokenizer::writeTokenShards(*corpus, QStringLiteral("train"), **tokenizer, folder, 1, progress, {}))
            return false;
        auto opened = tokenizer::TokenShards::open(folder, true);
        auto listed = tokenizer::DocumentSources::read(folder, 12);
        if (!opened || !listed)
            return false;
        shards.emplace(std::move(*opened));
        sources = *listed;
        return true;
    }
    SourceMixture mixture(std::vector<model::MixtureStage> stages) const
    {
        return {tokenizer::SourceStreams(*shards, *sources), sources->ids(), std::move(stages)};
    }
};

}  // namespace

class TestDataOrder : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void permutationIsOne_data()
    {
        QTest::addColumn<quint64>("count");
        for (quint64 count : {1, 2, 3, 4, 5, 16, 17, 100, 1000, 4097})
            QTest::addRow("%llu", count) << count;
    }
    void permutationIsOne()
    {
        QFETCH(quint64, count);
        std::set<quint64> seen;
        for (quint64 i = 0; i < count; ++i) {
            const quint64 at = permuted(i, count, 12345);
            QVERIFY(at < count);
            seen.insert(at);
        }
        QCOMPARE(seen.size(), size_t(count));
    }
    void permutationsOfDifferentKeysDiffer()
    {
        int same = 0;
        for (quint64 i = 0; i < 1000; ++i)
            same += permuted(i, 1000, 1) == permuted(i, 1000, 2);
        QVERIFY(same < 20);
    }
    void aPassTakesEveryWindowOnce()
    {
        const auto order = DataOrder::create(10'007, 32, 1, 9);
        QVERIFY(order);
        for (qint64 pass : {0, 1, 5}) {
            std::set<qint64> starts;
            for (qint64 i = 0; i < order->windowsPerPass(); ++i) {
                const qint64 start = order->start(pass * order->windowsPerPass() + i);
                QVERIFY(start >= 0 && start + 33 <= 10'007);
                starts.insert(start);
            }
            QCOMPARE(qint64(starts.size()), order->windowsPerPass());
            QCOMPARE((*starts.rbegin() - *starts.begin()), (order->windowsPerPass() - 1) * 32);
        }
        QVERIFY(order->start(0) != order->start(order->windowsPerPass()));
    }
    void orderDependsOnNothingButSeedAndIndex()
    {
        const auto one = DataOrder::create(5000, 16, 1, 1), again = DataOrder::create(5000, 16, 1, 1),
                   other = DataOrder::create(5000, 16, 1, 2);
        int same = 0;
        for (qint64 i = 0; i < 500; ++i) {
            QCOMPARE(one->start(i), again->start(i));
            same += one->start(i) == other->start(i);
        }
        QVERIFY(same < 50);
    }
    void shortestStreams()
    {
        QCOMPARE(DataOrder::create(32, 32, 1, 1).error().code, ErrorCode::InvalidInput);
        QCOMPARE(DataOrder::create(0, 32, 1, 1).error().code, ErrorCode::InvalidInput);
        const auto exact = DataOrder::create(33, 32, 1, 1);
        QVERIFY(exact);
        for (qint64 i = 0; i < 10; ++i)
            QCOMPARE(exact->start(i), 0);
    }
    void everySourceHasItsShareOverAnyStretch_data()
    {
        QTest::addColumn<std::vector<double>>("shares");
        QTest::newRow("halves") << std::vector<double>{1, 1};
        QTest::newRow("two to one") << std::vector<double>{2, 1};
        QTest::newRow("one in a hundred") << std::vector<double>{0.01, 0.99};
        QTest::newRow("three") << std::vector<double>{0.9, 0.07, 0.03};
        QTest::newRow("seven") << std::vector<double>{1, 5, 0.2, 3, 0.7, 0.1, 2};
        QTest::newRow("one left out") << std::vector<double>{1, 0, 3};
        QTest::newRow("only one") << std::vector<double>{4};
    }
    void everySourceHasItsShareOverAnyStretch()
    {
        QFETCH(std::vector<double>, shares);
        const EvenDraw draw(shares);
        const double bound = shares.size() <= 2 ? 1 : 1 + std::log2(double(shares.size()));
        const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
        std::vector<std::vector<qint64>> counts{std::vector<qint64>(shares.size(), 0)};
        for (qint64 row = 0; row < 1000; ++row) {
            const EvenDraw::Drawn drawn = draw.at(row);
            QCOMPARE(drawn.index, counts.back()[drawn.source]);  // random access is the same as going through
            counts.push_back(counts.back());
            ++counts.back()[drawn.source];
            QCOMPARE(draw.counts(row + 1), counts.back());
        }
        for (size_t from = 0; from < counts.size(); from += 7)
            for (size_t to = from; to < counts.size(); to += 3)
                for (size_t source = 0; source < shares.size(); ++source)
                    QVERIFY(std::fabs(double(counts[to][source] - counts[from][source]) - shares[source] / sum * double(to - from)) <= bound);
    }
    void drawsOfRowsFarAway()
    {
        const EvenDraw draw({0.3, 0.3, 0.4});
        const qint64 far = qint64(1) << 44;
        std::vector<qint64> before = draw.counts(far);
        QVERIFY(std::fabs(double(before[2]) / double(far) - 0.4) < 1e-9);
        for (qint64 row = far; row < far + 100; ++row) {
            const EvenDraw::Drawn drawn = draw.at(row);
            QCOMPARE(drawn.index, before[drawn.source]++);
        }
        QCOMPARE(draw.counts(far + 100), before);
    }
    void sharesThatChangeLoseNoFraction()
    {
        std::vector<ShareStage> stages;
        for (int i = 0; i < 50; ++i)
            stages.push_back({i / 50.0, {1.0, 0.1 + 0.02 * i, 0.5}});
        MixtureOrder order(stages, 3);
        order.setCourse({{0, 200}});
        std::vector<qint64> counts(3, 0);
        std::vector<double> wanted(3, 0);
        for (qint64 step = 1; step <= 200; ++step) {
            const std::vector<double> &shares = stages[size_t((step - 1) / 4)].shares;
            for (qint64 row = 0; row < 3; ++row) {
                const EvenDraw::Drawn drawn = order.at(step, row);
                QCOMPARE(drawn.index, counts[drawn.source]++);
            }
            for (size_t source = 0; source < 3; ++source) {
                wanted[source] += 3 * shares[source] / (shares[0] + shares[1] + shares[2]);
                QVERIFY(std::fabs(double(counts[source]) - wanted[source]) < 3);
            }
            QCOMPARE(order.rowsAfter(step), counts);
        }
    }
    void aCorrectedCourseKeepsWhatWasRead()
    {
        const std::vector<ShareStage> stages{{0, {1, 0}}, {0.5, {1, 1}}, {0.9, {0, 1}}};
        MixtureOrder planned(stages, 4), corrected(stages, 4);
        planned.setCourse({{0, 100}});
        corrected.setCourse({{0, 100}, {60, 300}, {200, 210}});
        for (qint64 step = 1; step <= 60; ++step)
            for (qint64 row = 0; row < 4; ++row)
                QVERIFY(planned.at(step, row).source == corrected.at(step, row).source && planned.at(step, row).index == corrected.at(step, row).index);
        QCOMPARE(corrected.rowsAfter(60), (std::vector<qint64>{50 * 4 + 20, 20}));
        QCOMPARE(corrected.at(61, 0).source, size_t(0));   // a fifth of the run now: the first part again
        QCOMPARE(corrected.rowsAfter(150), (std::vector<qint64>{220 + 90 * 4, 20}));
        QCOMPARE(corrected.at(201, 0).source, size_t(1));  // nearly its end
        QCOMPARE(corrected.rowsAfter(210)[0] + corrected.rowsAfter(210)[1], 840);
        QCOMPARE(shareBefore({{0, 100}, {60, 300}}, 60), 0.59);
        QCOMPARE(shareBefore({{0, 100}, {60, 300}}, 61), 0.2);
        QCOMPARE(shareBefore({{0, 100}}, 500), 1.0);
    }
    void withoutWeightsTheTextIsOneStream()
    {
        const auto order = DataOrder::create(5000, 16, 1, 9);
        const auto windows = streamWindows(5000, {16, 1, 4, 9});
        QVERIFY(order && windows);
        for (qint64 index = 0; index < 1000; ++index) {
            const auto stretches = (*windows)->stretches(1 + index / 4, index % 4);
            QVERIFY(stretches.size() == 1 && stretches[0].first == order->start(index) && stretches[0].count == 17);
        }
        QCOMPARE((*windows)->passesAt(250), order->passesAt(1000));
        QVERIFY((*windows)->sourcesAt(250).isEmpty());
    }
    void eachSourceIsReadOnceAPass()
    {
        MixedText text;
        QVERIFY2(text.project.isUsable() && text.open(), qPrintable(text.project.problem()));
        const SourceMixture mixture = text.mixture({{0, {3, 1, 0}}});
        const auto windows = mixtureWindows(mixture, {16, 1, 4, 7});
        QVERIFY(windows);
        (*windows)->setCourse({{0, 1000}});
        const qint64 perPass = (mixture.streams.tokenCount(0) - 17) / 16;
        std::multiset<qint64> firsts;
        for (qint64 step = 1; qint64(firsts.size()) < perPass; ++step) {
            for (qint64 row = 0; row < 4 && qint64(firsts.size()) < perPass; ++row) {
                qint64 length = 0;
                const auto stretches = (*windows)->stretches(step, row);
                std::set<qint64> sources;
                for (const tokenizer::TokenStretch &stretch : stretches) {
                    length += stretch.count;
                    qint64 document = 0;
                    while (document + 1 < 12 && text.shards->documentFirstToken(document + 1) <= stretch.first)
                        ++document;
                    sources.insert(text.sources->sourceOf(document));
                }
                QCOMPARE(length, 17);
                QCOMPARE(sources.size(), size_t(1));
                QVERIFY(*sources.begin() != 2);
                if (*sources.begin() == 0)
                    firsts.insert(stretches.front().first);
            }
        }
        QCOMPARE(std::set<qint64>(firsts.begin(), firsts.end()).size(), firsts.size());
        const QJsonArray told = (*windows)->sourcesAt(500);
        QVERIFY(std::fabs(told[0][QLatin1String("share")].toDouble() - model::sharesOf({3, 1, 0}, {double(mixture.streams.tokenCount(0)), double(mixture.streams.tokenCount(1)), 1})[0]) < 0.001);
        QVERIFY(told[0][QLatin1String("passes")].toDouble() > 1);
        QCOMPARE(told[2][QLatin1String("read")].toInteger(), 0);
    }
    void sourcesTooShortForAWindow()
    {
        MixedText text;
        QVERIFY(text.project.isUsable() && text.open());
        const SourceMixture all = text.mixture({{0, {1, 2, 1}}});
        const auto refused = mixtureWindows(all, {1'000'000, 1, 4, 7});
        QVERIFY(!refused && refused.error().message.contains(QStringLiteral("docs")));
        const SourceMixture nothing = text.mixture({{0, {1, 2, 1}}, {0.5, {0, 0, 0}}});
        QCOMPARE(mixtureWindows(nothing, {16, 1, 4, 7}).error().code, ErrorCode::InvalidInput);
    }
    void shortSequencesFirst()
    {
        const SequenceWarmup warmup{0.4, 64};
        QCOMPARE(warmup.halvings(256), 2);
        QCOMPARE(warmup.halvings(384), 2);   // 96
        QCOMPARE(warmup.halvings(100), 0);   // 50 would be too short
        QCOMPARE(warmup.halvings(129), 0);
        QCOMPARE(warmup.pieces(256, 0), 4);
        QCOMPARE(warmup.pieces(256, 0.19), 4);
        QCOMPARE(warmup.pieces(256, 0.21), 2);
        QCOMPARE(warmup.pieces(256, 0.39999), 2);
        QCOMPARE(warmup.pieces(256, 0.4), 1);
        QCOMPARE(warmup.pieces(64, 0), 1);
        QCOMPARE((SequenceWarmup{0, 8}.pieces(256, 0)), 1);
    }
    void documentsOfARowAreToldApart()
    {
        network::Batch batch;
        batch.ids = torch::tensor({{5, 6, 2, 7, 8, 2, 2, 9}, {2, 5, 6, 7, 8, 9, 5, 2}}, at::kLong);
        confineToDocuments(batch, 2);
        // A document begins with the mark before it; one may be empty; a row that begins with the mark has nothing before.
        QVERIFY(torch::equal(batch.segments, torch::tensor({{0, 0, 1, 1, 1, 2, 3, 3}, {0, 0, 0, 0, 0, 0, 0, 1}}, at::kLong)));
        QVERIFY(torch::equal(batch.positions, torch::tensor({{0, 1, 0, 1, 2, 0, 0, 1}, {0, 1, 2, 3, 4, 5, 6, 0}}, at::kLong)));
    }
};

QTEST_GUILESS_MAIN(TestDataOrder)
#include "test_data_order.moc"
