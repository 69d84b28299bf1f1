// Every layer plugin in small models: the parameters it makes against the formulas of its plugin.json, for many settings;
// memory that its cache takes; forward, backward and generation run; wrong settings are refused with a reason.
#include "core/model/architecture.h"
#include "core/network/model.h"
#include "core/tensor/guard.h"
#include "core/tensor/machine.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <cmath>

using namespace athanor;
using network::Model;
using torch::Tensor;

namespace {

QJsonObject layer(const QString &id, const QString &name, const QJsonObject &parameters = {})
{
    return {{QStringLiteral("layer"), id}, {QStringLiteral("name"), name}, {QStringLiteral("parameters"), parameters}};
}

// The layer under test inside a model that is otherwise as small as can be.
QJsonObject around(const QString &id, const QJsonObject &parameters)
{
    QJsonArray layers;
    const QJsonObject tested = layer(id, QStringLiteral("tested"), parameters);
    const bool isEmbedding = id == QLatin1String("layer.token_embedding"), isHead = id == QLatin1String("layer.head");
    const bool isBranch = id == QLatin1String("layer.attention") || id == QLatin1String("layer.gelu_mlp")
        || id == QLatin1String("layer.swiglu") || id == QLatin1String("layer.dense");
    layers.append(isEmbedding ? tested : layer(QStringLiteral("layer.token_embedding"), QStringLiteral("tok")));
    if (isBranch)
        layers.append(QJsonObject{{QStringLiteral("residual"),
                                   QJsonArray{layer(QStringLiteral("layer.rms_norm"), QStringLiteral("before")), tested}}});
    else if (!isEmbedding && !isHead)
        layers.append(tested);
    layers.append(layer(QStringLiteral("layer.rms_norm"), QStringLiteral("norm")));
    layers.append(isHead ? tested : layer(QStringLiteral("layer.head"), QStringLiteral("head")));
    return {{QStringLiteral("format"), 1},
            {QStringLiteral("dimensions"), QJsonObject{{QStringLiteral("vocabulary"), 50},
                                                       {QStringLiteral("context"), 16},
                                                       {QStringLiteral("width"), 24},
                                                       {QStringLiteral("layers"), 1}}},
            {QStringLiteral("layers"), layers}};
}

QJsonObject object(const char *json)
{
    return QJsonDocument::fromJson(json).object();
}

}  // namespace

class TestLayers : public QObject {
    Q_OBJECT

    std::unique_ptr<plugin::Catalogue> m_plugins;

private Q_SLOTS:
    void initTestCase()
    {
        tensor::setThreadCount(2);
        m_plugins = plugin::scanUsualFolders();
    }

    void everyLayerDeclaresItsCost()
    {
        const auto layers = m_plugins->ofKind(QStringLiteral("layer"));
        QVERIFY(layers.size() >= 8);
        for (const plugin::Metadata *entry : layers) {
            const QJsonObject cost = entry->all.value(QLatin1String("cost")).toObject();
            for (const char *key : {"part", "parameters", "flops_per_token", "activation_bytes_per_token", "kv_bytes_per_token"})
                QVERIFY2(!cost.value(QLatin1String(key)).toString().isEmpty(), qPrintable(entry->id));
        }
    }

