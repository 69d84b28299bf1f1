// The local launcher's logic: a detached program, its log, and reasons when it cannot start.
#include "plugins/launcher/local/local.h"

#include "core/base/atomic_file.h"

#include <QScopeGuard>
#include <QTest>

#include <unistd.h>

using namespace athanor;
using namespace athanor::launcher;

class TestLocalLauncher : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void logsOutputAndErrors();
    void runsInASessionOfItsOwn();
    void keepsStrangeArguments();
    void asksForHugePages();
    void missingProgramSaysWhy();
    void unwritableLogSaysWhy();
    void folderThatIsNoJobIsRefused();

private:
    QTemporaryDir m_folder;
    QString logOf(const QString &script, int niceness = 0);
};

QString TestLocalLauncher::logOf(const QString &script, int niceness)
{
    static int count = 0;
    const QString log = m_folder.filePath(QStringLiteral("log é %1.txt").arg(++count));
    const Status started = startDetached({QStringLiteral("/bin/sh"), {QStringLiteral("-c"), script + QStringLiteral("; echo end")}, log, niceness});
    if (!started)
        return started.error().message;
    for (int i = 0; i < 500; ++i) {
        const auto bytes = readFile(log);
        if (bytes && bytes->endsWith("end\n"))
            return QString::fromUtf8(*bytes);
        QTest::qSleep(10);
    }
    return QStringLiteral("nothing came");
}

void TestLocalLauncher::logsOutputAndErrors()
{
    QCOMPARE(logOf(QStringLiteral("echo one; echo two >&2; cat")), QStringLiteral("one\ntwo\nend\n"));
}

void TestLocalLauncher::runsInASessionOfItsOwn()
{
    // Field 6 of /proc/self/stat is the session; a process that left ours has another one, and the asked niceness (19).
    const QString line = logOf(QStringLiteral("cut -d' ' -f6,19 /proc/$$/stat"), 5);
    const QStringList fields = line.section(QLatin1Char('\n'), 0, 0).split(QLatin1Char(' '));
    QCOMPARE(fields.size(), 2);
    QVERIFY(fields[0].toLongLong() > 0);
    QVERIFY(fields[0].toLongLong() != ::getsid(0));
    QVERIFY(fields[1].toInt() >= 5);
}

void TestLocalLauncher::keepsStrangeArguments()
{
    const QString log = m_folder.filePath(QStringLiteral("strange.txt"));
    const QString argument = QStringLiteral("a 'quoted' \"text\" with ünïcode and $HOME\n");
    QVERIFY(startDetached({QStringLiteral("/usr/bin/printf"), {QStringLiteral("%s."), argument}, log, 0}));
    QTRY_VERIFY(readFile(log).value_or(QByteArray()).endsWith('.'));
    QCOMPARE(QString::fromUtf8(*readFile(log)), argument + QLatin1Char('.'));
}

void TestLocalLauncher::asksForHugePages()
{
    const QByteArray before = qgetenv("GLIBC_TUNABLES");
    const auto restore = qScopeGuard([&] { before.isNull() ? qunsetenv("GLIBC_TUNABLES") : qputenv("GLIBC_TUNABLES", before); });
    const QString ask = QStringLiteral("echo $GLIBC_TUNABLES");
    qunsetenv("GLIBC_TUNABLES");
    QCOMPARE(logOf(ask), QStringLiteral("glibc.malloc.hugetlb=1\nend\n"));
    QCOMPARE(logOf(ask), QStringLiteral("glibc.malloc.hugetlb=1\nend\n"));  // once, not once more each time
    qputenv("GLIBC_TUNABLES", "glibc.malloc.check=0");
    QCOMPARE(logOf(ask), QStringLiteral("glibc.malloc.check=0:glibc.malloc.hugetlb=1\nend\n"));
    qputenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0");
    QCOMPARE(logOf(ask), QStringLiteral("glibc.malloc.hugetlb=0\nend\n"));  // the person's own choice stays
}

void TestLocalLauncher::missingProgramSaysWhy()
{
    const Status started = startDetached({QStringLiteral("/no/such/program"), {}, m_folder.filePath(QStringLiteral("x")), 0});
    QVERIFY(!started);
    QCOMPARE(started.error().code, ErrorCode::NotFound);
    QVERIFY(started.error().message.contains(QStringLiteral("/no/such/program")));
}

void TestLocalLauncher::unwritableLogSaysWhy()
{
    const Status started = startDetached({QStringLiteral("/bin/true"), {}, QStringLiteral("/no/such/folder/log.txt"), 0});
    QVERIFY(!started);
    QVERIFY(started.error().message.contains(QStringLiteral("/no/such/folder/log.txt")));
}

void TestLocalLauncher::folderThatIsNoJobIsRefused()
{
    qputenv("ATHANOR_WORKER", "/bin/true");
    QVERIFY(!launchWorker(m_folder.path()));
    qputenv("ATHANOR_WORKER", "/no/such/worker");
    const Status started = launchWorker(m_folder.path());
    QVERIFY(!started);
    QVERIFY(started.error().message.contains(QStringLiteral("/no/such/worker")));
    qunsetenv("ATHANOR_WORKER");
}

QTEST_GUILESS_MAIN(TestLocalLauncher)
#include "test_local.moc"
