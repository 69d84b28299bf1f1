// The sweeps of optimizers beside their readable references, in all formats; penalties, norms and sums of gradients.
#include "tests/core/tensor/kernels_fixture.h"

#include "core/tensor/device.h"
#include "core/tensor/eight_bit.h"
#include "core/tensor/machine.h"
#include "core/tensor/optimize.h"
#include "core/tensor/penalty.h"
#include "core/tensor/update_rules.h"

#include <QTest>

#include <cmath>
#include <functional>

using namespace athanor;
using namespace athanor::tensor;
using torch::Tensor;

Q_DECLARE_METATYPE(std::function<void(const Updated &, std::vector<Tensor> &, int64_t, bool)>)

class TestUpdates : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        setThreadCount(2);
        keepLargeBlocks();
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

    // Squares of tiny gradients lie below the least normal number: one over them is beyond all floats.
    void eightBitsKeepWhatIsTiny()
    {
        Tensor w = torch::zeros({512}), w2 = torch::zeros({512});
        EightBitMoments moments = eightBitMoments(512), reference = eightBitMoments(512);
        const Tensor gradient = torch::logspace(-21, -20, 512);
        AdamWSettings settings;
        settings.beta1 = settings.beta2 = 0;
        adamW8Step(w, w, moments, gradient, settings);
        adamW8StepReference(w2, w2, reference, gradient, settings);
        for (const EightBitMoments &found : {moments, reference}) {
            const Tensor expected = gradient.to(at::kDouble).square(), square = secondMoment(found).to(at::kDouble);
            QVERIFY((square / expected).max().item<double>() < 1.5 && (square / expected).min().item<double>() > 0.6);
            QVERIFY(((firstMoment(found) - gradient) / gradient).abs().max().item<float>() < 0.1f);
        }
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
};

QTEST_GUILESS_MAIN(TestUpdates)
#include "test_updates.moc"
