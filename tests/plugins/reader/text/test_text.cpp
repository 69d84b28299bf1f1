#include "core/text/utf8.h"
#include "plugins/reader/text/text.h"
#include "tests/plugins/reader/collect_sink.h"

#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::corpus;

class TestTextReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void small_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("utf-8") << QByteArray("grün\n") << QByteArray("grün\n");
        QTest::newRow("mark") << QByteArray("\xef\xbb\xbfgrün") << QByteArray("grün");
        QTest::newRow("utf-16") << QByteArray("\xff\xfeg\0r\0\xfc\0", 8) << QByteArray("grü");
        QTest::newRow("one bad byte") << "grün " + QByteArray("schön ").repeated(20) + "\xff" << "grün " + QByteArray("schön ").repeated(20) + "\xef\xbf\xbd";
    }
    void small()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, text);
        test::CollectSink sink;
        QVERIFY(read(bytes, {}, sink));
        QCOMPARE(sink.documents.size(), size_t(1));
        QCOMPARE(sink.documents[0].text, text);
        QVERIFY(sink.documents[0].place.isEmpty());
    }

    void binary()
    {
        test::CollectSink sink;
        const Status status = read(QByteArray("\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0\1\0\0\0", 24) + QByteArray(200, '\0'), {}, sink);
        QVERIFY(!status);
        QCOMPARE(problemReason(status.error()), QStringLiteral("encoding"));
    }

    void largeFileIsCutAtLineEnds()
    {
        QByteArray bytes;
        for (int i = 0; bytes.size() < 3500000; ++i)
            bytes += "line " + QByteArray::number(i) + " grün\n";
        test::CollectSink sink;
        QVERIFY(read(bytes, {{QStringLiteral("part_kilobytes"), 1000}}, sink));
        QCOMPARE(sink.documents.size(), size_t(4));
        QByteArray joined;
        for (const ReadDocument &part : sink.documents) {
            QVERIFY(part.text.size() <= 1000000);
            QVERIFY(part.text.endsWith('\n'));
            QCOMPARE(part.raw, part.text);
            joined += part.text;
        }
        QCOMPARE(joined, bytes);
    }

    void oneLongLineIsCutBetweenCharacters()
    {
        const QByteArray bytes = QByteArray("a") + QByteArray("漢").repeated(800000);
        test::CollectSink sink;
        QVERIFY(read(bytes, {{QStringLiteral("part_kilobytes"), 1000}}, sink));
        QCOMPARE(sink.documents.size(), size_t(3));
        QByteArray joined;
        for (const ReadDocument &part : sink.documents) {
            QVERIFY(text::isValidUtf8(part.raw));
            joined += part.text;
        }
        QCOMPARE(joined, bytes);
    }

    void largeFileInAnotherEncoding()
    {
        const QByteArray bytes = QString::fromUtf8("Die größten Übungen für schöne Mädchen.\n").repeated(40000).toLatin1();
        test::CollectSink sink;
        QVERIFY(read(bytes, {{QStringLiteral("part_kilobytes"), 1000}}, sink));
        QVERIFY(sink.documents.size() >= 2);
        QVERIFY(sink.documents[0].text.startsWith("Die größten Übungen"));
    }

private:
    Status read(const QByteArray &bytes, const QJsonObject &settings, test::CollectSink &sink)
    {
        return test::readBytes(TextReader(), m_folder.filePath(QStringLiteral("a.txt")), bytes, settings, sink);
    }
    QTemporaryDir m_folder;
};

QTEST_APPLESS_MAIN(TestTextReader)
#include "test_text.moc"
