#include "plugins/reader/table/table.h"
#include "tests/plugins/reader/collect_sink.h"

#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::corpus;

class TestTable : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rows_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArrayList>("records");
        QTest::addColumn<QStringList>("problems");
        const QByteArrayList one{"{\"a\":\"1\",\"b\":\"2\"}"};
        const QStringList none;
        QTest::newRow("comma") << "x.csv" << QByteArray("a,b\n1,2\n") << one << none;
        QTest::newRow("no last line feed, carriage returns, mark") << "x.csv" << QByteArray("\xEF\xBB\xBF" "a,b\r\n1,2") << one << none;
        QTest::newRow("semicolon") << "x.csv" << QByteArray("a;b\n1;2\n") << one << none;
        QTest::newRow("tab in csv") << "x.csv" << QByteArray("a\tb\n1\t2\n") << one << none;
        QTest::newRow("tab") << "x.tsv" << QByteArray("a\tb\n1\t2\n") << one << none;
        QTest::newRow("commas in a tsv") << "x.tsv" << QByteArray("a,c\tb,,,\n1\t2\n") << QByteArrayList{"{\"a,c\":\"1\",\"b,,,\":\"2\"}"} << none;
        QTest::newRow("quoted") << "x.csv" << QByteArray("a,b\n\"x,\"\"y\"\"\nz\",\"\"\n") << QByteArrayList{"{\"a\":\"x,\\\"y\\\"\\nz\",\"b\":\"\"}"} << none;
        QTest::newRow("quoted carriage return stays") << "x.csv" << QByteArray("a,b\n1,\"2\r\"\n") << QByteArrayList{"{\"a\":\"1\",\"b\":\"2\\r\"}"} << none;
        QTest::newRow("quotation mark inside") << "x.csv" << QByteArray("a,b\n5\" pipe,2\n") << QByteArrayList{"{\"a\":\"5\\\" pipe\",\"b\":\"2\"}"} << none;
        QTest::newRow("empty lines and fields") << "x.csv" << QByteArray("a,b\n\n,\n\n") << QByteArrayList{"{\"a\":\"\",\"b\":\"\"}"} << none;
        QTest::newRow("broken utf-8") << "x.csv" << QByteArray("a,b\n\xff,2\n") << QByteArrayList{"{\"a\":\"\xEF\xBF\xBD\",\"b\":\"2\"}"} << none;
        QTest::newRow("too few and too many") << "x.csv" << QByteArray("a,b\n1\n1,2\n1,2,3\n") << one << QStringList{QStringLiteral("line at line 2"), QStringLiteral("line at line 4")};
        QTest::newRow("line numbers after a quoted break") << "x.csv" << QByteArray("a,b\n\"1\n1\",2\n3\n") << QByteArrayList{"{\"a\":\"1\\n1\",\"b\":\"2\"}"} << QStringList{QStringLiteral("line at line 4")};
        QTest::newRow("quotation mark not closed") << "x.csv" << QByteArray("a,b\n1,2\n\"3,4\n5,6\n") << one << QStringList{QStringLiteral("truncated at line 3")};
        QTest::newRow("only names") << "x.csv" << QByteArray("a,b\n") << QByteArrayList() << none;
        QTest::newRow("empty") << "x.csv" << QByteArray() << QByteArrayList() << none;
    }
    void rows()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArrayList, records);
        QFETCH(QStringList, problems);
        test::CollectSink sink;
        QVERIFY(read(file, bytes, {}, sink));
        QByteArrayList found;
        for (const ReadDocument &document : sink.documents)
            found += document.text;
        QCOMPARE(found, records);
        QStringList complaints;
        for (const auto &[place, error] : sink.problems)
            complaints += QStringLiteral("%1 at %2").arg(problemReason(error), place);
        QCOMPARE(complaints, problems);
    }

    void badFirstRows_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        QTest::newRow("doubled name") << QByteArray("a,a\n1,2\n") << "format";
        QTest::newRow("no name") << QByteArray("a,\n1,2\n") << "format";
        QTest::newRow("utf-16") << QByteArray("\xff\xfe" "a\0,\0b\0\n\0", 10) << "encoding";
        QTest::newRow("ten thousand columns") << QByteArray("a,").repeated(10001) + "\n" << "format";
    }
    void badFirstRows()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        test::CollectSink sink;
        const Status status = read(QStringLiteral("x.csv"), bytes, {}, sink);
        QVERIFY(!status);
        QCOMPARE(problemReason(status.error()), reason);
        QVERIFY(sink.documents.empty());
    }

    void rowOverTheLimit()
    {
        test::CollectSink sink;
        const Status status = read(QStringLiteral("x.csv"), "a,b\n1,2\n\"" + QByteArray("x\n").repeated(600000), {{QStringLiteral("row_megabytes"), 1}}, sink);
        QVERIFY(!status);
        QCOMPARE(problemReason(status.error()), QStringLiteral("too_large"));
        QVERIFY(status.error().message.contains(QLatin1String("line 3")));
    }

    void chosenSeparator()
    {
        test::CollectSink sink;
        QVERIFY(read(QStringLiteral("x.csv"), "a,x;b\n1,2;3\n", {{QStringLiteral("separator"), QStringLiteral("semicolon")}}, sink));
        QCOMPARE(sink.documents.at(0).text, QByteArray("{\"a,x\":\"1,2\",\"b\":\"3\"}"));
    }

private:
    Status read(const QString &file, const QByteArray &bytes, const QJsonObject &settings, test::CollectSink &sink)
    {
        return test::readBytes(TableReader(), m_folder.filePath(file), bytes, settings, sink, ReadAs::Records);
    }
    QTemporaryDir m_folder;
};

QTEST_APPLESS_MAIN(TestTable)
#include "test_table.moc"
