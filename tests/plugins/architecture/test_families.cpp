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
};

QTEST_GUILESS_MAIN(TestFamilies)
#include "test_families.moc"
