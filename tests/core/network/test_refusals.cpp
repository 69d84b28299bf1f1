// Architectures and batches that are wrong: each is an error that says what would work.
#include "tests/core/network/model_fixture.h"

#include "core/network/quantised.h"

#include <QTest>

using namespace athanor;
using namespace athanor::network::fixture;
using network::Model;
using torch::Tensor;

class TestRefusals : public QObject, network::fixture::ModelMaker {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { findPlugins(); }

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

    void smallWeightsMeasureNoLoss()
    {
        for (const bool tied : {true, false}) {
            const auto model = built(llama({}, tied));
            QVERIFY(network::quantise(*model, tensor::QuantisedFormat::Int8));
            network::Pass pass;
            QVERIFY(model->logits(idsOf(1, 4, 1)));
            const auto refused = model->perTokenLoss(idsOf(1, 4, 1), idsOf(1, 4, 2));
            QVERIFY(!refused && refused.error().message.contains(QStringLiteral("made smaller")));
            QVERIFY(!model->loss(idsOf(1, 4, 1), idsOf(1, 4, 2), pass));
        }
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

QTEST_GUILESS_MAIN(TestRefusals)
#include "test_refusals.moc"
