// The fused kernels of a layer beside their readable references: values and gradients, f32 and bf16.
#include "tests/core/tensor/kernels_fixture.h"

#include "core/tensor/activation.h"
#include "core/tensor/attention.h"
#include "core/tensor/embedding.h"
#include "core/tensor/gemm.h"
#include "core/tensor/linear.h"
#include "core/tensor/machine.h"
#include "core/tensor/norm.h"

#include <QTest>

#include <cmath>

using namespace athanor;
using namespace athanor::tensor;
using torch::Tensor;

class TestKernels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        setThreadCount(2);
        keepLargeBlocks();
    }

    void activations_data() { dtypes(); }
    void activations()
    {
        QFETCH(int, dtype);
        QFETCH(double, tolerance);
        const auto run = [&](auto fast, auto reference) {
            const Distance d = compare([&](auto &in) { return fast(in[0]); }, [&](auto &in) { return reference(in[0]); },
                                       {sample({3, 5, 38}, 1, 3)}, at::ScalarType(dtype));
            QVERIFY2(d.value < 3 * tolerance * (dtype == int(at::kFloat) ? 1 : 10), qPrintable(QString::number(d.value)));
            QVERIFY2(d.gradient < 3 * tolerance, qPrintable(QString::number(d.gradient)));
        };
        run(tensor::gelu, geluReference);
        run(tensor::swiglu, swigluReference);
    }

    void activationsAtTheEnds()
    {
        const Tensor x = torch::tensor({-1e4f, -50.0f, -0.0f, 0.0f, 50.0f, 1e4f});
        QVERIFY(difference(tensor::gelu(x), geluReference(x)) < 1e-6);
        QVERIFY(std::isnan(tensor::gelu(torch::full({1}, NAN)).item<float>()) );
    }

    void norms_data() { dtypes(); }
    void norms()
    {
        QFETCH(int, dtype);
        QFETCH(double, tolerance);
        for (const NormKind kind : {NormKind::Layer, NormKind::Rms})
            for (const bool hasBias : {false, true})
                for (const bool hasDelta : {false, true}) {
                    const NormSettings settings{kind, 1e-5};
                    const auto with = [&](auto norm) {
                        return [=](const std::vector<Tensor> &in) {
                            // The stream is f32 whatever the branch's format.
                            const auto [sum, y] = norm(in[0].to(at::kFloat), hasDelta ? in[1] : Tensor(), in[2],
                                                       hasBias ? in[3] : Tensor(), settings);
                            Tensor all = torch::cat({sum, y.to(at::kFloat)}, -1);
                            for (size_t i : {1, 3})
                                all = all + 0 * in[i].to(at::kFloat).sum();
                            return all;
                        };
                    };
                    const Distance d = compare(with(addNorm), with(addNormReference),
                                               {sample({130, 24}, 1, 2), sample({130, 24}, 2), sample({24}, 3),
                                                sample({24}, 4)},
                                               at::ScalarType(dtype));
                    QVERIFY2(d.value < tolerance * 4, qPrintable(QString::number(d.value)));
                    QVERIFY2(d.gradient < tolerance * 2, qPrintable(QString::number(d.gradient)));
                }
    }

    void linearLayer_data() { dtypes(); }
    void linearLayer()
    {
        QFETCH(int, dtype);
        QFETCH(double, tolerance);
        const Distance d = compare([](auto &in) { return tensor::linear(in[0], in[1], in[2]); },
                                   [](auto &in) { return at::linear(in[0], in[1], in[2]); },
                                   {sample({2, 9, 33}, 1), sample({17, 33}, 2), sample({17}, 3)}, at::ScalarType(dtype));
        QVERIFY2(d.value < tolerance * 6, qPrintable(QString::number(d.value)));
        QVERIFY2(d.gradient < tolerance, qPrintable(QString::number(d.gradient)));
        QVERIFY_EXCEPTION_THROWN(tensor::linear(torch::ones({2, 3}), torch::ones({2, 4})), c10::Error);
    }

    void products()
    {
        const Tensor a = sample({7, 5}, 1), b = sample({5, 9}, 2), expected = at::mm(a, b);
        const auto n = Transposed::No, y = Transposed::Yes;
        QVERIFY(difference(matrixProduct(a, n, b, n), expected) < kF32);
        QVERIFY(difference(matrixProduct(a.t().contiguous(), y, b, n), expected) < kF32);
        QVERIFY(difference(matrixProduct(a, n, b.t().contiguous(), y), expected) < kF32);
        for (const int64_t rows : {1, 2, 3})  // few rows go another way
            for (const auto dtype : {at::kFloat, at::kBFloat16}) {
                const Tensor x = sample({rows, 70}, 3).to(dtype), w = sample({43, 70}, 4).to(dtype);
                const Tensor few = at::mm(x.to(at::kFloat), w.to(at::kFloat).t());
                QVERIFY(difference(matrixProduct(x, n, w, y), few) < (dtype == at::kFloat ? kF32 : 5 * kBf16));
            }
        Tensor c = torch::ones({7, 9});
        sgemm(n, n, 7, 9, 5, a.data_ptr<float>(), 5, b.data_ptr<float>(), 9, 1, c.data_ptr<float>(), 9);
        QVERIFY(difference(c, expected + 1) < kF32);
        QVERIFY_EXCEPTION_THROWN(matrixProduct(a, n, a, n), c10::Error);
    }

    // Large enough for the matrix unit where there is one (core/tensor/parts_product.h), with edges that no tile divides, each
    // side stored either way, beside other numbers, and added to what stands there.
    void largeProducts_data()
    {
        QTest::addColumn<QList<qint64>>("sizes");
        QTest::newRow("whole tiles") << QList<qint64>{256, 256, 256};
        QTest::newRow("edges") << QList<qint64>{131, 277, 601};
        QTest::newRow("deep") << QList<qint64>{65, 127, 2100};
        QTest::newRow("wide") << QList<qint64>{72, 5001, 50};
        QTest::newRow("streamed") << QList<qint64>{1040, 528, 96};
    }
    void largeProducts()
    {
        QFETCH(QList<qint64>, sizes);
        const int64_t m = sizes[0], n = sizes[1], k = sizes[2], beyond = 16;
        const Tensor a = sample({m, k}, 1), b = sample({k, n}, 2);
        const Tensor expected = at::mm(a.to(at::kDouble), b.to(at::kDouble));
        const Tensor most = at::mm(a.abs(), b.abs()) * 1e-6;  // a few units in the last place of what is added up
        for (const auto aT : {Transposed::No, Transposed::Yes})
            for (const auto bT : {Transposed::No, Transposed::Yes}) {
                const Tensor left = aT == Transposed::Yes ? a.t().contiguous() : a, right = bT == Transposed::Yes ? b.t().contiguous() : b;
                QVERIFY(((matrixProduct(left, aT, right, bT) - expected).abs() <= most).all().item<bool>());
                Tensor wide = torch::full({m, n + beyond}, 3.0f);
                sgemm(aT, bT, m, n, k, left.data_ptr<float>(), left.size(1), right.data_ptr<float>(), right.size(1), 1,
                      wide.data_ptr<float>(), n + beyond);
                QVERIFY(((wide.narrow(1, 0, n) - expected - 3).abs() <= most + 1e-6).all().item<bool>());
                QVERIFY((wide.narrow(1, n, beyond) == 3).all().item<bool>());
            }
        const auto with = [&](int threads) {
            setThreadCount(threads);
            Tensor c = torch::empty({m, n});
            sgemm(Transposed::No, Transposed::No, m, n, k, a.data_ptr<float>(), k, b.data_ptr<float>(), n, 0, c.data_ptr<float>(), n);
            return c;
        };
        const Tensor alone = with(1), together = with(2);
        QVERIFY(!multipliesInParts() || same(alone, together));
    }

    // All 24 bits of a float count: whole numbers come out whole, and a matrix times one is itself.
    void largeProductsAreExact()
    {
        const auto n = Transposed::No;
        const Tensor a = sample({320, 256}, 1).mul(1000).round(), b = sample({256, 320}, 2).mul(20).round();
        QVERIFY(same(matrixProduct(a, n, b, n), at::mm(a.to(at::kDouble), b.to(at::kDouble)).to(at::kFloat)));
        Tensor any = sample({320, 320}, 3) * sample({320, 320}, 4, 20).exp2();
        const Tensor one = torch::eye(320);
        QVERIFY(same(matrixProduct(any, n, one, n), any));
        QVERIFY(same(matrixProduct(one, n, any, n), any));
        any[5][7] = std::numeric_limits<float>::infinity();
        any[9][3] = std::numeric_limits<float>::quiet_NaN();
        const Tensor broken = matrixProduct(any, n, one, n);
        QVERIFY(!broken[5][7].isfinite().item<bool>());
        QVERIFY(!broken[9][3].isfinite().item<bool>());
        QVERIFY(broken[6].isfinite().all().item<bool>());
    }

    void lowRankChanges()
    {
        const Distance d = compare(
            [](auto &in) { return addLowRank(in[0], in[1], in[2], in[3], 2, 0.5); },
            [](auto &in) {
                const Tensor change = at::matmul(at::matmul(in[1], in[2].t()), in[3].t()) * 0.5;
                return in[0] + at::constant_pad_nd(change, {2, 1});
            },
            {sample({2, 5, 7}, 1), sample({2, 5, 6}, 2), sample({3, 6}, 3), sample({4, 3}, 4)}, at::kFloat);
        QVERIFY(d.value < kF32 && d.gradient < kF32);
        QVERIFY_EXCEPTION_THROWN(addLowRank(sample({2, 7}, 1), sample({2, 6}, 2), sample({3, 6}, 3), sample({6, 3}, 4), 2, 1), c10::Error);
    }

    void embeddings()
    {
        const Tensor ids = torch::tensor({3, 1, 3, 0, 3, 4}, at::kLong).view({2, 3});
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const Tensor table = leaf(sample({6, 5}, 1), dtype), reference = leaf(table.detach());
            const Tensor y = tensor::embedding(ids, table), expected = at::embedding(reference, ids);
            QVERIFY(same(y, expected));
            const Tensor weights = sample(y.sizes(), 2);
            (y * weights).sum().backward();
            (expected * weights).sum().backward();
            QVERIFY(difference(table.grad(), reference.grad()) < (dtype == at::kFloat ? 1e-6 : kBf16));
            QCOMPARE(table.grad()[2].abs().sum().item<float>(), 0.0f);
        }
        QVERIFY_EXCEPTION_THROWN(tensor::embedding(ids, sample({4, 5}, 1)), c10::Error);
        QVERIFY_EXCEPTION_THROWN(tensor::embedding(ids - 1, sample({6, 5}, 1)), c10::Error);
    }

    void repeatsAreIdentical()
    {
        const auto once = [] {
            Tensor x = leaf(sample({2, 70, 24}, 1)), w = leaf(sample({72, 24}, 2)), gain = leaf(torch::ones({24}));
            const Tensor y = addNorm(x, {}, gain, {}, {}).second;
            causalAttention(tensor::linear(y, w), {}, {3, 3, 8}).sum().backward();
            return std::vector<Tensor>{x.grad(), w.grad(), gain.grad()};
        };
        const auto a = once(), b = once();
        for (size_t i = 0; i < a.size(); ++i)
            QVERIFY(same(a[i], b[i]));
    }
};

QTEST_GUILESS_MAIN(TestKernels)
#include "test_kernels.moc"
