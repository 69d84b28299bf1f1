// Data order, budgets, plans, states and checkpoints' folders: the parts of a run that need no model.
#include "core/train/averaging.h"
#include "core/train/checkpoint_store.h"
#include "core/train/data_order.h"
#include "core/train/disk_watch.h"
#include "core/train/mixture_order.h"
#include "core/train/regularising.h"
#include "core/train/run_plan.h"
#include "core/train/run_state.h"
#include "core/train/sample_row.h"
#include "core/train/token_windows.h"
#include "core/train/update_watch.h"

#include "core/base/atomic_file.h"
#include "tests/core/tokenizer/model_maker.h"
#include "tests/support/tiny_training.h"

#include <QtTest>

#include <csignal>
#include <set>
#include <sys/resource.h>

using namespace athanor;
using namespace athanor::train;

namespace {

RunSettings budget(BudgetKind kind, double amount)
{
    RunSettings settings;
    settings.budgetKind = kind;
    settings.budget = amount;
    return settings;
}

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

CheckpointContents contents(qint64 step, double loss, float value = 1)
{
    CheckpointContents contents;
    contents.step = step;
    contents.weights = {{"w", torch::full({64, 64}, value)}};
    contents.optimizer = {{"w.mean", torch::full({64, 64}, 0.5f)}};
    if (loss > 0)
        contents.state[QStringLiteral("validation")] = QJsonObject{{QStringLiteral("loss"), loss}};
    contents.architecture = {{QStringLiteral("format"), 1}};
    return contents;
}

}  // namespace

class TestArithmetic : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;

