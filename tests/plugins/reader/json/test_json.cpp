#include "plugins/reader/json/json.h"
#include "tests/plugins/reader/collect_sink.h"

#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::corpus;

class TestJson : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void records_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArrayList>("records");
        QTest::addColumn<QStringList>("problems");  // "reason at place"
        const QByteArrayList two{"{\"a\":1}", "{\"b\":\"x, ]}\"}"};
        const QStringList none;
        QTest::newRow("list") << QByteArray("[{\"a\":1},{\"b\":\"x, ]}\"}]") << two << none;
        QTest::newRow("list over lines") << QByteArray("\xEF\xBB\xBF [\n {\"a\":1} ,\n\n{\"b\":\"x, ]}\"}\n]\n") << two << none;
        QTest::newRow("json lines") << QByteArray("{\"a\":1}\n{\"b\":\"x, ]}\"}\n") << two << none;
        QTest::newRow("objects with nothing between") << QByteArray("{\"a\":1}{\"b\":\"x, ]}\"}") << two << none;
        QTest::newRow("one object over lines") << QByteArray("{\n \"a\": [1,\n {}]\n}") << QByteArrayList{"{\n \"a\": [1,\n {}]\n}"} << none;
        QTest::newRow("escaped quotation mark") << QByteArray("[{\"a\":\"\\\"}]\\\\\"}]") << QByteArrayList{"{\"a\":\"\\\"}]\\\\\"}"} << none;
        QTest::newRow("empty list") << QByteArray("[]") << QByteArrayList() << none;
        QTest::newRow("empty file") << QByteArray() << QByteArrayList() << none;
        QTest::newRow("numbers and texts") << QByteArray("[1, \"{}\", null, {\"a\":1}]") << QByteArrayList{"{\"a\":1}"}
                                           << QStringList{QStringLiteral("line at record 1 (line 1)"), QStringLiteral("line at record 2 (line 1)"), QStringLiteral("line at record 3 (line 1)")};
        QTest::newRow("broken element") << QByteArray("[{\"a\":1},\n{a:1},\n{\"b\":\"x, ]}\"}]") << two << QStringList{QStringLiteral("line at record 2 (line 2)")};
        QTest::newRow("list in list") << QByteArray("[[{\"a\":1}]]") << QByteArrayList() << QStringList{QStringLiteral("line at record 1 (line 1)")};
        QTest::newRow("cut in an element") << QByteArray("[{\"a\":1},\n{\"b\":\"x") << QByteArrayList{"{\"a\":1}"} << QStringList{QStringLiteral("truncated at record 2 (line 2)")};
        QTest::newRow("cut after an element") << QByteArray("[{\"a\":1}") << QByteArrayList{"{\"a\":1}"} << QStringList{QStringLiteral("truncated at ")};
        QTest::newRow("not json") << QByteArray("hello") << QByteArrayList() << QStringList{QStringLiteral("line at record 1 (line 1)")};
        QTest::newRow("broken utf-8") << QByteArray("[{\"a\":\"\xff\"}]") << QByteArrayList{"{\"a\":\"\xEF\xBF\xBD\"}"} << none;
    }
    void records()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArrayList, records);
        QFETCH(QStringList, problems);
        test::CollectSink sink;
        QVERIFY(read(bytes, {}, sink));
        QByteArrayList found;
        for (const ReadDocument &document : sink.documents)
            found += document.text;
        QCOMPARE(found, records);
        QStringList complaints;
        for (const auto &[place, error] : sink.problems)
            complaints += QStringLiteral("%1 at %2").arg(problemReason(error), place);
        QCOMPARE(complaints, problems);
    }

    void deepNesting()
    {
        test::CollectSink sink;
        QVERIFY(read("[" + QByteArray("[").repeated(200000) + QByteArray("]").repeated(200000) + ",{\"a\":1}]", {}, sink));
        QCOMPARE(sink.documents.size(), size_t(1));
        QCOMPARE(sink.problems.size(), size_t(1));
    }

    void recordOverTheLimit()
    {
        test::CollectSink sink;
        const Status status = read("[{\"a\":1},{\"b\":\"" + QByteArray(1200000, 'x') + "\"},{\"c\":1}]", {{QStringLiteral("record_megabytes"), 1}}, sink);
        QVERIFY(!status);
        QCOMPARE(problemReason(status.error()), QStringLiteral("too_large"));
        QVERIFY(status.error().message.contains(QLatin1String("Record 2")));
        QCOMPARE(sink.documents.size(), size_t(1));
    }

private:
    Status read(const QByteArray &bytes, const QJsonObject &settings, test::CollectSink &sink)
    {
        return test::readBytes(JsonReader(), m_folder.filePath(QStringLiteral("a.json")), bytes, settings, sink, ReadAs::Records);
    }
    QTemporaryDir m_folder;
};

QTEST_APPLESS_MAIN(TestJson)
#include "test_json.moc"
