// Declarations of parameters and the catalogue of plugins, good and bad, also under a locale with decimal commas.
#include "core/plugin/catalogue.h"

#include "core/base/atomic_file.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::plugin;

class TestPlugin : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void valuesAreCompleted();
    void badValues_data();
    void badValues();
    void assignments_data();
    void assignments();
    void decimalCommaIsNeverRead();
    void badDeclarations_data();
    void badDeclarations();
    void badPluginsDoNotStopTheOthers();
    void doubledIdKeepsTheFirst();

private:
    static ParameterSchema schema();
    static QByteArray plugin(const char *id, const char *title);
};

ParameterSchema TestPlugin::schema()
{
    const auto made = ParameterSchema::fromJson(QJsonDocument::fromJson(R"([
        {"key":"steps","type":"int","default":100,"min":1,"max":1000000},
        {"key":"rate","type":"real","default":0.5,"min":0,"max":1},
        {"key":"fast","type":"bool","default":false},
        {"key":"name","type":"text","default":""},
        {"key":"mode","type":"choice","default":"a","choices":["a",{"value":"b","title":"B"}]}])").array());
    if (!made)
        qFatal("%s", qUtf8Printable(made.error().message));
    return *made;
}

QByteArray TestPlugin::plugin(const char *id, const char *title)
{
    const QJsonObject object{{QStringLiteral("id"), QString::fromLatin1(id)}, {QStringLiteral("kind"), QStringLiteral("recipe")},
                             {QStringLiteral("api"), 1}, {QStringLiteral("title"), QString::fromLatin1(title)},
                             {QStringLiteral("summary"), QStringLiteral("s")}, {QStringLiteral("parameters"), QJsonArray()}};
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

void TestPlugin::valuesAreCompleted()
{
    const auto values = schema().validate({{QStringLiteral("steps"), 7}});
    QVERIFY(values);
    QCOMPARE(values->value(QLatin1String("steps")).toInt(), 7);
    QCOMPARE(values->value(QLatin1String("rate")).toDouble(), 0.5);
    QCOMPARE(values->size(), 5);
}

void TestPlugin::badValues_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("said");
    QTest::newRow("too small") << QByteArray(R"({"steps":0})") << QStringLiteral("steps");
    QTest::newRow("too large") << QByteArray(R"({"rate":1.5})") << QStringLiteral("rate");
    QTest::newRow("not whole") << QByteArray(R"({"steps":1.5})") << QStringLiteral("whole");
    QTest::newRow("text for number") << QByteArray(R"({"steps":"7"})") << QStringLiteral("steps");
    QTest::newRow("number for bool") << QByteArray(R"({"fast":1})") << QStringLiteral("fast");
    QTest::newRow("null") << QByteArray(R"({"name":null})") << QStringLiteral("name");
    QTest::newRow("unknown choice") << QByteArray(R"({"mode":"c"})") << QStringLiteral("a, b");
    QTest::newRow("near spelling") << QByteArray(R"({"step":7})") << QStringLiteral("steps");
    QTest::newRow("unknown key") << QByteArray(R"({"zebra":7})") << QStringLiteral("zebra");
}

void TestPlugin::badValues()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, said);
    const auto values = schema().validate(QJsonDocument::fromJson(json).object());
    QVERIFY(!values);
    QCOMPARE(values.error().code, ErrorCode::InvalidInput);
    QVERIFY((values.error().message + values.error().hint).contains(said));
}

void TestPlugin::assignments_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("usable");
    QTest::newRow("int") << QStringLiteral("steps=20") << true;
    QTest::newRow("suffix") << QStringLiteral("steps=20k") << true;
    QTest::newRow("beyond the limit") << QStringLiteral("steps=2B") << false;
    QTest::newRow("real") << QStringLiteral("rate=3e-4") << true;
    QTest::newRow("comma") << QStringLiteral("rate=0,5") << false;
    QTest::newRow("nan") << QStringLiteral("rate=nan") << false;
    QTest::newRow("text with equals") << QStringLiteral("name=a=b") << true;
    QTest::newRow("no equals") << QStringLiteral("steps") << false;
    QTest::newRow("no key") << QStringLiteral("=5") << false;
    QTest::newRow("empty number") << QStringLiteral("steps=") << false;
}

