// Attention beside its readable reference: heads in groups, records in one row, windows, rotation, a cache, and what it refuses.
#include "tests/core/tensor/kernels_fixture.h"

#include "core/tensor/attention.h"
#include "core/tensor/attention_entropy.h"
#include "core/tensor/linear.h"

#include <QTest>

using namespace athanor;
using namespace athanor::tensor;
using torch::Tensor;

class TestAttention : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void attention_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<double>("tolerance");
        QTest::addColumn<int>("heads");
        QTest::addColumn<int>("keyValueHeads");
        QTest::addColumn<int>("time");
        QTest::addColumn<bool>("rotary");
        for (const bool rotary : {false, true})
            for (const int time : {1, 5, 131, 1100})
                for (const int keyValueHeads : {4, 2, 1}) {
                    const QByteArray name = QByteArray::number(time) + (rotary ? " rotary " : " plain ")
                        + QByteArray::number(keyValueHeads);
                    QTest::newRow(("f32 " + name).constData()) << int(at::kFloat) << kF32 << 4 << keyValueHeads << time << rotary;
                    QTest::newRow(("bf16 " + name).constData())
                        << int(at::kBFloat16) << kBf16 << 4 << keyValueHeads << time << rotary;
                }
    }
    void attention()
    {
        QFETCH(int, dtype);
        QFETCH(double, tolerance);
        QFETCH(int, heads);
        QFETCH(int, keyValueHeads);
        QFETCH(int, time);
        QFETCH(bool, rotary);
        const AttentionShape shape{heads, keyValueHeads, 6};
        const Tensor table = rotary ? rotaryTable(1100, 6, 10000) : Tensor();
        const Tensor qkv = sample({2, time, (heads + 2 * keyValueHeads) * 6}, 1);
        const Distance d = compare([&](auto &in) { return causalAttention(in[0], table, shape); },
                                   [&](auto &in) { return causalAttentionReference(in[0], table, shape); }, {qkv},
                                   at::ScalarType(dtype));
        QVERIFY2(d.value < tolerance, qPrintable(QString::number(d.value)));
        QVERIFY2(d.gradient < tolerance, qPrintable(QString::number(d.gradient)));
    }

    void attentionOfUsualHeads_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {32, 64, 80, 128})
            QTest::newRow(QByteArray::number(size)) << size;
    }
    void attentionOfUsualHeads()
    {
        QFETCH(int, size);
        const AttentionShape shape{4, 2, size};
        const Tensor table = rotaryTable(200, size / 2, 10000), qkv = sample({2, 200, 8 * size}, 1);
        for (const auto &[dtype, tolerance] : {std::pair(at::kFloat, kF32), std::pair(at::kBFloat16, kBf16)}) {
            const Distance d = compare([&](auto &in) { return causalAttention(in[0], table, shape); },
                                       [&](auto &in) { return causalAttentionReference(in[0], table, shape); }, {qkv}, dtype);
            QVERIFY2(d.value < tolerance, qPrintable(QString::number(d.value)));
            QVERIFY2(d.gradient < tolerance, qPrintable(QString::number(d.gradient)));
        }
    }

    // Records packed in one row, a window, positions that begin again, and heads of which a part is turned.
    void attentionWithAView_data()
    {
        QTest::addColumn<int>("window");
        QTest::addColumn<bool>("packed");
        QTest::newRow("window") << 7 << false;
        QTest::newRow("packed") << 0 << true;
        QTest::newRow("both") << 30 << true;
    }
    void attentionWithAView()
    {
        QFETCH(int, window);
        QFETCH(bool, packed);
        const AttentionShape shape{4, 2, 6};
        const Tensor table = rotaryTable(160, 4, 10000), qkv = sample({2, 150, 48}, 1);
        AttentionView view;
        Tensor segments;
        if (packed) {
            segments = torch::cat({torch::zeros({2, 40}, at::kLong), torch::ones({2, 100}, at::kLong), torch::full({2, 10}, -1, at::kLong)}, 1);
            view.positions = torch::cat({torch::arange(40), torch::arange(110)}).to(at::kLong).expand({2, 150}).contiguous();
        }
        view.firsts = firstsOf(segments, window, 2, 150);
        QCOMPARE(view.firsts[1][45].item<int64_t>(), packed ? std::max(40, window ? 46 - window : 0) : 46 - window);
        for (const auto &[dtype, tolerance] : {std::pair(at::kFloat, kF32), std::pair(at::kBFloat16, kBf16)}) {
            const Distance d = compare([&](auto &in) { return causalAttention(in[0], table, shape, view); },
                                       [&](auto &in) { return causalAttentionReference(in[0], table, shape, view); }, {qkv}, dtype);
            QVERIFY2(d.value < tolerance, qPrintable(QString::number(d.value)));
            QVERIFY2(d.gradient < tolerance, qPrintable(QString::number(d.gradient)));
        }
        if (packed)
            return;
        Tensor keys = torch::zeros({2, 2, 160, 6}), values = torch::zeros({2, 2, 160, 6});
        const AttentionView part{{}, view.firsts.narrow(1, 0, 9).contiguous()}, rest{{}, view.firsts.narrow(1, 9, 141).contiguous()};
        const Tensor cached = torch::cat({cachedAttention(qkv.narrow(1, 0, 9), table, shape, keys, values, 0, part),
                                          cachedAttention(qkv.narrow(1, 9, 141), table, shape, keys, values, 9, rest)}, 1);
        QVERIFY(difference(cached, causalAttention(qkv, table, shape, view)) < kF32);
    }

    // The published rules: Llama 3's keeps high frequencies and stretches low ones.
    void rotaryTablesAreStretched()
    {
        RotarySettings settings;
        settings.factor = 4;
        settings.scaling = RotaryScaling::Linear;
        QVERIFY(difference(rotaryTable(9, 8, settings)[8], rotaryTable(9, 8, 10000.0)[2]) < 1e-6);
        settings.scaling = RotaryScaling::Llama3;
        settings.originalContext = 32;
        const Tensor stretched = rotaryTable(9, 8, settings), plain = rotaryTable(9, 8, 10000.0);
        QVERIFY(difference(stretched.select(1, 0), plain.select(1, 0)) < 1e-6);       // 5 turns in 32 places: kept
        QVERIFY(std::abs(stretched[8][7].item<double>() - plain[2][7].item<double>()) < 1e-6);  // far below one turn
    }

    void attentionWithACache()
    {
        const AttentionShape shape{4, 2, 6};
        const Tensor table = rotaryTable(32, 6, 10000), qkv = sample({2, 20, 48}, 1);
        const Tensor whole = causalAttention(qkv, table, shape);
        Tensor keys = torch::zeros({2, 2, 32, 6}), values = torch::zeros({2, 2, 32, 6});
        int64_t at = 0;
        for (const int64_t count : {7, 1, 1, 11}) {
            const Tensor part = cachedAttention(qkv.narrow(1, at, count), table, shape, keys, values, at);
            QVERIFY(difference(part, whole.narrow(1, at, count)) < kF32);
            at += count;
        }
        QVERIFY_EXCEPTION_THROWN(cachedAttention(qkv, table, shape, keys, values, 20), c10::Error);
    }

    void entropyOfAttention()
    {
        // Queries of zeros look at all keys that they see alike: the mean of ln 1 … ln T.
        const int64_t t = 6;
        const Tensor keys = sample({2, t, 2, 8}, 3), causal = torch::ones({1, 1, t, t}, at::kBool).tril();
        double expected = 0;
        for (int64_t i = 1; i <= t; ++i)
            expected += std::log(double(i)) / double(t);
        const Tensor even = attentionEntropy(torch::zeros({2, t, 4, 8}), keys, causal, {}, 1);
        QCOMPARE(even.sizes(), at::IntArrayRef({4}));
        QVERIFY((even - expected).abs().max().item<double>() < 1e-5);
        // Very large scores: one key each.
        QVERIFY(attentionEntropy(1e4 * sample({2, t, 4, 8}, 4), keys, causal, {}, 1).max().item<double>() < 1e-3);
        // A bias as large, and no mask.
        const Tensor biased = attentionEntropy(torch::zeros({2, t, 4, 8}), keys, {}, 1e6 * torch::eye(t).view({1, 1, t, t}), 1);
        QVERIFY(biased.abs().max().item<double>() < 1e-5);
        // By the definition, with a mask that leaves a query nothing: finite all the same.
        const Tensor none = attentionEntropy(sample({1, t, 4, 8}, 4), keys.narrow(0, 0, 1), torch::zeros({1, 1, t, t}, at::kBool), {}, 1);
        QVERIFY((none - std::log(double(t))).abs().max().item<double>() < 1e-5);
        QVERIFY_EXCEPTION_THROWN(attentionEntropy(sample({1, t, 4, 8}, 4), sample({1, t, 4, 6}, 4), {}, {}, 1), c10::Error);
    }

    void attentionRefusesWrongShapes()
    {
        const Tensor qkv = sample({1, 4, 48}, 1);
        QVERIFY_EXCEPTION_THROWN(causalAttention(qkv, {}, {3, 2, 6}), c10::Error);
        QVERIFY_EXCEPTION_THROWN(causalAttention(qkv, {}, {4, 2, 5}), c10::Error);
        QVERIFY_EXCEPTION_THROWN(causalAttention(qkv, rotaryTable(3, 6, 1e4), {4, 2, 6}), c10::Error);
    }

    void attentionNeverLooksAhead()
    {
        const AttentionShape shape{2, 2, 8};
        const Tensor a = sample({1, 140, 48}, 1);
        Tensor b = a.clone();
        b.narrow(1, 100, 40).fill_(5);
        QVERIFY(same(causalAttention(a, {}, shape).narrow(1, 0, 100), causalAttention(b, {}, shape).narrow(1, 0, 100)));
    }
};

QTEST_GUILESS_MAIN(TestAttention)
#include "test_attention.moc"
