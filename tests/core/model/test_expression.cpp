#include "core/model/expression.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::model;

class TestExpression : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void gives_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("value");
        const auto row = [](const char *text, double value) { QTest::newRow(text) << QString::fromLatin1(text) << value; };
        row("1 + 2 * 3", 7);
        row("(1 + 2) * 3", 9);
        row("8 - 3 - 2", 3);
        row("16 / 4 / 2", 2);
        row("-width + 2", -62);
        row("--4", 4);
        row("2.5e-1 * 4", 1);
        row("heads == 0", 0);
        row("heads != 0", 1);
        row("(0 == 0) * width / heads", 16);
        row("3 < 4", 1);
        row("3 >= 4", 0);
        row("ceil_to(8 * width / 3, 64)", 192);
        row("min(5, 2, 9) + max(1, 7)", 9);
        row("  width  ", 64);
    }
    void gives()
    {
        QFETCH(QString, text);
        QFETCH(double, value);
        const auto result = evaluate(text, {{QStringLiteral("width"), 64}, {QStringLiteral("heads"), 4}});
        QVERIFY2(result.has_value(), result ? "" : qPrintable(result.error().message));
        QCOMPARE(*result, value);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        const auto row = [](const QString &text, const char *says) { QTest::addRow("%s", qPrintable(text.left(40))) << text << QString::fromLatin1(says); };
        row(QString(), "ends too early");
        row(QStringLiteral("1 +"), "ends too early");
        row(QStringLiteral("(1"), "parenthesis");
        row(QStringLiteral("1)"), "not expected");
        row(QStringLiteral("1 2"), "not expected");
        row(QStringLiteral("1 / 0"), "divides by zero");
        row(QStringLiteral("unknown * 2"), "is not known");
        row(QStringLiteral("system(1)"), "no function");
        row(QStringLiteral("ceil_to(1, 0)"), "no function");
        row(QStringLiteral("ceil_to(1)"), "no function");
        row(QStringLiteral("1e308 * 1e308"), "not a number");
        row(QStringLiteral("1.2.3"), "not readable");
        row(QStringLiteral("1; 2"), "not expected");
        row(QStringLiteral("width ^ 2"), "not expected");
        row(QString(1000, QLatin1Char('(')), "nested too deeply");
        row(QStringLiteral("min(").repeated(500), "nested too deeply");
        row(QStringLiteral("1+").repeated(5000), "longer than");
        row(QStringLiteral("min(1") + QStringLiteral(",1").repeated(40) + QStringLiteral(")"), "too many arguments");
        row(QStringLiteral("äpfel"), "not expected");
    }
    void refuses()
    {
        QFETCH(QString, text);
        QFETCH(QString, says);
        const auto result = evaluate(text, {{QStringLiteral("width"), 64}});
        QVERIFY(!result.has_value());
        QCOMPARE(result.error().code, ErrorCode::Corrupt);
        QVERIFY2(result.error().message.contains(says), qPrintable(result.error().message));
    }

    void manySignsAreNoRecursion()
    {
        QCOMPARE(*evaluate(QString(4000, QLatin1Char('-')) + QStringLiteral("1"), {}), 1.0);
    }

    void singleNames()
    {
        QCOMPARE(singleName(QStringLiteral(" tied ")), QStringLiteral("tied"));
        QVERIFY(singleName(QStringLiteral("1 - tied")).isEmpty());
        QVERIFY(singleName(QStringLiteral("2x")).isEmpty());
        QVERIFY(singleName(QString()).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestExpression)
#include "test_expression.moc"
