// Every initializer plugin: moments, bounds and orthogonality of what it draws; the same for the same key on any number of
// threads; and what a model is made of with it.
#include "core/network/model.h"
#include "core/plugin/registry.h"
#include "core/tensor/distributions.h"
#include "core/tensor/machine.h"

#include <QJsonArray>
#include <QTest>

#include <cmath>

using namespace athanor;
using network::InitialMatrix;
using network::Model;
using torch::Tensor;

namespace {

QJsonObject layer(const char *id, const char *name, const QJsonObject &parameters = {})
{
    return {{QStringLiteral("layer"), QLatin1String(id)}, {QStringLiteral("name"), QLatin1String(name)}, {QStringLiteral("parameters"), parameters}};
}

QJsonObject architecture()
{
    const QJsonObject heads{{QStringLiteral("heads"), 2}};
    const QJsonArray attention{layer("layer.rms_norm", "norm1"), layer("layer.attention", "attention", heads)};
    const QJsonArray inner{layer("layer.rms_norm", "norm2"), layer("layer.swiglu", "feed_forward")};
    return {{QStringLiteral("format"), 1},
            {QStringLiteral("dimensions"), QJsonObject{{QStringLiteral("vocabulary"), 60}, {QStringLiteral("context"), 16},
                                                       {QStringLiteral("width"), 64}, {QStringLiteral("layers"), 8}}},
            {QStringLiteral("layers"), QJsonArray{layer("layer.token_embedding", "tok"),
                                                  QJsonObject{{QStringLiteral("residual"), attention}},
                                                  QJsonObject{{QStringLiteral("residual"), inner}},
                                                  layer("layer.head", "head", {{QStringLiteral("tied"), false}})}}};
}

InitialMatrix matrixOf(int64_t outputs, int64_t inputs, bool endsBranch = false)
{
    return {outputs, inputs, 0.03, endsBranch, 8, {5, 0, 11}};
}

double deviationOf(const Tensor &x) { return x.to(at::kDouble).std().item<double>(); }

}  // namespace

class TestInitializers : public QObject {
    Q_OBJECT

    std::unique_ptr<plugin::Catalogue> m_plugins;

    Tensor drawn(const QString &id, const InitialMatrix &matrix)
    {
        const plugin::Registry<network::InitializerPlugin> all(*m_plugins, QStringLiteral("initializer"));
        const auto found = all.get(id);
        if (!found)
            qFatal("%s", qPrintable(found.error().message));
        return (*found)->fill(matrix);
    }
    std::shared_ptr<Model> built(const QString &initializer, at::ScalarType dtype = at::kFloat, uint64_t seed = 3)
    {
        auto model = Model::build(*m_plugins, architecture(), {dtype, seed, at::kCPU, initializer});
        if (!model)
            qFatal("%s", qPrintable(model.error().message + model.error().detail));
        return *model;
    }
    static Tensor weight(const Model &model, const char *name)
    {
        for (const auto &parameter : model.parameters())
            if (parameter.name == name)
                return parameter.value.detach();
        qFatal("no parameter %s", name);
    }

private Q_SLOTS:
    void initTestCase()
    {
        tensor::setThreadCount(2);
        m_plugins = plugin::scanUsualFolders();
    }

