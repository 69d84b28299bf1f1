// What jobs leave, taken in: once, whole, in pieces, beside another program; datasets and their versions.
#include "tests/core/project/project_fixture.h"

using namespace athanor;
using namespace athanor::project;

class TestTakingIn : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takingInTwiceChangesNothing();
    void twoProgramsTakeInOnce();
    void brokenJobDoesNotKeepOthersOut();
    void damagedDocumentListIsRefusedWhole();
    void longListComesInPieces();
    void halfTakenListIsFinishedByAnother();
    void damageFarDownIsRefusedWhole();
    void rebuildingReplacesWhatIsNotInUse();
    void rebuildingInUseMakesVersionTwo();
    void damagedStoreIsFilledFromTheJobsAgain();
    void fetchedDocumentMovesWithTheProject();
    void fetchedDocumentIsAmongTheFilesOfItsJob_data();
    void fetchedDocumentIsAmongTheFilesOfItsJob();
    void evaluationOfAPartIsNoMeasure();
};

void TestTakingIn::takingInTwiceChangesNothing()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"));
    QVERIFY(fixture.project->ingestJobs().value());
    const qint64 revision = fixture.project->revision();
    QVERIFY(!fixture.project->ingestJobs().value());
    fixture.reopen();
    QVERIFY(!fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->datasets()->size(), 1);
    QCOMPARE(fixture.project->documentCount({fixture.project->datasets()->first().rowId, {}, {}, {}, {}}).value(), 20);
    Q_UNUSED(revision)
}

void TestTakingIn::twoProgramsTakeInOnce()
{
    Fixture fixture;
    auto other = Project::open(fixture.path());
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"));
    QVERIFY(fixture.project->ingestJobs().value());
    REQUIRE_OK((*other)->ingestJobs());
    QCOMPARE((*other)->datasets()->size(), 1);
    QCOMPARE((*other)->datasets()->first().version, 1);
}

void TestTakingIn::brokenJobDoesNotKeepOthersOut()
{
    Fixture fixture;
    REQUIRE_OK(makeFolder(fixture.path() + QStringLiteral("/jobs/00broken")));
    REQUIRE_OK(writeFileAtomically(fixture.path() + QStringLiteral("/jobs/00broken/spec.json"), "{\"format\": tru"));
    REQUIRE_OK(makeFolder(fixture.path() + QStringLiteral("/jobs/01empty")));
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("spec.json")));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("spec.json")));
    QVERIFY(fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->datasets()->size(), 1);
    QVERIFY(!fixture.project->ingestJobs().value());
}

void TestTakingIn::damagedDocumentListIsRefusedWhole()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"));
    const QString list = fixture.path() + QStringLiteral("/lists-one.jsonl.zst");
    const QByteArray whole = *readFile(list);
    REQUIRE_OK(writeFileAtomically(list, whole.first(whole.size() / 2)));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("damaged")));
    REQUIRE_OK(fixture.project->ingestJobs());
    QVERIFY(fixture.project->datasets()->isEmpty());
    QVERIFY(!fixture.project->ingestJobs().value());  // said once, not every second
    REQUIRE_OK(writeFileAtomically(list, whole));
    fixture.reopen();
    QVERIFY(fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->datasets()->size(), 1);
}

// Until the whole list is in, nothing of it shows but that the stage is under way.
void TestTakingIn::longListComesInPieces()
{
    constexpr int kMany = 10000;
    Fixture fixture;
    fixture.project->setPace(Project::Pace::Short);
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"), kMany);
    QVERIFY(!fixture.project->ingestJobs().value());
    QVERIFY(fixture.project->isTakingIn());
    QVERIFY(fixture.project->datasets()->isEmpty());
    QVERIFY(fixture.project->trash()->isEmpty());
    QVERIFY(fixture.project->searchDocuments(QStringLiteral("doc"))->isEmpty());
    QCOMPARE(fixture.stateOf(Stage::Data), StageState::Running);
    int calls = 1;
    for (bool isIn = false; !isIn; ++calls)
        isIn = fixture.project->ingestJobs().value();
    QVERIFY(calls > 1);
    QVERIFY(!fixture.project->isTakingIn());
    QCOMPARE(fixture.stateOf(Stage::Data), StageState::Done);
    const Dataset dataset = *fixture.project->dataset(QStringLiteral("data"));
    QCOMPARE(dataset.version, 1);
    QCOMPARE(dataset.documents, kMany);
    QCOMPARE(fixture.project->documentCount({dataset.rowId, {}, {}, {}, {}}).value(), kMany);
    QCOMPARE(fixture.project->documentCount({dataset.rowId, QStringLiteral("removed"), {}, {}, {}}).value(), kMany / 5);
    const auto last = fixture.project->document(dataset.rowId, Fixture::shaOf(QStringLiteral("doc%1").arg(kMany - 1)));
    REQUIRE_OK(last);
    QCOMPARE(last->signalValues.value(QLatin1String("words")).toInt(), kMany - 1);

    // Replaced by a new build, the old rows go in pieces too.
    fixture.curate(QStringLiteral("data"), QStringLiteral("two"), 30);
    QVERIFY(fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->datasets()->size(), 1);
    while (fixture.project->isTakingIn())
        QVERIFY(!fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->documentCount({dataset.rowId, {}, {}, {}, {}}).value(), 0);
}

