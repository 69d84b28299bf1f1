// The template plugin: its logic without the loader, then the module through the catalogue.
#include "core/plugin/registry.h"
#include "plugins/_template/capitals.h"

#include <QTest>

using namespace athanor;

class TestCapitals : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsLettersWithCase_data();
    void countsLettersWithCase();
    void removesShoutingAndSaysWhy();
    void leavesShortTextsAlone();
    void metadataIsReadWithoutLoading();
    void moduleLoadsAndJudges();
    void settingsAreChecked();
};

void TestCapitals::countsLettersWithCase_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("letters");
    QTest::addColumn<qint64>("capitals");
    QTest::newRow("empty") << QByteArray() << qint64(0) << qint64(0);
    QTest::newRow("latin") << QByteArray("Ab c!") << qint64(3) << qint64(1);
    QTest::newRow("greek") << QStringLiteral("ΑΒγ").toUtf8() << qint64(3) << qint64(2);
    QTest::newRow("without case") << QStringLiteral("漢字 ابج").toUtf8() << qint64(0) << qint64(0);
    QTest::newRow("invalid UTF-8") << QByteArray("A\xff\xfe\xc3") << qint64(1) << qint64(1);
    QTest::newRow("zero bytes") << QByteArray("A\0b", 3) << qint64(2) << qint64(1);
}

void TestCapitals::countsLettersWithCase()
{
    QFETCH(QByteArray, text);
    const filter::CapitalShare share = filter::capitalShare(text);
    QTEST(share.letters, "letters");
    QTEST(share.capitals, "capitals");
}

void TestCapitals::removesShoutingAndSaysWhy()
{
    const filter::CapitalsRun run(0.5, 10);
    corpus::DocumentView document;
    document.text = "BUY NOW, ONLY TODAY";
    const auto judge = [&] { return run.judge(run.measure(document), {}); };
    const corpus::Judgement judgement = judge();
    QVERIFY(!judgement.keep);
    QCOMPARE(judgement.rule, QStringLiteral("capitals"));
    QCOMPARE(judgement.detail, QStringLiteral("100 % of the letters are capitals (at most 50 %)"));
    document.text = "Quiet words, written as usual.";
    QVERIFY(judge().keep);
    QVERIFY(run.measure(document).contains(QStringLiteral("capital_share")));
}

void TestCapitals::leavesShortTextsAlone()
{
    corpus::DocumentView document;
    document.text = "NATO";
    const filter::CapitalsRun run(0.5, 10);
    QVERIFY(run.measure(document).isEmpty());
    QVERIFY(run.judge(run.measure(document), {}).keep);
}

void TestCapitals::metadataIsReadWithoutLoading()
{
    plugin::Catalogue catalogue;
    catalogue.scan({QStringLiteral(TEMPLATE_PLUGINS)});
    const plugin::Metadata *metadata = catalogue.find(QStringLiteral("filter.capitals"));
    QVERIFY(metadata);
    QVERIFY(metadata->state != plugin::PluginState::Loaded);
    QCOMPARE(metadata->kind, QStringLiteral("filter"));
    QCOMPARE(metadata->parameters.parameters().size(), size_t(2));
}

void TestCapitals::moduleLoadsAndJudges()
{
    plugin::Catalogue catalogue;
    catalogue.scan({QStringLiteral(TEMPLATE_PLUGINS)});
    const plugin::Registry<corpus::Filter> filters(catalogue, QStringLiteral("filter"));
    const auto filter = filters.get(QStringLiteral("filter.capitals"));
    QVERIFY2(filter, filter ? "" : qPrintable(filter.error().message));
    const auto settings = filters.metadata(QStringLiteral("filter.capitals"))->parameters.validate({});
    QVERIFY(settings);
    const auto run = (*filter)->start(*settings);
    QVERIFY(run);
    corpus::DocumentView document;
    document.text = QByteArray("SHOUTING ").repeated(20);
    QVERIFY(!(*run)->judge((*run)->measure(document), {}).keep);
    QVERIFY(catalogue.find(QStringLiteral("filter.capitals"))->state == plugin::PluginState::Loaded);
}

void TestCapitals::settingsAreChecked()
{
    plugin::Catalogue catalogue;
    catalogue.scan({QStringLiteral(TEMPLATE_PLUGINS)});
    const auto &schema = catalogue.find(QStringLiteral("filter.capitals"))->parameters;
    QVERIFY(!schema.validate({{QStringLiteral("most_share"), 1.5}}));
    QVERIFY(!schema.validate({{QStringLiteral("mostshare"), 0.5}}));
    QVERIFY(schema.validate({{QStringLiteral("most_share"), 0.2}}));
}

QTEST_GUILESS_MAIN(TestCapitals)
#include "test_capitals.moc"