void TestPlugin::assignments()
{
    QFETCH(QString, text);
    QFETCH(bool, usable);
    QCOMPARE(schema().parseAssignments({text}).has_value(), usable);
}

void TestPlugin::decimalCommaIsNeverRead()
{
    const QLocale before;
    QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
    const auto values = schema().parseAssignments({QStringLiteral("rate=0.25")});
    const bool takesComma = schema().parseAssignments({QStringLiteral("rate=0,25")}).has_value();
    const QString text = valueText(0.25);
    QLocale::setDefault(before);
    QVERIFY(values);
    QCOMPARE(values->value(QLatin1String("rate")).toDouble(), 0.25);
    QVERIFY(!takesComma);
    QCOMPARE(text, QStringLiteral("0.25"));
}

void TestPlugin::badDeclarations_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("no key") << QByteArray(R"([{"type":"int","default":1}])");
    QTest::newRow("unknown type") << QByteArray(R"([{"key":"a","type":"colour","default":1}])");
    QTest::newRow("doubled key") << QByteArray(R"([{"key":"a","type":"int","default":1},{"key":"a","type":"int","default":1}])");
    QTest::newRow("default outside") << QByteArray(R"([{"key":"a","type":"int","default":9,"max":5}])");
    QTest::newRow("default of another type") << QByteArray(R"([{"key":"a","type":"bool","default":"yes"}])");
    QTest::newRow("no choices") << QByteArray(R"([{"key":"a","type":"choice","default":"x"}])");
}

void TestPlugin::badDeclarations()
{
    QFETCH(QByteArray, json);
    const auto made = ParameterSchema::fromJson(QJsonDocument::fromJson(json).array());
    QVERIFY(!made);
    QCOMPARE(made.error().code, ErrorCode::Corrupt);
}

void TestPlugin::badPluginsDoNotStopTheOthers()
{
    QTemporaryDir folder;
    const QList<std::pair<const char *, QByteArray>> files{
        {"good.json", plugin("recipe.good", "Good")}, {"cut.json", "{\"id\":\"recipe."}, {"list.json", "[]"},
        {"no_id.json", plugin("", "No id")},          {"module.so", "not a module"},     {"empty.so", ""},
        {"newer.json", plugin("recipe.newer", "Newer").replace("\"api\":1", "\"api\":99")}};
    for (const auto &[name, bytes] : files)
        QVERIFY(writeFileAtomically(folder.filePath(QString::fromLatin1(name)), bytes));
    QLoggingCategory::setFilterRules(QStringLiteral("athanor.plugin=false"));
    Catalogue catalogue;
    catalogue.scan({folder.path(), QStringLiteral("/no/such/folder")});
    QCOMPARE(catalogue.all().size(), size_t(7));
    QCOMPARE(catalogue.ofKind(QStringLiteral("recipe")).size(), size_t(1));
    for (const Metadata *one : catalogue.all())
        if (one->state == PluginState::Failed)
            QVERIFY2(!one->error.message.isEmpty(), qPrintable(one->file));
    QCOMPARE(catalogue.load(QStringLiteral("recipe.good")).error().code, ErrorCode::Unsupported);
    QCOMPARE(catalogue.load(QStringLiteral("recipe.none")).error().code, ErrorCode::NotFound);
}

void TestPlugin::doubledIdKeepsTheFirst()
{
    QTemporaryDir first, second;
    QVERIFY(writeFileAtomically(first.filePath(QStringLiteral("a.json")), plugin("recipe.one", "First")));
    QVERIFY(writeFileAtomically(second.filePath(QStringLiteral("a.json")), plugin("recipe.one", "Second")));
    QLoggingCategory::setFilterRules(QStringLiteral("athanor.plugin=false"));
    Catalogue catalogue;
    catalogue.scan({first.path(), second.path()});
    QCOMPARE(catalogue.find(QStringLiteral("recipe.one"))->title, QStringLiteral("First"));
    QCOMPARE(catalogue.all().size(), size_t(2));
}

QTEST_GUILESS_MAIN(TestPlugin)
#include "test_plugin.moc"
