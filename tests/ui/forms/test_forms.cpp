// The form generator, driven by keys and clicks.
#include "core/base/atomic_file.h"
#include "ui/forms/number_edit.h"
#include "ui/forms/parameter_form.h"
#include "ui/style/appearance.h"

#include <QtTest/QtTest>

using namespace athanor;
using forms::NumberEdit;
using forms::ParameterForm;

namespace {

plugin::ParameterSchema makeSchema()
{
    const QByteArray json = R"([
      {"key":"heads","type":"int","title":"Heads","term":"attention heads","default":6,"min":1,"max":32,"doc":"How many. Vaswani 2017"},
      {"key":"lr","type":"real","title":"Learning rate","default":0.0006,"min":0,"max":1,"doc":"Step size"},
      {"key":"bias","type":"bool","title":"Bias","default":false},
      {"key":"positions","type":"choice","title":"Positions","default":"rotary","choices":[{"value":"rotary","title":"rotary"},{"value":"learned","title":"learned"}]},
      {"key":"note","type":"text","title":"Note","default":""},
      {"key":"file","type":"path","title":"File","default":"","advanced":true},
      {"key":"tokens","type":"int","title":"Tokens","default":3000000000,"min":0,"max":900000000000,"advanced":true}])";
    auto schema = plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(json).array());
    if (!schema)
        qFatal("%s", qUtf8Printable(schema.error().message));
    return *schema;
}

/// Two methods: "slow" has "calm", "fast" has "zeal" and suits another rate.
plugin::MethodSettings makeMethods(plugin::Catalogue &catalogue)
{
    static QTemporaryDir folder;
    const char *const slow = R"({"id":"pace.slow","kind":"pace","api":1,"order":1,"title":"Slow","summary":"s","parameters":[
        {"key":"calm","type":"int","title":"Calm","default":2,"min":0,"max":5}]})";
    const char *const fast = R"({"id":"pace.fast","kind":"pace","api":1,"order":2,"title":"Fast","summary":"s","suits":{"lr":0.1},"parameters":[
        {"key":"zeal","type":"real","title":"Zeal","default":0.5,"min":0,"max":1,"unit":"sparks"}]})";
    if (!writeFileAtomically(folder.filePath(QStringLiteral("slow.json")), slow) || !writeFileAtomically(folder.filePath(QStringLiteral("fast.json")), fast))
        qFatal("cannot write");
    catalogue.scan({folder.path()});
    return *plugin::MethodSettings::create(QJsonDocument::fromJson(R"([{"key":"lr","type":"real","title":"Rate","default":0.01},
        {"key":"pace","type":"choice","methods":"pace","title":"Pace","default":"pace.slow"},
        {"key":"note","type":"text","title":"Note","default":""}])").array(), catalogue);
}

}  // namespace

class TestForms : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void startsWithDefaults();
    void typedValuesComeBackTyped();
    void wrongValueIsExplained_data();
    void wrongValueIsExplained();
    void decimalCommaLocaleDoesNotMatter();
    void suffixesCount();
    void setValuesEmitsOnceAndPassesOverUnknownKeys();
    void advancedStandsUnderMore();
    void headingsGatherWhatStandsUnderMore();
    void aMethodsFieldsStandWhereItsChoiceDoes();
    void errorFromElsewhereOpensMore();
    void undoAndRedo();
    void typingIsOneUndoStep();
    void wheelWithoutFocusChangesNothing();
    void stepping();
    void everyEditorHasAName();
    void assignmentsNameOnlyWhatDiffers();
    void readOnly();
    void helpFollowsTheFocus();
    void fieldsOfAMethodComeWithIt();
    void undoingAChoiceBringsItsFieldsBack();

private:
    NumberEdit *number(ParameterForm &form, const char *key) { return qobject_cast<NumberEdit *>(form.editor(QLatin1String(key))); }
    static void retype(QWidget *editor, const QString &text)
    {
        auto *line = editor->inherits("QLineEdit") ? qobject_cast<QLineEdit *>(editor) : editor->findChild<QLineEdit *>();
        line->selectAll();
        QTest::keyClicks(line, text);
    }
};

void TestForms::initTestCase() { style::Appearance::instance()->apply(); }

