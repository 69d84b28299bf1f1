// The kernels of generation: products with weights of every format, attention without gradients, and that nothing
// depends on the number of threads.
#include "core/tensor/activation.h"
#include "core/tensor/attention.h"
#include "core/tensor/machine.h"
#include "core/tensor/quantised.h"
#include "core/tensor/random.h"
#include "core/tensor/weight_product.h"

#include <QTest>

#include <cmath>
#include <functional>

using namespace athanor::tensor;
using torch::Tensor;

namespace {

Tensor sample(at::IntArrayRef shape, uint64_t site, double deviation = 1)
{
    return normalTensor(shape, deviation, {11, 0, site});
}

double difference(const Tensor &a, const Tensor &b)
{
    return (a.detach().to(at::kDouble) - b.detach().to(at::kDouble)).abs().max().item<double>();
}

// Products of `inputs` normal numbers, added one after the other in f32.
double rounding(int inputs) { return 5e-6 * std::sqrt(double(inputs)); }

Tensor product(const Tensor &x, const Tensor &weight)
{
    return torch::matmul(x.to(at::kDouble), weight.to(at::kDouble).t());
}

}  // namespace

class TestGenerating : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_noGradients = std::make_unique<torch::NoGradGuard>();
        setThreadCount(2);
    }
    void cleanup() { m_noGradients.reset(); }

    void products_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("inputs");
        QTest::addColumn<int>("outputs");
        QTest::newRow("one row") << 1 << 64 << 96;
        QTest::newRow("two rows, odd sizes") << 2 << 37 << 101;
        QTest::newRow("three rows") << 3 << 33 << 5;
        QTest::newRow("eight rows") << 8 << 576 << 300;
        QTest::newRow("nine rows") << 9 << 576 << 300;
        QTest::newRow("many rows, one block") << 70 << 45 << 31;
        QTest::newRow("many rows, many blocks") << 130 << 96 << 1000;
    }
    void products()
    {
        QFETCH(int, rows);
        QFETCH(int, inputs);
        QFETCH(int, outputs);
        const Tensor x = sample({rows, inputs}, 1), weight = sample({outputs, inputs}, 2), bias = sample({outputs}, 3);
        const double size = std::sqrt(double(inputs)), off = difference(weightProduct(x, weight, bias), product(x, weight) + bias);
        QVERIFY2(off < rounding(inputs), qPrintable(QString::number(off)));
        const Tensor narrow = weight.to(at::kBFloat16), input = x.to(at::kBFloat16);
        const Tensor y = weightProduct(input, narrow, bias.to(at::kBFloat16));
        QCOMPARE(y.scalar_type(), at::kBFloat16);
        // Rounded to 8 bits twice, before and after the bias; the largest of the sums is some four times their deviation.
        QVERIFY(difference(y, product(input, narrow) + bias.to(at::kBFloat16)) < 3e-2 * size);
        for (const auto format : {QuantisedFormat::Int8, QuantisedFormat::Int4}) {
            const auto small = QuantisedWeights::create(weight, format);
            const double smallOff = difference(small->product(x), product(x, small->widened()));
            QVERIFY2(smallOff < rounding(inputs), qPrintable(QString::number(smallOff)));
            QCOMPARE(small->product(input).scalar_type(), at::kBFloat16);
        }
    }
    void shapesAreKept()
    {
        const Tensor x = sample({2, 3, 32}, 1), weight = sample({7, 32}, 2);
        QCOMPARE(weightProduct(x, weight).sizes().vec(), (std::vector<int64_t>{2, 3, 7}));
        const auto small = QuantisedWeights::create(weight, QuantisedFormat::Int8);
        QCOMPARE(small->product(x).sizes().vec(), (std::vector<int64_t>{2, 3, 7}));
        QVERIFY_EXCEPTION_THROWN(weightProduct(sample({2, 31}, 1), weight), c10::Error);
        QVERIFY_EXCEPTION_THROWN(small->product(sample({2, 31}, 1)), c10::Error);
        QVERIFY_EXCEPTION_THROWN(QuantisedWeights::create(sample({4}, 1), QuantisedFormat::Int8), c10::Error);
    }
    // So that texts written together are those written one by one.
    void aRowDoesNotSeeItsNeighbours()
    {
        const Tensor x = sample({8, 96}, 1), weight = sample({130, 96}, 2);
        const auto small = QuantisedWeights::create(weight, QuantisedFormat::Int8);
        const Tensor all = weightProduct(x, weight), allSmall = small->product(x);
        for (int64_t row = 0; row < 8; ++row) {
            QVERIFY(torch::equal(weightProduct(x.narrow(0, row, 1), weight), all.narrow(0, row, 1)));
            QVERIFY(torch::equal(small->product(x.narrow(0, row, 1)), allSmall.narrow(0, row, 1)));
        }
    }

    void smallIntegersAreNear()
    {
        const Tensor weight = sample({40, 100}, 5, 0.05);
        const auto eight = QuantisedWeights::create(weight, QuantisedFormat::Int8), four = QuantisedWeights::create(weight, QuantisedFormat::Int4);
        const double largest = weight.abs().max().item<double>();
        QVERIFY(difference(eight->widened(), weight) < 0.51 * largest / 127);
        QVERIFY(difference(four->widened(), weight) < 0.51 * largest / 7);
        QCOMPARE(eight->bytes(), 40 * 4 * 34);
        QCOMPARE(four->bytes(), 40 * 4 * 18);
        QVERIFY(difference(QuantisedWeights::create(weight.to(at::kBFloat16), QuantisedFormat::Int8)->widened(),
                           weight) < 0.005 * largest + 0.51 * largest / 127);
    }
    void zerosStayZeros()
    {
        for (const auto format : {QuantisedFormat::Int8, QuantisedFormat::Int4}) {
            const auto small = QuantisedWeights::create(torch::zeros({3, 64}), format);
            QCOMPARE(small->product(sample({1, 64}, 1)).abs().max().item<float>(), 0.0f);
        }
    }

    void nothingDependsOnThreads_data()
    {
        QTest::addColumn<int>("rows");
        QTest::newRow("one row") << 1;
        QTest::newRow("eight rows") << 8;
        QTest::newRow("many rows") << 150;
    }
    void nothingDependsOnThreads()
    {
        QFETCH(int, rows);
        const Tensor x = sample({rows, 288}, 1), weight = sample({1000, 288}, 2), narrow = weight.to(at::kBFloat16);
        const auto small = QuantisedWeights::create(weight, QuantisedFormat::Int8);
        const AttentionShape shape{6, 2, 16};
        const Tensor qkv = sample({1, rows, 160}, 3), table = rotaryTable(400, 16, 10000);
        const Tensor open = sample({2, rows, 4, 16}, 4), wide = sample({rows, 20000}, 5);
        const std::vector<std::function<Tensor()>> all{
            [&] { return weightProduct(x, weight); },
            [&] { return weightProduct(x.to(at::kBFloat16), narrow); },
            [&] { return small->product(x); },
            [&] {
                Tensor keys = sample({1, 2, 400, 16}, 6), values = sample({1, 2, 400, 16}, 7);
                return cachedAttention(qkv, table, shape, keys, values, 200);
            },
            [&] { return openAttention(open, open, open, {}, {}, 0.25); },
            [&] { return activated(wide, Activation::GeluTanh); },
            [&] { return gated(wide, Activation::Silu); },
        };
        for (size_t i = 0; i < all.size(); ++i) {
            setThreadCount(1);
            const Tensor one = all[i]();
            for (const int threads : {2, 3, 5}) {
                setThreadCount(threads);
                QVERIFY2(torch::equal(one, all[i]()), qPrintable(QStringLiteral("function %1, %2 threads").arg(i).arg(threads)));
            }
        }
    }

    void openAttentionIsTheSameWithoutGradients_data()
    {
        QTest::addColumn<int>("masks");
        QTest::newRow("nothing hidden") << 0;
        QTest::newRow("for each text") << 1;
        QTest::newRow("for each query") << 2;
    }
    void openAttentionIsTheSameWithoutGradients()
    {
        QFETCH(int, masks);
        const int64_t b = 2, t = 5, s = 9, h = 4, k = 2, d = 8;
        const Tensor q = sample({b, t, h, d}, 1), bias = sample({1, h, t, s}, 4);
        const Tensor keys = sample({b, k, s, d}, 2).transpose(1, 2), values = sample({b, k, s, d}, 3).transpose(1, 2);
        Tensor visible;
        if (masks == 1)
            visible = torch::arange(s).view({1, 1, 1, s}).lt(torch::tensor({4, 9}).view({b, 1, 1, 1}));
        if (masks == 2)
            visible = torch::arange(s).view({1, 1, 1, s}).le(torch::arange(t).view({1, 1, t, 1}) + 3);
        const Tensor fast = openAttention(q, keys, values, visible, bias, 0.3);
        const torch::AutoGradMode gradients(true);
        QVERIFY(difference(fast, openAttention(q, keys, values, visible, bias, 0.3)) < 2e-6);
    }

    // Few queries go another way than many: a text read in pieces is the text read at once.
    void piecesOfAPromptAreThePrompt_data()
    {
        QTest::addColumn<bool>("narrow");
        QTest::newRow("f32") << false;
        QTest::newRow("bf16") << true;
    }
    void piecesOfAPromptAreThePrompt()
    {
        QFETCH(bool, narrow);
        const at::ScalarType dtype = narrow ? at::kBFloat16 : at::kFloat;
        const AttentionShape shape{4, 2, 16};
        const Tensor qkv = sample({2, 300, 128}, 1).to(dtype), table = rotaryTable(300, 16, 10000);
        const Tensor whole = causalAttentionReference(qkv.to(at::kFloat), table, shape);
        Tensor keys = torch::zeros({2, 2, 300, 16}, dtype), values = torch::zeros_like(keys);
        std::vector<Tensor> pieces;
        int64_t at = 0;
        for (const int64_t length : {1, 7, 8, 9, 140, 1, 134}) {
            pieces.push_back(cachedAttention(qkv.narrow(1, at, length), table, shape, keys, values, at));
            at += length;
        }
        QVERIFY(difference(torch::cat(pieces, 1), whole) < (narrow ? 3e-2 : 1e-5));
    }

private:
    std::unique_ptr<torch::NoGradGuard> m_noGradients;
};

QTEST_GUILESS_MAIN(TestGenerating)
#include "test_generating.moc"
