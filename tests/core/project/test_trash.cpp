// Deleting with undo, what a crash or a failure leaves of it, and freeing what nothing refers to.
#include "tests/core/project/project_fixture.h"

using namespace athanor;
using namespace athanor::project;

class TestTrash : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void deletedRunComesBack();
    void deletedModelsNameIsFree();
    void runningRunIsNotDeleted();
    void cleanFreesWhatNothingRefersTo();
    void failedDeletionLeavesTheRunInPlace();
    void crashBeforeTheRowsKeepsTheRun();
    void crashBeforeTheMoveKeepsItDeleted();
    void crashWhileCleaningBringsNothingBack();
};

void TestTrash::deletedRunComesBack()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString id = fixture.project->runs()->first().id;
    const auto entry = fixture.project->deleteRun(id);
    REQUIRE_OK(entry);
    QVERIFY(fixture.project->runs()->isEmpty());
    QVERIFY(!QFileInfo::exists(fixture.path() + QStringLiteral("/jobs/") + id));
    QVERIFY(!fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->trash()->size(), 1);
    QVERIFY(fixture.project->trash()->first().bytes > 0);
    QVERIFY(!fixture.project->whatWasMadeFrom(id)->isEmpty());  // lineage stays
    REQUIRE_OK(fixture.project->restore(*entry));
    QCOMPARE(fixture.project->runs()->size(), 1);
    QCOMPARE(fixture.project->checkpoints(id)->size(), 2);
    QVERIFY(fixture.project->trash()->isEmpty());
    QCOMPARE(fixture.project->restore(*entry).error().code, ErrorCode::NotFound);
}

void TestTrash::deletedModelsNameIsFree()
{
    Fixture fixture;
    fixture.wholeWay();
    const auto entry = fixture.project->deleteModel(QStringLiteral("small"));
    REQUIRE_OK(entry);
    Model model;
    model.name = QStringLiteral("small");
    REQUIRE_OK(fixture.project->addModel(model));
    QCOMPARE(fixture.project->restore(*entry).error().code, ErrorCode::AlreadyExists);
    REQUIRE_OK(fixture.project->deleteModel(QStringLiteral("small")));
    REQUIRE_OK(fixture.project->restore(*entry));
    QCOMPARE(fixture.project->model(QStringLiteral("small"))->parameters, 13900000);
    QCOMPARE(fixture.project->deleteModel(QStringLiteral("none")).error().code, ErrorCode::NotFound);
}

void TestTrash::runningRunIsNotDeleted()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString id = fixture.project->runs()->first().id;
    const auto lock = FileLock::acquire(fixture.path() + QStringLiteral("/jobs/%1/lock").arg(id), FileLock::Wait::No);
    REQUIRE_OK(lock);
    QCOMPARE(fixture.project->deleteRun(id).error().code, ErrorCode::Busy);
    QCOMPARE(fixture.project->runs()->size(), 1);
}

void TestTrash::cleanFreesWhatNothingRefersTo()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString orphan = fixture.path() + QStringLiteral("/objects/corpora/") + Fixture::shaOf(QStringLiteral("orphan"));
    REQUIRE_OK(makeFolder(orphan));
    REQUIRE_OK(writeFileAtomically(orphan + QStringLiteral("/x"), QByteArray(1000, 'x')));
    const QString read = fixture.path() + QStringLiteral("/cache/reading");
    REQUIRE_OK(makeFolder(read));
    REQUIRE_OK(writeFileAtomically(read + QStringLiteral("/x.blobs"), QByteArray(500, 'x')));
    REQUIRE_OK(fixture.project->deleteRun(fixture.project->runs()->first().id));
    const auto trial = fixture.project->clean(Project::CleanMode::DryRun);
    REQUIRE_OK(trial);
    QCOMPARE(trial->removed.size(), 3);
    QVERIFY(trial->freedBytes >= 1500);
    QCOMPARE(trial->cacheBytes, 500);
    QVERIFY(QFileInfo::exists(orphan));
    QCOMPARE(fixture.project->trash()->size(), 1);
    const auto report = fixture.project->clean(Project::CleanMode::Remove);
    REQUIRE_OK(report);
    QCOMPARE(report->removed, trial->removed);
    QVERIFY(!QFileInfo::exists(orphan));
    QVERIFY(!QFileInfo::exists(read));
    QVERIFY(fixture.project->trash()->isEmpty());
    QVERIFY(QFileInfo::exists(fixture.path() + QStringLiteral("/objects/corpora/") + Fixture::shaOf(QStringLiteral("one"))));
    QCOMPARE(fixture.project->tokenizers()->size(), 1);
    QVERIFY(fixture.project->clean(Project::CleanMode::Remove)->removed.isEmpty());
}

void TestTrash::failedDeletionLeavesTheRunInPlace()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString id = fixture.project->runs()->first().id;
    QVERIFY(QDir(fixture.path() + QStringLiteral("/trash")).removeRecursively());
    REQUIRE_OK(writeFileAtomically(fixture.path() + QStringLiteral("/trash"), "a file where the folder should be"));
    QVERIFY(!fixture.project->deleteRun(id).has_value());
    QVERIFY(QFileInfo(fixture.path() + QStringLiteral("/jobs/") + id).isDir());
    QCOMPARE(fixture.project->runs()->size(), 1);
    QVERIFY(fixture.project->trash()->isEmpty());
}

void TestTrash::crashBeforeTheRowsKeepsTheRun()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString id = fixture.project->runs()->first().id;
    fixture.crash();
    REQUIRE_OK(makeFolder(fixture.path() + QStringLiteral("/trash/cut")));
    QVERIFY(QDir().rename(fixture.path() + QStringLiteral("/jobs/") + id, fixture.path() + QStringLiteral("/trash/cut/") + id));
    fixture.reopen();
    QVERIFY(fixture.project->info().wasUnclean);
    QVERIFY(QFileInfo(fixture.path() + QStringLiteral("/jobs/") + id).isDir());
    QCOMPARE(fixture.project->runs()->size(), 1);
}

void TestTrash::crashBeforeTheMoveKeepsItDeleted()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString id = fixture.project->runs()->first().id;
    const auto entry = fixture.project->deleteRun(id);
    REQUIRE_OK(entry);
    fixture.crash();
    const QString trashed = fixture.path() + QStringLiteral("/trash/%1/%2").arg(*entry, id);
    QVERIFY(QDir().rename(trashed, fixture.path() + QStringLiteral("/jobs/") + id));
    fixture.reopen();
    QVERIFY(QFileInfo(trashed).isDir());
    QVERIFY(fixture.project->runs()->isEmpty());
    REQUIRE_OK(fixture.project->restore(*entry));
    QCOMPARE(fixture.project->runs()->size(), 1);
}

void TestTrash::crashWhileCleaningBringsNothingBack()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString id = fixture.project->runs()->first().id;
    const auto entry = fixture.project->deleteRun(id);
    REQUIRE_OK(entry);
    REQUIRE_OK(fixture.project->clean(Project::CleanMode::Remove));
    fixture.crash();
    const QString left = fixture.path() + QStringLiteral("/trash/%1/%2").arg(*entry, id);
    REQUIRE_OK(makeFolder(left));
    fixture.reopen();
    QVERIFY(fixture.project->info().wasUnclean);
    QVERIFY(QFileInfo(left).isDir());
    QVERIFY(fixture.project->runs()->isEmpty());
    REQUIRE_OK(fixture.project->clean(Project::CleanMode::Remove));
    QVERIFY(!QFileInfo::exists(left));
}

QTEST_GUILESS_MAIN(TestTrash)
#include "test_trash.moc"
