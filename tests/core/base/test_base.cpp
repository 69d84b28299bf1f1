// Files that are never half written, hashes, identifiers, names, locks, errors and numbers as people read them.
#include "core/base/atomic_file.h"
#include "core/base/file_lock.h"
#include "core/base/format.h"
#include "core/base/graphics.h"
#include "core/base/hash.h"
#include "core/base/identifier.h"

#include <QtTest>

#include <cerrno>
#include <sys/wait.h>
#include <unistd.h>

using namespace athanor;

class TestBase : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void atomicFileIsOldOrNew();
    void atomicFileKilledMidway();
    void atomicFileNamesWhatFailed();
    void readFileKeepsItsLimit();
    void brokenJsonIsCorrupt();
    void hashes();
    void identifiersAscend();
    void identifiersAscendThoughTheClockWasSetBack();
    void names_data();
    void names();
    void locksExclude();
    void errorsSurviveJson();
    void systemErrorsHaveHints();
    void numbers();
    void graphicsCardsAreReadFromTheirDriver();

private:
    QTemporaryDir m_folder;
};

void TestBase::atomicFileIsOldOrNew()
{
    const QString path = m_folder.filePath(QStringLiteral("a file, ü"));
    QVERIFY(writeFileAtomically(path, "old"));
    {
        auto file = AtomicFile::create(path);
        QVERIFY(file);
        QVERIFY(file->write("new"));
        QCOMPARE(*readFile(path), QByteArray("old"));
    }
    QCOMPARE(*readFile(path), QByteArray("old"));
    QCOMPARE(QDir(m_folder.path()).entryList(QDir::Files).size(), 1);  // the temporary file is gone
    QVERIFY(writeFileAtomically(path, "new"));
    QCOMPARE(*readFile(path), QByteArray("new"));
}

void TestBase::atomicFileKilledMidway()
{
    const QString path = m_folder.filePath(QStringLiteral("killed"));
    QVERIFY(writeFileAtomically(path, "old"));
    const pid_t child = ::fork();
    if (child == 0) {
        auto file = AtomicFile::create(path);
        if (file)
            static_cast<void>(file->write(QByteArray(100000, 'n')));
        ::_exit(0);  // no destructor, no commit
    }
    ::waitpid(child, nullptr, 0);
    QCOMPARE(*readFile(path), QByteArray("old"));
}

void TestBase::atomicFileNamesWhatFailed()
{
    const Status written = writeFileAtomically(QStringLiteral("/no/such/folder/x"), "x");
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::NotFound);
    QVERIFY(written.error().message.contains(QStringLiteral("/no/such/folder/x")));
    QVERIFY(!written.error().hint.isEmpty());
}

void TestBase::readFileKeepsItsLimit()
{
    const QString path = m_folder.filePath(QStringLiteral("large"));
    QVERIFY(writeFileAtomically(path, QByteArray(1000, 'x')));
    QCOMPARE(readFile(path, 999).error().code, ErrorCode::LimitExceeded);
    QCOMPARE(readFile(path, 1000)->size(), 1000);
    QCOMPARE(readFile(m_folder.filePath(QStringLiteral("absent"))).error().code, ErrorCode::NotFound);
}

void TestBase::brokenJsonIsCorrupt()
{
    const QString path = m_folder.filePath(QStringLiteral("x.json"));
    for (const char *text : {"", "{\"a\":", "[1]", "null", "\xff\xfe"}) {
        QVERIFY(writeFileAtomically(path, text));
        QCOMPARE(readJsonFile(path).error().code, ErrorCode::Corrupt);
    }
    QVERIFY(writeJsonFile(path, {{QStringLiteral("a"), 1}}));
    QCOMPARE(readJsonFile(path)->value(QLatin1String("a")).toInt(), 1);
}

void TestBase::hashes()
{
    const QString ofAbc = QStringLiteral("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    QCOMPARE(sha256("abc"), ofAbc);
    Sha256 hash;
    hash.add("a");
    hash.add("bc");
    QCOMPARE(hash.finish(), ofAbc);
    hash.add("abc");
    QCOMPARE(hash.finish(), ofAbc);  // it starts anew
    const QString path = m_folder.filePath(QStringLiteral("hashed"));
    QVERIFY(writeFileAtomically(path, "abc"));
    QCOMPARE(*sha256OfFile(path), ofAbc);
    QVERIFY(!sha256OfFile(m_folder.filePath(QStringLiteral("absent"))));
}

void TestBase::identifiersAscendThoughTheClockWasSetBack()
{
    // Made by a clock a day ahead: 48 bits of milliseconds in ten digits of five bits.
    QString ahead(26, QLatin1Char('0'));
    qint64 time = QDateTime::currentMSecsSinceEpoch() + 86'400'000;
    for (int i = 9; i >= 0; --i, time >>= 5)
        ahead[i] = QLatin1Char("0123456789abcdefghjkmnpqrstvwxyz"[time & 31]);
    for (const char *other : {"", "whole", "zzzzzzzzzzzzzzzzzzzzzzzzzz", "00000000000000000000000000", "0000000000000000000000000U"})
        QVERIFY(newIdentifier(QString::fromLatin1(other)) < ahead);
    const QString next = newIdentifier(ahead);
    QCOMPARE(next.size(), 26);
    QVERIFY(next > ahead);
    QVERIFY(newIdentifier() > next);
}

void TestBase::identifiersAscend()
{
    QString last;
    for (int i = 0; i < 5000; ++i) {
        const QString id = newIdentifier();
        QCOMPARE(id.size(), 26);
        QVERIFY(id > last);
        last = id;
    }
}

void TestBase::names_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("usable");
    QTest::newRow("plain") << QStringLiteral("small-13M") << true;
    QTest::newRow("spaces, quotes, letters") << QStringLiteral("Ünï's \"own\" 文書") << true;
    QTest::newRow("longest") << QString(80, QLatin1Char('a')) << true;
    QTest::newRow("too long") << QString(81, QLatin1Char('a')) << false;
    QTest::newRow("empty") << QString() << false;
    QTest::newRow("blank") << QStringLiteral("   ") << false;
    QTest::newRow("slash") << QStringLiteral("a/b") << false;
    QTest::newRow("line feed") << QStringLiteral("a\nb") << false;
    QTest::newRow("dot") << QStringLiteral(".") << false;
    QTest::newRow("dots") << QStringLiteral("..") << false;
}