void TestTakingIn::halfTakenListIsFinishedByAnother()
{
    constexpr int kMany = 10000;
    Fixture fixture;
    fixture.project->setPace(Project::Pace::Short);
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"), kMany);
    QVERIFY(!fixture.project->ingestJobs().value());
    QVERIFY(fixture.project->isTakingIn());
    auto other = Project::open(fixture.path());  // as after a kill: it knows only what is in the store
    (*other)->setPace(Project::Pace::Short);
    // Both take turns; neither takes a line twice or leaves one out, and one of them says that it is in.
    int timesIn = (*other)->ingestJobs().value();
    timesIn += fixture.project->ingestJobs().value();
    (*other)->setPace(Project::Pace::Whole);
    timesIn += (*other)->ingestJobs().value();
    timesIn += fixture.project->ingestJobs().value();
    QCOMPARE(timesIn, 1);
    QVERIFY(!fixture.project->isTakingIn());
    QCOMPARE(fixture.project->datasets()->size(), 1);
    const qint64 dataset = fixture.project->datasets()->first().rowId;
    QCOMPARE(fixture.project->documentCount({dataset, {}, {}, {}, {}}).value(), kMany);
    QCOMPARE(fixture.project->documentCount({dataset, {}, {}, {}, QStringLiteral("doc")}).value(), kMany);
    QVERIFY(fixture.project->clean(Project::CleanMode::DryRun)->removed.isEmpty());
}

void TestTakingIn::damageFarDownIsRefusedWhole()
{
    constexpr int kMany = 10000;
    Fixture fixture;
    fixture.project->setPace(Project::Pace::Short);
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"), kMany);
    const QString list = fixture.path() + QStringLiteral("/lists-one.jsonl.zst");
    REQUIRE_OK(writeFileAtomically(list, Fixture::compressed(Fixture::documentLines(kMany) + "{\"id\":\"\"}\n")));
    QVERIFY(!fixture.project->ingestJobs().value());
    QVERIFY(fixture.project->isTakingIn());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("not a document")));
    while (fixture.project->isTakingIn())
        QVERIFY(!fixture.project->ingestJobs().value());
    QVERIFY(fixture.project->datasets()->isEmpty());
    QCOMPARE(fixture.stateOf(Stage::Data), StageState::NeedsAttention);
    REQUIRE_OK(writeFileAtomically(list, Fixture::compressed(Fixture::documentLines(kMany))));
    fixture.reopen();
    QVERIFY(fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->documentCount({fixture.project->datasets()->first().rowId, {}, {}, {}, {}}).value(), kMany);
}

void TestTakingIn::rebuildingReplacesWhatIsNotInUse()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"));
    fixture.curate(QStringLiteral("data"), QStringLiteral("two"), 30);
    REQUIRE_OK(fixture.project->ingestJobs());
    QCOMPARE(fixture.project->datasets()->size(), 1);
    const Dataset dataset = *fixture.project->dataset(QStringLiteral("data"));
    QCOMPARE(dataset.version, 1);
    QCOMPARE(dataset.documents, 30);
    QCOMPARE(dataset.corpusSha256, Fixture::shaOf(QStringLiteral("two")));
}

void TestTakingIn::rebuildingInUseMakesVersionTwo()
{
    Fixture fixture;
    fixture.wholeWay();
    fixture.curate(QStringLiteral("data"), QStringLiteral("two"), 30);
    REQUIRE_OK(fixture.project->ingestJobs());
    QCOMPARE(fixture.project->datasets()->size(), 2);
    QCOMPARE(fixture.project->dataset(QStringLiteral("data"))->version, 2);
    QCOMPARE(fixture.project->dataset(QStringLiteral("data"), 1)->documents, 20);
    // The same content again is the same version.
    fixture.curate(QStringLiteral("data"), QStringLiteral("two"), 30);
    REQUIRE_OK(fixture.project->ingestJobs());
    QCOMPARE(fixture.project->datasets()->size(), 2);
    QCOMPARE(fixture.project->runs()->first().datasetVersion, 1);
    QCOMPARE(fixture.stateOf(Stage::Data), StageState::Done);
    QCOMPARE(fixture.stateOf(Stage::Tokenizer), StageState::OutOfDate);
    QCOMPARE(fixture.stateOf(Stage::Training), StageState::OutOfDate);
}

