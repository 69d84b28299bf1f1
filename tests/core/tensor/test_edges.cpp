// Sizes at the edge: widths that no vector divides, one row, none at all, tensors that are no plain stretch of memory, rows
// that see or ask nothing. Each kernel beside its readable reference, with one thread and with two.
#include "tests/core/tensor/kernels_fixture.h"

#include "core/tensor/activation.h"
#include "core/tensor/attention.h"
#include "core/tensor/embedding.h"
#include "core/tensor/linear.h"
#include "core/tensor/linear_cross_entropy.h"
#include "core/tensor/machine.h"
#include "core/tensor/norm.h"
#include "core/tensor/optimize.h"

#include <QTest>

#include <cmath>

using namespace athanor;
using namespace athanor::tensor;
using torch::Tensor;

namespace {

Tensor normOf(const std::vector<Tensor> &in, NormKind kind, bool isFast)
{
    const NormSettings settings{kind, 1e-5};
    const Tensor stream = in[0].to(at::kFloat);
    const auto [sum, y] = isFast ? addNorm(stream, in[1], in[2], in[3], settings) : addNormReference(stream, in[1], in[2], in[3], settings);
    return torch::cat({sum, y.to(at::kFloat)}, -1);
}

/// A tensor of the same numbers whose rows do not lie one behind the other.
Tensor scattered(const Tensor &x) { return x.dim() < 2 ? x : x.transpose(0, -1).contiguous().transpose(0, -1); }

Tensor targetsOf(int64_t rows, int64_t words)
{
    return torch::arange(rows, at::kLong).mul(7).add(3).remainder(words + 1).sub(1);  // some −1, never all
}

}  // namespace

