// Models built from architectures: the builder's errors, initial weights, causality, the cache, losses, learning; every
// layer plugin's formulas beside the parameters that it makes.
#include "core/model/architecture.h"
#include "core/network/model.h"
#include "core/network/observer.h"
#include "core/tensor/device.h"
#include "core/tensor/guard.h"
#include "core/tensor/machine.h"
#include "core/tensor/optimize.h"
#include "tests/support/meta_device.h"

#include <QTest>

#include <torch/version.h>

#include <cmath>
#include <functional>
#include <set>

using namespace athanor;
using network::Model;
using torch::Tensor;

namespace {

QJsonObject layer(const char *id, const char *name, const QJsonObject &parameters = {})
{
    return {{QStringLiteral("layer"), QLatin1String(id)},
            {QStringLiteral("name"), QLatin1String(name)},
            {QStringLiteral("parameters"), parameters}};
}

QJsonObject residual(const QJsonObject &norm, const QJsonObject &inner)
{
    return {{QStringLiteral("residual"), QJsonArray{norm, inner}}};
}

QJsonObject architecture(const QJsonArray &layers)
{
    return {{QStringLiteral("format"), 1},
            {QStringLiteral("dimensions"), QJsonObject{{QStringLiteral("vocabulary"), 40},
                                                       {QStringLiteral("context"), 24},
                                                       {QStringLiteral("width"), 16},
                                                       {QStringLiteral("layers"), 2}}},
            {QStringLiteral("layers"), layers}};
}

QJsonObject repeated(const QJsonArray &layers)
{
    return {{QStringLiteral("repeat"), 2}, {QStringLiteral("name"), QStringLiteral("blocks")}, {QStringLiteral("layers"), layers}};
}

QJsonObject llama(const QJsonObject &attention = {}, bool tied = true)
{
    QJsonObject settings{{QStringLiteral("heads"), 4},
                         {QStringLiteral("key_value_heads"), 2},
                         {QStringLiteral("positions"), QStringLiteral("rotary")}};
    for (auto it = attention.begin(); it != attention.end(); ++it)
        settings.insert(it.key(), it.value());
    return architecture({layer("layer.token_embedding", "tok"),
                         repeated({residual(layer("layer.rms_norm", "norm1"), layer("layer.attention", "attention", settings)),
                                   residual(layer("layer.rms_norm", "norm2"), layer("layer.swiglu", "feed_forward"))}),
                         layer("layer.rms_norm", "norm"),
                         layer("layer.head", "head", {{QStringLiteral("tied"), tied}})});
}

QJsonObject gpt2(double dropout = 0)
{
    const QJsonObject bias{{QStringLiteral("bias"), true}};
    const QJsonObject attention{{QStringLiteral("heads"), 2}, {QStringLiteral("bias"), true}, {QStringLiteral("dropout"), dropout}};
    return architecture({layer("layer.token_embedding", "tok"), layer("layer.learned_positions", "pos"),
                         repeated({residual(layer("layer.layer_norm", "norm1", bias), layer("layer.attention", "attention", attention)),
                                   residual(layer("layer.layer_norm", "norm2", bias), layer("layer.gelu_mlp", "feed_forward", bias))}),
                         layer("layer.layer_norm", "norm", bias), layer("layer.head", "head")});
}

Tensor idsOf(int64_t b, int64_t t, uint64_t site)
{
    Tensor ids = torch::empty({b, t}, at::kLong);
    for (int64_t i = 0; i < b * t; ++i)
        ids.data_ptr<int64_t>()[i] = int64_t(tensor::randomBelow({3, 0, site}, uint64_t(i), 40));
    return ids;
}

/// Writes down what it is told.
struct Notebook final : network::PassObserver {
    void stream(const std::string &name, const Tensor &x) override { streams.emplace_back(name, x); }
    void units(const Tensor &activations) override { hidden.push_back(activations); }
    void attention(const Tensor &entropies) override { looks.push_back(entropies); }
    void crossAttention(const Tensor &) override { QFAIL("there is no encoder"); }
    std::vector<std::pair<std::string, Tensor>> streams;
    std::vector<Tensor> hidden, looks;
};

double difference(const Tensor &a, const Tensor &b) { return (a - b).abs().max().item<double>(); }

}  // namespace

class TestModel : public QObject {
    Q_OBJECT

    std::unique_ptr<plugin::Catalogue> m_plugins;