void TestForms::startsWithDefaults()
{
    ParameterForm form(makeSchema());
    QCOMPARE(form.values(), makeSchema().defaults());
    QVERIFY(form.changedValues().isEmpty());
    QVERIFY(form.isValid());
}

void TestForms::typedValuesComeBackTyped()
{
    ParameterForm form(makeSchema());
    form.show();
    QSignalSpy changed(&form, &ParameterForm::valueChanged);
    retype(form.editor(QStringLiteral("heads")), QStringLiteral("8"));
    retype(form.editor(QStringLiteral("lr")), QStringLiteral("3e-4"));
    QTest::mouseClick(form.editor(QStringLiteral("bias")), Qt::LeftButton, {}, QPoint(8, form.editor(QStringLiteral("bias"))->height() / 2));
    QTest::keyClick(form.editor(QStringLiteral("positions")), Qt::Key_Down);
    retype(form.editor(QStringLiteral("note")), QStringLiteral("a \"quoted\" word"));
    QCOMPARE(form.values().value(QLatin1String("heads")).toInteger(), 8);
    QCOMPARE(form.values().value(QLatin1String("lr")).toDouble(), 3e-4);
    QCOMPARE(form.values().value(QLatin1String("bias")).toBool(), true);
    QCOMPARE(form.values().value(QLatin1String("positions")).toString(), QStringLiteral("learned"));
    QCOMPARE(form.values().value(QLatin1String("note")).toString(), QStringLiteral("a \"quoted\" word"));
    QVERIFY(changed.size() >= 5);
}

void TestForms::wrongValueIsExplained_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("text");
    QTest::newRow("too large") << QStringLiteral("heads") << QStringLiteral("99");
    QTest::newRow("too small") << QStringLiteral("heads") << QStringLiteral("0");
    QTest::newRow("no number") << QStringLiteral("heads") << QStringLiteral("six");
    QTest::newRow("not whole") << QStringLiteral("heads") << QStringLiteral("2.5");
    QTest::newRow("empty") << QStringLiteral("heads") << QStringLiteral(" ");
    QTest::newRow("comma") << QStringLiteral("lr") << QStringLiteral("0,5");
    QTest::newRow("nan") << QStringLiteral("lr") << QStringLiteral("nan");
    QTest::newRow("infinite") << QStringLiteral("lr") << QStringLiteral("inf");
    QTest::newRow("huge") << QStringLiteral("lr") << QStringLiteral("1e30");
}

void TestForms::wrongValueIsExplained()
{
    QFETCH(QString, key);
    QFETCH(QString, text);
    ParameterForm form(makeSchema());
    form.show();
    retype(form.editor(key), text);
    QVERIFY(!form.isValid());
    QVERIFY(form.firstError().contains(QLatin1String(key == QLatin1String("heads") ? "between 1 and 32" : "between 0 and 1")));
    QVERIFY(form.editor(key)->property("invalid").toBool());
    QCOMPARE(form.values().value(key), makeSchema().defaults().value(key));
    retype(form.editor(key), QStringLiteral("1"));
    QVERIFY(form.isValid());
    QVERIFY(!form.editor(key)->property("invalid").toBool());
}

void TestForms::decimalCommaLocaleDoesNotMatter()
{
    const QLocale before;
    QLocale::setDefault(QLocale(QLocale::German));
    ParameterForm form(makeSchema());
    QCOMPARE(number(form, "lr")->numberText(), QStringLiteral("0.0006"));
    retype(form.editor(QStringLiteral("lr")), QStringLiteral("0.25"));
    QCOMPARE(form.values().value(QLatin1String("lr")).toDouble(), 0.25);
    QCOMPARE(number(form, "tokens")->numberText(), QStringLiteral("3000000000"));
    QLocale::setDefault(before);
}

void TestForms::suffixesCount()
{
    ParameterForm form(makeSchema());
    retype(form.editor(QStringLiteral("tokens")), QStringLiteral("2.5M"));
    QCOMPARE(form.values().value(QLatin1String("tokens")).toInteger(), 2500000);
    retype(form.editor(QStringLiteral("tokens")), QStringLiteral("100 B"));
    QCOMPARE(form.values().value(QLatin1String("tokens")).toInteger(), 100000000000LL);
}

