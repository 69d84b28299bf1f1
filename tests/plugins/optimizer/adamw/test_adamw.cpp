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

constexpr auto make = fixture::make<AdamW, adamWOptions>;

// Dettmers et al. 2022, section 1.3: zero, in each decade twice as many as in the one below, and one.
std::vector<double> sharesOfDecades(int decades)
{
    std::vector<double> shares{0};
    double largest = std::pow(10.0, 1 - decades);
    for (int count = 1; count < (1 << decades); count *= 2, largest *= 10)
        for (int i = 0; i < count; ++i)
            shares.push_back(largest * (0.1 + 0.9 * i / count + 0.9 * (i + 1) / count + 0.1) / 2);
    shares.back() = 1;
    return shares;
}

// Each number to the nearest share of the largest of its 256; of squares (256 shares) none to zero that is not.
void rounded(std::vector<double> &numbers, const std::vector<double> &shares)
{
    for (size_t begin = 0; begin < numbers.size(); begin += 256) {
        const size_t end = std::min(numbers.size(), begin + 256);
        double largest = 0;
        for (size_t i = begin; i < end; ++i)
            largest = std::max(largest, std::abs(numbers[i]));
        for (size_t i = begin; i < end; ++i) {
            const double size = std::abs(numbers[i]);
            const auto nearest = std::min_element(shares.begin(), shares.end(), [&](double a, double b) {
                return std::abs(a * largest - size) < std::abs(b * largest - size);
            });
            const bool isSquare = shares.size() == 256;
            const double share = isSquare && size > 0 && *nearest == 0 ? shares[1] : *nearest;
            numbers[i] = std::copysign(share * largest, numbers[i]);
        }
    }
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
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(make); }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void stateNamesAreUniqueAndComplete()
    {
        QCOMPARE(fixture::remembered({}, make), QStringLiteral("m.mean 63, m.variance 63, v.mean 5, v.variance 5"));
    }
    void eightBitsLearnAsWell()
    {
        // A bowl with slopes of two decades and noise: how far from its bottom both end.
        const auto distance = [](bool inEightBits) {
            std::vector<TrainedParameter> parameters{parameter("w", {64, 96}, at::kFloat, false)};
            AdamW optimizer(parameters, adamWOptions({{QStringLiteral("state_bits"), inEightBits ? QStringLiteral("8") : QStringLiteral("32")}}));
            const torch::Tensor slopes = torch::logspace(-1, 1, 96), bottom = torch::sin(torch::arange(64 * 96, torch::kFloat)).view({64, 96});
            for (int step = 1; step <= 300; ++step) {
                const torch::Tensor noise = torch::sin(torch::arange(64 * 96, torch::kFloat) * (1.3 + 0.01 * step)).view({64, 96});
                parameters[0].gradient = slopes * (parameters[0].master - bottom + 0.5 * noise);
                optimizer.step(0.02 * (1 - step / 301.0), 1, step);
            }
            return (parameters[0].master - bottom).pow(2).mean().sqrt().item<double>();
        };
        const double exact = distance(false), rounded = distance(true);
        QVERIFY2(exact < 0.2, qPrintable(QString::number(exact)));
        QVERIFY2(rounded < 1.25 * exact + 0.002, qPrintable(QStringLiteral("%1 instead of %2").arg(rounded).arg(exact)));
    }
    // The published recurrence and map once more, in f64 and by search through all 256 numbers.
    void eightBitsAgreeWithPlainLoops()
    {
        std::vector<TrainedParameter> parameters{parameter("w", {33, 128}, at::kFloat, true)};  // 16 blocks and a half
        AdamW optimizer(parameters, adamWOptions({{QStringLiteral("state_bits"), QStringLiteral("8")}}));
        const int count = 33 * 128;
        std::vector<double> w(count), m(count, 0), v(count, 0);
        for (int i = 0; i < count; ++i)
            w[size_t(i)] = parameters[0].master.view({-1})[i].item<float>();
        const auto signedShares = sharesOfDecades(7), shares = sharesOfDecades(8);
        for (int step = 1; step <= 5; ++step) {
            parameters[0].gradient = gradientOf(parameters[0], step) * torch::logspace(-3, 0, 128);
            const torch::Tensor gradient = parameters[0].gradient.flatten();
            for (size_t i = 0; i < w.size(); ++i) {
                const double g = gradient[int64_t(i)].item<float>();
                m[i] += 0.1 * (g - m[i]);
                v[i] += 0.05 * (g * g - v[i]);
                w[i] -= 0.01 * (0.1 * w[i] + m[i] / (1 - std::pow(0.9, step)) / (std::sqrt(v[i] / (1 - std::pow(0.95, step))) + 1e-8));
            }
            rounded(m, signedShares);
            rounded(v, shares);
            optimizer.step(0.01, 1, step);
        }
        // A number between two codes may fall to the other one; those are few, and they differ little.
        int apart = 0;
        for (int i = 0; i < count; ++i) {
            const double difference = std::abs(parameters[0].master.view({-1})[i].item<float>() - w[size_t(i)]);
            QVERIFY2(difference < 1e-3, qPrintable(QString::number(difference)));
            apart += difference > 2e-6;
        }
        QVERIFY2(apart < count / 200, qPrintable(QString::number(apart)));
    }
    void eightBitStateIsNamedAndGoesOnWithTheSameBits()
    {
        const AdamWOptions options = adamWOptions({{QStringLiteral("state_bits"), QStringLiteral("8")}});
        const auto make = [] { return std::vector<TrainedParameter>{parameter("w", {64, 65}, at::kFloat, true), parameter("gain", {65}, at::kFloat, false)}; };
        const auto run = [](AdamW &optimizer, std::vector<TrainedParameter> &parameters, int from, int to) {
            for (int step = from; step <= to; ++step) {
                for (TrainedParameter &p : parameters)
                    p.gradient = gradientOf(p, step);
                optimizer.step(0.02, 1, step);
            }
        };
        std::vector<TrainedParameter> first = make(), second = make();
        AdamW whole(first, options), before(second, options);
        run(whole, first, 1, 6);
        run(before, second, 1, 3);
        AdamW after(second, options);
        std::vector<NamedState> from = before.state(), to = after.state();
        QCOMPARE(from.size(), size_t(6));  // the small one stays in 32 bits
        QCOMPARE(QString::fromStdString(from[0].name), QStringLiteral("w.mean8"));
        QCOMPARE(from[0].tensor.scalar_type(), at::kByte);
        QCOMPARE(QString::fromStdString(from[5].name), QStringLiteral("gain.variance"));
        for (size_t i = 0; i < from.size(); ++i)
            to[i].tensor.copy_(from[i].tensor);
        run(after, second, 4, 6);
        QVERIFY(torch::equal(first[0].master, second[0].master) && torch::equal(first[1].master, second[1].master));
    }
    void goesOnWithTheSameBits() { QVERIFY(fixture::goesOnWithTheSameBits({}, make)); }
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
