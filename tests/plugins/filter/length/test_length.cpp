#include "plugins/filter/length/length.h"
#include "tests/plugins/filter/judge.h"

#include <QTest>

using namespace athanor::corpus;

class TestLength : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void limits()
    {
        const athanor::test::Judged shortOne = judge("one two three");
        QVERIFY(!shortOne.keep);
        QCOMPARE(shortOne.rule, QStringLiteral("short"));
        QCOMPARE(shortOne.detail, QStringLiteral("3 words (at least 20)"));
        QCOMPARE(shortOne.measured.value(QStringLiteral("words")), 3.0);
        QVERIFY(judge(QByteArray("word ").repeated(20)).keep);
        QVERIFY(!judge(QByteArray()).keep);
        QCOMPARE(judge(QByteArray("word ").repeated(31), {{QStringLiteral("most_words"), 30}}).rule, QStringLiteral("long"));
        QCOMPARE(judge("a", {{QStringLiteral("most_words"), 5}}).rule, QStringLiteral("ERROR"));
    }

    void languagesWithoutSpaces()
    {
        QVERIFY(judge(QByteArray("漢").repeated(40), {}, QStringLiteral("zh")).keep);
        QVERIFY(!judge(QByteArray("漢").repeated(38), {}, QStringLiteral("zh")).keep);
        QVERIFY(!judge(QByteArray("漢").repeated(40)).keep);
    }

private:
    static athanor::test::Judged judge(const QByteArray &text, const QJsonObject &settings = {}, const QString &language = QStringLiteral("en"))
    {
        return athanor::test::judge(LengthFilter(), "length", text, settings, language);
    }
};

QTEST_APPLESS_MAIN(TestLength)
#include "test_length.moc"