void TestForms::setValuesEmitsOnceAndPassesOverUnknownKeys()
{
    ParameterForm form(makeSchema());
    QSignalSpy changed(&form, &ParameterForm::changed);
    form.setValues({{QStringLiteral("heads"), 12}, {QStringLiteral("no such key"), 1}, {QStringLiteral("bias"), true}});
    QCOMPARE(changed.size(), 1);
    QCOMPARE(form.values().value(QLatin1String("heads")).toInteger(), 12);
    QVERIFY(!form.values().contains(QLatin1String("no such key")));
    form.resetToDefaults();
    QCOMPARE(form.values(), makeSchema().defaults());
}

void TestForms::advancedStandsUnderMore()
{
    ParameterForm form(makeSchema());
    form.show();
    QVERIFY(form.editor(QStringLiteral("heads"))->isVisible());
    QVERIFY(!form.editor(QStringLiteral("tokens"))->isVisible());
    form.setMoreVisible(true);
    QVERIFY(form.editor(QStringLiteral("tokens"))->isVisible());
}

void TestForms::headingsGatherWhatStandsUnderMore()
{
    const QByteArray json = R"([{"key":"a","type":"int","title":"A","default":1},
      {"key":"b","type":"int","title":"B","default":1,"min":0,"max":9,"advanced":true,"section":"Reading"},
      {"key":"c","type":"int","title":"C","default":1,"advanced":true,"section":"Learning"},
      {"key":"d","type":"int","title":"D","default":1,"advanced":true,"section":"Reading"},
      {"key":"e","type":"int","title":"E","default":1,"advanced":true}])";
    ParameterForm form(*plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(json).array()));
    form.show();
    QCOMPARE(form.sections(), QStringList({QStringLiteral("Reading"), QStringLiteral("Learning")}));
    form.setMoreVisible(true);
    QVERIFY(form.editor(QStringLiteral("e"))->isVisible());
    QVERIFY(!form.editor(QStringLiteral("b"))->isVisible() && !form.editor(QStringLiteral("d"))->isVisible());
    QPushButton *reading = nullptr;
    for (QPushButton *button : form.findChildren<QPushButton *>())
        if (button->accessibleName() == QLatin1String("Reading"))
            reading = button;
    QVERIFY(reading);
    QTest::keyClick(reading, Qt::Key_Space);
    QVERIFY(form.editor(QStringLiteral("b"))->isVisible() && form.editor(QStringLiteral("d"))->isVisible());
    QVERIFY(!form.editor(QStringLiteral("c"))->isVisible());
    form.setValues({{QStringLiteral("b"), 2}, {QStringLiteral("d"), 3}});
    QVERIFY2(reading->text().contains(QLatin1String("2 changed")), qPrintable(reading->text()));
    QTest::keyClick(reading, Qt::Key_Space);
    QVERIFY(!form.isSectionOpen(QStringLiteral("Reading")));
    form.setError(QStringLiteral("d"), QStringLiteral("more than there are"));
    QVERIFY(form.isSectionOpen(QStringLiteral("Reading")));
}

void TestForms::aMethodsFieldsStandWhereItsChoiceDoes()
{
    plugin::Catalogue catalogue;
    makeMethods(catalogue);
    auto methods = plugin::MethodSettings::create(QJsonDocument::fromJson(R"([{"key":"lr","type":"real","title":"Rate","default":0.01},
        {"key":"pace","type":"choice","methods":"pace","title":"Pace","default":"pace.slow","advanced":true,"section":"Learning"},
        {"key":"note","type":"text","title":"Note","default":"","advanced":true,"section":"Notes"}])").array(), catalogue);
    QVERIFY(methods);
    ParameterForm form(*methods);
    form.show();
    form.setMoreVisible(true);
    form.setSectionOpen(QStringLiteral("Learning"), true);
    QVERIFY(form.editor(QStringLiteral("calm"))->isVisible());
    form.setValues({{QStringLiteral("pace"), QStringLiteral("pace.fast")}});
    QTRY_VERIFY(form.editor(QStringLiteral("zeal"))->isVisible());
    QVERIFY(!form.editor(QStringLiteral("note"))->isVisible());
    QCOMPARE(form.sections().size(), 2);
}

