// Reading in a process of its own. This program is both sides: started with --read-document it is the child.
#include "core/base/atomic_file.h"
#include "core/corpus/reader_process.h"
#include "tests/plugins/reader/collect_sink.h"

#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::corpus;

class TestReaderProcess : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void documentsAndProblemsComeThrough()
    {
        const QString file = write("a 'b' \"c\" ü.pdf", pdf());
        test::CollectSink sink;
        const Status status = readInProcess(QCoreApplication::applicationFilePath(), QStringLiteral("reader.pdf"), file, {}, {}, sink);
        QVERIFY2(status, status ? "" : qPrintable(status.error().message));
        QCOMPARE(sink.documents.size(), size_t(1));
        QVERIFY(sink.documents[0].text.contains("even heat"));
        QCOMPARE(sink.documents[0].facts.value(QStringLiteral("pages")), 1.0);
    }

    void reasonsComeThrough()
    {
        test::CollectSink sink;
        const auto reasonOf = [&](const QByteArray &bytes, const char *reader) {
            const Status status = readInProcess(QCoreApplication::applicationFilePath(), QLatin1String(reader), write("x", bytes), {}, {}, sink);
            return status ? QStringLiteral("none") : problemReason(status.error());
        };
        QCOMPARE(reasonOf(pdf().first(300), "reader.pdf"), QStringLiteral("truncated"));
        QCOMPARE(reasonOf("text", "reader.docx"), QStringLiteral("format"));
        QCOMPARE(reasonOf("text", "reader.none"), QStringLiteral("vanished"));  // NotFound: there is no such reader
        QVERIFY(sink.documents.empty());
    }

    void badChildren_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QString>("reason");
        QTest::newRow("crash") << QByteArray("kill -SEGV $$") << "crashed";
        QTest::newRow("exit") << QByteArray("exit 3") << "crashed";
        QTest::newRow("too slow") << QByteArray("exec sleep 20") << "timeout";
        QTest::newRow("too much") << QByteArray("exec yes") << "bomb";
        QTest::newRow("half a frame") << QByteArray("printf 'D\\377\\377\\377\\177abc'") << "crashed";
        QTest::newRow("garbage") << QByteArray("echo this is no answer at all") << "crashed";
    }
    void badChildren()
    {
        QFETCH(QByteArray, script);
        QFETCH(QString, reason);
        const QString program = write("child.sh", "#!/bin/sh\n" + script + "\n");
        QVERIFY(QFile::setPermissions(program, QFileDevice::ReadOwner | QFileDevice::ExeOwner));
        ProcessLimits limits;
        limits.wallTime = std::chrono::seconds(reason == QLatin1String("timeout") ? 1 : 30);
        limits.outputBytes = 1 << 20;
        test::CollectSink sink;
        const Status status = readInProcess(program, QStringLiteral("reader.pdf"), program, {}, limits, sink);
        QVERIFY(!status);
        QCOMPARE(problemReason(status.error()), reason);
        QVERIFY(sink.documents.empty());
    }

    void noProgram()
    {
        test::CollectSink sink;
        QVERIFY(!readInProcess(QStringLiteral("/no/such/program"), QStringLiteral("reader.pdf"), QStringLiteral("x"), {}, {}, sink));
    }

private:
    QString write(const QByteArray &name, const QByteArray &bytes)
    {
        const QString path = m_folder.filePath(QString::fromUtf8(name));
        QFile::remove(path);
        return writeFileAtomically(path, bytes) ? path : QString();
    }
    static QByteArray pdf()
    {
        // Without a table of objects: Poppler rebuilds it.
        return "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
               "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>\nendobj\n"
               "4 0 obj\n<< /Length 65 >>\nstream\nBT /F1 12 Tf 20 150 Td (The furnace kept an even heat) Tj ET     \nendstream\nendobj\n"
               "5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\ntrailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n0\n%%EOF\n";
    }
    QTemporaryDir m_folder;
};

int main(int argc, char **argv)
{
    qputenv("ATHANOR_HOME", ATHANOR_BINARY_DIR);
    if (isReaderProcess(argc, argv))
        return runReaderProcess(argc, argv);
    QCoreApplication application(argc, argv);
    TestReaderProcess test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_reader_process.moc"
