// AdamW against the paper's formula written as plain loops, in both number formats.
#include "plugins/optimizer/adamw/adamw.h"
#include "tests/plugins/optimizer/optimizer_fixture.h"

using namespace athanor::train;

namespace {

TrainedParameter parameter(const char *name, at::IntArrayRef shape, at::ScalarType dtype, bool decays)
{
    const torch::Tensor master = torch::linspace(-1, 1, c10::multiply_integers(shape)).view(shape).to(torch::kFloat);
    const torch::Tensor weight = dtype == at::kFloat ? master : master.to(dtype);
    return {name, weight, dtype == at::kFloat ? weight : master.clone(), {}, decays, false};
}

torch::Tensor gradientOf(const TrainedParameter &p, int step)
{
    const int64_t count = p.master.numel();
    return torch::sin(torch::arange(count, torch::kFloat) * 0.7 + step).view(p.master.sizes()).to(p.weight.scalar_type());
}

std::unique_ptr<Optimizer> make(std::vector<TrainedParameter> &parameters, const QJsonObject &settings)
{
    return std::make_unique<AdamW>(parameters, adamWOptions(settings));
}

}  // namespace

class TestAdamW : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithPlainLoops_data()
    {
        QTest::addColumn<bool>("bf16");
        QTest::addColumn<bool>("decays");
        QTest::newRow("f32, decay") << false << true;
        QTest::newRow("f32") << false << false;
        QTest::newRow("bf16, decay") << true << true;
        QTest::newRow("bf16") << true << false;
    }
    void agreesWithPlainLoops()
    {
        QFETCH(bool, bf16);
        QFETCH(bool, decays);
        std::vector<TrainedParameter> parameters{parameter("w", {7, 5}, bf16 ? at::kBFloat16 : at::kFloat, decays)};
        const AdamWOptions options{0.9, 0.95, 1e-8, 0.1};
        AdamW optimizer(parameters, options);
        std::vector<double> w(35), m(35, 0), v(35, 0);
        for (int i = 0; i < 35; ++i)
            w[size_t(i)] = parameters[0].master.view({-1})[i].item<float>();
        const double lr = 0.01, scale = 0.5;
        for (int step = 1; step <= 5; ++step) {
            parameters[0].gradient = gradientOf(parameters[0], step);
            for (int i = 0; i < 35; ++i) {
                const double g = scale * parameters[0].gradient.view({-1})[i].to(torch::kFloat).item<float>();
                double &mean = m[size_t(i)], &variance = v[size_t(i)], &value = w[size_t(i)];
                mean = 0.9 * mean + 0.1 * g;
                variance = 0.95 * variance + 0.05 * g * g;
                const double corrected = mean / (1 - std::pow(0.9, step));
                const double size = std::sqrt(variance / (1 - std::pow(0.95, step))) + 1e-8;
                value -= lr * (decays ? 0.1 : 0.0) * value + lr * corrected / size;
            }
            optimizer.step(lr, scale, step);
        }
        for (int i = 0; i < 35; ++i) {
            const double found = parameters[0].master.view({-1})[i].item<float>();
            QVERIFY2(std::abs(found - w[size_t(i)]) < 1e-5, qPrintable(QString::number(found - w[size_t(i)])));
        }
        const torch::Tensor rounded = parameters[0].master.to(parameters[0].weight.scalar_type());
        QVERIFY(torch::equal(rounded, parameters[0].weight));
    }
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("adamw")); }
    void agreesWithRecordedNumbers()
    {
        QFETCH(QJsonObject, recorded);
        const double found = fixture::differenceFromRecorded(recorded, make);
        QVERIFY2(found < 2e-6, qPrintable(QString::number(found)));
    }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void stateNamesAreUniqueAndComplete()
    {
        std::vector<TrainedParameter> parameters{parameter("a", {3}, at::kFloat, false), parameter("b", {2, 2}, at::kFloat, true)};
        AdamW optimizer(parameters, {});
        const auto state = optimizer.state();
        QCOMPARE(state.size(), size_t(4));
        QCOMPARE(QString::fromStdString(state[0].name), QStringLiteral("a.mean"));
        QCOMPARE(QString::fromStdString(state[3].name), QStringLiteral("b.variance"));
    }
    void restoredStateGoesOnWithTheSameBits()
    {
        std::vector<TrainedParameter> first{parameter("w", {9, 3}, at::kFloat, true)};
        AdamW whole(first, {});
        for (int step = 1; step <= 6; ++step) {
            first[0].gradient = gradientOf(first[0], step);
            whole.step(0.02, 1, step);
        }
        std::vector<TrainedParameter> second{parameter("w", {9, 3}, at::kFloat, true)};
        auto before = std::make_unique<AdamW>(second, AdamWOptions());
        for (int step = 1; step <= 3; ++step) {
            second[0].gradient = gradientOf(second[0], step);
            before->step(0.02, 1, step);
        }
        AdamW after(second, {});
        for (size_t i = 0; i < 2; ++i)
            after.state()[i].tensor.copy_(before->state()[i].tensor);
        for (int step = 4; step <= 6; ++step) {
            second[0].gradient = gradientOf(second[0], step);
            after.step(0.02, 1, step);
        }
        QVERIFY(torch::equal(first[0].master, second[0].master));
    }
    void parametersWithoutGradientRest()
    {
        std::vector<TrainedParameter> parameters{parameter("w", {4}, at::kFloat, true)};
        const torch::Tensor before = parameters[0].master.clone();
        AdamW optimizer(parameters, {});
        optimizer.step(0.1, 1, 1);
        QVERIFY(torch::equal(before, parameters[0].master));
    }
    void optionsComeFromSettings()
    {
        const AdamWOptions options = adamWOptions({{QStringLiteral("beta1"), 0.5}, {QStringLiteral("weight_decay"), 0.0}});
        QCOMPARE(options.beta1, 0.5);
        QCOMPARE(options.beta2, 0.95);
        QCOMPARE(options.weightDecay, 0.0);
    }
};

QTEST_APPLESS_MAIN(TestAdamW)
#include "test_adamw.moc"
