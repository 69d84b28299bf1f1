// Linear layer and cross-entropy in one, beside the readable reference and PyTorch's numbers: label smoothing, z-loss, rows
// that do not count, tiles.
#include "tests/core/tensor/kernels_fixture.h"

#include "core/tensor/linear_cross_entropy.h"
#include "core/tensor/machine.h"

#include <QTest>

#include <cmath>

using namespace athanor;
using namespace athanor::tensor;
using torch::Tensor;

class TestLosses : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        setThreadCount(2);
        keepLargeBlocks();
    }

    void crossEntropy_data() { dtypes(); }
    void crossEntropy()
    {
        QFETCH(int, dtype);
        QFETCH(double, tolerance);
        Tensor targets = torch::empty({300}, at::kLong);
        for (int64_t i = 0; i < 300; ++i)
            targets[i] = i % 7 == 3 ? -1 : int64_t(randomBelow({1, 1, 1}, uint64_t(i), 50));
        const Distance d =
            compare([&](auto &in) { return linearCrossEntropy(in[0], in[1], targets); },
                    [&](auto &in) { return linearCrossEntropyReference(in[0], in[1], targets); },
                    {sample({300, 16}, 1), sample({50, 16}, 2)}, at::ScalarType(dtype));
        QVERIFY2(d.value < tolerance, qPrintable(QString::number(d.value)));
        QVERIFY2(d.gradient < tolerance, qPrintable(QString::number(d.gradient)));
    }

    void crossEntropyByRow()
    {
        const Tensor x = sample({20, 8}, 1), w = sample({30, 8}, 2);
        Tensor targets = torch::arange(0, 20, at::kLong);
        targets[4] = -1;
        const Tensor expected = -at::log_softmax(at::mm(x, w.t()), 1).gather(1, targets.clamp(0).unsqueeze(1)).squeeze(1);
        const Tensor losses = perTokenCrossEntropy(x, w, targets);
        QVERIFY(difference(losses * (targets >= 0), expected * (targets >= 0)) < kF32);
        QCOMPARE(losses[4].item<float>(), 0.0f);
        torch::NoGradGuard none;
        QVERIFY(std::abs(linearCrossEntropy(x, w, targets).item<double>() - losses.sum().item<double>() / 19) < 1e-5);
        QCOMPARE(linearCrossEntropy(x, w, torch::full({20}, -1, at::kLong)).item<float>(), 0.0f);
        QVERIFY_EXCEPTION_THROWN(perTokenCrossEntropy(x, w, targets + 20), c10::Error);
        QVERIFY_EXCEPTION_THROWN(perTokenCrossEntropy(x, w, targets.slice(0, 0, 5)), c10::Error);
    }

    // Label smoothing and z-loss, with rows that do not count and a bias, over more than one chunk of rows.
    void regularisedCrossEntropies_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<double>("tolerance");
        QTest::addColumn<double>("smoothing");
        QTest::addColumn<double>("z");
        for (const auto &[smoothing, z] : {std::pair(0.1, 0.0), std::pair(0.0, 0.01), std::pair(0.3, 0.1), std::pair(0.0, 0.0)}) {
            QTest::addRow("f32 %g %g", smoothing, z) << int(at::kFloat) << kF32 << smoothing << z;
            QTest::addRow("bf16 %g %g", smoothing, z) << int(at::kBFloat16) << kBf16 << smoothing << z;
        }
    }
    void regularisedCrossEntropies()
    {
        QFETCH(int, dtype);
        QFETCH(double, tolerance);
        QFETCH(double, smoothing);
        QFETCH(double, z);
        const LossTerms terms{smoothing, z};
        Tensor targets = torch::empty({300}, at::kLong);
        for (int64_t i = 0; i < 300; ++i)
            targets[i] = i % 7 == 3 ? -1 : i * 37 % 50;
        const std::vector<Tensor> inputs{sample({300, 16}, 1), sample({50, 16}, 2, 0.5), sample({50}, 3)};
        LossPair fast, reference;
        const Distance d = compare(
            [&](auto &in) { return (fast = regularisedCrossEntropy(in[0], in[1], targets, in[2], terms)).objective; },
            [&](auto &in) { return (reference = regularisedCrossEntropyReference(in[0], in[1], targets, in[2], terms)).objective; },
            inputs, at::ScalarType(dtype));
        QVERIFY2(d.value < tolerance, qPrintable(QString::number(d.value)));
        QVERIFY2(d.gradient < tolerance, qPrintable(QString::number(d.gradient)));
        QVERIFY(difference(fast.plain, reference.plain) < tolerance);
        QVERIFY(!fast.plain.requires_grad() && !reference.plain.requires_grad());
        torch::NoGradGuard none;
        const LossPair measured = regularisedCrossEntropy(inputs[0], inputs[1], targets, inputs[2], terms);
        QVERIFY(difference(measured.objective, reference.objective) < tolerance);
    }

    // tests/golden/regularisation.py: PyTorch in f64.
    void regularisedLossesAsPyTorchs_data()
    {
        QTest::addColumn<LossTerms>("terms");
        QTest::addColumn<std::vector<double>>("expected");
        QTest::newRow("plain") << LossTerms{0, 0} << std::vector{2.069573962, 2.069573962, -0.019051546, -0.051916985};
        QTest::newRow("smoothed") << LossTerms{0.1, 0} << std::vector{2.307132811, 2.069573962, 0.037136951, 0.020863955};
        QTest::newRow("z") << LossTerms{0, 0.01} << std::vector{2.303530465, 2.069573962, 0.054916740, 0.032779991};
        QTest::newRow("both") << LossTerms{0.2, 0.03} << std::vector{3.246561169, 2.069573962, 0.315230304, 0.347735823};
    }
    void regularisedLossesAsPyTorchs()
    {
        QFETCH(LossTerms, terms);
        QFETCH(std::vector<double>, expected);
        const Tensor x = leaf(4 * table(6, 5, 7, 31)), w = leaf(4 * table(9, 5, 11, 37));
        const Tensor targets = torch::tensor({3, 0, -1, 8, 5, 3}, at::kLong);
        const LossPair both = regularisedCrossEntropy(x, w, targets, {}, terms);
        both.objective.backward();
        const double found[] = {both.objective.item<double>(), both.plain.item<double>(),
                                (x.grad() * table(6, 5, 3, 13)).sum().item<double>(),
                                (w.grad() * table(9, 5, 5, 17)).sum().item<double>()};
        for (size_t i = 0; i < expected.size(); ++i)
            QVERIFY2(std::abs(found[i] - expected[i]) < 1e-5, qPrintable(QString::number(found[i], 'g', 9)));
    }

    // More rows and words than one tile holds, and a bias: against the plain formula, and the same with one thread.
    void crossEntropyInTiles_data() { dtypes(); }
    void crossEntropyInTiles()
    {
        QFETCH(int, dtype);
        QFETCH(double, tolerance);
        const auto format = at::ScalarType(dtype);
        const Tensor x = sample({530, 24}, 1, 0.3).to(format), w = sample({1000, 24}, 2).to(format);
        const Tensor bias = sample({1000}, 3).to(format);
        Tensor targets = torch::empty({530}, at::kLong);
        for (int64_t i = 0; i < 530; ++i)
            targets[i] = i % 5 == 2 ? -1 : i * 37 % 1000;
        const Tensor logits = at::mm(x.to(at::kFloat), w.to(at::kFloat).t()) + bias.to(at::kFloat);
        const Tensor expected = -at::log_softmax(logits, 1).gather(1, targets.clamp(0).unsqueeze(1)).squeeze(1);
        const Tensor losses = perTokenCrossEntropy(x, w, targets, bias);
        QVERIFY(difference(losses, expected * (targets >= 0)) < tolerance);
        const int threads = threadCount();
        setThreadCount(1);
        const Tensor alone = perTokenCrossEntropy(x, w, targets, bias);
        setThreadCount(threads);
        QVERIFY(torch::equal(alone, losses));
    }
};

QTEST_GUILESS_MAIN(TestLosses)
#include "test_losses.moc"