private Q_SLOTS:
    void initTestCase() { std::signal(SIGXFSZ, SIG_IGN); }

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
    // tests/golden/regularisation.py: torch.optim.swa_utils of the number step².
    void meansOfWeights()
    {
        std::vector<TrainedParameter> parameters(1);
        parameters[0].name = "w";
        parameters[0].master = parameters[0].weight = torch::zeros({3});
        const auto after = [&](const AveragingSettings &settings, qint64 steps, qint64 planned) {
            WeightAverage average(parameters, settings);
            for (qint64 step = 1; step <= steps; ++step) {
                parameters[0].master.fill_(double(step * step));
                average.add(step, planned);
            }
            return average.isReady() ? average.of("w")[1].item<double>() : -1.0;
        };
        QVERIFY(std::abs(after({Averaging::Exponential, 0.9, 1}, 30, 30) - 738.818181823) < 1e-3);
        QVERIFY(std::abs(after({Averaging::Tail, 0.9, 1}, 30, 30) - 315.166666667) < 1e-3);
        QVERIFY(std::abs(after({Averaging::Tail, 0.9, 0.1}, 30, 30) - (28 * 28 + 29 * 29 + 30 * 30) / 3.0) < 1e-3);
        QCOMPARE(after({Averaging::Tail, 0.9, 0.1}, 27, 30), -1.0);
        QCOMPARE(after({Averaging::None, 0.9, 0.1}, 30, 30), -1.0);
        QVERIFY(WeightAverage(parameters, {}).state().empty());
    }
    // A run that turns out longer begins its tail again.
    void aTailBeginsLaterWhenTheEndMoves()
    {
        std::vector<TrainedParameter> parameters(1);
        parameters[0].master = parameters[0].weight = torch::full({2}, 5.0f);
        WeightAverage average(parameters, {Averaging::Tail, 0.9, 0.5});
        average.add(6, 10);
        QVERIFY(average.isReady());
        average.add(7, 20);
        QVERIFY(!average.isReady());
        average.add(11, 20);
        QVERIFY(average.isReady());
    }
    void exchangingTwiceChangesNothing()
    {
        std::vector<TrainedParameter> parameters(1);
        parameters[0].master = torch::tensor({0.1f, 0.2f});
        parameters[0].weight = parameters[0].master.to(torch::kBFloat16);
        const torch::Tensor rounded = parameters[0].weight.clone();
        WeightAverage average(parameters, {Averaging::Exponential, 0.5, 1});
        average.add(1, 10);
        parameters[0].master.fill_(0.7f);
        average.exchange();
        QVERIFY(torch::equal(parameters[0].master, torch::tensor({0.1f, 0.2f})));
        QVERIFY(torch::equal(parameters[0].weight, rounded));
        average.exchange();
        QVERIFY(torch::equal(parameters[0].master, torch::full({2}, 0.7f)));
        QVERIFY(torch::equal(parameters[0].weight, torch::full({2}, 0.7f).to(torch::kBFloat16)));
    }
    void rareLabelsWeighMore()
    {
        struct Labelled final : adapt::Records {
            std::vector<int> labels;
            explicit Labelled(std::vector<int> given) : labels(std::move(given)) {}
            qint64 count() const override { return qint64(labels.size()); }
            qint64 tokenCount(qint64) const override { return 1; }
            int label(qint64 record) const override { return labels[size_t(record)]; }
            void copy(qint64, qint64, qint64 *, quint8 *) const override {}
        };
        const auto weights = balancedWeights(Labelled({0, 0, 0, 2, -1, 7}), 3);
        QCOMPARE(weights, (std::vector<float>{4 / 6.0f, 0, 2}));
        QCOMPARE(balancedWeights(Labelled({}), 2), (std::vector<float>{0, 0}));
        RunSettings settings;
        QVERIFY(regularisationOf(settings, nullptr, 0).labelWeights.empty());
        settings.balanceLabels = true;
        QVERIFY(regularisationOf(settings, nullptr, 3).labelWeights.empty());
    }
    void penaltiesAreForMatrices()
    {
        std::vector<TrainedParameter> parameters(3);
        for (TrainedParameter &parameter : parameters) {
            parameter.master = torch::full({2, 2}, -2.0f);
            parameter.gradient = torch::ones({2, 2});
            parameter.decays = true;
        }
        parameters[1].decays = false;
        parameters[2].gradient = torch::Tensor();  // rests
        RunSettings settings;
        settings.l1 = 0.5;
        settings.l2 = 0.25;
        QCOMPARE(addPenalties(parameters, settings, 2), 0.5 * 8 + 0.125 * 16);
        QVERIFY(torch::equal(parameters[0].gradient, torch::full({2, 2}, 1 + 2 * (-0.5f - 0.5f))));
        QVERIFY(torch::equal(parameters[1].gradient, torch::ones({2, 2})));
        QVERIFY(!parameters[2].gradient.defined());
    }
    void settingsOutOfRangeAreRefused_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QJsonValue>("value");
        const std::pair<const char *, QJsonValue> wrong[] = {
            {"label_smoothing", 1}, {"label_smoothing", -0.1}, {"z_loss", -1}, {"z_loss", 2}, {"l1", -1e-9}, {"l2", 11},
            {"l2", QStringLiteral("much")}, {"stochastic_depth", 1}, {"stochastic_depth", -0.5}, {"averaging", QStringLiteral("polyak")},
            {"averaging_decay", 1}, {"averaging_tail", 0}, {"averaging_tail", 1.5}, {"focal_gamma", -1}, {"balance_labels", 3},
            {"initializer", QStringLiteral("initializer.magic")}, {"initializer", 3}};
        for (const auto &[key, value] : wrong)
            QTest::addRow("%s %s", key, qPrintable(value.toVariant().toString())) << QString::fromLatin1(key) << value;
    }
    void settingsOutOfRangeAreRefused()
    {
        QFETCH(QString, key);
        QFETCH(QJsonValue, value);
        static const auto plugins = test::builtPlugins();
        const auto settings = RunSettings::fromJson(*plugins, {{key, value}});
        QVERIFY(!settings);
        QCOMPARE(settings.error().code, ErrorCode::InvalidInput);
    }

    void budgets()
    {
        const Overheads none;
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Steps, 250), 1000, 1'000'000, 0, none), 250);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Tokens, 2'000'001), 1000, 1'000'000, 0, none), 2001);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Passes, 1.5), 1000, 1'000'000, 0, none), 1500);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Time, 10), 1000, 1'000'000, 0.5, none), 1200);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Time, 10), 1000, 1'000'000, 0.5, {10, 1}), (600 - 10 - 21) * 2);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Time, 0.001), 1000, 1'000'000, 60, none), 1);
        QCOMPARE(*stepsForBudget(budget(BudgetKind::Time, 1), 1000, 1'000'000, 1, {500, 1}), 1);
    }
    void impossibleBudgets()
    {
        for (double amount : {0.0, -1.0, std::nan("")})
            QCOMPARE(stepsForBudget(budget(BudgetKind::Steps, amount), 1000, 1000, 0, {}).error().code,
                     ErrorCode::InvalidInput);
        QCOMPARE(stepsForBudget(budget(BudgetKind::Steps, 1e15), 1000, 1000, 0, {}).error().code, ErrorCode::InvalidInput);
    }
    void validationsAreAboutTwenty()
    {
        RunSettings settings;
        QCOMPARE(validationPlan(600, 1).count, kValidations);
        QCOMPARE(validationPlan(600, 1).share, 1.0);
        QCOMPARE(validationPlan(600, 42).share, 0.25);  // a quarter of the rows, 10.5 s each
        QCOMPARE(validationPlan(600, 42).count, 4);
        QCOMPARE(validationPlan(600, 4).count, kValidations);
        QVERIFY(validationPlan(600, 4).share < 0.75);
        QCOMPARE(validationPlan(60, 1000).count, 2);  // the start and the end are always measured
        QCOMPARE(validationInterval(settings, 100, 4), 25);
        QCOMPARE(validationInterval(settings, 1), 1);
        QCOMPARE(validationInterval(settings, 19), 1);
        QCOMPARE(validationInterval(settings, 1000), 50);
        settings.validationEvery = 7;
        QCOMPARE(validationInterval(settings, 1000), 7);
    }
    void plansComeBack()
    {
        const RunPlan plan{1234, 2, QStringLiteral("bf16"), 62, 0.125, 7, 0.5, {{100, 2000, 100}, {300, 1800, 90}}, 3};
        QCOMPARE(plan.at(100).steps, 1234);
        QCOMPARE(plan.at(101).steps, 2000);
        QCOMPARE(plan.at(301).validationEvery, 90);
        QCOMPARE(plan.lastStep(), 1800);
        const auto again = planFromJson(toJson(plan));
        QVERIFY(again);
        QCOMPARE(toJson(*again), toJson(plan));
    }
    void brokenPlans()
    {
        const QJsonObject good = toJson(RunPlan{10, 2, QStringLiteral("f32"), 1, 0});
        for (const auto &[key, value] : std::vector<std::pair<QString, QJsonValue>>{
                 {QStringLiteral("steps"), 0}, {QStringLiteral("steps"), -5}, {QStringLiteral("steps"), QStringLiteral("x")},
                 {QStringLiteral("threads"), 0}, {QStringLiteral("threads"), 1e9}, {QStringLiteral("precision"), QStringLiteral("f8")},
                 {QStringLiteral("validationEvery"), 0}, {QStringLiteral("checkpointedLayers"), -1},
                 {QStringLiteral("revisions"), QJsonArray{QJsonObject{{QStringLiteral("afterStep"), 5}, {QStringLiteral("steps"), 4}, {QStringLiteral("validationEvery"), 1}}}}}) {
            QJsonObject bad = good;
            bad[key] = value;
            QCOMPARE(planFromJson(bad).error().code, ErrorCode::Corrupt);
        }
        QJsonObject newer = good;
        newer[QStringLiteral("format")] = 99;
        QCOMPARE(planFromJson(newer).error().code, ErrorCode::NewerVersion);
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

    void plansKnowTheirDevice()
    {
        RunPlan plan{10, 2, QStringLiteral("f16"), 1, 0};
        plan.device = QStringLiteral("cuda:0");
        plan.microBatches = {{0, 4, 2}, {7, 1, 8}};
        const auto again = planFromJson(toJson(plan));
        QVERIFY(again);
        QCOMPARE(again->device, plan.device);
        QVERIFY(again->microBatches == plan.microBatches);
        QJsonObject old = toJson(plan);
        old.remove(QStringLiteral("device"));
        old.remove(QStringLiteral("microBatches"));
        QCOMPARE(planFromJson(old)->device, QStringLiteral("cpu"));
        QVERIFY(planFromJson(old)->microBatches.empty());
        for (const MicroBatch &wrong : {MicroBatch{-1, 4, 2}, MicroBatch{9, 0, 2}, MicroBatch{9, 4, 0}, MicroBatch{7, 1, 8}}) {
            QJsonObject bad = toJson(plan);
            bad[QStringLiteral("microBatches")] = toJson(std::vector<MicroBatch>{{7, 1, 8}, wrong});
            QCOMPARE(planFromJson(bad).error().code, ErrorCode::Corrupt);
        }
    }

    void portionsBecomeSmaller()
    {
        QVERIFY((smallerThan({0, 8, 1}, 5) == MicroBatch{5, 4, 2}));
        QVERIFY((smallerThan({0, 9, 2}, 5) == MicroBatch{5, 3, 6}));
        QVERIFY((smallerThan({0, 7, 1}, 5) == MicroBatch{5, 1, 7}));
        QVERIFY(!smallerThan({0, 1, 64}, 5));
        std::vector<MicroBatch> decided;
        QVERIFY(!microBatchAt(decided, 1));
        decide(decided, {4, 4, 2});
        decide(decided, {9, 2, 4});
        QVERIFY(!microBatchAt(decided, 4));
        QCOMPARE(microBatchAt(decided, 5)->rows, 4);
        QCOMPARE(microBatchAt(decided, 10)->rows, 2);
        decide(decided, {6, 1, 8});  // a resumed run had less memory: what came later falls away
        QCOMPARE(decided.size(), size_t(2));
        QCOMPARE(microBatchAt(decided, 10)->rows, 1);
    }

    void lossScalesFollowWhatFits()
    {
        LossScale off;
        QVERIFY(off.accepts(false) && !off.isOn() && off.toJson().isEmpty());
        LossScale scale = LossScale::begun();
        QVERIFY(!scale.accepts(false));
        QCOMPARE(scale.factor(), 32768.0);
        for (int update = 0; update < 2000; ++update)
            QVERIFY(scale.accepts(true));
        QCOMPARE(scale.factor(), 65536.0);
        QVERIFY(scale.accepts(true));
        const auto again = LossScale::fromJson(scale.toJson());
        QVERIFY(again && again->toJson() == scale.toJson());
        int left = 0;
        while (!scale.accepts(false) && left < 100)
            ++left;
        QCOMPARE(left, 32);  // then the numbers themselves are at fault
    }

    void brokenLossScales()
    {
        QVERIFY(!LossScale::fromJson({})->isOn());
        for (const QJsonObject &bad : {QJsonObject{{QStringLiteral("factor"), 3.0}, {QStringLiteral("good"), 1}},
                                       QJsonObject{{QStringLiteral("factor"), 0.0}, {QStringLiteral("good"), 1}},
                                       QJsonObject{{QStringLiteral("factor"), -2.0}, {QStringLiteral("good"), 1}},
                                       QJsonObject{{QStringLiteral("factor"), 1e300}, {QStringLiteral("good"), 1}},
                                       QJsonObject{{QStringLiteral("factor"), 2.0}},
                                       QJsonObject{{QStringLiteral("factor"), QStringLiteral("x")}, {QStringLiteral("good"), 1}}})
            QCOMPARE(LossScale::fromJson(bad).error().code, ErrorCode::Corrupt);
    }

    void statesComeBack()
    {
        RunState state;
        state.step = 77;
        state.tokens = qint64(1) << 41;
        state.seconds = 12.25;
        QVERIFY(state.addValidation({2.5, std::exp(2.5), 1.1, 4096}));
        const RunState again = stateFromJson(toJson(state));
        QCOMPARE(toJson(again), toJson(state));
        QCOMPARE(again.lowestStep, 77);
        QCOMPARE(again.validation->tokens, 4096);
    }
    void patienceCounts()
    {
        RunState state;
        QVERIFY(state.addValidation({3, 20, 1.5, 1}));
        QVERIFY(!state.addValidation({3, 20, 1.5, 1}));
        QVERIFY(!state.addValidation({3.1, 20, 1.5, 1}));
        QCOMPARE(state.withoutImprovement, 2);
        QVERIFY(state.addValidation({2.9, 20, 1.4, 1}));
        QCOMPARE(state.withoutImprovement, 0);
        QCOMPARE(state.startBitsPerByte, 1.5);
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

    void checkpointsAreWrittenListedAndPruned()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("a")));
        QVERIFY(!store.best());
        for (qint64 step : {10, 20, 30, 40, 50})
            QVERIFY(store.write(contents(step, step == 20 ? 1.0 : 2.0)));
        QCOMPARE(store.steps(), (std::vector<qint64>{10, 20, 30, 40, 50}));
        QCOMPARE(store.best()->step, 20);
        QCOMPARE(store.prune(2, {10}), (std::vector<qint64>{30}));  // 10 is waited for by another job
        QCOMPARE(store.prune(2), (std::vector<qint64>{10}));
        QCOMPARE(store.steps(), (std::vector<qint64>{20, 40, 50}));
        QStringList problems;
        QCOMPARE(store.newestWhole(problems)->step, 50);
        QVERIFY(problems.isEmpty());
    }
    void codesComeBackAsTheyWere()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("codes")));
        CheckpointContents kept = contents(3, 0);
        const torch::Tensor codes = torch::arange(0, 256, torch::kLong).to(torch::kUInt8), scales = torch::rand({1});
        kept.optimizer = {{"w.mean8", codes}, {"w.mean_scale", scales}};
        QVERIFY(store.write(kept));
        const QString file = store.folderOf(3) + QStringLiteral("/optimizer.safetensors");
        QVERIFY(QFileInfo(file).size() < 256 + 400);  // a byte each
        std::vector<NamedState> read{{"w.mean8", torch::zeros({256}, torch::kUInt8)}, {"w.mean_scale", torch::zeros({1})}};
        QVERIFY(holdsExactly(file, read));
        QVERIFY(loadTensors(file, read));
        QVERIFY(torch::equal(read[0].tensor, codes) && torch::equal(read[1].tensor, scales));
        read[0].tensor = torch::zeros({256});  // codes are no numbers
        QCOMPARE(loadTensors(file, read).error().code, ErrorCode::Unsupported);
    }
    void damagedCheckpointsArePassedOver()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("b")));
        QVERIFY(store.write(contents(1, 3)) && store.write(contents(2, 2)) && store.write(contents(3, 1)));
        QFile file(store.folderOf(3) + QStringLiteral("/model.safetensors"));
        QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() - 1));
        file.write("x");
        file.close();
        QVERIFY(QFile::remove(store.folderOf(2) + QStringLiteral("/optimizer.safetensors")));
        QStringList problems;
        QCOMPARE(store.newestWhole(problems)->step, 1);
        QCOMPARE(problems.size(), 2);
        // Going on from step 1: what is saved next is neither pruned in favour of the damaged ones nor worse than them.
        store.setAsideAfter(1);
        QVERIFY(store.write(contents(2, 2.5)));
        QCOMPARE(store.prune(1), (std::vector<qint64>{1}));
        QCOMPARE(store.steps(), (std::vector<qint64>{2}));
        QCOMPARE(store.best()->step, 2);
        QVERIFY(QFileInfo::exists(m_folder.filePath(QStringLiteral("b/damaged-step-00000003/model.safetensors"))));
    }
    void writingTheSameStepAgainReplacesIt()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("c")));
        const auto first = store.write(contents(5, 1, 1)), second = store.write(contents(5, 1, 2)),
                   third = store.write(contents(5, 1, 1));
        QVERIFY(first && second && third);
        QVERIFY(first->weightsSha256 != second->weightsSha256);
        QCOMPARE(first->weightsSha256, third->weightsSha256);
        QStringList problems;
        QCOMPARE(store.newestWhole(problems)->weightsSha256, third->weightsSha256);
        QCOMPARE(QDir(m_folder.filePath(QStringLiteral("c"))).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size(), 1);
    }
    void aWriteThatFailsLeavesThePreviousWhole()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("d")));
        QVERIFY(store.write(contents(1, 1)));
        rlimit before;
        getrlimit(RLIMIT_FSIZE, &before);
        const rlimit small{4096, before.rlim_max};  // stands for a full disk: a write in the middle of a file fails
        setrlimit(RLIMIT_FSIZE, &small);
        const auto failed = store.write(contents(2, 0.5));
        setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY(!failed);
        QVERIFY(!failed.error().message.isEmpty());
        QCOMPARE(store.steps(), (std::vector<qint64>{1}));
        QStringList problems;
        QCOMPARE(store.newestWhole(problems)->step, 1);
        QVERIFY(store.write(contents(2, 0.5)));
        QCOMPARE(QDir(m_folder.filePath(QStringLiteral("d"))).entryList({QStringLiteral(".writing*")}, QDir::Dirs | QDir::Hidden).size(), 0);
    }
    void leftoversOfAKilledWriterGo()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("e")));
        QVERIFY(store.write(contents(1, 1)));
        QVERIFY(QDir(m_folder.filePath(QStringLiteral("e"))).mkpath(QStringLiteral(".writing-2-99/x")));
        QCOMPARE(store.steps(), (std::vector<qint64>{1}));
        store.removeUnfinished();
        QVERIFY(!QFileInfo::exists(m_folder.filePath(QStringLiteral("e/.writing-2-99"))));
    }
    void weightsThatAreNoNumbersAreNotWritten()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("f")));
        QCOMPARE(store.write(contents(1, 1, std::numeric_limits<float>::infinity())).error().code, ErrorCode::Diverged);
        QCOMPARE(store.write(contents(1, 1, std::numeric_limits<float>::quiet_NaN())).error().code, ErrorCode::Diverged);
        QVERIFY(store.steps().empty());
    }
    void loadingChecksNamesAndShapes()
    {
        const CheckpointStore store(m_folder.filePath(QStringLiteral("g")));
        const auto facts = store.write(contents(1, 1, 3));
        QVERIFY(facts);
        const QString file = facts->folder + QStringLiteral("/model.safetensors");
        torch::Tensor right = torch::zeros({64, 64});
        QVERIFY(loadTensors(file, {{"w", right}}));
        QVERIFY(torch::equal(right, torch::full({64, 64}, 3.0f)));
        QCOMPARE(loadTensors(file, {{"v", right}}).error().code, ErrorCode::Corrupt);
        QCOMPARE(loadTensors(file, {{"w", torch::zeros({64, 32})}}).error().code, ErrorCode::Corrupt);
        QCOMPARE(loadTensors(file, {}).error().code, ErrorCode::Corrupt);
    }
};

QTEST_GUILESS_MAIN(TestArithmetic)
#include "test_arithmetic.moc"
