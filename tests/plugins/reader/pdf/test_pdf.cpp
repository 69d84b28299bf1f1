// PDF files made here: whole, cut, damaged, without text; and one with the password "geheim" that qpdf 11.3 made of the
// first (qpdf --encrypt geheim geheim 256).
#include "plugins/reader/pdf/pdf.h"
#include "tests/plugins/reader/collect_sink.h"

#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::corpus;

namespace {

constexpr char kEncrypted[] =
    "JVBERi0xLjcKJb/3ov4KMSAwIG9iago8PCAvRXh0ZW5zaW9ucyA8PCAvQURCRSA8PCAvQmFzZVZlcnNpb24gLzEuNyAvRXh0ZW5z"
    "aW9uTGV2ZWwgOCA+PiA+PiAvUGFnZXMgMiAwIFIgL1R5cGUgL0NhdGFsb2cgPj4KZW5kb2JqCjIgMCBvYmoKPDwgL0NvdW50IDEg"
    "L0tpZHMgWyAzIDAgUiBdIC9UeXBlIC9QYWdlcyA+PgplbmRvYmoKMyAwIG9iago8PCAvQ29udGVudHMgNCAwIFIgL01lZGlhQm94"
    "IFsgMCAwIDMwMCAyMDAgXSAvUGFyZW50IDIgMCBSIC9SZXNvdXJjZXMgPDwgL0ZvbnQgPDwgL0YxIDUgMCBSID4+ID4+IC9UeXBl"
    "IC9QYWdlID4+CmVuZG9iago0IDAgb2JqCjw8IC9MZW5ndGggMTEyIC9GaWx0ZXIgL0ZsYXRlRGVjb2RlID4+CnN0cmVhbQr+Ds7Q"
    "Kr/Wi/bnGENhALQLgA7PSERR7PyMzprJfi9QpxReEzM1wiQPaTf1vdf84UWaeSOrYucdRZIW8esxODNEX1D+8ddQw7qszC7Fr54W"
    "hrm57vqRs22hlXJeUSiXUi2CuqZiXKqJFm+XKAfPo3OgZW5kc3RyZWFtCmVuZG9iago1IDAgb2JqCjw8IC9CYXNlRm9udCAvSGVs"
    "dmV0aWNhIC9TdWJ0eXBlIC9UeXBlMSAvVHlwZSAvRm9udCA+PgplbmRvYmoKNiAwIG9iago8PCAvQ0YgPDwgL1N0ZENGIDw8IC9B"
    "dXRoRXZlbnQgL0RvY09wZW4gL0NGTSAvQUVTVjMgL0xlbmd0aCAzMiA+PiA+PiAvRmlsdGVyIC9TdGFuZGFyZCAvTGVuZ3RoIDI1"
    "NiAvTyA8NzdlMjQ5NGIwYjFjODM0NzMzNmI2ZTc5OWM3ZTljOWExNWYxMmE1YThmYTAzYzZhMmU3YjQxNGM1NmQwZTNmMDkwODVk"
    "YTUyNzM2YjU0NzA5ZWRmNzdhMzZiZjIyYzE5PiAvT0UgPDllYzdiODZkNTA4YTJlMDg4MDI5NmIwYzE5Mjc5YTE4MWQ5OGVmODgy"
    "YTM2MzYxOTA2NGZlZjA3N2ZjNzEwNDI+IC9QIC00IC9QZXJtcyA8Y2FiN2JhOTRiMDAxNGI3ZDAzOWFhMmU2MWQ3ZDcyZjg+IC9S"
    "IDYgL1N0bUYgL1N0ZENGIC9TdHJGIC9TdGRDRiAvVSA8MTIyYjhlZGI3ZGVlY2E4OTFiZDViN2RjN2VkYjg5ZDU1NTM4NDk5Mzhi"
    "YzExNGVmZWJiM2Q0NzhjYmFhMTVmMjFhMDMwOGZkNGNhMzUzZDhmYTJlZTlhMmM5YTU5NWZmPiAvVUUgPGY2OTI2ODI4Nzc4ODkw"
    "ZDkxZjRhMjhjNmMyYmQ3NzBkZTRmNzVjNzUyYTk1Y2YxNWI2Mjg5MWU0Y2ZlNTE2ZDA+IC9WIDUgPj4KZW5kb2JqCnhyZWYKMCA3"
    "CjAwMDAwMDAwMDAgNjU1MzUgZiAKMDAwMDAwMDAxNSAwMDAwMCBuIAowMDAwMDAwMTMwIDAwMDAwIG4gCjAwMDAwMDAxODkgMDAw"
    "MDAgbiAKMDAwMDAwMDMxNyAwMDAwMCBuIAowMDAwMDAwNTAwIDAwMDAwIG4gCjAwMDAwMDA1NzAgMDAwMDAgbiAKdHJhaWxlciA8"
    "PCAvUm9vdCAxIDAgUiAvU2l6ZSA3IC9JRCBbPDAyYWY4MGZmMDFhYTA3MTJjOTNhZTkzOWM0YWYxOGVmPjwwMmFmODBmZjAxYWEw"
    "NzEyYzkzYWU5MzljNGFmMThlZj5dIC9FbmNyeXB0IDYgMCBSID4+CnN0YXJ0eHJlZgoxMTE3CiUlRU9GCg==";

/// One page with these drawing instructions.
QByteArray makePdf(const QByteArray &content)
{
    const QList<QByteArray> objects{
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        "<< /Length " + QByteArray::number(content.size()) + " >>\nstream\n" + content + "\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
    QByteArray out("%PDF-1.4\n"), table("xref\n0 6\n0000000000 65535 f \n");
    for (qsizetype i = 0; i < objects.size(); ++i) {
        table += QByteArray::number(out.size()).rightJustified(10, '0') + " 00000 n \n";
        out += QByteArray::number(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
    }
    const QByteArray start = QByteArray::number(out.size());
    return out + table + "trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n" + start + "\n%%EOF\n";
}

QByteArray textPdf()
{
    return makePdf("BT /F1 12 Tf 20 150 Td (The furnace kept an even heat exam-) Tj 0 -14 Td (ple of the work) Tj ET");
}

}  // namespace

class TestPdf : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void text()
    {
        test::CollectSink sink;
        QVERIFY(read(textPdf(), sink));
        QCOMPARE(sink.documents.size(), size_t(1));
        QVERIFY2(sink.documents[0].text.contains("The furnace kept an even heat example of the work"), sink.documents[0].text.constData());
        QCOMPARE(sink.documents[0].facts.value(QStringLiteral("pages")), 1.0);
    }

    void unreadable_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        QTest::newRow("encrypted") << QByteArray::fromBase64(kEncrypted) << "encrypted";
        QTest::newRow("scanned") << makePdf("q 100 0 0 100 20 20 cm 0 0 1 1 re f Q") << "scanned";
        QTest::newRow("truncated") << textPdf().first(600) << "truncated";
        QTest::newRow("truncated early") << textPdf().first(100) << "truncated";
        QTest::newRow("only the ends") << QByteArray("%PDF-1.4\nnothing\n%%EOF\n") << "broken";
        QTest::newRow("not a PDF") << QByteArray("hello, I am a text") << "format";
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
    }

    void damagedBytesDoNotCrash()
    {
        const QByteArray whole = textPdf();
        for (qsizetype i = 9; i < whole.size() - 8; i += 37) {
            QByteArray damaged = whole;
            damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
            test::CollectSink sink;
            (void)read(damaged, sink);
        }
    }

    void hyphens()
    {
        QCOMPARE(joinHyphens("exam-\nple"), QByteArray("example"));
        QCOMPARE(joinHyphens("X-\nray"), QByteArray("X-\nray"));
        QCOMPARE(joinHyphens("a-\nB"), QByteArray("a-\nB"));
        QCOMPARE(joinHyphens("-\n"), QByteArray("-\n"));
        QCOMPARE(joinHyphens("über-\nän"), QByteArray("überän"));
    }

private:
    Status read(const QByteArray &bytes, test::CollectSink &sink)
    {
        return test::readBytes(PdfReader(), m_folder.filePath(QStringLiteral("ü 'x'.pdf")), bytes, {}, sink);
    }
    QTemporaryDir m_folder;
};

QTEST_APPLESS_MAIN(TestPdf)
#include "test_pdf.moc"
