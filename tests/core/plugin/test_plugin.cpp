// Declarations of parameters and the catalogue of plugins, good and bad, also under a locale with decimal commas.
#include "core/plugin/method_settings.h"

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
    void methodsBringTheirSettings();
    void settingsOfOtherMethodsAreLeftOut();
    void assignmentsKnowTheChosenMethod_data();
    void assignmentsKnowTheChosenMethod();
    void whatNobodyChangedFollowsTheMethod();
    void declaredChoicesStandBeforeTheMethods();
    void aKindWithoutPluginsKeepsItsUsualMethod();

private:
    static MethodSettings ways(Catalogue &catalogue);
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

// Two methods of the kind "way": both have "force", with different defaults; "pull" suits a smaller rate and has "grip".
MethodSettings TestPlugin::ways(Catalogue &catalogue)
{
    static QTemporaryDir folder;
    const char *const push = R"({"id":"way.push","kind":"way","api":1,"order":1,"title":"Push","summary":"Pushes.","source":"Newton 1687","parameters":[
        {"key":"force","type":"real","default":2,"min":0,"max":10}, {"key":"aim","type":"real","default":0}, {"key":"rate","type":"real","default":9}]})";
    const char *const pull = R"({"id":"way.pull","kind":"way","api":1,"order":2,"title":"Pull","summary":"Pulls.","suits":{"rate":0.01},"parameters":[
        {"key":"force","type":"real","default":3,"min":0,"max":10}, {"key":"aim","type":"real","doc":"otherwise","default":1}, {"key":"grip","type":"int","default":4,"min":1,"max":5}]})";
    const char *const odd = R"({"id":"way.odd","kind":"way","api":1,"order":3,"title":"Odd","summary":"Wants too much.","suits":{"rate":7},"parameters":[]})";
    if (!writeFileAtomically(folder.filePath(QStringLiteral("push.json")), push) || !writeFileAtomically(folder.filePath(QStringLiteral("pull.json")), pull)
        || !writeFileAtomically(folder.filePath(QStringLiteral("odd.json")), odd))
        qFatal("cannot write");
    catalogue.scan({folder.path()});
    const auto made = MethodSettings::create(QJsonDocument::fromJson(R"([{"key":"rate","type":"real","default":0.5,"min":0,"max":1},
        {"key":"way","type":"choice","methods":"way","default":"way.push","advanced":true}, {"key":"last","type":"int","default":1}])").array(), catalogue);
    if (!made)
        qFatal("%s", qUtf8Printable(made.error().message));
    return *made;
}

void TestPlugin::methodsBringTheirSettings()
{
    Catalogue catalogue;
    const MethodSettings settings = ways(catalogue);
    const auto keys = [](const ParameterSchema &schema) {
        QStringList all;
        for (const Parameter &parameter : schema.parameters())
            all += parameter.key;
        return all.join(QLatin1Char(' '));
    };
    QCOMPARE(keys(settings.plain()), QStringLiteral("rate way last"));
    QCOMPARE(keys(settings.schemaFor()), QStringLiteral("rate way force aim last"));  // the plugin's "rate" is the shared one
    const ParameterSchema pull = settings.schemaFor({{QStringLiteral("way"), QStringLiteral("way.pull")}});
    QCOMPARE(keys(pull), QStringLiteral("rate way force aim grip last"));
    QCOMPARE(pull.defaults().value(QLatin1String("rate")).toDouble(), 0.01);
    QCOMPARE(pull.defaults().value(QLatin1String("force")).toDouble(), 3.0);
    QVERIFY(pull.find(QStringLiteral("grip"))->advanced);
    QCOMPARE(settings.plain().find(QStringLiteral("way"))->choices[0].doc, QStringLiteral("Pushes (Newton 1687)."));
    const ParameterSchema odd = settings.schemaFor({{QStringLiteral("way"), QStringLiteral("way.odd")}});
    QCOMPARE(odd.defaults().value(QLatin1String("rate")).toDouble(), 0.5);  // what it wants is not allowed
    QVERIFY(settings.choosesMethod(QStringLiteral("way")) && !settings.choosesMethod(QStringLiteral("rate")));
}

void TestPlugin::settingsOfOtherMethodsAreLeftOut()
{
    Catalogue catalogue;
    const MethodSettings settings = ways(catalogue);
    const auto values = settings.validate({{QStringLiteral("grip"), 2}, {QStringLiteral("force"), 1}});
    QVERIFY2(values, values ? "" : qPrintable(values.error().message));
    QCOMPARE(*values, (QJsonObject{{QStringLiteral("rate"), 0.5}, {QStringLiteral("way"), QStringLiteral("way.push")}, {QStringLiteral("force"), 1}, {QStringLiteral("aim"), 0}, {QStringLiteral("last"), 1}}));
    QCOMPARE(settings.validate({{QStringLiteral("gripe"), 2}}).error().code, ErrorCode::InvalidInput);
    QVERIFY(!settings.validate({{QStringLiteral("way"), QStringLiteral("way.none")}}));
    QVERIFY(!settings.validate({{QStringLiteral("way"), QStringLiteral("way.pull")}, {QStringLiteral("grip"), 9}}));
}

