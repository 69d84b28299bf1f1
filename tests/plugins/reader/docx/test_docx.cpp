// docx files made here with libarchive: whole, cut, hostile.
#include "plugins/reader/docx/docx.h"
#include "tests/plugins/reader/collect_sink.h"

#include <QTemporaryDir>
#include <QTest>

#include <archive.h>
#include <archive_entry.h>

using namespace athanor;
using namespace athanor::corpus;

namespace {

using Entries = QList<std::pair<QByteArray, QByteArray>>;

QByteArray zip(const Entries &entries)
{
    QByteArray out(1 << 22, '\0');
    size_t used = 0;
    archive *handle = archive_write_new();
    archive_write_set_format_zip(handle);
    archive_write_open_memory(handle, out.data(), static_cast<size_t>(out.size()), &used);
    for (const auto &[name, bytes] : entries) {
        archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.constData());
        archive_entry_set_size(entry, bytes.size());
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_write_header(handle, entry);
        archive_write_data(handle, bytes.constData(), static_cast<size_t>(bytes.size()));
        archive_entry_free(entry);
    }
    archive_write_close(handle);
    archive_write_free(handle);
    out.truncate(static_cast<qsizetype>(used));
    return out;
}

QByteArray word(const QByteArray &body)
{
    return "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>" + body
        + "</w:body></w:document>";
}

QByteArray paragraph(const QByteArray &text)
{
    return "<w:p><w:r><w:t xml:space=\"preserve\">" + text + "</w:t></w:r></w:p>";
}

const QByteArray kDocument("word/document.xml");

}  // namespace

class TestDocx : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void text()
    {
        test::CollectSink sink;
        QVERIFY(read(zip({{"[Content_Types].xml", "<Types/>"}, {kDocument, word(paragraph("One &amp; zwei ü") + paragraph("Two"))}}), sink));
        QCOMPARE(sink.documents.at(0).text, QByteArray("One & zwei ü\n\nTwo\n\n"));
    }

    void wordMarkup_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("runs") << QByteArray("<w:p><w:r><w:t>a</w:t></w:r><w:r><w:t>b</w:t></w:r></w:p>") << QByteArray("ab\n\n");
        QTest::newRow("tab and break") << QByteArray("<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>")
                                       << QByteArray("a\tb\nc\n\n");
        QTest::newRow("items") << QByteArray("<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>a</w:t></w:r></w:p>") << QByteArray("- a\n");
        QTest::newRow("deleted") << QByteArray("<w:p><w:del><w:r><w:t>no</w:t></w:r></w:del><w:r><w:t>yes</w:t></w:r></w:p>") << QByteArray("yes\n\n");
        QTest::newRow("field codes") << QByteArray("<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>1</w:t></w:r></w:p>") << QByteArray("1\n\n");
        QTest::newRow("table") << "<w:tbl><w:tr><w:tc>" + paragraph("a") + "</w:tc><w:tc>" + paragraph("b") + paragraph("c") + "</w:tc></w:tr></w:tbl>"
                               << QByteArray("a | b c\n\n");
    }
    void wordMarkup()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, text);
        auto result = wordText(word(body));
        QVERIFY(result);
        QCOMPARE(*result, text);
    }

    void unreadable_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const QByteArray good = word(paragraph("a"));
        QTest::newRow("zip bomb") << zip({{kDocument, word(QByteArray(60 << 20, ' '))}}) << "bomb";
        QTest::newRow("climbs") << zip({{"../../../tmp/evil.txt", "x"}, {kDocument, good}}) << "broken";
        QTest::newRow("climbs inside") << zip({{"word/../../evil.txt", "x"}, {kDocument, good}}) << "broken";
        QTest::newRow("climbs with backslashes") << zip({{"..\\..\\evil.txt", "x"}, {kDocument, good}}) << "broken";
        QTest::newRow("absolute") << zip({{"/etc/evil", "x"}, {kDocument, good}}) << "broken";
        QTest::newRow("no document") << zip({{"word/other.xml", good}}) << "format";
        QTest::newRow("truncated") << zip({{kDocument, good}}).chopped(30) << "truncated";
        QTest::newRow("truncated early") << zip({{"a", "b"}, {kDocument, word(paragraph(QByteArray(9000, 'x')))}}).first(60) << "truncated";
        QTest::newRow("broken xml") << zip({{kDocument, "<w:document><w:p>"}}) << "broken";
        QTest::newRow("entities") << zip({{kDocument, "<!DOCTYPE a [<!ENTITY b \"cccccccccc\"><!ENTITY d \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">"
                                                      "<!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\"><!ENTITY g \"&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;\">]><a>&g;</a>"}}) << "broken";
        QTest::newRow("password") << QByteArray("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") + QByteArray(500, '\0') << "encrypted";
        QTest::newRow("not a zip") << QByteArray("hello") << "format";
        QTest::newRow("empty") << QByteArray() << "format";
    }
    void unreadable()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        test::CollectSink sink;
        const Status status = read(bytes, sink);
        QVERIFY(!status);
        QCOMPARE(problemReason(status.error()), reason);
        QVERIFY(sink.documents.empty());
        QVERIFY(!QFile::exists(QStringLiteral("/tmp/evil.txt")));
    }

private:
    Status read(const QByteArray &bytes, test::CollectSink &sink)
    {
        return test::readBytes(DocxReader(), m_folder.filePath(QStringLiteral("ü 'x'.docx")), bytes, {}, sink);
    }
    QTemporaryDir m_folder;
};

QTEST_APPLESS_MAIN(TestDocx)
#include "test_docx.moc"
