// The whole project as one file: what is unpacked is the project, whatever was open while it was packed.
#include "tests/core/project/project_fixture.h"

using namespace athanor;
using namespace athanor::project;

class TestArchive : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void unpackedProjectIsTheSame_data();
    void unpackedProjectIsTheSame();
    void existingFileStays();
    void archiveInsideTheProjectIsRefused();
    void runningJobIsSaid();
    void folderThatCannotBeWrittenIsSaid();
};

void TestArchive::unpackedProjectIsTheSame_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("plain") << QStringLiteral("p");
    QTest::newRow("spaces, quotes, letters") << QStringLiteral("my \"süße\" & proj,ect");
    QTest::newRow("dash, wildcards") << QStringLiteral("--p[1]*");
}

void TestArchive::unpackedProjectIsTheSame()
{
    QFETCH(QString, name);
    Fixture fixture;
    fixture.wholeWay();
    QTemporaryDir outside;
    // The project goes by another name: it is closed, moved and opened again, and stays open while it is packed.
    const QString moved = outside.filePath(name);
    fixture.project.reset();
    QVERIFY(QDir().rename(fixture.path(), moved));
    auto project = Project::open(moved);
    REQUIRE_OK(project);
    REQUIRE_OK((*project)->setSetting(QStringLiteral("note"), QStringLiteral("not yet in the main file")));
    const QString file = outside.filePath(QStringLiteral("a.tar.zst"));
    REQUIRE_OK((*project)->archive(file));
    const QString place = outside.filePath(QStringLiteral("unpacked"));
    REQUIRE_OK(makeFolder(place));
    QCOMPARE(QProcess::execute(QStringLiteral("tar"), {QStringLiteral("-C"), place, QStringLiteral("-xf"), file}), 0);
    auto copy = Project::open(place + QLatin1Char('/') + name);
    REQUIRE_OK(copy);
    QVERIFY(!(*copy)->info().wasUnclean);
    REQUIRE_OK((*copy)->check());
    QCOMPARE((*copy)->setting(QStringLiteral("note")).toString(), QStringLiteral("not yet in the main file"));
    QCOMPARE((*copy)->runs()->size(), (*project)->runs()->size());
    const QString id = (*project)->runs()->first().id;
    QVERIFY(QFileInfo((*copy)->info().path + QStringLiteral("/jobs/") + id).isDir());
    QCOMPARE(QDir(outside.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size(), 3);
}

void TestArchive::existingFileStays()
{
    Fixture fixture;
    QTemporaryDir outside;
    const QString file = outside.filePath(QStringLiteral("a.tar.zst"));
    REQUIRE_OK(writeFileAtomically(file, "mine"));
    QCOMPARE(fixture.project->archive(file).error().code, ErrorCode::AlreadyExists);
    QCOMPARE(*readFile(file), QByteArray("mine"));
}

void TestArchive::archiveInsideTheProjectIsRefused()
{
    Fixture fixture;
    QCOMPARE(fixture.project->archive(fixture.path() + QStringLiteral("/a.tar.zst")).error().code, ErrorCode::InvalidInput);
}

void TestArchive::runningJobIsSaid()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString id = fixture.project->runs()->first().id;
    const auto lock = FileLock::acquire(fixture.path() + QStringLiteral("/jobs/%1/lock").arg(id), FileLock::Wait::No);
    REQUIRE_OK(lock);
    QTemporaryDir outside;
    QCOMPARE(fixture.project->archive(outside.filePath(QStringLiteral("a.tar.zst"))).error().code, ErrorCode::Busy);
    QVERIFY(QDir(outside.path()).isEmpty());
}

void TestArchive::folderThatCannotBeWrittenIsSaid()
{
    Fixture fixture;
    const Status done = fixture.project->archive(QStringLiteral("/proc/none/a.tar.zst"));
    QVERIFY(!done);
    QVERIFY(done.error().message.contains(QStringLiteral("/proc/none")));
}

QTEST_GUILESS_MAIN(TestArchive)
#include "test_archive.moc"
