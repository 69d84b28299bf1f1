// Batches and models at the edge: one token, views that are no plain stretch of memory, nothing asked, odd sizes, one thread.
#include "tests/core/network/model_fixture.h"

#include "core/tensor/device.h"
#include "core/tensor/guard.h"

#include <QTest>

#include <cmath>

using namespace athanor;
using namespace athanor::network::fixture;
using network::Model;
using torch::Tensor;

namespace {

/// The same architecture with sizes that nothing divides: 3 heads of 5, hidden layers of 13, 41 words.
QJsonObject odd(QJsonObject architecture)
{
    architecture[QStringLiteral("dimensions")] = QJsonObject{{QStringLiteral("vocabulary"), 41}, {QStringLiteral("context"), 23},
                                                             {QStringLiteral("width"), 15}, {QStringLiteral("layers"), 2}};
    return architecture;
}

QJsonObject oddLlama()
{
    const QJsonObject heads{{QStringLiteral("heads"), 3}, {QStringLiteral("key_value_heads"), 1}};
    return odd(architecture({layer("layer.token_embedding", "tok"), layer("layer.learned_positions", "pos"),
                             repeated({residual(layer("layer.rms_norm", "norm1"), layer("layer.attention", "attention", heads)),
                                       residual(layer("layer.rms_norm", "norm2"), layer("layer.swiglu", "feed_forward", {{QStringLiteral("hidden"), 13}}))}),
                             layer("layer.rms_norm", "norm"), layer("layer.head", "head", {{QStringLiteral("tied"), false}})}));
}

/// Not contiguous, the same numbers.
Tensor columnsFirst(const Tensor &x) { return x.t().contiguous().t(); }

}  // namespace

class TestEdges : public QObject, network::fixture::ModelMaker {
    Q_OBJECT

    double lossOf(Model &model, const Tensor &ids, const Tensor &targets)
    {
        network::Pass pass;
        const auto loss = model.loss(ids, targets, pass);
        if (!loss)
            qFatal("%s", qPrintable(loss.error().message + loss.error().detail));
        return loss->item<double>();
    }

private Q_SLOTS:
    void initTestCase() { findPlugins(); }
    void init() { tensor::setThreadCount(2); }

