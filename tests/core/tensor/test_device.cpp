// Devices by name, and the ways that tensors of a graphics card go, taken here by tensors of the processor. All other
// tests of the kernels run on those ways a second time (ATHANOR_KERNELS=plain, see CMakeLists.txt).
#include "core/tensor/attention.h"
#include "core/tensor/device.h"
#include "core/tensor/linear_cross_entropy.h"
#include "core/tensor/norm.h"
#include "core/tensor/optimize.h"
#include "tests/core/tensor/kernels_fixture.h"
#include "tests/support/meta_device.h"

#include <QJsonArray>
#include <QTest>

using namespace athanor;
using namespace athanor::tensor;

class TestDevice : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void devicesByName_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("isBuiltIn");
        QTest::addColumn<int>("count");
        QTest::addColumn<QString>("device");  // empty: refused, and the error says
        QTest::addColumn<QString>("says");
        const auto row = [](const char *tag, const char *name, bool isBuiltIn, int count, const char *device, const char *says) {
            QTest::newRow(tag) << QString::fromUtf8(name) << isBuiltIn << count << QString::fromUtf8(device) << QString::fromUtf8(says);
        };
        row("processor", "cpu", false, 0, "cpu", "");
        row("first card", "cuda", true, 1, "cuda:0", "");
        row("second card", "cuda:1", true, 2, "cuda:1", "");
        row("without CUDA", "cuda", false, 0, "", "has no CUDA");
        row("without a card", "cuda:0", true, 0, "", "No graphics card");
        row("a card too many", "cuda:2", true, 2, "", "number 2: this machine has 2");
        for (const char *wrong : {"", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:1x", "cuda:999", "cpu:0", "cuda 1", "ζ"})
            row(wrong, wrong, true, 99, "", "is not a device");
    }
    void devicesByName()
    {
        QFETCH(QString, name);
        QFETCH(bool, isBuiltIn);
        QFETCH(int, count);
        QFETCH(QString, device);
        QFETCH(QString, says);
        const auto found = deviceFromName(name, {isBuiltIn, count});
        QCOMPARE(found.has_value(), !device.isEmpty());
        if (found) {
            QCOMPARE(deviceName(*found), device);
            return;
        }
        QVERIFY2(found.error().message.contains(says), qPrintable(found.error().message));
        QVERIFY(!found.error().hint.isEmpty());
        QCOMPARE(found.error().code, says == QLatin1String("is not a device") ? ErrorCode::InvalidInput : ErrorCode::Unsupported);
    }

    void whatIsReportedIsWhatCanBeUsed()
    {
        const CudaFacts cuda = cudaFacts();
        QVERIFY(cuda.isBuiltIn || cuda.count == 0);
        QCOMPARE(deviceFacts().size(), cuda.count);
        QVERIFY(!deviceMemory(at::kCPU));
        finishWork(at::kCPU);
        releaseKeptMemory(at::kCPU);
    }

    void theSwitchLastsAsLongAsItLives()
    {
        const Tensor x = torch::ones({1}), elsewhere = torch::ones({1}, at::TensorOptions(at::kMeta));
        const bool before = usesKernels(x);
        QVERIFY(!usesKernels(elsewhere));
        {
            const PlainKernels plain;
            QVERIFY(!usesKernels(x));
        }
        QCOMPARE(usesKernels(x), before);
    }

    void dropoutDropsTheSame_data()
    {
        QTest::addColumn<int>("count");
        for (const int count : {1, 3, 4, 1001})
            QTest::newRow(qPrintable(QString::number(count))) << count;
    }
    void dropoutDropsTheSame()
    {
        QFETCH(int, count);
        const Tensor x = sample({count}, 1);
        for (const RandomKey &key : {RandomKey{1, 2, 3}, RandomKey{~uint64_t(0), ~uint64_t(0) - 5, uint64_t(1) << 63}}) {
            const Tensor fast = dropout(x, 0.3, key);
            const PlainKernels plain;
            QVERIFY(same(dropout(x, 0.3, key), fast));
        }
    }

    void firstKeysAreTheSame_data()
    {
        QTest::addColumn<int>("window");
        for (const int window : {0, 1, 3, 100})
            QTest::newRow(qPrintable(QString::number(window))) << window;
    }
    void firstKeysAreTheSame()
    {
        QFETCH(int, window);
        const Tensor segments = torch::tensor({0, 0, 1, 1, 1, 2, -1, -1, 5, 5, 5, 5, 5, 5, 5, 5}, at::kLong).view({2, 8});
        const Tensor fast = firstsOf(segments, window, 2, 8);
        const PlainKernels plain;
        QVERIFY(same(firstsOf(segments, window, 2, 8), fast));
        QVERIFY(same(firstsOf(segments.narrow(1, 0, 1), window, 2, 1), torch::zeros({2, 1}, at::kLong)));
    }

    // More rows than are taken at once; rows that ask for nothing; the mean of none.
    void crossEntropyInSeveralChunks()
    {
        const PlainKernels plain;
        Tensor targets = torch::arange(5000, at::kLong).remainder(7) - 1;
        const auto fast = [&](const std::vector<Tensor> &in) { return linearCrossEntropy(in[0], in[1], targets, in[2]); };
        const auto reference = [&](const std::vector<Tensor> &in) { return linearCrossEntropyReference(in[0], in[1], targets, in[2]); };
        const std::vector<Tensor> inputs{sample({5000, 8}, 1), sample({7, 8}, 2), sample({7}, 3)};
        const Distance distance = compare(fast, reference, inputs, at::kFloat);
        QVERIFY2(distance.value < kF32 && distance.gradient < kF32, qPrintable(QString::number(distance.gradient)));
        const LossTerms terms{0.2, 0.05};
        const auto held = [&](const std::vector<Tensor> &in) { return regularisedCrossEntropy(in[0], in[1], targets, in[2], terms).objective; };
        const auto heldReference = [&](const std::vector<Tensor> &in) { return regularisedCrossEntropyReference(in[0], in[1], targets, in[2], terms).objective; };
        const Distance withTerms = compare(held, heldReference, inputs, at::kFloat);
        QVERIFY2(withTerms.value < kF32 && withTerms.gradient < kF32, qPrintable(QString::number(withTerms.gradient)));
        const Tensor none = linearCrossEntropy(leaf(inputs[0]), leaf(inputs[1]), torch::full({5000}, -1, at::kLong));
        QCOMPARE(none.item<float>(), 0.0f);
    }

    // Nothing is fetched, and nothing stays behind on the processor: tensors of the device "meta" have no numbers, and
    // refuse to be mixed with others.
    void nothingIsFetchedFromTheDevice()
    {
        const auto options = at::TensorOptions(at::kFloat).device(at::kMeta);
        const Tensor x = torch::empty({6, 8}, options).requires_grad_(), weight = torch::empty({9, 8}, options).requires_grad_();
        const Tensor targets = torch::empty({6}, at::TensorOptions(at::kLong).device(at::kMeta));
        const Tensor normed = addNorm(x, x, torch::empty({8}, options), {}, {NormKind::Rms, 1e-5}).second;
        const Tensor loss = linearCrossEntropy(normed, weight, targets);
        QVERIFY(loss.is_meta());
        loss.backward();
        QCOMPARE(x.grad().sizes(), x.sizes());
        QCOMPARE(weight.grad().sizes(), weight.sizes());
        QCOMPARE(perTokenCrossEntropy(x, weight, targets).size(0), 6);
        QVERIFY(dropout(x, 0.5, {1, 2, 3}).is_meta());
        Tensor sum = torch::empty({6, 8}, options);
        accumulate(sum, x.grad());
    }
};

QTEST_GUILESS_MAIN(TestDevice)
#include "test_device.moc"
