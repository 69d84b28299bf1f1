// Opening, closing, versions, locks and damage of a project's store.
#include "tests/core/project/project_fixture.h"

#include "core/base/file_lock.h"

#include <sqlite3.h>

#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace athanor;
using namespace athanor::project;

class TestProject : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void createsAndOpens();
    void refusesFoldersInUse();
    void keepsSettings();
    void migratesAnEarlierVersion();
    void migratesModelsOfVersion2();
    void refusesANewerVersion();
    void refusesAnotherProgramsFile();
    void reportsDamage_data();
    void reportsDamage();
    void damageInTheMiddleIsFoundByCheck();
    void opensForReadingOnly();
    void readOnlyFolder();
    void secondWindowIsToldOfTheFirst();
    void uncleanCloseIsCheckedInTheBackground();
    void twoWritersTakeTurns();
    void waitingWriterGivesUpWithBusy();
    void revisionTellsOfOtherWriters();
    void sourcesAreAddedOnce();
    void closingLeavesNoFileOpen();
    void refusedListLeavesNothingBehind();

private:
    static void change(const QString &folder, const char *sql);
};

// Undoes what version 3 added.
constexpr char kBackToVersion2[] =
    "DROP TABLE exports; DROP INDEX models_job; DROP INDEX models_base; ALTER TABLE models DROP COLUMN base; "
    "ALTER TABLE models DROP COLUMN base_sha; ALTER TABLE models DROP COLUMN facts; ALTER TABLE models DROP COLUMN job; "
    "PRAGMA user_version=2;";

void TestProject::change(const QString &folder, const char *sql)
{
    sqlite3 *handle = nullptr;
    QCOMPARE(sqlite3_open(QFile::encodeName(folder + QStringLiteral("/project.sqlite")).constData(), &handle), SQLITE_OK);
    char *message = nullptr;
    if (sqlite3_exec(handle, sql, nullptr, nullptr, &message) != SQLITE_OK)
        qFatal("%s", message);
    sqlite3_close(handle);
}

void TestProject::createsAndOpens()
{
    Fixture fixture;
    const Info info = fixture.project->info();
    QCOMPARE(info.title, QStringLiteral("Trial"));
    QCOMPARE(info.schemaVersion, kSchemaVersion);
    QVERIFY(!info.readOnly);
    QVERIFY(!info.wasUnclean);
    fixture.reopen();
    QCOMPARE(fixture.project->info().id, info.id);
    QVERIFY(!fixture.project->info().wasUnclean);
    QVERIFY(Project::isProject(fixture.path()));
    REQUIRE_OK(fixture.project->setTitle(QStringLiteral("Another title")));
    QVERIFY(!fixture.project->setTitle(QStringLiteral("a/b")));
    fixture.reopen();
    QCOMPARE(fixture.project->info().title, QStringLiteral("Another title"));
}

void TestProject::refusesFoldersInUse()
{
    Fixture fixture;
    QCOMPARE(Project::create(fixture.path(), {}).error().code, ErrorCode::AlreadyExists);
    QTemporaryDir other;
    REQUIRE_OK(writeFileAtomically(other.filePath(QStringLiteral("letter.txt")), "x"));
    QCOMPARE(Project::create(other.path(), {}).error().code, ErrorCode::InvalidInput);
    QCOMPARE(Project::create(other.filePath(QStringLiteral("letter.txt")), {}).error().code, ErrorCode::InvalidInput);
    QVERIFY(!Project::create(other.filePath(QStringLiteral("letter.txt/below")), {}));
    QCOMPARE(Project::open(other.path()).error().code, ErrorCode::NotFound);
    QCOMPARE(Project::open(QStringLiteral("/no/such/folder")).error().code, ErrorCode::NotFound);
}

void TestProject::keepsSettings()
{
    Fixture fixture;
    QVERIFY(fixture.project->setting(QStringLiteral("speed")).isUndefined());
    REQUIRE_OK(fixture.project->setSetting(QStringLiteral("speed"), 12.5));
    REQUIRE_OK(fixture.project->setSetting(QStringLiteral("speed"), QJsonObject{{QStringLiteral("f32"), 12.5}}));
    REQUIRE_OK(fixture.project->setObjective({{QStringLiteral("task"), QStringLiteral("continue “text”")}}));
    fixture.reopen();
    QCOMPARE(fixture.project->setting(QStringLiteral("speed")).toObject().value(QLatin1String("f32")).toDouble(), 12.5);
    QCOMPARE(fixture.project->objective().value(QLatin1String("task")).toString(), QStringLiteral("continue “text”"));
}

