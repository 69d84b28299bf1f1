// Every fused kernel beside its readable reference: values and gradients, f32 and bf16; random numbers; optimizer.
#include "tests/core/tensor/kernels_fixture.h"

#include "core/tensor/activation.h"
#include "core/tensor/attention.h"
#include "core/tensor/device.h"
#include "core/tensor/dtype.h"
#include "core/tensor/eight_bit.h"
#include "core/tensor/embedding.h"
#include "core/tensor/gemm.h"
#include "core/tensor/guard.h"
#include "core/tensor/linear.h"
#include "core/tensor/linear_cross_entropy.h"
#include "core/tensor/machine.h"
#include "core/tensor/norm.h"
#include "core/tensor/optimize.h"
#include "core/tensor/penalty.h"
#include "core/tensor/update_rules.h"

#include <QTest>

#include <atomic>
#include <cmath>
#include <functional>

using namespace athanor;
using namespace athanor::tensor;
using torch::Tensor;

Q_DECLARE_METATYPE(std::function<void(const Updated &, std::vector<Tensor> &, int64_t, bool)>)

class TestKernels : public QObject {
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

    void randomNumbersDependOnTheKeyOnly()
    {
        // Known answer of Philox 4x32-10 needs the raw function; here: stability, range, independence of threads.
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
        y.sum().backward();
        QVERIFY(same(x.grad(), y.detach()));
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

    void penaltiesOnWeights()
    {
        const auto one = [](double l1, double l2, double penalty, double gradient) {  // tests/golden/regularisation.py
            const Penalised found = withPenalty(torch::zeros({4, 6}), table(4, 6, 5, 23), {l1, l2, 1});
            return std::abs(found.penalty - penalty) < 1e-6
                   && std::abs((found.gradient * table(4, 6, 3, 13)).sum().item<double>() - gradient) < 1e-6;
        };
        QVERIFY(one(0.1, 0, 0.626086957, 0.215384615));
        QVERIFY(one(0, 0.3, 0.326086957, 0.176588629));
        QVERIFY(one(0.02, 0.7, 0.886086957, 0.455117057));
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const Tensor weight = sample({123, 457}, 1), gradient = sample({123, 457}, 2).to(dtype);
            const PenaltySettings settings{0.01, 0.2, 3};
            const Penalised reference = withPenaltyReference(gradient, weight, settings);
            const Penalised found = withPenalty(gradient, weight, settings);
            QVERIFY(difference(found.gradient, reference.gradient) < 1e-6);
            QVERIFY(std::abs(found.penalty / reference.penalty - 1) < 1e-6);
            QCOMPARE(found.gradient.is_same(gradient), dtype == at::kFloat && usesKernels(gradient));  // operations make it anew
        }
        QVERIFY_EXCEPTION_THROWN(withPenalty(sample({3}, 1), sample({4}, 1), {}), c10::Error);
        QVERIFY_EXCEPTION_THROWN(withPenalty(sample({3}, 1), sample({3}, 1).to(at::kDouble), {}), c10::Error);
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

    void adamW()
    {
        for (const auto weightType : {at::kFloat, at::kBFloat16})
            for (const auto gradientType : {at::kFloat, at::kBFloat16}) {
                Tensor master = sample({40, 7}, 1), weight = weightType == at::kFloat ? master : master.to(weightType);
                Tensor first = torch::zeros({40, 7}), second = torch::zeros({40, 7});
                Tensor master2 = master.clone(), weight2 = weightType == at::kFloat ? master2 : weight.clone();
                Tensor first2 = first.clone(), second2 = second.clone();
                AdamWSettings settings;
                for (settings.step = 1; settings.step <= 5; ++settings.step) {
                    settings.gradientScale = 0.5;
                    const Tensor gradient = sample({40, 7}, uint64_t(settings.step)).to(gradientType);
                    adamWStep(weight, master, first, second, gradient, settings);
                    adamWStepReference(weight2, master2, first2, second2, gradient, settings);
                }
                QVERIFY(difference(master, master2) < 1e-6);
                QVERIFY(difference(second, second2) < 1e-6);
                QVERIFY(same(weight, weightType == at::kFloat ? master : master.to(at::kBFloat16)));
            }
        Tensor w = torch::ones({3}), m = torch::zeros({3}), v = torch::zeros({2});
        QVERIFY_EXCEPTION_THROWN(adamWStep(w, w, m, v, m, {}), c10::Error);
    }

    void adamWInEightBits()
    {
        const int64_t count = 40 * 21;  // three whole blocks and a part of one
        for (const auto weightType : {at::kFloat, at::kBFloat16})
            for (const auto gradientType : {at::kFloat, at::kBFloat16}) {
                Tensor master = sample({40, 21}, 1), weight = weightType == at::kFloat ? master : master.to(weightType);
                Tensor master2 = master.clone(), weight2 = weightType == at::kFloat ? master2 : weight.clone();
                EightBitMoments moments = eightBitMoments(count), moments2 = eightBitMoments(count);
                AdamWSettings settings;
                for (settings.step = 1; settings.step <= 5; ++settings.step) {
                    settings.gradientScale = 0.5;
                    const Tensor gradient = (sample({40, 21}, uint64_t(settings.step)) * torch::logspace(-6, 0, 21)).to(gradientType);
                    adamW8Step(weight, master, moments, gradient, settings);
                    adamW8StepReference(weight2, master2, moments2, gradient, settings);
                }
                // Rounding may fall to the next code where a number lies between two.
                QVERIFY(difference(master, master2) < 1e-5);
                QVERIFY(difference(firstMoment(moments), firstMoment(moments2)) < 0.02 * firstMoment(moments).abs().max().item<double>());
                QVERIFY(difference(secondMoment(moments), secondMoment(moments2)) < 0.01 * secondMoment(moments).max().item<double>());
                QVERIFY(moments.first.ne(moments2.first).sum().item<int64_t>() < count / 100);
                QVERIFY(same(weight, weightType == at::kFloat ? master : master.to(at::kBFloat16)));
            }
    }

    void eightBitsKeepSevenDecades()
    {
        Tensor w = torch::zeros({512});
        EightBitMoments moments = eightBitMoments(512);
        const Tensor gradient = torch::logspace(-6, 0, 512) * torch::tensor({1.0, -1.0}).repeat({256}).to(at::kFloat);
        AdamWSettings settings;
        settings.beta1 = settings.beta2 = 0;
        settings.weightDecay = 0;
        adamW8Step(w, w, moments, gradient, settings);
        const Tensor mean = firstMoment(moments), square = secondMoment(moments);
        const Tensor relative = ((mean - gradient) / gradient).abs();
        QVERIFY(relative.narrow(0, 342, 170).max().item<double>() < 0.16);  // the two upper decades
        QVERIFY(difference(mean, gradient) < 0.008);
        QVERIFY(same(mean.sign(), gradient.sign()));
        QCOMPARE(mean[511].item<float>(), gradient[511].item<float>());  // the largest of a block is exact
        QVERIFY(square.gt(0).all().item<bool>());  // none that is not zero becomes zero
        // A step with one thread has the same bits.
        Tensor again = torch::zeros({512});
        EightBitMoments others = eightBitMoments(512);
        setThreadCount(1);
        adamW8Step(again, again, others, gradient, settings);
        setThreadCount(2);
        QVERIFY(same(again, w) && same(others.first, moments.first) && same(others.second, moments.second));
        EightBitMoments wrong = eightBitMoments(511);
        QVERIFY_EXCEPTION_THROWN(adamW8Step(w, w, wrong, gradient, settings), c10::Error);
    }

    // Each rule beside its reference, three steps, in all formats; "matrix" and "vector" differ for Adafactor.
    void furtherRules_data()
    {
        using Rule = std::function<void(const Updated &, std::vector<Tensor> &, int64_t, bool)>;
        QTest::addColumn<Rule>("rule");
        QTest::addColumn<bool>("matrix");
        const auto adafactor = [](bool mean, bool relative) -> Rule {
            return [=](const Updated &updated, std::vector<Tensor> &kept, int64_t step, bool reference) {
                AdafactorSettings settings;
                settings.step = step;
                settings.beta1 = 0.9;
                settings.weightDecay = 0.1;
                settings.relativeToWeights = relative;
                const int64_t n = updated.weight.dim() == 2 ? updated.weight.size(1) : updated.weight.numel();
                AdafactorState state{updated.weight.dim() == 2 ? kept[0].view({-1}).narrow(0, 0, updated.weight.size(0)) : Tensor(),
                                     kept[1].view({-1}).narrow(0, 0, n), mean ? kept[2] : Tensor()};
                (reference ? adafactorStepReference : adafactorStep)(updated, state, settings);
            };
        };
        const auto momentum = [](bool kept, bool nesterov) -> Rule {
            return [=](const Updated &updated, std::vector<Tensor> &states, int64_t, bool reference) {
                Tensor velocity = kept ? states[0] : Tensor();
                (reference ? momentumStepReference : momentumStep)(updated, velocity, {0.1, 0.9, 0.2, nesterov});
            };
        };
        QTest::newRow("Adam") << Rule([](const Updated &updated, std::vector<Tensor> &kept, int64_t step, bool reference) {
            (reference ? adamStepReference : adamStep)(updated, kept[0], kept[1], {0.01, 0.9, 0.99, 1e-8, 0.1, step});
        }) << true;
        QTest::newRow("SGD") << momentum(false, false) << true;
        QTest::newRow("SGD with momentum") << momentum(true, false) << true;
        QTest::newRow("SGD, Nesterov") << momentum(true, true) << true;
        QTest::newRow("Lion") << Rule([](const Updated &updated, std::vector<Tensor> &kept, int64_t, bool reference) {
            (reference ? lionStepReference : lionStep)(updated, kept[0], {0.01, 0.9, 0.99, 0.5});
        }) << true;
        QTest::newRow("Adafactor") << adafactor(false, false) << true;
        QTest::newRow("Adafactor with a mean, relative") << adafactor(true, true) << true;
        QTest::newRow("Adafactor of a vector") << adafactor(true, false) << false;
    }
    void furtherRules()
    {
        using Rule = std::function<void(const Updated &, std::vector<Tensor> &, int64_t, bool)>;
        QFETCH(Rule, rule);
        QFETCH(bool, matrix);
        const std::vector<int64_t> shape = matrix ? std::vector<int64_t>{150, 700} : std::vector<int64_t>{901};
        const auto run = [&](at::ScalarType weightType, at::ScalarType gradientType, bool reference) {
            const Tensor master = sample(shape, 1), weight = weightType == at::kFloat ? master : master.to(weightType);
            std::vector<Tensor> kept{torch::zeros(shape), torch::zeros(shape), torch::zeros(shape)};
            for (int64_t step = 1; step <= 3; ++step)
                rule({weight, master, sample(shape, uint64_t(step) + 5).to(gradientType), 0.5}, kept, step, reference);
            return std::vector<Tensor>{master, weight, kept[0], kept[1], kept[2]};
        };
        for (const auto weightType : {at::kFloat, at::kBFloat16})
            for (const auto gradientType : {at::kFloat, at::kBFloat16}) {
                const std::vector<Tensor> fast = run(weightType, gradientType, false), readable = run(weightType, gradientType, true);
                for (const size_t i : {0, 2, 3, 4})
                    QVERIFY2(difference(fast[i], readable[i]) < 3e-6, qPrintable(QString::number(difference(fast[i], readable[i]))));
                QVERIFY(same(fast[1], weightType == at::kFloat ? fast[0] : fast[0].to(at::kBFloat16)));
                setThreadCount(1);
                const std::vector<Tensor> alone = run(weightType, gradientType, false);
                setThreadCount(2);
                QVERIFY(same(alone[0], fast[0]) || !usesKernels(fast[0]));  // a promise of the kernels
            }
    }
    void furtherRulesRefuseOtherShapes()
    {
        const Tensor w = torch::ones({3}), g = torch::ones({3});
        Tensor wrong = torch::zeros({2}), undefined;
        QVERIFY_EXCEPTION_THROWN(adamStep({w, w, g}, wrong, wrong, {}), c10::Error);
        QVERIFY_EXCEPTION_THROWN(lionStep({w, w, g}, wrong, {}), c10::Error);
        QVERIFY_EXCEPTION_THROWN(momentumStep({w, w, g}, wrong, {}), c10::Error);
        QVERIFY_EXCEPTION_THROWN(momentumStep({w, w, torch::ones({4})}, undefined, {}), c10::Error);
        QVERIFY_EXCEPTION_THROWN(momentumStep({w.to(at::kBFloat16), wrong, g}, undefined, {}), c10::Error);
        AdafactorState state{{}, wrong, {}};
        QVERIFY_EXCEPTION_THROWN(adafactorStep({w, w, g}, state, {}), c10::Error);
    }

    void gradientNorms()
    {
        const Tensor a = sample({9000}, 1), b = sample({33, 3}, 2).to(at::kBFloat16);
        const double expected = std::sqrt(a.to(at::kDouble).pow(2).sum().item<double>()
                                          + b.to(at::kDouble).pow(2).sum().item<double>());
        const double norm = gradientNorm({a, Tensor(), b});
        QVERIFY(std::abs(norm - expected) < 1e-4 * expected);
        setThreadCount(1);
        const double again = gradientNorm({a, Tensor(), b});
        setThreadCount(2);
        QCOMPARE(again, norm);
        QVERIFY(std::isnan(gradientNorm({torch::full({3}, NAN)})));
        QVERIFY(std::isinf(gradientNorm({torch::full({3}, 1e30)})));
        Tensor sum = torch::zeros({33, 3});
        accumulate(sum, b);
        accumulate(sum, b);
        QVERIFY(same(sum, b.to(at::kFloat) * 2));
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

    void speedIsMeasured()
    {
        const auto probe = probeSpeed(0.001, 64);
        QVERIFY(probe && probe->f32FlopsPerSecond > 1e6 && probe->bf16FlopsPerSecond > 1e5);
    }

private:
    static void dtypes()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<double>("tolerance");
        QTest::newRow("f32") << int(at::kFloat) << kF32;
        QTest::newRow("bf16") << int(at::kBFloat16) << kBf16;
    }
};

QTEST_GUILESS_MAIN(TestKernels)
#include "test_kernels.moc"
