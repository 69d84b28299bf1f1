// Threads, number formats, errors, random numbers and the speed probe.
#include "tests/core/tensor/kernels_fixture.h"

#include "core/tensor/dtype.h"
#include "core/tensor/guard.h"
#include "core/tensor/machine.h"
#include "core/tensor/random.h"

#include <QTest>

#include <atomic>
#include <cmath>

using namespace athanor;
using namespace athanor::tensor;
using torch::Tensor;

class TestMachine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        setThreadCount(2);
        keepLargeBlocks();
    }

    void threadsAreSetEverywhere()
    {
        const QJsonObject facts = tensorFacts();
        QCOMPARE(threadCount(), 2);
        QCOMPARE(facts.value(QLatin1String("openmp")).toInt(), 2);
        QVERIFY(facts.value(QLatin1String("openblas")).toInt() == 0 || facts.value(QLatin1String("openblas")).toInt() == 2);
        QVERIFY(facts.contains(QLatin1String("torchVersion")));
    }

    void parallelForIsParallelInOurFiles()
    {
        std::atomic<int> chunks = 0;
        at::parallel_for(0, 1000, 1, [&](int64_t, int64_t) { ++chunks; });
        QCOMPARE(chunks.load(), 2);
    }

    void dtypesByName()
    {
        QCOMPARE(*dtypeFromName(QStringLiteral("bf16")), at::kBFloat16);
        QCOMPARE(dtypeName(*dtypeFromName(QStringLiteral("f32"))), QStringLiteral("f32"));
        QCOMPARE(*dtypeFromName(QStringLiteral("f16")), at::kHalf);
        for (const char *wrong : {"", "f64", "F32", "int8"})
            QVERIFY(!dtypeFromName(QLatin1String(wrong)));
    }

    void exceptionsBecomeErrors()
    {
        const auto shape = guarded(QStringLiteral("adding"), [] { return torch::ones({2}) + torch::ones({3}); });
        QVERIFY(!shape);
        QCOMPARE(shape.error().code, ErrorCode::External);
        QVERIFY(shape.error().message.contains(QLatin1String("adding")));
        const auto memory = guarded(QStringLiteral("asking"), [] { return torch::empty({int64_t(1) << 50}); });
        QVERIFY(!memory);
        QCOMPARE(memory.error().code, ErrorCode::OutOfMemory);
        const Status thrown = guarded(QStringLiteral("asking"), [] { throw std::bad_alloc(); });
        QCOMPARE(thrown.error().code, ErrorCode::OutOfMemory);
        QCOMPARE(*guarded(QStringLiteral("counting"), [] { return 3; }), 3);
    }

    // The known answers that come with the paper's authors' own code. The seeds are those whose mixing gives their keys.
    void philoxGivesItsKnownAnswers()
    {
        using Words = std::array<uint32_t, 4>;
        QVERIFY(randomWords({0x83E82E7FFBA84E44u, 0, 0}, 0) == (Words{0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u}));
        QVERIFY(randomWords({0xD34222CF003CFC04u, 0, ~uint64_t(0)}, ~uint64_t(0)) == (Words{0x408F276Du, 0x41C83B0Eu, 0xA20BC7C6u, 0x6D5451FDu}));
        QVERIFY(randomWords({0x4173BAD9831A0253u, 0, 0x0370734413198A2Eu}, 0x85A308D3243F6A88u)
                == (Words{0xD16CFE09u, 0x94FDCCEBu, 0x5001E420u, 0x24126EA1u}));
    }

    void randomNumbersDependOnTheKeyOnly()
    {
        QVERIFY(randomWords({1, 2, 3}, 4) == randomWords({1, 2, 3}, 4));
        QVERIFY(randomWords({1, 2, 3}, 4) != randomWords({1, 2, 4}, 4));
        QVERIFY(randomWords({1, 2, 3}, 4) != randomWords({1, 3, 3}, 4));
        setThreadCount(1);
        const Tensor one = sample({300, 101}, 5);
        setThreadCount(2);
        QVERIFY(same(one, sample({300, 101}, 5)));
        QVERIFY(std::abs(one.mean().item<double>()) < 0.02);
        QVERIFY(std::abs(one.std().item<double>() - 1) < 0.02);
        for (uint64_t i = 0; i < 1000; ++i) {
            QVERIFY(randomBelow({1, 0, 0}, i, 7) < 7);
            const float u = randomUniform({1, 0, 0}, i);
            QVERIFY(u >= 0 && u < 1);
        }
    }

    void dropoutKeepsTheMean()
    {
        const Tensor x = torch::ones({100, 100}).requires_grad_();
        const Tensor y = tensor::dropout(x, 0.25, {1, 2, 3});
        const double kept = (y > 0).to(at::kFloat).mean().item<double>();
        QVERIFY(std::abs(kept - 0.75) < 0.02);
        QVERIFY(std::abs(y.max().item<double>() - 1 / 0.75) < 1e-6);
        QVERIFY(same(y, tensor::dropout(x, 0.25, {1, 2, 3})));
        QVERIFY(!same(y, tensor::dropout(x, 0.25, {1, 3, 3})));
        QVERIFY(tensor::dropout(x, 0, {}).is_same(x));
        for (int64_t i = 0; i < 10'000; i += 7) {  // each number by its own draw, kept and scaled or none
            const double expected = randomUniform({1, 2, 3}, uint64_t(i)) < 0.25f ? 0 : 1 / 0.75;
            QVERIFY(std::abs(y.detach().view({-1})[i].item<double>() - expected) < 1e-6);
        }
        y.sum().backward();
        QVERIFY(same(x.grad(), y.detach()));
    }

    void speedIsMeasured()
    {
        const auto probe = probeSpeed(0.001, 64);
        QVERIFY(probe && probe->f32FlopsPerSecond > 1e6 && probe->bf16FlopsPerSecond > 1e5);
    }
};

QTEST_GUILESS_MAIN(TestMachine)
#include "test_machine.moc"
