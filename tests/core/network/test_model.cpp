// Models built from architectures: names, initial weights, losses and gradients, causality, the cache, packed and padded
// rows; parameters counted by formula.
#include "tests/core/network/model_fixture.h"

#include "core/model/architecture.h"
#include "core/tensor/guard.h"

#include <QTest>

#include <cmath>
#include <functional>
#include <set>

using namespace athanor;
using namespace athanor::network::fixture;
using network::Model;
using torch::Tensor;

class TestModel : public QObject, network::fixture::ModelMaker {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { findPlugins(); }

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
};

QTEST_GUILESS_MAIN(TestModel)
#include "test_model.moc"
