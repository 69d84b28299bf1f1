// Means of weights, penalties and weights of labels, and settings of them that are refused.
#include "core/train/averaging.h"
#include "core/train/regularising.h"

#include "tests/support/tiny_training.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::train;

class TestRegularising : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // tests/golden/regularisation.py: torch.optim.swa_utils of the number step².
    void meansOfWeights()
    {
        std::vector<TrainedParameter> parameters(1);
        parameters[0].name = std::string("w");  // GCC 12 warns of the other assignment
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
};

QTEST_GUILESS_MAIN(TestRegularising)
#include "test_regularising.moc"