    void oneTokenIsEnough_data() { families(); }
    void oneTokenIsEnough()
    {
        QFETCH(QJsonObject, architecture);
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const auto model = built(architecture, dtype);
            const Tensor id = idsOf(1, 1, 1), target = idsOf(1, 1, 2);
            network::Pass pass{true};
            const auto loss = model->loss(id, target, pass);
            QVERIFY2(loss, qPrintable(loss ? QString() : loss.error().detail));
            QVERIFY(tensor::backward(*loss));
            for (const auto &parameter : model->parameters())
                QVERIFY2(parameter.value.grad().isfinite().all().item<bool>(), parameter.name.c_str());
            const auto cache = model->makeCache();
            QVERIFY(difference(*model->lastLogits(id, *cache), (*model->logits(id)).select(1, 0)) < (dtype == at::kFloat ? 1e-5 : 0.1));
        }
    }

    void viewsAreReadAsTheyAre_data() { families(); }
    void viewsAreReadAsTheyAre()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = built(architecture);
        network::Batch plain;
        plain.ids = idsOf(3, 9, 1);
        plain.targets = idsOf(3, 9, 2);
        plain.segments = torch::arange(9, at::kLong).div(4, "floor").expand({3, 9}).contiguous();
        plain.positions = torch::arange(9, at::kLong).remainder(4).expand({3, 9}).contiguous();
        network::Batch views = plain;
        for (Tensor *numbers : {&views.ids, &views.targets, &views.segments, &views.positions})
            *numbers = columnsFirst(*numbers);
        QVERIFY(!views.ids.is_contiguous());
        const auto gradientsOf = [&](const network::Batch &batch) {
            network::Pass pass{true};
            if (!tensor::backward(*model->loss(batch, pass)))
                qFatal("backward failed");
            std::vector<Tensor> all;
            for (const auto &parameter : model->parameters())
                all.push_back(parameter.value.grad().clone());
            model->clearGradients();
            return all;
        };
        const auto a = gradientsOf(plain), b = gradientsOf(views);
        for (size_t i = 0; i < a.size(); ++i)
            QVERIFY2(torch::equal(a[i], b[i]), model->parameters()[i].name.c_str());
        QVERIFY(torch::equal(*model->perTokenLoss(plain), *model->perTokenLoss(views)));
        QVERIFY(torch::equal(*model->logits(plain), *model->logits(views)));
    }

    // Rows without targets change neither the loss nor the gradients of the others; without any the loss is 0.
    void nothingAsked_data() { families(); }
    void nothingAsked()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = built(architecture);
        const Tensor ids = idsOf(3, 9, 1), none = torch::full({3, 9}, -1, at::kLong);
        Tensor some = none.clone();
        some[1].copy_(idsOf(1, 9, 2)[0]);
        QVERIFY(std::abs(lossOf(*model, ids, some) - lossOf(*model, ids.narrow(0, 1, 1), some.narrow(0, 1, 1))) < 1e-5);
        network::Pass pass{true};
        const auto loss = model->loss(ids, none, pass);
        QVERIFY(loss);
        QCOMPARE(loss->item<float>(), 0.0f);
        QVERIFY(tensor::backward(*loss));
        for (const auto &parameter : model->parameters())
            QVERIFY2(!parameter.value.grad().defined() || parameter.value.grad().abs().max().item<float>() == 0, parameter.name.c_str());
        network::Batch batch;
        batch.ids = ids;
        batch.targets = none;
        const auto scores = model->targetLogits(batch);
        QVERIFY2(scores, qPrintable(scores ? QString() : scores.error().detail));
        QCOMPARE(scores->sizes(), at::IntArrayRef({0, 40}));
        QCOMPARE(model->perTokenLoss(batch)->abs().max().item<float>(), 0.0f);
        batch.targets = Tensor();
        QVERIFY(!model->targetLogits(batch));
        QVERIFY(!model->perTokenLoss(batch));
    }

    void emptyBatchesAreErrors()
    {
        const auto model = built(llama());
        network::Pass pass;
        for (const Tensor &empty : {torch::empty({0, 4}, at::kLong), torch::empty({2, 0}, at::kLong)}) {
            QVERIFY(!model->logits(empty));
            QVERIFY(!model->loss(empty, empty, pass));
            const auto cache = model->makeCache(empty.size(0));
            QVERIFY(!model->lastLogits(empty, *cache));
        }
    }

    void oddSizes()
    {
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const auto model = built(oddLlama(), dtype);
            const double tolerance = dtype == at::kFloat ? 1e-5 : 0.05;
            const Tensor ids = idsOf(2, 23, 1), whole = *model->logits(ids);
            QCOMPARE(whole.sizes(), at::IntArrayRef({2, 23, 41}));
            const auto cache = model->makeCache(2);
            QVERIFY(difference(*model->lastLogits(ids.narrow(1, 0, 11), *cache), whole.select(1, 10)) < tolerance);
            for (int64_t at = 11; at < 23; ++at)
                QVERIFY(difference(*model->lastLogits(ids.narrow(1, at, 1), *cache), whole.select(1, at)) < tolerance);
            network::Pass pass{true};
            const auto loss = model->loss(ids, idsOf(2, 23, 2), pass);
            QVERIFY(loss && tensor::backward(*loss));
            const Tensor expected = at::cross_entropy_loss(whole.flatten(0, 1), idsOf(2, 23, 2).flatten());
            QVERIFY(std::abs(expected.item<double>() - loss->item<double>()) < tolerance);
        }
    }

    // Without gradients the number of threads changes no bit; with them, no more than rounding.
    void oneThreadSaysTheSame_data() { families(); }
    void oneThreadSaysTheSame()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = built(architecture);
        const Tensor ids = idsOf(2, 24, 1), targets = idsOf(2, 24, 2);
        network::Batch batch;
        batch.ids = ids;
        batch.targets = targets;
        const Tensor logits = *model->logits(ids), each = *model->perTokenLoss(batch);
        const double loss = lossOf(*model, ids, targets);
        tensor::setThreadCount(1);
        const bool isPromised = tensor::usesKernels(ids);
        QVERIFY(!isPromised || torch::equal(*model->logits(ids), logits));
        QVERIFY(!isPromised || torch::equal(*model->perTokenLoss(batch), each));
        QVERIFY(std::abs(lossOf(*model, ids, targets) - loss) < 1e-6);
    }
};

QTEST_GUILESS_MAIN(TestEdges)
#include "test_edges.moc"