void TestPlugin::assignmentsKnowTheChosenMethod_data()
{
    QTest::addColumn<QString>("given");
    QTest::addColumn<QJsonObject>("base");
    QTest::addColumn<QString>("error");  // a part of it; empty: understood
    const QJsonObject pulls{{QStringLiteral("way"), QStringLiteral("way.pull")}};
    QTest::newRow("with the choice") << "way=way.pull grip=2" << QJsonObject() << QString();
    QTest::newRow("by its short name") << "way=pull grip=2" << QJsonObject() << QString();
    QTest::newRow("before the choice") << "grip=2 way=way.pull" << QJsonObject() << QString();
    QTest::newRow("upon a run") << "grip=2" << pulls << QString();
    QTest::newRow("of both") << "force=4" << QJsonObject() << QString();
    QTest::newRow("not chosen") << "grip=2" << QJsonObject() << "way.pull";
    QTest::newRow("chosen otherwise") << "grip=2 way=way.push" << pulls << "way.pull";
    QTest::newRow("beyond its limits") << "way=way.pull grip=6" << QJsonObject() << "grip";
    QTest::newRow("no such method") << "way=way.none" << QJsonObject() << "way.none";
    QTest::newRow("no such setting") << "gripp=2 way=way.pull" << QJsonObject() << "gripp";
}

void TestPlugin::assignmentsKnowTheChosenMethod()
{
    QFETCH(QString, given);
    QFETCH(QJsonObject, base);
    QFETCH(QString, error);
    Catalogue catalogue;
    const auto read = ways(catalogue).parseAssignments(given.split(QLatin1Char(' ')), base);
    QVERIFY2(bool(read) == error.isEmpty(), read ? "" : qPrintable(read.error().message));
    if (!read)
        QVERIFY2(read.error().message.contains(error), qPrintable(read.error().message));
}

void TestPlugin::whatNobodyChangedFollowsTheMethod()
{
    Catalogue catalogue;
    const MethodSettings settings = ways(catalogue);
    const QJsonObject pull{{QStringLiteral("way"), QStringLiteral("way.pull")}};
    const auto untouched = settings.validate(settings.merged(*settings.validate({}), pull));
    QCOMPARE(untouched->value(QLatin1String("rate")).toDouble(), 0.01);
    QCOMPARE(untouched->value(QLatin1String("force")).toDouble(), 3.0);
    const auto touched = settings.validate(settings.merged(*settings.validate({{QStringLiteral("rate"), 0.2}, {QStringLiteral("force"), 5}, {QStringLiteral("aim"), 6}}), pull));
    QCOMPARE(touched->value(QLatin1String("rate")).toDouble(), 0.2);
    QCOMPARE(touched->value(QLatin1String("force")).toDouble(), 5.0);
    QCOMPARE(touched->value(QLatin1String("aim")).toDouble(), 1.0);  // the other method means something else by it
    QCOMPARE(settings.merged({{QStringLiteral("rate"), 0.5}}, {{QStringLiteral("last"), 2}}).value(QLatin1String("rate")).toDouble(), 0.5);
}

/// "As it is" needs no plugin.
void TestPlugin::declaredChoicesStandBeforeTheMethods()
{
    Catalogue catalogue;
    ways(catalogue);
    const auto settings = MethodSettings::create(QJsonDocument::fromJson(R"([{"key":"way","type":"choice","methods":"way","default":"as_it_is",
        "choices":[{"value":"as_it_is","title":"as it is"}]}])").array(), catalogue);
    QVERIFY(settings);
    QCOMPARE(settings->plain().find(QStringLiteral("way"))->choices.front().value, QStringLiteral("as_it_is"));
    QVERIFY(!settings->validate({})->contains(QLatin1String("force")));
    QCOMPARE(settings->validate({{QStringLiteral("way"), QStringLiteral("way.push")}})->value(QLatin1String("force")).toDouble(), 2.0);
    QVERIFY(!settings->validate({{QStringLiteral("way"), QStringLiteral("as_it_was")}}));
}

void TestPlugin::aKindWithoutPluginsKeepsItsUsualMethod()
{
    const Catalogue none;
    const auto settings = MethodSettings::create(QJsonDocument::fromJson(R"([{"key":"way","type":"choice","methods":"way","default":"way.push"}])").array(), none);
    QVERIFY(settings);
    QVERIFY(settings->validate({}));
    QCOMPARE(settings->plain().defaults().value(QLatin1String("way")).toString(), QStringLiteral("way.push"));
}

QTEST_GUILESS_MAIN(TestPlugin)
#include "test_plugin.moc"