    void settings_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QJsonObject>("parameters");
        const auto add = [](const char *id, const char *json) {
            QTest::newRow((QByteArray(id) + " " + json).constData()) << QLatin1String("layer.") + QLatin1String(id) << object(json);
        };
        add("token_embedding", "{}");
        add("token_embedding", R"({"initial_deviation":0.5})");
        add("learned_positions", "{}");
        add("layer_norm", "{}");
        add("layer_norm", R"({"bias":true})");
        add("rms_norm", R"({"epsilon":1e-6})");
        add("batch_norm", "{}");
        add("batch_norm", R"({"bias":false,"momentum":0.5})");
        add("attention", R"({"heads":4})");
        add("attention", R"({"heads":4,"bias":true,"dropout":0.1})");
        add("attention", R"({"heads":6,"key_value_heads":2,"positions":"rotary"})");
        add("attention", R"({"heads":3,"key_value_heads":1,"head_size":10,"positions":"rotary","bias":true})");
        add("gelu_mlp", "{}");
        add("gelu_mlp", R"({"hidden":37,"bias":true,"dropout":0.2})");
        add("swiglu", "{}");
        add("swiglu", R"({"hidden":37,"bias":true,"dropout":0.2})");
        add("attention", R"({"heads":4,"head_norm":true,"qkv_bias":true,"positions":"rotary","rotary_scaling":"llama3","rotary_factor":4,"window":5})");
        add("attention", R"({"heads":2,"positions":"rotary","rotary_share":0.5,"rotary_scaling":"linear","rotary_factor":2})");
        add("gelu_mlp", R"({"activation":"relu"})");
        add("gelu_mlp", R"({"activation":"gelu"})");
        add("swiglu", R"({"gate":"gelu_tanh"})");
        add("learned_positions", R"({"offset":2})");
        add("token_types", "{}");
        add("sinusoidal_positions", "{}");
        add("scale", R"({"factor":2})");
        add("dense", R"({"activation":"tanh"})");
        add("head", R"({"bias":true})");
        add("head", "{}");
        add("head", R"({"tied":false})");
    }

    void settings()
    {
        QFETCH(QString, id);
        QFETCH(QJsonObject, parameters);
        const QJsonObject architecture = around(id, parameters);
        const auto counted = model::account(*m_plugins, architecture, {});
        QVERIFY2(counted, qPrintable(counted ? QString() : counted.error().message));
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const auto model = Model::build(*m_plugins, architecture, {dtype, 1});
            QVERIFY2(model, qPrintable(model ? QString() : model.error().message));
            QCOMPARE(qint64((*model)->parameterCount()), counted->parameters);
            const Tensor ids = torch::arange(0, 32, at::kLong).view({2, 16});
            network::Pass pass{true};
            const auto loss = (*model)->loss(ids, ids, pass);
            QVERIFY2(loss, qPrintable(loss ? QString() : loss.error().detail));
            QVERIFY(std::isfinite(loss->item<double>()));
            QVERIFY(tensor::backward(*loss));
            for (const auto &parameter : (*model)->parameters())
                QVERIFY2(parameter.isBuffer || (parameter.value.grad().defined() && parameter.value.grad().isfinite().all().item<bool>()),
                         parameter.name.c_str());
            const auto cache = (*model)->makeCache(2);
            const auto logits = (*model)->lastLogits(ids, *cache);
            QVERIFY(logits && logits->sizes() == at::IntArrayRef({2, 50}));
        }
    }

    void theCacheTakesWhatTheFormulaSays()
    {
        const QJsonObject architecture = around(QStringLiteral("layer.attention"), object(R"({"heads":6,"key_value_heads":2})"));
        const auto model = *Model::build(*m_plugins, architecture, {at::kBFloat16, 1});
        const auto cache = model->makeCache();
        QVERIFY(model->lastLogits(torch::zeros({1, 3}, at::kLong), *cache));
        const network::LayerState &state = cache->slot(0);
        QCOMPARE(int64_t(state.keys.nbytes() + state.values.nbytes()), int64_t(2 * 2 * 4 * 2 * 16));  // 2 · K · D · bytes · T
    }

    // The statistics of a batch without its padding, against the plain formula; then those that were kept.
    void batchNormCountsWhatIsNoPadding()
    {
        const auto model = *Model::build(*m_plugins, around(QStringLiteral("layer.batch_norm"), object(R"({"momentum":0.25})")), {at::kFloat, 1});
        network::Batch batch;
        batch.ids = torch::arange(0, 32, at::kLong).view({2, 16});
        batch.segments = torch::zeros({2, 16}, at::kLong);
        batch.segments.narrow(1, 11, 5).fill_(-1);
        const auto valueOf = [&](const char *name) {
            for (const auto &parameter : model->parameters())
                if (parameter.name == name)
                    return parameter.value.detach();
            return Tensor();
        };
        const Tensor rows = valueOf("tok.weight").index_select(0, batch.ids.narrow(1, 0, 11).flatten());  // (22, C)
        network::Pass pass{true};
        pass.step = 7;
        torch::NoGradGuard noGradients;
        QVERIFY(model->hidden(batch, pass));
        QVERIFY((valueOf("tested.running_mean") - 0.25 * rows.mean(0)).abs().max().item<float>() < 1e-6);
        const Tensor variance = 0.75 + 0.25 * rows.var(0, true);
        QVERIFY((valueOf("tested.running_var") - variance).abs().max().item<float>() < 1e-6);
        network::Pass again{true};  // once more for its gradients: counted once
        again.step = 7;
        QVERIFY(model->hidden(batch, again));
        QVERIFY((valueOf("tested.running_var") - variance).abs().max().item<float>() < 1e-6);
        QCOMPARE(int(model->trainable().size()), int(model->parameters().size()) - 2);
        model->setTrainable([](const auto &) { return true; });
        QVERIFY(!valueOf("tested.running_mean").requires_grad());
        QCOMPARE(int(model->trainable().size()), int(model->parameters().size()) - 2);
    }
    void batchNormIsTheFormula()
    {
        QJsonObject architecture = around(QStringLiteral("layer.batch_norm"), object("{}"));
        QJsonArray layers = architecture.value(QLatin1String("layers")).toArray();
        layers.removeAt(2);  // the norm behind it
        architecture[QStringLiteral("layers")] = layers;
        const auto model = *Model::build(*m_plugins, architecture, {at::kFloat, 1});
        const Tensor ids = torch::arange(0, 32, at::kLong).view({2, 16}), table = model->parameters()[0].value.detach();
        const Tensor x = table.index_select(0, ids.flatten());
        network::Pass training{true}, using_;
        torch::NoGradGuard noGradients;
        const Tensor fresh = *model->hidden(ids, using_);
        QVERIFY((fresh.view({32, 24}) - x / std::sqrt(1 + 1e-5)).abs().max().item<float>() < 1e-6);
        const Tensor y = *model->hidden(ids, training);
        const Tensor expected = (x - x.mean(0)) / (x.var(0, false) + 1e-5).sqrt();
        QVERIFY((y.view({32, 24}) - expected).abs().max().item<float>() < 1e-5);
    }

    void refused_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QJsonObject>("parameters");
        const auto add = [](const char *id, const char *json) {
            QTest::newRow((QByteArray(id) + " " + json).constData()) << QLatin1String("layer.") + QLatin1String(id) << object(json);
        };
        add("token_embedding", R"({"initial_deviation":-1})");
        add("learned_positions", R"({"length":10})");
        add("layer_norm", R"({"bias":"yes"})");
        add("rms_norm", R"({"epsilon":0})");
        add("batch_norm", R"({"momentum":0})");
        add("batch_norm", R"({"momentum":2})");
        add("attention", R"({"heads":5})");
        add("attention", R"({"heads":0})");
        add("attention", R"({"heads":4,"key_value_heads":3})");
        add("attention", R"({"heads":8,"positions":"rotary"})");
        add("attention", R"({"heads":4,"positions":"absolute"})");
        add("gelu_mlp", R"({"dropout":1})");
        add("swiglu", R"({"hidden":-3})");
        add("head", R"({"tied":1})");
    }

    void refused()
    {
        QFETCH(QString, id);
        QFETCH(QJsonObject, parameters);
        const auto model = Model::build(*m_plugins, around(id, parameters));
        QVERIFY(!model);
        QCOMPARE(int(model.error().code), int(ErrorCode::InvalidInput));
        QVERIFY(!model.error().message.isEmpty() && !model.error().hint.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestLayers)
#include "test_layers.moc"