    // Deviations as torch.nn.init documents them; of what is even or truncated, that of the distribution.
    void moments_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<double>("deviation");
        QTest::addColumn<double>("furthest");
        QTest::addColumn<bool>("endsBranch");
        const auto row = [](const char *name, double deviation, double furthest, bool endsBranch = false) {
            QTest::addRow("%s%s", name, endsBranch ? ", end of a branch" : "") << QLatin1String("initializer.") + QLatin1String(name) << deviation << furthest << endsBranch;
        };
        const double even = std::sqrt(6.0 / (300 + 500)), any = 1e9;
        row("normal", 0.03, any);
        row("normal", 0.03, any, true);
        row("truncated_normal", 0.87962566 * 0.03, 0.06);
        row("xavier_uniform", even / std::sqrt(3.0), even);
        row("xavier_normal", std::sqrt(2.0 / 800), any);
        row("kaiming_normal", std::sqrt(2.0 / 500), any);
        row("small", std::sqrt(2.0 / (5 * 500)), any);
        row("small", 2 / (8 * std::sqrt(300.0)), any, true);
        row("orthogonal", std::sqrt(1.0 / 500), any);
    }
    void moments()
    {
        QFETCH(QString, id);
        QFETCH(double, deviation);
        QFETCH(double, furthest);
        QFETCH(bool, endsBranch);
        const Tensor x = drawn(id, matrixOf(300, 500, endsBranch));
        QCOMPARE(x.sizes(), (at::IntArrayRef{300, 500}));
        QVERIFY2(std::abs(deviationOf(x) / deviation - 1) < 0.01, qPrintable(QString::number(deviationOf(x) / deviation)));
        QVERIFY(std::abs(x.mean().item<double>()) < 0.015 * deviation);
        QVERIFY(x.abs().max().item<double>() <= furthest * (1 + 1e-6));
        if (furthest < 1)
            QVERIFY(x.abs().max().item<double>() > 0.99 * furthest);
    }

    void orthogonalBothWays()
    {
        for (const auto &[rows, columns] : {std::pair(40, 90), std::pair(90, 40), std::pair(50, 50), std::pair(1, 7)}) {
            const Tensor q = drawn(QStringLiteral("initializer.orthogonal"), matrixOf(rows, columns)).to(at::kDouble);
            const Tensor product = rows < columns ? q.matmul(q.t()) : q.t().matmul(q);
            QVERIFY((product - torch::eye(std::min(rows, columns), at::kDouble)).abs().max().item<double>() < 1e-5);
        }
    }

    void drawnByTheKeyAlone_data()
    {
        QTest::addColumn<QString>("id");
        const plugin::Registry<network::InitializerPlugin> all(*m_plugins, QStringLiteral("initializer"));
        QVERIFY(all.all().size() >= 7);
        for (const plugin::Metadata *metadata : all.all())
            QTest::addRow("%s", qPrintable(metadata->id)) << metadata->id;
    }
    void drawnByTheKeyAlone()
    {
        QFETCH(QString, id);
        InitialMatrix matrix = matrixOf(130, 257);
        const Tensor two = drawn(id, matrix);
        tensor::setThreadCount(1);
        const Tensor one = drawn(id, matrix);
        tensor::setThreadCount(2);
        QVERIFY(torch::equal(one, two));
        QCOMPARE(tensor::threadCount(), 2);
        matrix.key.site = 12;
        QVERIFY(!torch::equal(drawn(id, matrix), two));
        QVERIFY(two.isfinite().all().item<bool>() && two.scalar_type() == at::kFloat);
    }

    void modelsAreMadeWithIt_data() { drawnByTheKeyAlone_data(); }
    void modelsAreMadeWithIt()
    {
        QFETCH(QString, id);
        const auto own = built({}), made = built(id), again = built(id), rounded = built(id, at::kBFloat16);
        QVERIFY(torch::equal(weight(*made, "tok.weight"), weight(*own, "tok.weight")));  // no matrix
        QVERIFY(!torch::equal(weight(*made, "feed_forward.down_weight"), weight(*own, "feed_forward.down_weight")));
        QVERIFY(torch::equal(weight(*made, "feed_forward.down_weight"), weight(*again, "feed_forward.down_weight")));
        QVERIFY(torch::equal(weight(*made, "head.weight").to(at::kBFloat16), weight(*rounded, "head.weight")));
        QVERIFY(!torch::equal(weight(*made, "head.weight"), weight(*built(id, at::kFloat, 4), "head.weight")));
    }

    // A layer's rule, and the initializer that differs from it where a branch ends alone.
    void theEndsOfBranchesAreKnown()
    {
        const auto own = built({}), made = built(QStringLiteral("initializer.normal"));
        QVERIFY(torch::equal(weight(*made, "attention.qkv_weight"), weight(*own, "attention.qkv_weight")));
        const Tensor output = weight(*own, "attention.output_weight") * 4;  // √(2·8)
        QVERIFY((weight(*made, "attention.output_weight") - output).abs().max().item<double>() < 1e-6);
    }

    void unknownOnesAreNamed()
    {
        const auto model = Model::build(*m_plugins, architecture(), {at::kFloat, 1, at::kCPU, QStringLiteral("initializer.magic")});
        QVERIFY(!model);
        QCOMPARE(model.error().code, ErrorCode::NotFound);
        QVERIFY(model.error().hint.contains(QStringLiteral("initializer.orthogonal")));
        QVERIFY(!Model::build(*m_plugins, architecture(), {at::kFloat, 1, at::kCPU, QStringLiteral("layer.head")}));
    }
};

QTEST_GUILESS_MAIN(TestInitializers)
#include "test_initializers.moc"
