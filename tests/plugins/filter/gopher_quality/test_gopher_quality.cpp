#include "plugins/filter/gopher_quality/gopher_quality.h"
#include "tests/plugins/filter/judge.h"

#include <QTest>

using namespace athanor::corpus;

class TestGopherQuality : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rules_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("rule");  // empty: stays
        const QByteArray prose("The function returns the length of the list, and it does not change the list that is given to it.\n");
        QTest::newRow("prose") << prose << "";
        QTest::newRow("prose and code") << prose + "for i in range(10):\n    x[i] += 1  # count\n" << "";
        QTest::newRow("short words") << QByteArray("a b c d e f g h i j ").repeated(3) << "short_words";
        QTest::newRow("long words") << QByteArray("0123456789abcdef0123 ").repeated(30) << "long_words";
        QTest::newRow("hash signs") << QByteArray("# the heading of another chapter ## ").repeated(10) << "symbols";
        QTest::newRow("bullets") << QByteArray("- the entry of an index\n").repeated(20) << "bullets";
        QTest::newRow("ellipses") << QByteArray("and the text goes on of course...\n").repeated(20) << "ellipses";
        QTest::newRow("numbers") << QByteArray("1234 5678 9012 the of and 12 34 56 78 90 ").repeated(10) << "letters";
        QTest::newRow("no sentences") << QByteArray("apple banana cherry grape lemon mango ").repeated(5) << "stop_words";
        QTest::newRow("empty") << QByteArray() << "stop_words";
    }
    void rules()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, rule);
        const auto judgement = athanor::test::judge(GopherQualityFilter(), "gopher_quality", text);
        QCOMPARE(judgement.rule, rule);
        QCOMPARE(judgement.keep, rule.isEmpty());
        QCOMPARE(judgement.detail.isEmpty(), rule.isEmpty());
        QCOMPARE(judgement.measured.size(), text.isEmpty() ? 4 : 6);
    }

    void stopWordsOfTheLanguage()
    {
        const QByteArray german("Die Funktion gibt die Länge der Liste zurück und ändert sie nicht.\n");
        const auto rule = [&](const char *language) {
            return athanor::test::judge(GopherQualityFilter(), "gopher_quality", german, {}, QLatin1String(language)).rule;
        };
        QCOMPARE(rule("de"), QString());
        QCOMPARE(rule("fi"), QStringLiteral("stop_words"));
        QCOMPARE(rule("und"), QString());
    }

    void links()
    {
        const Judgement judgement = athanor::test::judge(GopherQualityFilter(), "gopher_quality", "the index of and", {}, QStringLiteral("en"),
                                                         {{QStringLiteral("link_share"), 0.91}});
        QCOMPARE(judgement.rule, QStringLiteral("links"));
        QCOMPARE(judgement.detail, QStringLiteral("links: 91 % of the text (limit 70 %)"));
    }
};

QTEST_APPLESS_MAIN(TestGopherQuality)
#include "test_gopher_quality.moc"