void TestBase::names()
{
    QFETCH(QString, name);
    QFETCH(bool, usable);
    QCOMPARE(checkName(name).has_value(), usable);
}

void TestBase::locksExclude()
{
    const QString path = m_folder.filePath(QStringLiteral("lock"));
    QVERIFY(!FileLock::isHeld(path));
    auto first = FileLock::acquire(path, FileLock::Wait::No);
    QVERIFY(first);
    QVERIFY(FileLock::isHeld(path));
    QCOMPARE(FileLock::acquire(path, FileLock::Wait::No).error().code, ErrorCode::Busy);
    QVERIFY(first->change(FileLock::Kind::Shared));
    QVERIFY(FileLock::acquire(path, FileLock::Wait::No, FileLock::Kind::Shared));
    first->release();
    QVERIFY(!FileLock::isHeld(path));
    QVERIFY(!FileLock::acquire(QStringLiteral("/no/such/lock"), FileLock::Wait::No));
}

void TestBase::errorsSurviveJson()
{
    const Error error{ErrorCode::Diverged, QStringLiteral("“m”"), QStringLiteral("h"), QStringLiteral("d")};
    const Error read = errorFromJson(toJson(error));
    QCOMPARE(read.code, error.code);
    QCOMPARE(read.message, error.message);
    QCOMPARE(read.hint, error.hint);
    QCOMPARE(read.detail, error.detail);
    QCOMPARE(errorCodeFromName(QStringLiteral("no such code")), ErrorCode::Internal);
}

void TestBase::systemErrorsHaveHints()
{
    QCOMPARE(systemError(ENOSPC, QStringLiteral("Cannot write"), QStringLiteral("x")).code, ErrorCode::DiskFull);
    QCOMPARE(systemError(EROFS, QStringLiteral("Cannot write"), QStringLiteral("x")).code, ErrorCode::ReadOnly);
    QCOMPARE(systemError(EACCES, QStringLiteral("Cannot write"), QStringLiteral("x")).code, ErrorCode::Unreadable);
    for (int number : {ENOSPC, EROFS, EACCES, ENOENT, EIO})
        QVERIFY(!systemError(number, QStringLiteral("w"), QStringLiteral("x")).hint.isEmpty());
}

void TestBase::numbers()
{
    QCOMPARE(formatInteger(8192), QStringLiteral("8,192"));
    QCOMPARE(formatBytes(11600000), QStringLiteral("11.6 MB"));
    QCOMPARE(formatCount(482), QStringLiteral("482"));
    QCOMPARE(formatDuration(35), QStringLiteral("35 s"));
    QCOMPARE(formatDuration(-1), QStringLiteral("unknown"));
    QCOMPARE(formatReal(std::nan("")), QStringLiteral("not a number"));
    QCOMPARE(formatReal(1.8712), QStringLiteral("1.871"));
    QCOMPARE(formatReal(220.4, 2), QStringLiteral("220"));  // no exponent where a person reads the number
    QCOMPARE(formatReal(-1320.6, 3), QStringLiteral("-1321"));
    QCOMPARE(formatReal(2.5e9, 3), QStringLiteral("2.5e+09"));
    QCOMPARE(formatReal(0.00006, 2), QStringLiteral("6e-05"));
}

void TestBase::graphicsCardsAreReadFromTheirDriver()
{
    const QList<GraphicsCard> cards = graphicsCardsOf(QStringLiteral(ATHANOR_FAKE_DRIVER));
    QCOMPARE(cards.size(), 2);
    QCOMPARE(cards[0].name, QStringLiteral("First Card"));
    QCOMPARE(cards[1].name, QStringLiteral("Second Card"));
    QCOMPARE(cards[1].memoryBytes, qint64(2) << 33);
    QCOMPARE(cards[0].computeCapability, 7);
    QCOMPARE(cards[1].computeCapability, 9);
    QVERIFY(graphicsCardsOf(QStringLiteral("/there/is/no/driver.so")).isEmpty());
    QVERIFY(graphicsCardsOf(QStringLiteral("libz.so.1")).isEmpty());  // a library, but no driver
}

QTEST_GUILESS_MAIN(TestBase)
#include "test_base.moc"
