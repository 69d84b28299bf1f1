#include "plugins/reader/jsonl/jsonl.h"
#include "tests/plugins/reader/collect_sink.h"

#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::corpus;

class TestJsonLines : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void lines_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("text");   // null: a problem
        QTest::addColumn<QString>("reason");
        const QByteArray none;
        QTest::newRow("text") << QByteArray("{\"text\":\"a\\nü\"}") << QByteArray("a\nü") << "";
        QTest::newRow("content") << QByteArray("{\"id\":1,\"content\":\"b\"}") << QByteArray("b") << "";
        QTest::newRow("text before content") << QByteArray("{\"content\":\"b\",\"text\":\"a\"}") << QByteArray("a") << "";
        QTest::newRow("inside does not count") << QByteArray("{\"x\":{\"text\":\"no\"},\"body\":\"c\"}") << QByteArray("c") << "";
        QTest::newRow("null") << QByteArray("{\"text\":null}") << none << "line";
        QTest::newRow("number") << QByteArray("{\"text\":5}") << none << "line";
        QTest::newRow("list") << QByteArray("{\"text\":[\"a\"]}") << none << "line";
        QTest::newRow("object") << QByteArray("{\"text\":{\"text\":\"a\"}}") << none << "line";
        QTest::newRow("missing") << QByteArray("{\"other\":\"a\"}") << none << "line";
        QTest::newRow("no object") << QByteArray("[\"text\"]") << none << "line";
        QTest::newRow("not json") << QByteArray("text: a") << none << "line";
        QTest::newRow("two values") << QByteArray("{\"text\":\"a\"}{\"text\":\"b\"}") << none << "line";
        QTest::newRow("empty text") << QByteArray("{\"text\":\"\"}") << QByteArray("") << "";
        QTest::newRow("null character") << QByteArray("{\"text\":\"a\\u0000b\"}") << QByteArray("a\0b", 3) << "";
        QTest::newRow("invalid utf-8") << QByteArray("{\"text\":\"a\xff\"}") << QByteArray("a\xef\xbf\xbd") << "";
        QTest::newRow("deep") << "{\"x\":" + QByteArray("[").repeated(100000) + QByteArray("]").repeated(100000) + ",\"text\":\"d\"}" << QByteArray("d") << "";
    }
    void lines()
    {
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, text);
        QFETCH(QString, reason);
        test::CollectSink sink;
        QVERIFY(read("\n{\"text\":\"first\"}\n" + line + "\n{\"text\":\"last\"}\n", {}, sink));
        QCOMPARE(sink.documents.size(), size_t(reason.isEmpty() ? 3 : 2));
        QCOMPARE(sink.problems.size(), size_t(reason.isEmpty() ? 0 : 1));
        if (reason.isEmpty()) {
            QCOMPARE(sink.documents[1].text, text);
            QCOMPARE(sink.documents[1].place, QStringLiteral("line 3"));
            QCOMPARE(sink.documents[1].raw, line);
        } else {
            QCOMPARE(sink.problems[0].first, QStringLiteral("line 3"));
            QCOMPARE(problemReason(sink.problems[0].second), reason);
        }
    }

    void cutLastLine()
    {
        test::CollectSink sink;
        QVERIFY(read("{\"text\":\"a\"}\n{\"text\":\"b", {}, sink));
        QCOMPARE(sink.documents.size(), size_t(1));
        QCOMPARE(problemReason(sink.problems.at(0).second), QStringLiteral("truncated"));
        QCOMPARE(sink.problems[0].first, QStringLiteral("line 2"));
    }

    void lastLineWithoutLineFeed()
    {
        test::CollectSink sink;
        QVERIFY(read("{\"text\":\"a\"}\r\n{\"text\":\"b\"}", {}, sink));
        QCOMPARE(sink.documents.size(), size_t(2));
    }

    void ownField()
    {
        test::CollectSink sink;
        QVERIFY(read("{\"text\":\"a\",\"größe\":\"b\"}\n", {{QStringLiteral("text_field"), QStringLiteral("größe")}}, sink));
        QCOMPARE(sink.documents.at(0).text, QByteArray("b"));
    }

    void longLine()
    {
        test::CollectSink sink;
        const QByteArray tooLong = "{\"text\":\"" + QByteArray(1500000, 'x') + "\"}\n";
        QVERIFY(read("{\"text\":\"a\"}\n" + tooLong + "{\"text\":\"b\"}\n" + tooLong.chopped(3), {{QStringLiteral("line_megabytes"), 1}}, sink));
        QCOMPARE(sink.documents.size(), size_t(2));
        QCOMPARE(sink.documents[1].place, QStringLiteral("line 3"));
        QCOMPARE(sink.problems.size(), size_t(2));
        QCOMPARE(problemReason(sink.problems[0].second), QStringLiteral("too_large"));
        QCOMPARE(sink.problems[1].first, QStringLiteral("line 4"));
    }

    void emptyFile()
    {
        test::CollectSink sink;
        QVERIFY(read("", {}, sink));
        QVERIFY(sink.documents.empty() && sink.problems.empty());
    }

private:
    Status read(const QByteArray &bytes, const QJsonObject &settings, test::CollectSink &sink)
    {
        return test::readBytes(JsonLinesReader(), m_folder.filePath(QStringLiteral("a.jsonl")), bytes, settings, sink);
    }
    QTemporaryDir m_folder;
};

QTEST_APPLESS_MAIN(TestJsonLines)
#include "test_jsonl.moc"
