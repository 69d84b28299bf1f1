// What happens to a model only while it trains: frozen parameters, adapters, blocks computed again, and what holds it back.
#include "tests/core/network/model_fixture.h"

#include "core/model/architecture.h"
#include "core/network/regularisation.h"
#include "core/tensor/guard.h"
#include "core/tensor/optimize.h"

#include <QTest>

#include <cmath>
#include <map>

using namespace athanor;
using namespace athanor::network::fixture;
using network::Model;
using torch::Tensor;

class TestTraining : public QObject, network::fixture::ModelMaker {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { findPlugins(); }

    void whatIsFrozenStaysStill()
    {
        const auto model = built(llama());
        model->setTrainable([](const network::NamedParameter &parameter) { return parameter.name == "blocks.1.norm1.weight"; });
        QCOMPARE(model->trainable().size(), size_t(1));
        network::Pass pass;
        QVERIFY(tensor::backward(*model->loss(idsOf(2, 9, 1), idsOf(2, 9, 2), pass)));
        for (const auto &parameter : model->parameters())
            QCOMPARE(parameter.value.grad().defined(), parameter.name == "blocks.1.norm1.weight");
        const Tensor frozen = model->trainable().front().value.grad().clone();
        model->clearGradients();
        model->setTrainable([](const auto &) { return true; });
        QVERIFY(tensor::backward(*model->loss(idsOf(2, 9, 1), idsOf(2, 9, 2), pass)));
        QVERIFY(torch::equal(frozen, model->trainable()[7].value.grad()));
        QCOMPARE(model->trainable()[7].name, std::string("blocks.1.norm1.weight"));
    }

    void adaptersActLikeTheirWeights_data()
    {
        QTest::addColumn<bool>("magnitude");
        QTest::newRow("LoRA") << false;
        QTest::newRow("DoRA") << true;
    }
    void adaptersActLikeTheirWeights()
    {
        QFETCH(bool, magnitude);
        const auto model = built(gpt2());
        model->setTrainable([](const auto &) { return false; });
        const auto add = [&](network::Projection &projection, const char *name, int64_t begin, int64_t end) {
            network::Adapter adapter;
            adapter.name = name;
            adapter.rowBegin = begin;
            adapter.rowEnd = end;
            adapter.scale = 0.5;
            adapter.a = tensor::normalTensor({3, projection.weight().size(1)}, 0.5, {7, 0, uint64_t(begin)}).requires_grad_();
            adapter.b = tensor::normalTensor({end - begin, 3}, 0.5, {8, 0, uint64_t(begin)}).requires_grad_();
            if (magnitude)
                adapter.magnitude = tensor::normalTensor({end - begin}, 0.3, {9, 0, uint64_t(begin)}).abs().add(0.1).requires_grad_();
            projection.adapters().push_back(adapter);
        };
        const Tensor ids = idsOf(2, 9, 1), before = *model->logits(ids);
        for (const auto &named : model->projections()) {
            if (named.name == "blocks.1.attention.qkv") {
                add(*named.projection, "q_proj", 0, 16);
                add(*named.projection, "v_proj", 32, 48);
            } else if (named.name == "blocks.0.feed_forward.up") {
                add(*named.projection, "c_fc", 0, 64);
            }
        }
        QCOMPARE(model->trainable().size(), size_t(magnitude ? 9 : 6));
        const Tensor with = *model->logits(ids);
        QVERIFY(difference(with, before) > 1e-3);
        network::Pass pass;
        const auto lossNow = [&] { return *model->loss(ids, idsOf(2, 9, 2), pass); };
        QVERIFY(tensor::backward(lossNow()));
        for (const auto &parameter : model->trainable()) {
            if (magnitude && !parameter.name.ends_with("magnitude"))
                continue;  // the row's length counts as a constant there: not the slope of the loss
            const Tensor direction = tensor::normalTensor(parameter.value.sizes(), 1, {2, 0, 0});
            const double expected = (parameter.value.grad() * direction).sum().item<double>(), step = 2e-3;
            Tensor value = parameter.value.detach();
            value.add_(direction, step);
            const double above = lossNow().item<double>();
            value.add_(direction, -2 * step);
            const double below = lossNow().item<double>();
            value.add_(direction, step);
            QVERIFY2(std::abs((above - below) / (2 * step) - expected) < 0.03 * (0.1 + std::abs(expected)), parameter.name.c_str());
        }
        for (const auto &named : model->projections())
            named.projection->merge();
        QVERIFY(model->trainable().empty());
        QVERIFY(difference(*model->logits(ids), with) < 1e-5);
    }

