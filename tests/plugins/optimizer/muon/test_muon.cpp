// Muon: the update is near orthogonal, the rest is AdamW, and the state goes on with the same bits.
#include "plugins/optimizer/muon/muon.h"
#include "tests/plugins/optimizer/optimizer_fixture.h"

using namespace athanor::train;

namespace {

torch::Tensor mixed(at::IntArrayRef shape, double phase)
{
    const int64_t count = c10::multiply_integers(shape);
    const torch::Tensor x = torch::arange(count, torch::kFloat);
    return (torch::sin(x * 1.7 + phase) + 0.3 * torch::cos(x * x * 0.11)).view(shape);
}

TrainedParameter parameter(const char *name, at::IntArrayRef shape, bool isHidden)
{
    const torch::Tensor weight = mixed(shape, 0.2);
    return {name, weight, weight, {}, true, isHidden};
}

std::unique_ptr<Optimizer> make(std::vector<TrainedParameter> &parameters, const QJsonObject &settings)
{
    return std::make_unique<Muon>(parameters, muonOptions(settings));
}

}  // namespace

class TestMuon : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void singularValuesComeNearOne_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::newRow("square") << 24 << 24;
        QTest::newRow("wide") << 16 << 40;
        QTest::newRow("tall") << 40 << 16;
        QTest::newRow("one row") << 1 << 12;
    }
    void singularValuesComeNearOne()
    {
        QFETCH(int, rows);
        QFETCH(int, columns);
        torch::manual_seed(3);
        const torch::Tensor matrix = torch::randn({rows, columns});
        const torch::Tensor result = orthogonalised(matrix, 8, at::kFloat);
        QCOMPARE(result.size(0), int64_t(rows));
        QCOMPARE(result.size(1), int64_t(columns));
        const torch::Tensor small = rows <= columns ? result.matmul(result.t()) : result.t().matmul(result);
        const torch::Tensor diagonal = small.diagonal();
        QVERIFY(diagonal.min().item<float>() > 0.35f);
        QVERIFY(diagonal.max().item<float>() < 1.6f);
        const torch::Tensor rest = small - torch::diag(diagonal);
        QVERIFY(rest.abs().max().item<float>() < 0.45f);
    }
    void sizeOfTheGradientDoesNotMatter()
    {
        const torch::Tensor matrix = mixed({12, 12}, 0.4);
        const torch::Tensor difference = orthogonalised(matrix, 5, at::kFloat) - orthogonalised(matrix * 1000, 5, at::kFloat);
        QVERIFY(difference.abs().max().item<float>() < 1e-3f);
    }
    void zeroGradientGivesNoNumberThatIsNone()
    {
        QVERIFY(torch::isfinite(orthogonalised(torch::zeros({6, 6}), 5, at::kFloat)).all().item<bool>());
    }
    void updateHasTheSizeOfAdamW()
    {
        std::vector<TrainedParameter> parameters{parameter("w", {32, 32}, true)};
        const torch::Tensor before = parameters[0].master.clone();
        torch::manual_seed(5);
        parameters[0].gradient = torch::randn({32, 32});
        MuonOptions options;
        options.weightDecay = 0;
        Muon optimizer(parameters, options);
        optimizer.step(0.01, 1, 1);
        const double rms = (parameters[0].master - before).pow(2).mean().sqrt().item<double>();
        QVERIFY2(rms > 0.001 && rms < 0.003, qPrintable(QString::number(rms)));  // 0.2 · 0.01
    }
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("muon")); }
    void agreesWithRecordedNumbers()
    {
        QFETCH(QJsonObject, recorded);
        // In bf16 PyTorch's own result is 3e-4 from the one in f32; ours has other roundings on top of that.
        const bool bf16 = QByteArray(QTest::currentDataTag()).endsWith("bf16");
        const double found = fixture::differenceFromRecorded(recorded, make, bf16 ? at::kBFloat16 : at::kFloat);
        QVERIFY2(found < (bf16 ? 1e-3 : 1e-5), qPrintable(QString::number(found)));
    }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void stateGoesOnWithTheSameBits()
    {
        const auto run = [](std::vector<TrainedParameter> &parameters, Muon &optimizer, int from, int to) {
            for (int step = from; step <= to; ++step) {
                for (size_t i = 0; i < parameters.size(); ++i)
                    parameters[i].gradient = mixed(parameters[i].master.sizes(), step + double(i));
                optimizer.step(0.01, 0.5, step);
            }
        };
        std::vector<TrainedParameter> whole{parameter("m", {8, 12}, true), parameter("e", {10, 4}, false)};
        std::vector<TrainedParameter> parts{parameter("m", {8, 12}, true), parameter("e", {10, 4}, false)};
        Muon one(whole, {}), first(parts, {});
        run(whole, one, 1, 6);
        run(parts, first, 1, 3);
        Muon second(parts, {});
        const auto from = first.state(), to = second.state();
        QCOMPARE(from.size(), size_t(3));
        for (size_t i = 0; i < from.size(); ++i) {
            QCOMPARE(QString::fromStdString(from[i].name), QString::fromStdString(to[i].name));
            torch::Tensor destination = to[i].tensor;
            destination.copy_(from[i].tensor);
        }
        run(parts, second, 4, 6);
        for (size_t i = 0; i < whole.size(); ++i)
            QVERIFY(torch::equal(whole[i].master, parts[i].master));
    }
    void roundedWeightsFollowTheMasters()
    {
        TrainedParameter p = parameter("m", {8, 8}, true);
        p.master = p.master.clone();
        p.weight = p.weight.to(torch::kBFloat16);
        std::vector<TrainedParameter> parameters{p};
        parameters[0].gradient = mixed({8, 8}, 1).to(torch::kBFloat16);
        Muon optimizer(parameters, {});
        optimizer.step(0.01, 1, 1);
        QVERIFY(torch::equal(parameters[0].weight, parameters[0].master.to(torch::kBFloat16)));
    }
};

QTEST_APPLESS_MAIN(TestMuon)
#include "test_muon.moc"