void TestProject::migratesAnEarlierVersion()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"));
    REQUIRE_OK(fixture.project->ingestJobs());
    fixture.project.reset();
    change(fixture.path(), kBackToVersion2);
    change(fixture.path(), "DROP TABLE nodes; DROP TABLE edges; DROP TABLE document_paths; DROP TABLE trash; PRAGMA user_version=1;");
    fixture.reopen();
    QCOMPARE(fixture.project->info().schemaVersion, kSchemaVersion);
    QVERIFY(QFileInfo::exists(fixture.path() + QStringLiteral("/project.sqlite.v1")));
    // The search is filled from the documents that were there already.
    QCOMPARE(fixture.project->searchDocuments(QStringLiteral("doc 7"))->size(), 1);
    QVERIFY(fixture.project->trash()->isEmpty());
}

void TestProject::migratesModelsOfVersion2()
{
    Fixture fixture;
    fixture.wholeWay();
    const Model before = *fixture.project->model(QStringLiteral("small"));
    fixture.project.reset();
    change(fixture.path(), kBackToVersion2);
    fixture.reopen();
    QCOMPARE(fixture.project->info().schemaVersion, kSchemaVersion);
    QVERIFY(QFileInfo::exists(fixture.path() + QStringLiteral("/project.sqlite.v2")));
    const auto after = fixture.project->model(QStringLiteral("small"));
    REQUIRE_OK(after);
    QCOMPARE(after->parameters, before.parameters);
    QCOMPARE(after->tokenizerSha256, before.tokenizerSha256);
    QVERIFY(after->base.isEmpty() && after->baseSha256.isEmpty() && after->jobId.isEmpty() && after->facts.isEmpty());
    QVERIFY(fixture.project->exports()->isEmpty());
    QCOMPARE(fixture.project->runs()->size(), 1);
}

void TestProject::refusesANewerVersion()
{
    Fixture fixture;
    fixture.project.reset();
    change(fixture.path(), "PRAGMA user_version=99;");
    const auto opened = Project::open(fixture.path());
    QVERIFY(!opened);
    QCOMPARE(opened.error().code, ErrorCode::NewerVersion);
    QVERIFY(opened.error().message.contains(QStringLiteral("99")));
    QVERIFY(!opened.error().hint.isEmpty());
}

void TestProject::refusesAnotherProgramsFile()
{
    QTemporaryDir folder;
    change(folder.path(), "CREATE TABLE mine(x); INSERT INTO mine VALUES(1);");
    const QByteArray before = *readFile(folder.filePath(QStringLiteral("project.sqlite")));
    const auto opened = Project::open(folder.path());
    QVERIFY(!opened);
    QCOMPARE(opened.error().code, ErrorCode::Corrupt);
    QCOMPARE(*readFile(folder.filePath(QStringLiteral("project.sqlite"))), before);
}

void TestProject::reportsDamage_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("text") << QByteArray("this is not a database at all, only a text of some length ").repeated(20);
    QTest::newRow("zeros") << QByteArray(8192, '\0');
    QTest::newRow("header only") << QByteArray("SQLite format 3\0garbage garbage", 31).leftJustified(4096, 'x');
}

void TestProject::reportsDamage()
{
    QFETCH(QByteArray, content);
    Fixture fixture;
    fixture.project.reset();
    REQUIRE_OK(writeFileAtomically(fixture.path() + QStringLiteral("/project.sqlite"), content));
    const auto opened = Project::open(fixture.path());
    QVERIFY(!opened);
    QCOMPARE(opened.error().code, ErrorCode::Corrupt);
    QVERIFY(!opened.error().hint.isEmpty());
}

