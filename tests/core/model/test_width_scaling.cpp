// What is scaled with the width of a model, and where the rule is not known.
#include "core/model/width_scaling.h"
#include "tests/core/model/fixture.h"

using namespace athanor;
using namespace athanor::model;

namespace {

QJsonObject architectureOf(const fixture::Plugins &plugins, const char *family, QJsonObject choices = fixture::small())
{
    const auto made = expandArchitecture(plugins.catalogue, QLatin1String(family), choices, 512);
    return made ? *made : QJsonObject();
}

double spreadOf(const QJsonObject &layer) { return layer.value(QLatin1String("parameters")).toObject().value(QLatin1String("initial_deviation")).toDouble(); }

/// The layers of both branches of the first block.
QJsonArray inBlock(const QJsonObject &architecture)
{
    QJsonArray layers;
    for (const QJsonValue &entry : architecture.value(QLatin1String("layers")).toArray())
        for (const QJsonValue &branch : entry.toObject().value(QLatin1String("layers")).toArray())
            for (const QJsonValue &layer : branch.toObject().value(QLatin1String("residual")).toArray())
                layers += layer;
    return layers;
}

}  // namespace

class TestWidthScaling : public QObject {
    Q_OBJECT

private:
    const fixture::Plugins m_plugins;

private Q_SLOTS:
    void familiesThatWriteInOneStackAreKnown_data()
    {
        QTest::addColumn<QByteArray>("family");
        for (const char *family : {"llama", "gpt2", "mistral", "qwen2", "qwen3", "gpt_neox", "falcon"})
            QTest::newRow(family) << QByteArray("architecture.") + family;
    }
    void familiesThatWriteInOneStackAreKnown()
    {
        QFETCH(QByteArray, family);
        const QJsonObject architecture = architectureOf(m_plugins, family.constData());
        QVERIFY(!architecture.isEmpty());
        const auto scaling = widthScaling(architecture, 96);
        QVERIFY2(scaling, scaling ? "" : qPrintable(scaling.error().message));
        QCOMPARE(scaling->share, 0.25);
        QCOMPARE(scaling->outputNorm, QStringLiteral("norm"));
    }
    void othersAreRefused_data()
    {
        QTest::addColumn<QByteArray>("family");
        QTest::newRow("an encoder beside the decoder") << QByteArray("architecture.t5");
        QTest::newRow("a head with layers of its own") << QByteArray("architecture.bert");
    }
    void othersAreRefused()
    {
        QFETCH(QByteArray, family);
        const auto scaling = widthScaling(architectureOf(m_plugins, family.constData()), 96);
        QVERIFY(!scaling);
        QCOMPARE(scaling.error().code, ErrorCode::InvalidInput);
        QVERIFY(!scaling.error().hint.isEmpty());
    }
    void aWidthOfNothingIsRefused()
    {
        QVERIFY(!widthScaling(architectureOf(m_plugins, "architecture.llama"), 0));
        QVERIFY(!widthScaling({}, 96));
    }

    void onlyMatricesInBlocksBeginSmaller()
    {
        const QJsonObject architecture = architectureOf(m_plugins, "architecture.llama");
        const QJsonObject scaled = withScaledSpread(m_plugins.catalogue, architecture, 0.25);
        int matrices = 0;
        for (const QJsonValue &layer : inBlock(scaled)) {
            const bool isNorm = layer.toObject().value(QLatin1String("layer")).toString().endsWith(QLatin1String("_norm"));
            QCOMPARE(spreadOf(layer.toObject()), isNorm ? 0 : 0.01);  // 0.02 · √0.25
            matrices += !isNorm;
        }
        QCOMPARE(matrices, 2);
        const QJsonArray before = architecture.value(QLatin1String("layers")).toArray(), after = scaled.value(QLatin1String("layers")).toArray();
        QCOMPARE(after.first(), before.first());
        QCOMPARE(after.last(), before.last());
    }
    void branchesBesideEachOtherAreReached()
    {
        const QJsonObject scaled = withScaledSpread(m_plugins.catalogue, architectureOf(m_plugins, "architecture.gpt_neox"), 0.25);
        QVERIFY(QJsonDocument(scaled).toJson().contains("0.01"));
    }
    void theBaseItselfIsLeftAsItIs()
    {
        const QJsonObject architecture = architectureOf(m_plugins, "architecture.llama");
        QCOMPARE(withScaledSpread(m_plugins.catalogue, architecture, 1), architecture);
    }

    void optimizersSayHowTheirRateChanges()
    {
        plugin::Metadata optimizer;
        optimizer.title = QStringLiteral("Some");
        QCOMPARE(hiddenRateFactor(optimizer, 0.25).error().code, ErrorCode::InvalidInput);
        optimizer.all = {{QStringLiteral("hidden_rate_exponent"), 1}};
        QCOMPARE(*hiddenRateFactor(optimizer, 0.25), 0.25);
        optimizer.all = {{QStringLiteral("hidden_rate_exponent"), 0.5}};
        QCOMPARE(*hiddenRateFactor(optimizer, 0.25), 0.5);
    }
};

QTEST_APPLESS_MAIN(TestWidthScaling)
#include "test_width_scaling.moc"
