// The words of the command line: what is taken, and what is refused with which reason.
#include "core/command/arguments.h"

#include <QtTest>

using athanor::command::Arguments;
using athanor::command::Option;

class TestArguments : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesOptionsAndWords();
    void doubleDashEndsOptions();
    void refuses_data();
    void refuses();
    void numbersIgnoreTheLocale();
};

namespace {

QList<Option> options()
{
    return {{QStringLiteral("vocab"), QStringLiteral("N"), {}},
            {QStringLiteral("wait"), {}, {}},
            {QStringLiteral("set"), QStringLiteral("key=value"), {}, true}};
}

}  // namespace

void TestArguments::takesOptionsAndWords()
{
    const auto parsed = Arguments::parse({QStringLiteral("name with spaces"), QStringLiteral("--vocab"), QStringLiteral("512"), QStringLiteral("--set=a=1"),
                                          QStringLiteral("--set"), QStringLiteral("b=ü ö"), QStringLiteral("--wait")},
                                         options(), 1, 1);
    QVERIFY(parsed.has_value());
    QCOMPARE(parsed->word(0), QStringLiteral("name with spaces"));
    QCOMPARE(parsed->integer(QStringLiteral("vocab"), 0, 1, 1000).value(), 512);
    QCOMPARE(parsed->values(QStringLiteral("set")), QStringList({QStringLiteral("a=1"), QStringLiteral("b=ü ö")}));
    QVERIFY(parsed->has(QStringLiteral("wait")));
}

void TestArguments::doubleDashEndsOptions()
{
    QCOMPARE(Arguments::parse({QStringLiteral("x"), QStringLiteral("--vocab=--wait")}, options(), 1, 1)->value(QStringLiteral("vocab")), QStringLiteral("--wait"));
    const auto parsed = Arguments::parse({QStringLiteral("--"), QStringLiteral("--wait")}, options(), 1, 1);
    QVERIFY(parsed.has_value());
    QCOMPARE(parsed->word(0), QStringLiteral("--wait"));
    QVERIFY(!parsed->has(QStringLiteral("wait")));
}

void TestArguments::refuses_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("reason");
    QTest::newRow("unknown option") << QStringList{QStringLiteral("--vocabulary"), QStringLiteral("5")} << QStringLiteral("--vocabulary");
    QTest::newRow("value missing") << QStringList{QStringLiteral("x"), QStringLiteral("--vocab")} << QStringLiteral("needs a value");
    QTest::newRow("an option instead of a value") << QStringList{QStringLiteral("x"), QStringLiteral("--vocab"), QStringLiteral("--wait")} << QStringLiteral("--vocab needs a value");
    QTest::newRow("flag with value") << QStringList{QStringLiteral("x"), QStringLiteral("--wait=yes")} << QStringLiteral("takes no value");
    QTest::newRow("twice") << QStringList{QStringLiteral("x"), QStringLiteral("--vocab=1"), QStringLiteral("--vocab=2")} << QStringLiteral("twice");
    QTest::newRow("too few") << QStringList{} << QStringLiteral("missing");
    QTest::newRow("too many") << QStringList{QStringLiteral("a"), QStringLiteral("b")} << QStringLiteral("too many");
}

void TestArguments::refuses()
{
    QFETCH(QStringList, words);
    QFETCH(QString, reason);
    const auto parsed = Arguments::parse(words, options(), 1, 1);
    QVERIFY(!parsed.has_value());
    QCOMPARE(parsed.error().code, athanor::ErrorCode::InvalidInput);
    QVERIFY2(parsed.error().message.contains(reason), qPrintable(parsed.error().message));
}

void TestArguments::numbersIgnoreTheLocale()
{
    QLocale::setDefault(QLocale(QLocale::German));
    const auto parsed = Arguments::parse({QStringLiteral("--vocab=1.5")}, options(), 0, 0);
    QVERIFY(parsed.has_value());
    QCOMPARE(parsed->real(QStringLiteral("vocab"), 0, 0, 2).value(), 1.5);
    const auto comma = Arguments::parse({QStringLiteral("--vocab=1,5")}, options(), 0, 0);
    QVERIFY(!comma->real(QStringLiteral("vocab"), 0, 0, 2).has_value());
    const auto outside = Arguments::parse({QStringLiteral("--vocab=0")}, options(), 0, 0);
    QVERIFY(!outside->integer(QStringLiteral("vocab"), 1, 1, 9).has_value());
}

QTEST_APPLESS_MAIN(TestArguments)
#include "test_arguments.moc"