void TestProject::damageInTheMiddleIsFoundByCheck()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"), 400);
    REQUIRE_OK(fixture.project->ingestJobs());
    REQUIRE_OK(fixture.project->check());
    fixture.project.reset();
    QFile file(fixture.path() + QStringLiteral("/project.sqlite"));
    QVERIFY(file.open(QIODevice::ReadWrite));
    for (qint64 page = 12; page < file.size() / 4096 - 2; page += 2) {
        file.seek(page * 4096);
        file.write(QByteArray(2000, '\x5a'));
    }
    file.close();
    auto opened = Project::open(fixture.path());
    const Status checked = opened ? (*opened)->check() : fail(opened.error());
    QVERIFY(!checked);
    QCOMPARE(checked.error().code, ErrorCode::Corrupt);
}

void TestProject::opensForReadingOnly()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"));
    REQUIRE_OK(fixture.project->ingestJobs());
    auto reader = Project::open(fixture.path(), OpenMode::ReadOnly);
    REQUIRE_OK(reader);
    QVERIFY((*reader)->info().readOnly);
    QCOMPARE((*reader)->datasets()->size(), 1);
    QCOMPARE((*reader)->setTitle(QStringLiteral("x")).error().code, ErrorCode::ReadOnly);
    QCOMPARE((*reader)->lockForWindow().error().code, ErrorCode::ReadOnly);
    QVERIFY(!(*reader)->ingestJobs().value());
}