class TestEdges : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { setThreadCount(2); }

    void everyKernel_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<double>("tolerance");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("threads");
        for (const int threads : {1, 2})
            for (const auto &[rows, width] : {std::pair(1, 1), std::pair(1, 16), std::pair(3, 2), std::pair(5, 3), std::pair(2, 17), std::pair(67, 33), std::pair(9, 65)}) {
                QTest::addRow("f32, %d × %d, %d threads", rows, width, threads) << int(at::kFloat) << kF32 << rows << width << threads;
                QTest::addRow("bf16, %d × %d, %d threads", rows, width, threads) << int(at::kBFloat16) << kBf16 << rows << width << threads;
            }
    }
    void everyKernel()
    {
        QFETCH(int, dtype);
        QFETCH(double, tolerance);
        QFETCH(int, rows);
        QFETCH(int, width);
        QFETCH(int, threads);
        setThreadCount(threads);
        for (const bool isScattered : {false, true}) {
            const auto agrees = [&](const char *what, const Function &fast, const Function &reference, std::vector<Tensor> inputs) {
                for (Tensor &input : inputs)
                    input = isScattered ? scattered(input) : input;
                const Distance d = compare(fast, reference, inputs, at::ScalarType(dtype));
                const double bound = tolerance * (6 + std::sqrt(double(width)));
                if (d.value < bound && d.gradient < bound)
                    return true;
                qWarning("%s: values %g, gradients %g", what, d.value, d.gradient);
                return false;
            };
            for (const NormKind kind : {NormKind::Layer, NormKind::Rms}) {
                // One channel less its mean is nothing, and in bf16 two near numbers may become one.
                if (kind == NormKind::Layer && width < 3)
                    continue;
                QVERIFY(agrees("norm", [&](auto &in) { return normOf(in, kind, true); }, [&](auto &in) { return normOf(in, kind, false); },
                               {sample({rows, width}, 1, 2), sample({rows, width}, 2), sample({width}, 3), sample({width}, 4)}));
            }
            QVERIFY(agrees("gelu", [](auto &in) { return tensor::gelu(in[0]); }, [](auto &in) { return geluReference(in[0]); }, {sample({rows, width}, 1)}));
            QVERIFY(agrees("swiglu", [](auto &in) { return swiglu(in[0]); }, [](auto &in) { return swigluReference(in[0]); }, {sample({rows, 2 * width}, 1)}));
            QVERIFY(agrees("linear", [](auto &in) { return tensor::linear(in[0], in[1], in[2]); }, [](auto &in) { return at::linear(in[0], in[1], in[2]); },
                           {sample({rows, width}, 1), sample({width + 2, width}, 2), sample({width + 2}, 3)}));
            const Tensor targets = targetsOf(rows, 11);
            QVERIFY(agrees("cross-entropy", [&](auto &in) { return linearCrossEntropy(in[0], in[1], targets); },
                           [&](auto &in) { return linearCrossEntropyReference(in[0], in[1], targets); }, {sample({rows, width}, 1), sample({11, width}, 2, 0.5)}));
            const AttentionShape shape{2, 1, width};
            QVERIFY(agrees("attention", [&](auto &in) { return causalAttention(in[0], {}, shape); },
                           [&](auto &in) { return causalAttentionReference(in[0], {}, shape); }, {sample({2, rows, 4 * width}, 1, 0.5)}));
            const Tensor ids = torch::arange(rows, at::kLong).remainder(4).view({1, rows});
            QVERIFY(agrees("embedding", [&](auto &in) { return tensor::embedding(ids, in[0]); }, [&](auto &in) { return at::embedding(in[0], ids); }, {sample({4, width}, 1)}));
        }
    }

    void noRowsAtAll_data() { dtypes(); }
    void noRowsAtAll()
    {
        QFETCH(int, dtype);
        const auto format = at::ScalarType(dtype);
        const Tensor none = leaf(torch::empty({0, 8}), format), weight = leaf(sample({5, 8}, 1), format);
        const Tensor gain = leaf(torch::ones({8}), format), ids = torch::empty({1, 0}, at::kLong), targets = torch::empty({0}, at::kLong);
        for (const bool withGradients : {true, false}) {
            const at::AutoGradMode mode(withGradients);
            QCOMPARE(tensor::linear(none, weight).sizes(), at::IntArrayRef({0, 5}));
            QCOMPARE(tensor::gelu(none).sizes(), at::IntArrayRef({0, 8}));
            QCOMPARE(swiglu(none).sizes(), at::IntArrayRef({0, 4}));
            QCOMPARE(addNorm(none.to(at::kFloat), {}, gain, {}, {}).second.sizes(), at::IntArrayRef({0, 8}));
            QCOMPARE(tensor::embedding(ids, weight).sizes(), at::IntArrayRef({1, 0, 8}));
            QCOMPARE(linearCrossEntropy(none, weight, targets).item<float>(), 0.0f);
            QCOMPARE(perTokenCrossEntropy(none, weight, targets).sizes(), at::IntArrayRef({0}));
        }
        (tensor::linear(none, weight).to(at::kFloat).sum() + linearCrossEntropy(none, weight, targets)).backward();
        QCOMPARE(weight.grad().abs().max().item<float>(), 0.0f);
        QCOMPARE(none.grad().sizes(), at::IntArrayRef({0, 8}));
        QCOMPARE(gradientNorm({torch::empty({0})}), 0.0);
    }

    void whatAsksNothingTeachesNothing_data() { dtypes(); }
    void whatAsksNothingTeachesNothing()
    {
        QFETCH(int, dtype);
        const Tensor x = leaf(sample({7, 8}, 1), at::ScalarType(dtype)), weight = leaf(sample({5, 8}, 2), at::ScalarType(dtype));
        const LossPair both = regularisedCrossEntropy(x, weight, torch::full({7}, -1, at::kLong), {}, {0.1, 0.01});
        QCOMPARE(both.objective.item<float>(), 0.0f);
        QCOMPARE(both.plain.item<float>(), 0.0f);
        both.objective.backward();
        QCOMPARE(x.grad().abs().max().item<float>(), 0.0f);
        QCOMPARE(weight.grad().abs().max().item<float>(), 0.0f);
    }

    // A query that may look at nothing (a text of padding) must not make the others' gradients into no numbers.
    void queriesThatSeeNothing()
    {
        const Tensor q = leaf(sample({2, 3, 2, 4}, 1)), k = leaf(sample({2, 5, 2, 4}, 2)), v = leaf(sample({2, 5, 2, 4}, 3));
        Tensor visible = torch::ones({2, 1, 1, 5}, at::kBool);
        visible[1].fill_(false);
        for (const Tensor &bias : {Tensor(), sample({1, 2, 3, 5}, 4)}) {
            const Tensor y = openAttention(q, k, v, visible, bias, 0.5);
            QVERIFY(y.isfinite().all().item<bool>());
            y.sum().backward();
            for (const Tensor &input : {q, k, v})
                QVERIFY(input.grad().isfinite().all().item<bool>());
            QVERIFY(difference(y[0], openAttention(q.narrow(0, 0, 1), k.narrow(0, 0, 1), v.narrow(0, 0, 1), {}, bias, 0.5)[0]) < kF32);
            torch::NoGradGuard none;
            QVERIFY(openAttention(q, k, v, visible, bias, 0.5).isfinite().all().item<bool>());
        }
    }
};

QTEST_GUILESS_MAIN(TestEdges)
#include "test_edges.moc"
