// Small models for tests of this room: architectures as data, and what builds them with the plugins of the build folder.
// Thread: one.
#pragma once

#include "core/network/model.h"
#include "core/tensor/machine.h"
#include "core/tensor/random.h"

#include <QJsonArray>
#include <QTest>

#include <memory>

namespace athanor::network::fixture {

using torch::Tensor;

inline QJsonObject layer(const char *id, const char *name, const QJsonObject &parameters = {})
{
    return {{QStringLiteral("layer"), QLatin1String(id)},
            {QStringLiteral("name"), QLatin1String(name)},
            {QStringLiteral("parameters"), parameters}};
}

inline QJsonObject residual(const QJsonObject &norm, const QJsonObject &inner)
{
    return {{QStringLiteral("residual"), QJsonArray{norm, inner}}};
}

inline QJsonObject architecture(const QJsonArray &layers)
{
    return {{QStringLiteral("format"), 1},
            {QStringLiteral("dimensions"), QJsonObject{{QStringLiteral("vocabulary"), 40},
                                                       {QStringLiteral("context"), 24},
                                                       {QStringLiteral("width"), 16},
                                                       {QStringLiteral("layers"), 2}}},
            {QStringLiteral("layers"), layers}};
}

inline QJsonObject repeated(const QJsonArray &layers)
{
    return {{QStringLiteral("repeat"), 2}, {QStringLiteral("name"), QStringLiteral("blocks")}, {QStringLiteral("layers"), layers}};
}

inline QJsonObject llama(const QJsonObject &attention = {}, bool tied = true)
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

inline QJsonObject gpt2(double dropout = 0)
{
    const QJsonObject bias{{QStringLiteral("bias"), true}};
    const QJsonObject attention{{QStringLiteral("heads"), 2}, {QStringLiteral("bias"), true}, {QStringLiteral("dropout"), dropout}};
    return architecture({layer("layer.token_embedding", "tok"), layer("layer.learned_positions", "pos"),
                         repeated({residual(layer("layer.layer_norm", "norm1", bias), layer("layer.attention", "attention", attention)),
                                   residual(layer("layer.layer_norm", "norm2", bias), layer("layer.gelu_mlp", "feed_forward", bias))}),
                         layer("layer.layer_norm", "norm", bias), layer("layer.head", "head")});
}

inline Tensor idsOf(int64_t b, int64_t t, uint64_t site)
{
    Tensor ids = torch::empty({b, t}, at::kLong);
    for (int64_t i = 0; i < b * t; ++i)
        ids.data_ptr<int64_t>()[i] = int64_t(tensor::randomBelow({3, 0, site}, uint64_t(i), 40));
    return ids;
}

inline double difference(const Tensor &a, const Tensor &b) { return (a - b).abs().max().item<double>(); }

/// For a test's data: one architecture a row.
inline void families()
{
    QTest::addColumn<QJsonObject>("architecture");
    QTest::newRow("llama") << llama();
    QTest::newRow("llama, free head") << llama({}, false);
    QTest::newRow("gpt2") << gpt2();
}

/// What a test of models is derived from beside QObject. Call findPlugins() in initTestCase().
class ModelMaker {
protected:
    void findPlugins()
    {
        tensor::setThreadCount(2);
        m_plugins = plugin::scanUsualFolders();
        QVERIFY2(m_plugins->find(QStringLiteral("layer.attention")), "the layer plugins are not built");
    }
    std::shared_ptr<Model> built(const QJsonObject &architecture, at::ScalarType dtype = at::kFloat, uint64_t seed = 0)
    {
        auto model = Model::build(*m_plugins, architecture, {dtype, seed});
        if (!model)
            qFatal("%s", qPrintable(model.error().message + model.error().detail));
        return *model;
    }

    std::unique_ptr<plugin::Catalogue> m_plugins;
};

}  // namespace athanor::network::fixture