void TestForms::errorFromElsewhereOpensMore()
{
    ParameterForm form(makeSchema());
    form.show();
    form.setError(QStringLiteral("tokens"), QStringLiteral("more than there are"));
    QVERIFY(form.isMoreVisible());
    QCOMPARE(form.firstError(), QStringLiteral("more than there are"));
    form.clearErrors();
    QVERIFY(form.isValid());
    // What the field itself has against its value is not taken away by "nothing wrong elsewhere".
    auto *tokens = form.editor(QStringLiteral("tokens"))->findChild<QLineEdit *>();
    QVERIFY(tokens);
    tokens->setFocus();
    tokens->selectAll();
    QTest::keyClicks(tokens, QStringLiteral("-7"));
    const QString own = form.editor(QStringLiteral("tokens"))->accessibleDescription();
    QVERIFY(own.contains(QStringLiteral("-7")));
    for (const QString &elsewhere : {QString(), QStringLiteral("more than there are")}) {
        form.setError(QStringLiteral("tokens"), elsewhere);
        QCOMPARE(form.editor(QStringLiteral("tokens"))->accessibleDescription(), own);
    }
}

void TestForms::undoAndRedo()
{
    QUndoStack stack;
    ParameterForm form(makeSchema());
    form.setUndoStack(&stack);
    form.show();
    QTest::keyClick(form.editor(QStringLiteral("positions")), Qt::Key_Down);
    QCOMPARE(stack.count(), 1);
    stack.undo();
    QCOMPARE(form.values().value(QLatin1String("positions")).toString(), QStringLiteral("rotary"));
    stack.redo();
    QCOMPARE(form.values().value(QLatin1String("positions")).toString(), QStringLiteral("learned"));
}

void TestForms::typingIsOneUndoStep()
{
    QUndoStack stack;
    ParameterForm form(makeSchema());
    form.setUndoStack(&stack);
    retype(form.editor(QStringLiteral("heads")), QStringLiteral("12"));
    retype(form.editor(QStringLiteral("note")), QStringLiteral("abc"));
    QCOMPARE(stack.count(), 2);
    stack.undo();
    QCOMPARE(form.values().value(QLatin1String("note")).toString(), QString());
    stack.undo();
    QCOMPARE(form.values().value(QLatin1String("heads")).toInteger(), 6);
}

void TestForms::wheelWithoutFocusChangesNothing()
{
    ParameterForm form(makeSchema());
    form.show();
    for (const char *key : {"heads", "positions"}) {
        QWidget *editor = form.editor(QLatin1String(key));
        editor->clearFocus();
        QWheelEvent wheel(QPointF(5, 5), editor->mapToGlobal(QPointF(5, 5)), {}, {0, -120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(editor, &wheel);
    }
    QCOMPARE(form.values(), makeSchema().defaults());
}

void TestForms::stepping()
{
    ParameterForm form(makeSchema());
    QTest::keyClick(number(form, "heads"), Qt::Key_Up);
    QCOMPARE(form.values().value(QLatin1String("heads")).toInteger(), 7);
    number(form, "heads")->stepBy(100);
    QCOMPARE(form.values().value(QLatin1String("heads")).toInteger(), 32);
    number(form, "lr")->stepBy(1);
    QCOMPARE(form.values().value(QLatin1String("lr")).toDouble(), 0.0007);
}

void TestForms::everyEditorHasAName()
{
    ParameterForm form(makeSchema());
    const plugin::ParameterSchema schema = makeSchema();
    for (const plugin::Parameter &parameter : schema.parameters()) {
        QVERIFY(form.editor(parameter.key));
        QCOMPARE(form.editor(parameter.key)->accessibleName(), parameter.title);
    }
    QVERIFY(form.editor(QStringLiteral("heads"))->toolTip().contains(QLatin1String("attention heads")));
    QVERIFY(!form.editor(QStringLiteral("no such key")));
}

void TestForms::assignmentsNameOnlyWhatDiffers()
{
    ParameterForm form(makeSchema());
    form.setValues({{QStringLiteral("heads"), 8}, {QStringLiteral("lr"), 0.001}});
    QCOMPARE(form.assignments(), (QStringList{QStringLiteral("heads=8"), QStringLiteral("lr=0.001")}));
}

void TestForms::readOnly()
{
    ParameterForm form(makeSchema());
    form.setReadOnly(true);
    retype(form.editor(QStringLiteral("heads")), QStringLiteral("9"));
    QCOMPARE(form.values(), makeSchema().defaults());
}

void TestForms::helpFollowsTheFocus()
{
    ParameterForm form(makeSchema());
    form.show();
    QEvent enter(QEvent::Enter);
    QApplication::sendEvent(form.editor(QStringLiteral("heads")), &enter);
    const QList<QLabel *> labels = form.findChildren<QLabel *>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [](QLabel *l) { return l->text().contains(QLatin1String("Vaswani 2017")) && l->text().contains(QLatin1String("1 to 32")); }));
}