void TestProject::readOnlyFolder()
{
    if (::geteuid() == 0)
        QSKIP("root writes anywhere");
    Fixture fixture;
    fixture.project.reset();
    QFile::setPermissions(fixture.path(), QFile::ReadOwner | QFile::ExeOwner);
    auto opened = Project::open(fixture.path());
    QFile::setPermissions(fixture.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    REQUIRE_OK(opened);
    QVERIFY((*opened)->info().readOnly);
    QCOMPARE((*opened)->info().title, QStringLiteral("Trial"));
}

void TestProject::secondWindowIsToldOfTheFirst()
{
    Fixture fixture;
    QCOMPARE(Project::windowProcess(fixture.path()), 0);
    REQUIRE_OK(fixture.project->lockForWindow());
    REQUIRE_OK(fixture.project->lockForWindow());
    QCOMPARE(Project::windowProcess(fixture.path()), static_cast<qint64>(::getpid()));
    auto second = Project::open(fixture.path());
    REQUIRE_OK(second);
    const Status locked = (*second)->lockForWindow();
    QVERIFY(!locked);
    QCOMPARE(locked.error().code, ErrorCode::Busy);
    QVERIFY(locked.error().message.contains(QString::number(::getpid())));
    fixture.project.reset();
    REQUIRE_OK((*second)->lockForWindow());
}

void TestProject::uncleanCloseIsCheckedInTheBackground()
{
    Fixture fixture;
    fixture.project.reset();  // whoever closes last says so: it must not be this process
    const pid_t child = ::fork();
    if (child == 0) {
        auto project = Project::open(fixture.path());
        const bool done = project && (*project)->setTitle(QStringLiteral("Left open"));
        ::_exit(done ? 0 : 1);  // no destructor: as a crash
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    QCOMPARE(WEXITSTATUS(status), 0);
    fixture.reopen();
    QVERIFY(fixture.project->info().wasUnclean);
    QCOMPARE(fixture.project->info().title, QStringLiteral("Left open"));
    QTRY_VERIFY(fixture.project->backgroundCheckResult().has_value());
    QVERIFY(fixture.project->backgroundCheckResult()->has_value());
    fixture.reopen();
    QVERIFY(!fixture.project->info().wasUnclean);
    QVERIFY(!fixture.project->backgroundCheckResult().has_value());
}

void TestProject::twoWritersTakeTurns()
{
    Fixture fixture;
    constexpr int kEach = 30;
    std::vector<std::thread> writers;
    std::atomic<int> failures{0};
    for (int writer = 0; writer < 2; ++writer)
        writers.emplace_back([&, writer] {
            auto project = Project::open(fixture.path());
            for (int i = 0; project && i < kEach; ++i)
                failures += !(*project)->setSetting(QStringLiteral("%1-%2").arg(writer).arg(i), i);
            failures += !project;
        });
    for (std::thread &writer : writers)
        writer.join();
    QCOMPARE(failures.load(), 0);
    QCOMPARE(fixture.project->setting(QStringLiteral("1-29")).toInt(), 29);
    QCOMPARE(fixture.project->setting(QStringLiteral("0-29")).toInt(), 29);
}

void TestProject::waitingWriterGivesUpWithBusy()
{
    Fixture fixture;
    sqlite3 *handle = nullptr;
    QCOMPARE(sqlite3_open(QFile::encodeName(fixture.path() + QStringLiteral("/project.sqlite")).constData(), &handle), SQLITE_OK);
    QCOMPARE(sqlite3_exec(handle, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    std::thread releaser([handle] {
        QThread::msleep(150);
        sqlite3_exec(handle, "COMMIT", nullptr, nullptr, nullptr);
    });
    REQUIRE_OK(fixture.project->setSetting(QStringLiteral("waited"), true));  // it waits for its turn
    releaser.join();
    sqlite3_close(handle);
}

void TestProject::revisionTellsOfOtherWriters()
{
    Fixture fixture;
    const qint64 first = fixture.project->revision();
    QCOMPARE(fixture.project->revision(), first);
    REQUIRE_OK(fixture.project->setSetting(QStringLiteral("a"), 1));
    const qint64 second = fixture.project->revision();
    QVERIFY(second != first);
    auto other = Project::open(fixture.path());
    REQUIRE_OK((*other)->setSetting(QStringLiteral("a"), 2));
    QVERIFY(fixture.project->revision() != second);
}

void TestProject::sourcesAreAddedOnce()
{
    Fixture fixture;
    Source source;
    source.plugin = QStringLiteral("source.files");
    source.location = QStringLiteral("/home/ä person/it's \"here\"");
    source.licence = QStringLiteral("own");
    source.settings = {{QStringLiteral("hidden"), false}};
    const auto id = fixture.project->addSource(source);
    REQUIRE_OK(id);
    QCOMPARE(fixture.project->addSource(source).error().code, ErrorCode::AlreadyExists);
    QCOMPARE(fixture.project->addSource({}).error().code, ErrorCode::InvalidInput);
    QCOMPARE(fixture.project->sources()->size(), 1);
    QCOMPARE(fixture.project->sources()->first().location, source.location);
    QCOMPARE(fixture.project->sourcesForSpec()->at(0).toObject().value(QLatin1String("licence")).toString(), source.licence);
    QVERIFY(!fixture.project->removeSource(QStringLiteral("nothing")));
    REQUIRE_OK(fixture.project->removeSource(*id));
    QVERIFY(fixture.project->sources()->isEmpty());
}

void TestProject::closingLeavesNoFileOpen()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"));
    REQUIRE_OK(fixture.project->ingestJobs());
    DocumentFilter filter;
    filter.dataset = fixture.project->datasets()->first().rowId;
    filter.text = QStringLiteral("doc");
    QVERIFY(!fixture.project->documents(filter, 0, 10)->rows.isEmpty());
    REQUIRE_OK(fixture.project->runsThatSaw(Fixture::shaOf(QStringLiteral("doc0"))));
    fixture.project.reset();
    const QDir descriptors(QStringLiteral("/proc/self/fd"));
    for (const QString &name : descriptors.entryList(QDir::Files | QDir::System))
        QVERIFY2(!QFile::symLinkTarget(descriptors.filePath(name)).contains(fixture.path()), qPrintable(name));
    QVERIFY(!QFileInfo::exists(fixture.path() + QStringLiteral("/project.sqlite-wal")));
}

// Ids that were given in a transaction that is rolled back must not be used in the next one.
void TestProject::refusedListLeavesNothingBehind()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("bad"), QStringLiteral("one"));
    REQUIRE_OK(writeFileAtomically(fixture.path() + QStringLiteral("/lists-one.jsonl.zst"),
                                   Fixture::compressed(Fixture::documentLines(3) + "{}\n")));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("not a document")));
    REQUIRE_OK(fixture.project->ingestJobs());
    QVERIFY(fixture.project->datasets()->isEmpty());
    fixture.curate(QStringLiteral("good"), QStringLiteral("two"));
    REQUIRE_OK(fixture.project->ingestJobs());
    DocumentFilter filter;
    filter.dataset = fixture.project->datasets()->first().rowId;
    const auto page = fixture.project->documents(filter, 0, 100);
    REQUIRE_OK(page);
    QCOMPARE(page->rows.size(), 20);
    QCOMPARE(page->rows.first().licence, QStringLiteral("PSF-2.0"));
}

QTEST_GUILESS_MAIN(TestProject)
#include "test_project.moc"