void TestTakingIn::damagedStoreIsFilledFromTheJobsAgain()
{
    Fixture fixture;
    fixture.wholeWay();
    fixture.project.reset();
    REQUIRE_OK(writeFileAtomically(fixture.path() + QStringLiteral("/project.sqlite"), QByteArray(5000, 'x')));
    QCOMPARE(Project::open(fixture.path()).error().code, ErrorCode::Corrupt);
    QVERIFY(QFile::rename(fixture.path() + QStringLiteral("/project.sqlite"), fixture.path() + QStringLiteral("/damaged.sqlite")));
    auto made = Project::create(fixture.path(), QStringLiteral("Again"));
    REQUIRE_OK(made);
    REQUIRE_OK((*made)->ingestJobs());
    QCOMPARE((*made)->dataset(QStringLiteral("data"))->documents, 20);
    QCOMPARE((*made)->runs()->size(), 1);
    QCOMPARE((*made)->tokenizers()->size(), 1);
}

void TestTakingIn::fetchedDocumentMovesWithTheProject()
{
    Fixture fixture;
    const QString id = fixture.job(QStringLiteral("fetch"), {{QStringLiteral("licence"), QStringLiteral("MIT")}}, job::State::Running);
    const QString file = QStringLiteral("jobs/%1/files/page.html").arg(id);
    fixture.finish(id, {{QStringLiteral("source"), file}});
    REQUIRE_OK(fixture.project->ingestJobs());
    QCOMPARE(fixture.project->sources()->size(), 1);
    QCOMPARE(fixture.project->sources()->first().location, fixture.path() + QLatin1Char('/') + file);
    QCOMPARE(fixture.project->sources()->first().licence, QStringLiteral("MIT"));
    const QJsonArray before = *fixture.project->sourcesForSpec();
    QCOMPARE(before.at(0).toObject().value(QLatin1String("location")).toString(), file);
    fixture.project.reset();
    const QString moved = fixture.folder.filePath(QStringLiteral("moved"));
    QVERIFY(QFile::rename(fixture.path(), moved));
    auto opened = Project::open(moved);
    REQUIRE_OK(opened);
    QCOMPARE((*opened)->sources()->first().location, moved + QLatin1Char('/') + file);
    QCOMPARE(*(*opened)->sourcesForSpec(), before);
}

void TestTakingIn::fetchedDocumentIsAmongTheFilesOfItsJob_data()
{
    QTest::addColumn<QString>("file");
    QTest::newRow("absolute") << QStringLiteral("/etc/passwd");
    QTest::newRow("climbs out") << QStringLiteral("jobs/%1/files/../../../x");
    QTest::newRow("of another job") << QStringLiteral("jobs/other/files/x");
    QTest::newRow("the folder") << QStringLiteral("jobs/%1/files/");
}

void TestTakingIn::fetchedDocumentIsAmongTheFilesOfItsJob()
{
    QFETCH(QString, file);
    Fixture fixture;
    const QString id = fixture.job(QStringLiteral("fetch"), {}, job::State::Running);
    fixture.finish(id, {{QStringLiteral("source"), file.contains(QLatin1Char('%')) ? file.arg(id) : file}});
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("not among its files")));
    REQUIRE_OK(fixture.project->ingestJobs());
    QVERIFY(fixture.project->sources()->isEmpty());
}

void TestTakingIn::evaluationOfAPartIsNoMeasure()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString checkpoint = fixture.project->checkpoints(fixture.project->runs()->first().id)->first().path;
    const auto evaluate = [&](const QJsonObject &limit) {
        QJsonObject parameters{{QStringLiteral("checkpoint"), checkpoint}, {QStringLiteral("split"), QStringLiteral("validation")},
                               {QStringLiteral("corpus"), QStringLiteral("objects/corpora/") + Fixture::shaOf(QStringLiteral("one"))}};
        for (auto it = limit.begin(); it != limit.end(); ++it)
            parameters.insert(it.key(), it.value());
        fixture.job(QStringLiteral("evaluate"), parameters, job::State::Finished, {{QStringLiteral("bitsPerByte"), 1.5}});
        REQUIRE_OK(fixture.project->ingestJobs());
    };
    evaluate({{QStringLiteral("limitDocuments"), 5}});
    QCOMPARE(fixture.project->evaluations()->first().facts.value(QLatin1String("limitDocuments")).toInt(), 5);
    QVERIFY(fixture.project->evaluations()->first().isLimited());
    QCOMPARE(fixture.stateOf(Stage::Evaluation), StageState::Ready);
    evaluate({});
    QCOMPARE(fixture.stateOf(Stage::Evaluation), StageState::Done);
    evaluate({{QStringLiteral("limitBytes"), 500}});
    const QList<Evaluation> all = *fixture.project->evaluations();
    QCOMPARE(std::count_if(all.begin(), all.end(), [](const Evaluation &each) { return each.isLimited(); }), 2);
    QCOMPARE(fixture.stateOf(Stage::Evaluation), StageState::Done);
}

QTEST_GUILESS_MAIN(TestTakingIn)
#include "test_taking_in.moc"