    void recomputedBlocksChangeNoBit_data()
    {
        QTest::addColumn<QJsonObject>("architecture");
        QTest::addColumn<int>("dtype");
        QTest::addColumn<bool>("adapter");
        const auto family = [&](const char *id) {
            const QJsonObject choices{{QStringLiteral("width"), 16}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 24}, {QStringLiteral("dropout"), 0.1}};
            return *model::expandArchitecture(*m_plugins, QLatin1String(id), choices, 40);
        };
        QTest::newRow("llama") << llama() << int(at::kFloat) << false;
        QTest::newRow("llama, bf16") << llama() << int(at::kBFloat16) << false;
        QTest::newRow("dropout") << gpt2(0.1) << int(at::kFloat) << false;
        QTest::newRow("dropout, bf16") << gpt2(0.1) << int(at::kBFloat16) << false;
        QTest::newRow("adapter alone") << gpt2(0.1) << int(at::kBFloat16) << true;
        QTest::newRow("encoder and decoder") << family("architecture.t5") << int(at::kFloat) << false;
        QTest::newRow("norms behind the sum") << family("architecture.transformer") << int(at::kFloat) << false;
    }
    void recomputedBlocksChangeNoBit()
    {
        QFETCH(QJsonObject, architecture);
        QFETCH(int, dtype);
        QFETCH(bool, adapter);
        const auto model = built(architecture, at::ScalarType(dtype));
        if (adapter) {
            model->setTrainable([](const auto &) { return false; });
            network::Projection &projection = *model->projections().front().projection;
            projection.adapters().push_back({"q_proj", 0, 16, tensor::normalTensor({3, 16}, 0.5, {7, 0, 1}).requires_grad_(),
                                             tensor::normalTensor({16, 3}, 0.5, {8, 0, 1}).requires_grad_(), {}, 0.5, 0.1});
        }
        network::Batch batch;
        batch.ids = idsOf(2, 24, 1);
        batch.targets = idsOf(2, 24, 2);
        batch.segments = torch::cat({torch::zeros({2, 11}, at::kLong), torch::ones({2, 13}, at::kLong)}, 1);
        if (model->hasEncoder())
            batch.encoderIds = idsOf(2, 20, 3);
        const auto gradients = [&](int64_t recomputed) {
            model->recomputeBlocks(recomputed);
            model->clearGradients();
            network::Pass pass{true};
            pass.seed = 4;
            pass.step = 7;
            const auto computed = model->loss(batch, pass);
            if (!computed)
                qFatal("%s", qPrintable(computed.error().message + computed.error().detail));
            const Tensor loss = *computed;
            if (const auto done = tensor::backward(loss); !done)
                qFatal("%s", qPrintable(done.error().message + done.error().detail));
            std::vector<Tensor> all{loss.detach().clone(), torch::full({1}, double(pass.sitesTaken))};
            for (const auto &parameter : model->trainable())
                all.push_back(parameter.value.grad().clone());
            return all;
        };
        QVERIFY(model->blockCount() >= 2);
        const std::vector<Tensor> whole = gradients(0);
        for (const int64_t count : {int64_t(1), model->blockCount(), model->blockCount() + 5}) {
            const std::vector<Tensor> again = gradients(count);
            for (size_t i = 0; i < whole.size(); ++i)
                QVERIFY2(torch::equal(whole[i], again[i]), qPrintable(QStringLiteral("%1 blocks, number %2").arg(count).arg(i)));
        }
    }

    void trainingStepsAreRepeatable()
    {
        const auto run = [&] {
            const auto model = built(gpt2(0.1), at::kBFloat16, 1);
            std::vector<Tensor> first, second, masters;
            for (const auto &p : model->parameters()) {
                masters.push_back(p.value.detach().to(at::kFloat));
                first.push_back(torch::zeros_like(masters.back()));
                second.push_back(torch::zeros_like(masters.back()));
            }
            double loss = 0;
            for (int step = 1; step <= 40; ++step) {
                network::Pass pass{true};
                pass.step = uint64_t(step);
                const Tensor result = *model->loss(idsOf(2, 24, 1), idsOf(2, 24, 1).roll(-1, 1), pass);
                loss = result.item<double>();
                model->clearGradients();
                if (!tensor::backward(result))
                    qFatal("backward failed");
                tensor::AdamWSettings settings;
                settings.lr = 1e-2;
                settings.step = step;
                for (size_t i = 0; i < masters.size(); ++i) {
                    Tensor weight = model->parameters()[i].value.detach();
                    tensor::adamWStep(weight, masters[i], first[i], second[i], model->parameters()[i].value.grad(), settings);
                }
            }
            return std::make_pair(loss, masters);
        };
        const auto [lossA, a] = run();
        const auto [lossB, b] = run();
        QVERIFY2(lossA < 1.0, qPrintable(QString::number(lossA)));
        QCOMPARE(lossA, lossB);
        for (size_t i = 0; i < a.size(); ++i)
            QVERIFY(torch::equal(a[i], b[i]));
    }

    // tests/golden/regularisation.py: PyTorch in f64. The plain loss stays what it is.
    void lossesOfLabels()
    {
        const auto table = [](int64_t rows, int64_t columns, int64_t step, int64_t modulus) {
            const Tensor numbers = torch::arange(rows * columns, at::kLong) * step % modulus;
            return (numbers.to(at::kDouble) / double(modulus) - 0.5).reshape({rows, columns}).to(at::kFloat);
        };
        const Tensor labels = torch::tensor({0, 2, 1, 2, 2}, at::kLong);
        double plain = 0;
        const auto isAs = [&](double smoothing, double gamma, std::vector<float> weights, double objective, double gradient) {
            Tensor logits = (6 * table(5, 3, 7, 29)).requires_grad_();
            network::Regularisation regularisation;
            regularisation.terms.labelSmoothing = smoothing;
            regularisation.focalGamma = gamma;
            regularisation.labelWeights = std::move(weights);
            const tensor::LossPair both = network::labelCrossEntropy(logits, labels, regularisation);
            both.objective.backward();
            plain = both.plain.item<double>();
            return std::abs(both.objective.item<double>() - objective) < 1e-6
                   && std::abs((logits.grad() * table(5, 3, 3, 13)).sum().item<double>() - gradient) < 1e-6;
        };
        QVERIFY(isAs(0.1, 0, {}, 2.545507382, 0.336034026));
        QVERIFY(isAs(0, 2, {}, 2.324962102, 0.404105631));
        QVERIFY(isAs(0, 0.5, {0.5, 2, 1.25}, 2.914742373, 0.419679674));
        const double smoothedPlain = plain;
        QVERIFY(isAs(0.2, 1, {1, 3, 0}, 1.383580443, 0.191862070));
        QCOMPARE(plain, smoothedPlain);
        const Tensor none = network::labelCrossEntropy(torch::ones({2, 3}), torch::full({2}, -1, at::kLong), {}).objective;
        QCOMPARE(none.item<float>(), 0.0f);
        network::Regularisation two;
        two.labelWeights = {1, 1};
        QVERIFY_EXCEPTION_THROWN(network::labelCrossEntropy(torch::ones({5, 3}), labels, two), c10::Error);
        QVERIFY_EXCEPTION_THROWN(network::labelCrossEntropy(torch::ones({5, 2}), labels, {}), c10::Error);
    }

    void whatHoldsBackHoldsInTrainingOnly()
    {
        const auto model = built(llama(), at::kFloat, 5);
        const Tensor ids = idsOf(2, 24, 1), targets = idsOf(2, 24, 2);
        network::Batch batch;
        batch.ids = ids;
        batch.targets = targets;
        network::Regularisation regularisation;
        regularisation.terms = {0.1, 0.01};
        regularisation.stochasticDepth = 0.5;
        const auto lossesOf = [&](bool training, uint64_t step) {
            network::Pass pass;
            pass.training = training;
            pass.step = step;
            return *model->losses(batch, pass);
        };
        const tensor::LossPair before = lossesOf(true, 1);
        QCOMPARE(before.objective.item<float>(), before.plain.item<float>());
        model->setRegularisation(regularisation);
        const tensor::LossPair resting = lossesOf(false, 1), training = lossesOf(true, 1);
        QCOMPARE(resting.objective.item<float>(), before.plain.item<float>());
        QVERIFY(training.objective.item<float>() > training.plain.item<float>());
        QCOMPARE(lossesOf(true, 1).objective.item<float>(), training.objective.item<float>());
        QVERIFY(lossesOf(true, 2).plain.item<float>() != training.plain.item<float>());
    }

    void rowsAreLeftOutByChance()
    {
        const Tensor y = torch::ones({4000, 2, 3}), kept = network::keptRows(y, 0.3, {1, 2, 3});
        const Tensor byRow = kept.select(1, 0).select(1, 0);
        QVERIFY(torch::equal(kept, byRow.view({4000, 1, 1}).expand_as(y)));
        const double zeros = byRow.eq(0).to(at::kDouble).mean().item<double>();
        QVERIFY2(std::abs(zeros - 0.3) < 0.03, qPrintable(QString::number(zeros)));
        QVERIFY(std::abs(kept.mean().item<double>() - 1) < 0.03);
        QVERIFY((byRow.eq(0) | (byRow - 1 / 0.7).abs().lt(1e-6)).all().item<bool>());
        Tensor often = torch::zeros({4});
        for (uint64_t step = 0; step < 1000; ++step) {  // few rows: each as often, and never many at once
            const Tensor left = network::keptRows(torch::ones({4, 1}), 0.3, {1, step, 3}).flatten().eq(0).to(at::kFloat);
            QVERIFY(left.sum().item<float>() >= 1 && left.sum().item<float>() <= 2);
            often += left;
        }
        QVERIFY2((often / 1000 - 0.3).abs().max().item<float>() < 0.05, qPrintable(QString::number(often[0].item<float>())));
        QVERIFY(torch::equal(network::keptRows(y, 0.3, {1, 2, 3}), kept));
        QVERIFY(!torch::equal(network::keptRows(y, 0.3, {1, 3, 3}), kept));
    }

    // A branch that is always left out for a row is as if it were not there: its matrices learn nothing from it.
    void laterBranchesAreLeftOutMore()
    {
        const auto model = built(llama(), at::kFloat, 5);
        network::Regularisation regularisation;
        regularisation.stochasticDepth = 0.9;
        model->setRegularisation(regularisation);
        network::Batch batch;
        batch.ids = idsOf(1, 24, 1);
        batch.targets = idsOf(1, 24, 2);
        std::map<std::string, int> silent;
        for (uint64_t step = 0; step < 60; ++step) {
            network::Pass pass;
            pass.training = true;
            pass.step = step;
            QVERIFY(tensor::backward(model->losses(batch, pass)->objective));
            for (const auto &parameter : model->parameters())
                silent[parameter.name] += parameter.value.grad().abs().max().item<float>() == 0;
            model->clearGradients();
        }
        const int early = silent["blocks.0.attention.qkv_weight"], late = silent["blocks.1.feed_forward.down_weight"];
        QVERIFY2(early > 4 && early < 25, qPrintable(QString::number(early)));  // 0.225 of 60 are 13.5
        QVERIFY2(late > 45 && late < 60, qPrintable(QString::number(late)));    // 0.9 of 60 are 54
        QCOMPARE(silent["tok.weight"], 0);
    }
};

QTEST_GUILESS_MAIN(TestTraining)
#include "test_training.moc"