    std::shared_ptr<Model> built(const QJsonObject &architecture, at::ScalarType dtype = at::kFloat, uint64_t seed = 0)
    {
        auto model = Model::build(*m_plugins, architecture, {dtype, seed});
        if (!model)
            qFatal("%s", qPrintable(model.error().message + model.error().detail));
        return *model;
    }

    static void families()
    {
        QTest::addColumn<QJsonObject>("architecture");
        QTest::newRow("llama") << llama();
        QTest::newRow("llama, free head") << llama({}, false);
        QTest::newRow("gpt2") << gpt2();
    }

private Q_SLOTS:
    void initTestCase()
    {
        tensor::setThreadCount(2);
        m_plugins = plugin::scanUsualFolders();
        QVERIFY2(m_plugins->find(QStringLiteral("layer.attention")), "the layer plugins are not built");
    }

    void parametersHaveStableNames()
    {
        const auto model = built(llama());
        QStringList names;
        for (const auto &parameter : model->parameters())
            names += QString::fromStdString(parameter.name);
        QCOMPARE(names.first(), QStringLiteral("tok.weight"));
        QCOMPARE(names[1], QStringLiteral("blocks.0.norm1.weight"));
        QCOMPARE(names[2], QStringLiteral("blocks.0.attention.qkv_weight"));
        QCOMPARE(names.last(), QStringLiteral("norm.weight"));
        QVERIFY(!model->parameters()[1].decays && model->parameters()[2].decays);
        QCOMPARE(built(llama({}, false))->parameters().back().name, std::string("head.weight"));
    }

    void formulasMatchTheParameters_data() { families(); }
    void formulasMatchTheParameters()
    {
        QFETCH(QJsonObject, architecture);
        const auto counted = model::account(*m_plugins, architecture, {});
        QVERIFY2(counted, qPrintable(counted ? QString() : counted.error().message));
        QCOMPARE(counted->parameters, qint64(built(architecture)->parameterCount()));
    }

    void weightsDependOnTheSeedOnly()
    {
        const auto a = built(llama(), at::kFloat, 5);
        tensor::setThreadCount(1);
        const auto b = built(llama(), at::kFloat, 5);
        tensor::setThreadCount(2);
        const auto c = built(llama(), at::kFloat, 6);
        for (size_t i = 0; i < a->parameters().size(); ++i)
            QVERIFY(torch::equal(a->parameters()[i].value, b->parameters()[i].value));
        QVERIFY(!torch::equal(a->parameters()[0].value, c->parameters()[0].value));
        const Tensor first = a->parameters()[2].value, later = a->parameters()[2 + 6].value;
        QCOMPARE(a->parameters()[2 + 6].name, std::string("blocks.1.attention.qkv_weight"));
        QVERIFY(!torch::equal(first, later));
    }