void TestForms::fieldsOfAMethodComeWithIt()
{
    plugin::Catalogue catalogue;
    ParameterForm form(makeMethods(catalogue));
    form.show();
    QVERIFY(form.editor(QStringLiteral("calm")) && !form.editor(QStringLiteral("zeal")));
    retype(form.editor(QStringLiteral("calm")), QStringLiteral("4"));
    QTest::keyClick(form.editor(QStringLiteral("pace")), Qt::Key_Down);
    QVERIFY(form.editor(QStringLiteral("zeal")) && !form.editor(QStringLiteral("calm")));
    QCOMPARE(form.values(), (QJsonObject{{QStringLiteral("lr"), 0.1}, {QStringLiteral("pace"), QStringLiteral("pace.fast")},
                                         {QStringLiteral("zeal"), 0.5}, {QStringLiteral("note"), QString()}}));
    QTest::qWait(1);  // what was laid out
    QVERIFY(form.editor(QStringLiteral("zeal"))->isVisible());
    QVERIFY(form.editor(QStringLiteral("zeal"))->mapTo(&form, QPoint()).y() > form.editor(QStringLiteral("pace"))->mapTo(&form, QPoint()).y());
    QVERIFY(form.editor(QStringLiteral("zeal"))->mapTo(&form, QPoint()).y() < form.editor(QStringLiteral("note"))->mapTo(&form, QPoint()).y());
    retype(form.editor(QStringLiteral("zeal")), QStringLiteral("2"));
    QVERIFY(form.firstError().contains(QStringLiteral("between 0 and 1 sparks")));
    QTest::keyClick(form.editor(QStringLiteral("pace")), Qt::Key_Up);
    QCOMPARE(form.values().value(QLatin1String("calm")).toInt(), 4);  // as it was left
    QCOMPARE(form.values().value(QLatin1String("lr")).toDouble(), 0.01);
    QCOMPARE(form.assignments(), QStringList{QStringLiteral("calm=4")});
    retype(form.editor(QStringLiteral("lr")), QStringLiteral("0.5"));
    QTest::keyClick(form.editor(QStringLiteral("pace")), Qt::Key_Down);
    QCOMPARE(form.values().value(QLatin1String("lr")).toDouble(), 0.5);  // the person's
    form.setValues({{QStringLiteral("calm"), 1}, {QStringLiteral("pace"), QStringLiteral("pace.slow")}});
    QCOMPARE(form.values().value(QLatin1String("calm")).toInt(), 1);
    form.resetToDefaults();
    QVERIFY(form.changedValues().isEmpty());
}

void TestForms::undoingAChoiceBringsItsFieldsBack()
{
    plugin::Catalogue catalogue;
    QUndoStack undo;
    ParameterForm form(makeMethods(catalogue));
    form.setUndoStack(&undo);
    retype(form.editor(QStringLiteral("calm")), QStringLiteral("5"));
    QTest::keyClick(form.editor(QStringLiteral("pace")), Qt::Key_Down);
    undo.undo();
    QCOMPARE(form.assignments(), QStringList{QStringLiteral("calm=5")});
    undo.undo();
    QVERIFY(form.changedValues().isEmpty());
    undo.redo();
    undo.redo();
    QCOMPARE(form.values().value(QLatin1String("pace")).toString(), QStringLiteral("pace.fast"));
    QCOMPARE(form.values().value(QLatin1String("lr")).toDouble(), 0.1);
}

QTEST_MAIN(TestForms)
#include "test_forms.moc"
