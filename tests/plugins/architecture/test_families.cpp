// Each shipped family of models: its declaration is whole, its template names only layers that exist, and every
// choice reaches a layer.
#include "tests/core/model/fixture.h"

using namespace athanor;
using namespace athanor::model;

class TestFamilies : public QObject {
    Q_OBJECT
    fixture::Plugins m_plugins;

private Q_SLOTS:
    void areWhole_data()
    {
        QTest::addColumn<QString>("id");
        for (const plugin::Metadata *metadata : m_plugins.catalogue.ofKind(QStringLiteral("architecture")))
            QTest::newRow(qPrintable(metadata->id)) << metadata->id;
    }
    void areWhole()
    {
        QFETCH(QString, id);
        const plugin::Metadata *metadata = m_plugins.catalogue.find(id);
        QVERIFY(!metadata->source.isEmpty());
        for (const plugin::Parameter &parameter : metadata->parameters.parameters())
            QVERIFY2(!parameter.doc.isEmpty() && !parameter.title.isEmpty() && !parameter.term.isEmpty(), qPrintable(parameter.key));
        const auto made = expandArchitecture(m_plugins.catalogue, id, {}, 8192);
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().message));
        QVERIFY(account(m_plugins.catalogue, *made, {})->parameters > 1000000);
        const QString text = QString::fromUtf8(QJsonDocument(metadata->all.value(QLatin1String("template")).toObject()).toJson());
        for (const plugin::Parameter &parameter : metadata->parameters.parameters())
            QVERIFY2(text.contains(parameter.key), qPrintable(parameter.key));
    }

    void bothFamiliesAreThere()
    {
        QVERIFY(m_plugins.catalogue.find(QStringLiteral("architecture.llama")));
        QVERIFY(m_plugins.catalogue.find(QStringLiteral("architecture.gpt2")));
    }

    // V·C + L·(C·(Hq + 2·Hk)·D + C·C + 3·C·F + 2·C) + C for grouped queries
    void groupedQueriesAreCounted()
    {
        const auto made = expandArchitecture(m_plugins.catalogue, QStringLiteral("architecture.llama"),
            {{QStringLiteral("width"), 512}, {QStringLiteral("layers"), 4}, {QStringLiteral("heads"), 8}, {QStringLiteral("key_value_heads"), 2},
             {QStringLiteral("feed_forward"), 1000}}, 1000);
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().message));
        const qint64 c = 512, d = 64;
        QCOMPARE(account(m_plugins.catalogue, *made, {})->parameters, 1000 * c + 4 * (c * (8 + 4) * d + c * c + 3 * c * 1000 + 2 * c) + c);
    }
};

QTEST_GUILESS_MAIN(TestFamilies)
#include "test_families.moc"