    void lossBeginsAtAGuess_data() { families(); }
    void lossBeginsAtAGuess()
    {
        QFETCH(QJsonObject, architecture);
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const auto model = built(architecture, dtype);
            const Tensor ids = idsOf(2, 24, 1), targets = idsOf(2, 24, 2);
            network::Pass pass;
            const auto loss = model->loss(ids, targets, pass);
            QVERIFY2(loss, qPrintable(loss ? QString() : loss.error().detail));
            QVERIFY(std::abs(loss->item<double>() - std::log(40.0)) < 0.1);
            const auto each = model->perTokenLoss(ids, targets);
            QVERIFY(std::abs(each->mean().item<double>() - loss->item<double>()) < 1e-3);
            const Tensor logits = *model->logits(ids);
            const Tensor expected = at::nll_loss(at::log_softmax(logits.flatten(0, 1), 1), targets.flatten());
            QVERIFY(std::abs(expected.item<double>() - loss->item<double>()) < (dtype == at::kFloat ? 1e-4 : 1e-2));
        }
    }

    void gradientsMatchDifferences_data() { families(); }
    void gradientsMatchDifferences()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = built(architecture);
        const Tensor ids = idsOf(2, 12, 1), targets = idsOf(2, 12, 2);
        const auto lossNow = [&] {
            network::Pass pass;
            return *model->loss(ids, targets, pass);
        };
        // Larger weights than the initial ones, so that every part matters.
        {
            torch::NoGradGuard none;
            for (const auto &parameter : model->parameters())
                parameter.value.detach().add_(tensor::normalTensor(parameter.value.sizes(), 0.2, {1, 0, tensor::randomSite(parameter.name)}));
        }
        model->clearGradients();
        QVERIFY(tensor::backward(lossNow()));
        for (const auto &parameter : model->parameters()) {
            QVERIFY2(parameter.value.grad().defined(), parameter.name.c_str());
            const Tensor direction = tensor::normalTensor(parameter.value.sizes(), 1, {2, 0, 0});
            const double expected = (parameter.value.grad() * direction).sum().item<double>(), step = 2e-3;
            torch::NoGradGuard none;
            Tensor value = parameter.value.detach();
            const Tensor before = value.clone();
            value.add_(direction, step);
            const double above = model->perTokenLoss(ids, targets)->to(at::kDouble).mean().item<double>();
            value.copy_(before).add_(direction, -step);
            const double below = model->perTokenLoss(ids, targets)->to(at::kDouble).mean().item<double>();
            value.copy_(before);
            const double measured = (above - below) / (2 * step);
            QVERIFY2(std::abs(measured - expected) < 0.02 * (0.1 + std::abs(expected)),
                     qPrintable(QStringLiteral("%1: %2 against %3").arg(QString::fromStdString(parameter.name)).arg(measured).arg(expected)));
        }
    }

    void noTokenSeesTheFuture_data() { families(); }
    void noTokenSeesTheFuture()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = built(architecture);
        const Tensor a = idsOf(1, 20, 1);
        Tensor b = a.clone();
        b[0][15] = (b[0][15] + 1) % 40;
        const Tensor x = *model->logits(a), y = *model->logits(b);
        QVERIFY(difference(x.narrow(1, 0, 15), y.narrow(1, 0, 15)) < 1e-6);
        QVERIFY(difference(x.narrow(1, 15, 1), y.narrow(1, 15, 1)) > 1e-6);
    }

    void theCacheChangesNothing_data() { families(); }
    void theCacheChangesNothing()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = built(architecture);
        const Tensor ids = idsOf(2, 20, 1);
        const Tensor whole = *model->logits(ids);
        const auto cache = model->makeCache(2);
        QVERIFY(difference(*model->logits(ids.narrow(1, 0, 9), cache.get()), whole.narrow(1, 0, 9)) < 1e-5);
        for (int64_t at = 9; at < 20; ++at)
            QVERIFY(difference(*model->lastLogits(ids.narrow(1, at, 1), *cache), whole.select(1, at)) < 1e-5);
        QCOMPARE(cache->position(), 20);
        cache->rewind(4);
        QVERIFY(difference(*model->lastLogits(ids.narrow(1, 4, 3), *cache), whole.select(1, 6)) < 1e-5);
        QVERIFY(!model->lastLogits(idsOf(2, 24, 1), *cache));
    }

    void projectionsNameEveryMatrix()
    {
        const auto model = built(gpt2());
        std::set<std::string> named;
        for (const auto &projection : model->projections())
            named.insert(projection.parameter);
        for (const auto &parameter : model->parameters())
            if (parameter.decays && parameter.name != "tok.weight" && parameter.name != "pos.weight")
                QVERIFY2(named.count(parameter.name), parameter.name.c_str());
        QCOMPARE(model->projections().front().name, std::string("blocks.0.attention.qkv"));
        QCOMPARE(model->projections().back().name, std::string("head"));
        QCOMPARE(model->projections().back().parameter, std::string("tok.weight"));
    }

    void packedRecordsSeeThemselvesOnly_data() { families(); }
    void packedRecordsSeeThemselvesOnly()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = built(architecture);
        network::Batch packed;
        packed.ids = idsOf(2, 18, 1);
        packed.segments = torch::cat({torch::zeros({2, 7}, at::kLong), torch::ones({2, 6}, at::kLong), torch::full({2, 5}, -1, at::kLong)}, 1);
        packed.positions = torch::cat({torch::arange(7), torch::arange(6), torch::arange(5)}).to(at::kLong).expand({2, 18});
        const Tensor together = *model->logits(packed);
        QVERIFY(difference(together.narrow(1, 0, 7), *model->logits(packed.ids.narrow(1, 0, 7))) < 1e-5);
        QVERIFY(difference(together.narrow(1, 7, 6), *model->logits(packed.ids.narrow(1, 7, 6))) < 1e-5);
        // The loss and its gradients too: means over 13 tokens are 7 and 6 of them.
        packed.targets = idsOf(2, 18, 2);
        packed.targets.narrow(1, 13, 5).fill_(-1);
        const auto gradientOf = [&](const std::function<Tensor()> &loss) {
            model->clearGradients();
            if (!tensor::backward(loss()))
                qFatal("backward failed");
            return model->parameters()[2].value.grad().clone();
        };
        network::Pass pass;
        const Tensor a = gradientOf([&] { return *model->loss(packed, pass); });
        const Tensor b = gradientOf([&] {
            return (*model->loss(packed.ids.narrow(1, 0, 7), packed.targets.narrow(1, 0, 7), pass) * 7
                    + *model->loss(packed.ids.narrow(1, 7, 6), packed.targets.narrow(1, 7, 6), pass) * 6) / 13;
        });
        QVERIFY(difference(a, b) < 1e-5);
    }

    void paddingInFrontChangesNothing_data() { families(); }
    void paddingInFrontChangesNothing()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = built(architecture);
        const Tensor ids = idsOf(2, 12, 1);
        network::Batch first;
        first.ids = ids.narrow(1, 0, 9);
        first.segments = torch::zeros({2, 9}, at::kLong);
        first.segments[1].narrow(0, 0, 4).fill_(-1);
        const auto cache = model->makeCache(2);
        QVERIFY(model->lastLogits(first, *cache));
        const Tensor last = *model->lastLogits(ids.narrow(1, 9, 3), *cache);
        QVERIFY(difference(last[0], (*model->logits(ids))[0][11]) < 1e-5);
        QVERIFY(difference(last[1], (*model->logits(ids.narrow(1, 4, 8)))[1][7]) < 1e-5);
    }

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

    // Loss and gradients by the kernels and by LibTorch's operations, as a graphics card computes them.
    void theOperationsSayTheSame_data() { families(); }
    void theOperationsSayTheSame()
    {
        QFETCH(QJsonObject, architecture);
        network::Batch batch;
        batch.ids = idsOf(2, 24, 1);
        batch.targets = idsOf(2, 24, 2);
        batch.segments = torch::arange(24, at::kLong).div(7, "floor").expand({2, 24}).contiguous();
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const auto model = built(architecture, dtype);
            const auto lossAndGradients = [&] {
                network::Pass pass{true};
                const Tensor loss = *model->loss(batch, pass);
                loss.backward();
                std::vector<Tensor> all{loss.detach()};
                for (const auto &parameter : model->parameters())
                    all.push_back(parameter.value.grad().to(at::kFloat));
                model->clearGradients();
                return all;
            };
            const std::vector<Tensor> fast = lossAndGradients();
            const tensor::PlainKernels plain;
            const std::vector<Tensor> operations = lossAndGradients();
            const double bound = dtype == at::kFloat ? 1e-5 : 3e-2;
            for (size_t i = 0; i < fast.size(); ++i) {
                const double distance = (fast[i] - operations[i]).norm().item<double>() / fast[i].norm().item<double>();
                QVERIFY2(distance < bound, qPrintable(QStringLiteral("%1: %2").arg(i).arg(distance)));
            }
        }
    }

    // f16, as a card without bf16 computes; the processor can do it for a test with a newer LibTorch.
    void theOperationsWorkInF16_data() { families(); }
    void theOperationsWorkInF16()
    {
        if (TORCH_VERSION_MAJOR < 2)
            QSKIP("this LibTorch multiplies no f16 on the processor");
        QFETCH(QJsonObject, architecture);
        const tensor::PlainKernels plain;
        const auto exact = built(architecture), half = built(architecture, at::kHalf);
        const auto lossOf = [&](Model &model, double factor) {
            network::Pass pass{true};
            const Tensor loss = *model.loss(idsOf(2, 24, 1), idsOf(2, 24, 2), pass);
            (loss * factor).backward();
            return loss.item<double>();
        };
        const double expected = lossOf(*exact, 1);
        QVERIFY(std::abs(lossOf(*half, 1024) - expected) < 1e-2 * expected);
        for (size_t i = 0; i < exact->parameters().size(); ++i) {
            const Tensor gradient = exact->parameters()[i].value.grad();
            const Tensor scaled = half->parameters()[i].value.grad().to(at::kFloat) / 1024;
            const double distance = (scaled - gradient).norm().item<double>() / gradient.norm().item<double>();
            QVERIFY2(distance < 2e-2, qPrintable(QStringLiteral("%1: %2").arg(QString::fromStdString(exact->parameters()[i].name)).arg(distance)));
        }
    }

    // On the device "meta" there are no numbers to fetch, and what was left on the processor is refused beside it.
    void aPassStaysOnItsDevice_data() { families(); }
    void aPassStaysOnItsDevice()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = Model::build(*m_plugins, architecture, {at::kBFloat16, 1, at::kMeta});
        QVERIFY2(model, qPrintable(model ? QString() : model.error().detail));
        network::Batch batch;
        batch.ids = idsOf(2, 24, 1);
        batch.targets = idsOf(2, 24, 2);
        batch.segments = torch::zeros({2, 24}, at::kLong);
        batch.positions = torch::arange(24, at::kLong).expand({2, 24});
        network::Pass pass{true};
        const auto loss = (*model)->loss(batch, pass);
        QVERIFY2(loss, qPrintable(loss ? QString() : loss.error().detail));
        QVERIFY(loss->is_meta());
        QVERIFY(tensor::backward(*loss));
        for (const auto &parameter : (*model)->parameters())
            QVERIFY2(parameter.value.grad().is_meta(), parameter.name.c_str());
        batch.ids = torch::full({2, 24}, 40, at::kLong);
        const auto refused = (*model)->loss(batch, pass);
        QVERIFY(!refused && refused.error().message.contains(QStringLiteral("not below the vocabulary")));
    }

    void whoWatchesSeesEachBlockAndChangesNothing_data() { families(); }
    void whoWatchesSeesEachBlockAndChangesNothing()
    {
        QFETCH(QJsonObject, architecture);
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const auto model = built(architecture, dtype);
            network::Batch batch;
            batch.ids = idsOf(2, 9, 1);
            batch.targets = idsOf(2, 9, 2);
            Notebook notebook;
            const auto alone = model->perTokenLoss(batch);
            const network::ObserverGuard guard(&notebook);
            const auto watched = model->perTokenLoss(batch);
            QVERIFY(watched && alone);
            QVERIFY(torch::equal(*watched, *alone));
            std::set<std::string> names;
            for (const auto &[name, x] : notebook.streams) {
                names.insert(name);
                QCOMPARE(x.sizes(), at::IntArrayRef({2, 9, 16}));
            }
            QVERIFY(names.count("tok") && names.count("blocks.0") && names.count("blocks.1") && names.count("norm"));
            QCOMPARE(notebook.hidden.size(), size_t(2));
            QCOMPARE(notebook.looks.size(), size_t(2));
            for (const Tensor &entropies : notebook.looks) {
                QVERIFY(entropies.dim() == 1 && entropies.min().item<double>() > 0);
                QVERIFY(entropies.max().item<double>() < std::log(9.0));
            }
        }
    }

    void whatIsWatchedIsWhatGoesOn()
    {
        const auto model = built(llama());
        Notebook notebook;
        network::Pass pass;
        {
            const network::ObserverGuard guard(&notebook);
            const auto last = model->hidden(idsOf(1, 5, 1), pass);
            QVERIFY(last);
            QVERIFY(difference(*last, notebook.streams.back().second) < 1e-6);  // behind the last norm, in front of the head
            notebook.streams.clear();
            const network::ObserverGuard nobody(nullptr);
            pass = {};
            QVERIFY(model->hidden(idsOf(1, 5, 1), pass));
            QVERIFY(notebook.streams.empty());
        }
        pass = {};
        QVERIFY(model->hidden(idsOf(1, 5, 1), pass));
        QVERIFY(notebook.streams.empty());
    }

    void brokenArchitectures_data()
    {
        QTest::addColumn<QJsonObject>("architecture");
        QTest::addColumn<int>("code");
        const QJsonObject tok = layer("layer.token_embedding", "tok"), head = layer("layer.head", "head");
        const auto corrupt = int(ErrorCode::Corrupt), invalid = int(ErrorCode::InvalidInput);
        QTest::newRow("empty") << QJsonObject() << corrupt;
        QTest::newRow("no layers") << architecture({}) << corrupt;
        QTest::newRow("no head") << architecture({tok}) << invalid;
        QTest::newRow("nothing before the head") << architecture({layer("layer.head", "head", {{QStringLiteral("tied"), false}})}) << corrupt;
        QTest::newRow("tied to nothing") << architecture({layer("layer.rms_norm", "norm"), head}) << invalid;
        QTest::newRow("after the head") << architecture({tok, head, layer("layer.rms_norm", "norm")}) << corrupt;
        QTest::newRow("branches of nothing") << architecture({tok, QJsonObject{{QStringLiteral("parallel"), QJsonArray{QJsonArray{}}}}, head}) << corrupt;
        QTest::newRow("no branches") << architecture({tok, QJsonObject{{QStringLiteral("parallel"), QJsonArray{}}}, head}) << corrupt;
        QTest::newRow("unknown kind of head") << architecture({tok, QJsonObject{{QStringLiteral("head"), QStringLiteral("x")}, {QStringLiteral("layers"), QJsonArray{head}}}}) << corrupt;
        QTest::newRow("a head without scores") << architecture({tok, QJsonObject{{QStringLiteral("head"), QStringLiteral("tokens")}, {QStringLiteral("layers"), QJsonArray{layer("layer.rms_norm", "norm")}}}}) << corrupt;
        QTest::newRow("unknown layer") << architecture({layer("layer.magic", "x"), head}) << int(ErrorCode::NotFound);
        QTest::newRow("not a layer plugin") << architecture({layer("schedule.cosine", "x"), head}) << int(ErrorCode::NotFound);
        QTest::newRow("no name") << architecture({layer("layer.token_embedding", ""), head}) << corrupt;
        QTest::newRow("two of a name") << architecture({tok, tok, head}) << corrupt;
        QTest::newRow("unknown entry") << architecture({tok, QJsonObject{{QStringLiteral("loop"), 3}}, head}) << corrupt;
        QJsonObject hollow{{QStringLiteral("repeat"), 4096}, {QStringLiteral("name"), QStringLiteral("b")}};
        for (int depth = 0; depth < 8; ++depth)  // 4096^9 rounds without a layer
            hollow = {{QStringLiteral("repeat"), 4096}, {QStringLiteral("name"), QStringLiteral("b")}, {QStringLiteral("layers"), QJsonArray{hollow}}};
        QTest::newRow("endless without layers") << architecture({tok, hollow, head}) << corrupt;
        QTest::newRow("endless") << architecture({tok, QJsonObject{{QStringLiteral("repeat"), 1e9}, {QStringLiteral("name"), QStringLiteral("b")}}, head}) << corrupt;
        QTest::newRow("heads do not divide") << llama({{QStringLiteral("heads"), 3}}) << invalid;
        QTest::newRow("groups do not divide") << llama({{QStringLiteral("key_value_heads"), 3}}) << invalid;
        QTest::newRow("odd head size") << llama({{QStringLiteral("head_size"), 5}}) << invalid;
        QTest::newRow("unknown parameter") << llama({{QStringLiteral("colour"), 5}}) << invalid;
        QTest::newRow("wrong type") << llama({{QStringLiteral("heads"), QStringLiteral("many")}}) << invalid;
    }
    void brokenArchitectures()
    {
        QFETCH(QJsonObject, architecture);
        QFETCH(int, code);
        const auto model = Model::build(*m_plugins, architecture);
        QVERIFY(!model);
        QVERIFY2(int(model.error().code) == code, qPrintable(model.error().message));
        QVERIFY(!model.error().message.isEmpty());
    }

    void wrongHeadsNameWhatWouldWork()
    {
        const auto model = Model::build(*m_plugins, llama({{QStringLiteral("heads"), 3}}));
        QVERIFY(model.error().message.contains(QLatin1String("16")));
        QVERIFY(model.error().hint.contains(QLatin1String("2, 4")));
    }

    void wrongIdsAreErrors()
    {
        const auto model = built(llama());
        network::Pass pass;
        QVERIFY(!model->logits(idsOf(1, 25, 1)));
        QVERIFY(!model->logits(torch::full({1, 3}, 40, at::kLong)));
        QVERIFY(!model->logits(torch::full({1, 3}, -1, at::kLong)));
        QVERIFY(!model->logits(torch::ones({3}, at::kLong)));
        QVERIFY(!model->logits(torch::ones({1, 3})));
        QVERIFY(!model->loss(idsOf(1, 4, 1), idsOf(1, 5, 1), pass));
        QVERIFY(!model->loss(idsOf(1, 4, 1), torch::full({1, 4}, 40, at::kLong), pass));
        network::Batch batch;
        batch.ids = idsOf(1, 4, 1);
        QVERIFY(!model->loss(batch, pass));
        QVERIFY(!model->labelLogits(batch));
        batch.segments = torch::zeros({1, 3}, at::kLong);
        QVERIFY(!model->logits(batch));
        batch.segments = Tensor();
        batch.positions = torch::full({1, 4}, 24, at::kLong);
        QVERIFY(!model->logits(batch));
        batch.positions = Tensor();
        batch.encoderIds = batch.ids;
        QVERIFY(!model->logits(batch));
    }
};

QTEST_GUILESS_MAIN(TestModel)
#include "test_model.moc"
