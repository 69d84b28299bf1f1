// What jobs leave, taken in: datasets and versions, documents and search, lineage, stages.
#include "tests/core/project/project_fixture.h"

using namespace athanor;
using namespace athanor::project;

class TestContents : public QObject {
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
    void pagesThroughDocuments();
    void filters_data();
    void filters();
    void searchTakesNothingAsALanguage_data();
    void searchTakesNothingAsALanguage();
    void reasonsAreCounted();
    void checkpointsOfARunningRun();
    void modelsInUseAreNotReplaced();
    void lineageFromDocumentToEvaluation();
    void continuedRunSawTheDocumentToo();
    void stagesFollowTheWork();
    void changedRecipeMakesLaterStagesOutOfDate();
    void failedAndLostJobsNeedAttention();
    void damagedStoreIsFilledFromTheJobsAgain();
    void unknownNamesAreAnsweredWithKnownOnes();

private:
    static StageState stateOf(const Fixture &fixture, Stage stage)
    {
        return fixture.project->stages()->at(static_cast<int>(stage)).state;
    }
    static QString evaluate(Fixture &fixture)
    {
        const QString checkpoint = fixture.project->checkpoints(fixture.project->runs()->first().id)->last().path;
        const QString id = fixture.job(QStringLiteral("evaluate"),
                                       {{QStringLiteral("checkpoint"), checkpoint},
                                        {QStringLiteral("corpus"), QStringLiteral("objects/corpora/") + Fixture::shaOf(QStringLiteral("one"))},
                                        {QStringLiteral("split"), QStringLiteral("validation")}},
                                       job::State::Finished, {{QStringLiteral("bitsPerByte"), 1.91}});
        REQUIRE_OK(fixture.project->ingestJobs());
        return id;
    }
};

void TestContents::takingInTwiceChangesNothing()
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

void TestContents::twoProgramsTakeInOnce()
{
    Fixture fixture;
    auto other = Project::open(fixture.path());
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"));
    QVERIFY(fixture.project->ingestJobs().value());
    REQUIRE_OK((*other)->ingestJobs());
    QCOMPARE((*other)->datasets()->size(), 1);
    QCOMPARE((*other)->datasets()->first().version, 1);
}

void TestContents::brokenJobDoesNotKeepOthersOut()
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

void TestContents::damagedDocumentListIsRefusedWhole()
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
void TestContents::longListComesInPieces()
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
    QCOMPARE(stateOf(fixture, Stage::Data), StageState::Running);
    int calls = 1;
    for (bool isIn = false; !isIn; ++calls)
        isIn = fixture.project->ingestJobs().value();
    QVERIFY(calls > 1);
    QVERIFY(!fixture.project->isTakingIn());
    QCOMPARE(stateOf(fixture, Stage::Data), StageState::Done);
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

void TestContents::halfTakenListIsFinishedByAnother()
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

void TestContents::damageFarDownIsRefusedWhole()
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
    QCOMPARE(stateOf(fixture, Stage::Data), StageState::NeedsAttention);
    REQUIRE_OK(writeFileAtomically(list, Fixture::compressed(Fixture::documentLines(kMany))));
    fixture.reopen();
    QVERIFY(fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->documentCount({fixture.project->datasets()->first().rowId, {}, {}, {}, {}}).value(), kMany);
}

void TestContents::rebuildingReplacesWhatIsNotInUse()
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

void TestContents::rebuildingInUseMakesVersionTwo()
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
    QCOMPARE(stateOf(fixture, Stage::Data), StageState::Done);
    QCOMPARE(stateOf(fixture, Stage::Tokenizer), StageState::OutOfDate);
    QCOMPARE(stateOf(fixture, Stage::Training), StageState::OutOfDate);
}

void TestContents::pagesThroughDocuments()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"), 25);
    REQUIRE_OK(fixture.project->ingestJobs());
    DocumentFilter filter;
    filter.dataset = fixture.project->datasets()->first().rowId;
    QSet<QString> seen;
    qint64 after = 0;
    int pages = 0;
    do {
        const auto page = fixture.project->documents(filter, after, 10);
        REQUIRE_OK(page);
        for (const Document &document : page->rows)
            seen.insert(document.id);
        after = page->next;
        ++pages;
    } while (after >= 0);
    QCOMPARE(pages, 3);
    QCOMPARE(seen.size(), 25);
    const Document first = *fixture.project->document(filter.dataset, Fixture::shaOf(QStringLiteral("doc4")));
    QCOMPARE(first.path, QStringLiteral("library/doc-4.html"));
    QCOMPARE(first.status, QStringLiteral("removed"));
    QCOMPARE(first.reasonTitle, QStringLiteral("Copy of another"));
    QCOMPARE(first.detail, QStringLiteral("4 words"));
    QCOMPARE(first.licence, QStringLiteral("PSF-2.0"));
    QCOMPARE(first.bytes, 104);
    QCOMPARE(first.textSha256, Fixture::shaOf(QStringLiteral("text4")));
    QCOMPARE(first.signalValues.value(QLatin1String("words")).toInt(), 4);
    QCOMPARE(fixture.project->document(filter.dataset, QStringLiteral("nothing")).error().code, ErrorCode::NotFound);
}

void TestContents::filters_data()
{
    QTest::addColumn<QString>("status");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("split");
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("count");
    const QString none;
    QTest::newRow("all") << none << none << none << none << 100;
    QTest::newRow("kept") << QStringLiteral("kept") << none << none << none << 80;
    QTest::newRow("removed") << QStringLiteral("removed") << none << none << none << 20;
    QTest::newRow("unreadable") << QStringLiteral("unreadable") << none << none << none << 0;
    QTest::newRow("reason") << none << QStringLiteral("too-short") << none << none << 10;
    QTest::newRow("unknown reason") << none << QStringLiteral("no such") << none << none << 0;
    QTest::newRow("validation") << none << none << QStringLiteral("validation") << none << 10;
    QTest::newRow("word") << none << none << none << QStringLiteral("html") << 100;
    QTest::newRow("two words") << none << none << none << QStringLiteral("doc 42") << 1;
    QTest::newRow("beginning") << none << none << none << QStringLiteral("libr") << 100;
    QTest::newRow("word and status") << QStringLiteral("removed") << none << none << QStringLiteral("doc 4") << 3;
    QTest::newRow("absent word") << none << none << none << QStringLiteral("zebra") << 0;
}

void TestContents::filters()
{
    static Fixture fixture;
    if (fixture.project->datasets()->isEmpty()) {
        fixture.curate(QStringLiteral("data"), QStringLiteral("one"), 100);
        REQUIRE_OK(fixture.project->ingestJobs());
    }
    QFETCH(QString, status);
    QFETCH(QString, reason);
    QFETCH(QString, split);
    QFETCH(QString, text);
    QFETCH(int, count);
    const DocumentFilter filter{fixture.project->datasets()->first().rowId, status, reason, split, text};
    QCOMPARE(fixture.project->documentCount(filter).value(), count);
    qint64 after = 0;
    int rows = 0;
    do {
        const auto page = fixture.project->documents(filter, after, 7);
        REQUIRE_OK(page);
        rows += static_cast<int>(page->rows.size());
        after = page->next;
    } while (after >= 0);
    QCOMPARE(rows, count);
}

void TestContents::searchTakesNothingAsALanguage_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"\"", "'", "*", "AND", "NEAR(", "path:doc", "doc* OR", "(((", "%", "doc\" OR \"1", "-", "^", "{}"})
        QTest::newRow(text) << QString::fromUtf8(text);
}

void TestContents::searchTakesNothingAsALanguage()
{
    static Fixture fixture;
    if (fixture.project->datasets()->isEmpty()) {
        fixture.curate(QStringLiteral("data"), QStringLiteral("one"), 10);
        REQUIRE_OK(fixture.project->ingestJobs());
    }
    QFETCH(QString, text);
    REQUIRE_OK(fixture.project->searchDocuments(text));
    REQUIRE_OK(fixture.project->documents({fixture.project->datasets()->first().rowId, {}, {}, {}, text}));
}

void TestContents::reasonsAreCounted()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"), 50);
    REQUIRE_OK(fixture.project->ingestJobs());
    const auto counts = fixture.project->reasonCounts(fixture.project->datasets()->first().rowId);
    QCOMPARE(counts->size(), 2);
    QCOMPARE(counts->at(0).count + counts->at(1).count, 10);
    QCOMPARE(counts->at(0).title, QStringLiteral("Copy of another"));
}

void TestContents::checkpointsOfARunningRun()
{
    Fixture fixture;
    const QString id = fixture.job(QStringLiteral("train"), fixture.trainParameters(QStringLiteral("m"), QStringLiteral("one")),
                                   job::State::Running, {},
                                   {{{QStringLiteral("step"), 10}, {QStringLiteral("best"), true}, {QStringLiteral("loss"), 5.0},
                                     {QStringLiteral("weightsSha256"), QStringLiteral("aa")}}});
    REQUIRE_OK(fixture.project->ingestJobs());
    const auto checkpoints = fixture.project->checkpoints(id);
    QCOMPARE(checkpoints->size(), 1);
    QCOMPARE(checkpoints->first().loss, 5.0);
    QVERIFY(std::isnan(checkpoints->first().bitsPerByte));
    QVERIFY(checkpoints->first().isBest);
    // No worker holds it: a reader concludes that it is lost.
    QCOMPARE(fixture.project->run(id)->state, QStringLiteral("lost"));
    // A checkpoint that the run no longer keeps is not offered.
    QDir(fixture.path() + QLatin1Char('/') + checkpoints->first().path).removeRecursively();
    QVERIFY(fixture.project->checkpoints(id)->isEmpty());
    QCOMPARE(fixture.project->checkpoint(QStringLiteral("nowhere")).error().code, ErrorCode::NotFound);
}

void TestContents::modelsInUseAreNotReplaced()
{
    Fixture fixture;
    Model model;
    model.name = QStringLiteral("small");
    model.parameters = 1;
    REQUIRE_OK(fixture.project->addModel(model));
    model.parameters = 2;
    REQUIRE_OK(fixture.project->addModel(model));
    QCOMPARE(fixture.project->models()->size(), 1);
    QCOMPARE(fixture.project->model(QStringLiteral("small"))->parameters, 2);
    fixture.train(QStringLiteral("small"), QStringLiteral("one"));
    REQUIRE_OK(fixture.project->ingestJobs());
    QCOMPARE(fixture.project->addModel(model).error().code, ErrorCode::AlreadyExists);
    model.name = QStringLiteral("bad/name");
    QCOMPARE(fixture.project->addModel(model).error().code, ErrorCode::InvalidInput);
}

void TestContents::lineageFromDocumentToEvaluation()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString evaluation = evaluate(fixture);
    const auto above = fixture.project->whatMade(evaluation);
    REQUIRE_OK(above);
    QStringList kinds;
    for (const LineageNode &node : *above)
        kinds += node.kind;
    QCOMPARE(kinds.first(), QStringLiteral("evaluation"));
    for (const char *kind : {"checkpoint", "run", "shards", "tokenizer", "corpus"})
        QVERIFY2(kinds.contains(QLatin1String(kind)), kind);
    const auto below = fixture.project->whatWasMadeFrom(Fixture::shaOf(QStringLiteral("one")));
    QCOMPARE(below->first().kind, QStringLiteral("corpus"));
    QCOMPARE(below->size(), 7);  // corpus, tokenizer, shards, run, two checkpoints, evaluation
    const QString checkpoint = fixture.project->checkpoints(fixture.project->runs()->first().id)->last().path;
    QCOMPARE(fixture.project->whatMade(checkpoint)->first().kind, QStringLiteral("checkpoint"));
    QVERIFY(fixture.project->whatMade(QStringLiteral("nothing"))->isEmpty());
    // Trained on, held out, removed, unknown.
    QCOMPARE(fixture.project->runsThatSaw(Fixture::shaOf(QStringLiteral("doc1")))->size(), 1);
    QVERIFY(fixture.project->runsThatSaw(Fixture::shaOf(QStringLiteral("doc0")))->isEmpty());
    QVERIFY(fixture.project->runsThatSaw(Fixture::shaOf(QStringLiteral("doc4")))->isEmpty());
    QVERIFY(fixture.project->runsThatSaw(QStringLiteral("unknown"))->isEmpty());
}

void TestContents::continuedRunSawTheDocumentToo()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString checkpoint = fixture.project->checkpoints(fixture.project->runs()->first().id)->last().path;
    QJsonObject parameters = fixture.trainParameters(QStringLiteral("small"), QStringLiteral("other corpus"));
    parameters.insert(QStringLiteral("from"), checkpoint);
    const QString id = fixture.job(QStringLiteral("train"), parameters, job::State::Finished, {});
    REQUIRE_OK(fixture.project->ingestJobs());
    const auto runs = fixture.project->runsThatSaw(Fixture::shaOf(QStringLiteral("doc1")));
    QCOMPARE(runs->size(), 2);
    QCOMPARE(runs->last().id, id);
}

void TestContents::stagesFollowTheWork()
{
    Fixture fixture;
    for (Stage stage : {Stage::Data, Stage::Tokenizer, Stage::Architecture, Stage::Training, Stage::Evaluation, Stage::Chat})
        QCOMPARE(stateOf(fixture, stage), StageState::Nothing);
    QCOMPARE(stateOf(fixture, Stage::Project), StageState::Ready);
    REQUIRE_OK(fixture.project->setObjective({{QStringLiteral("task"), QStringLiteral("continue")}}));
    QCOMPARE(stateOf(fixture, Stage::Project), StageState::Done);
    Source source;
    source.plugin = QStringLiteral("source.files");
    source.location = QStringLiteral("/documents");
    REQUIRE_OK(fixture.project->addSource(source));
    QCOMPARE(stateOf(fixture, Stage::Data), StageState::Ready);
    fixture.wholeWay();
    for (Stage stage : {Stage::Data, Stage::Tokenizer, Stage::Architecture, Stage::Training})
        QCOMPARE(stateOf(fixture, stage), StageState::Done);
    QCOMPARE(stateOf(fixture, Stage::Evaluation), StageState::Ready);
    QCOMPARE(stateOf(fixture, Stage::Chat), StageState::Ready);
    evaluate(fixture);
    QCOMPARE(stateOf(fixture, Stage::Evaluation), StageState::Done);
    fixture.train(QStringLiteral("small"), QStringLiteral("one"));
    REQUIRE_OK(fixture.project->ingestJobs());
    QCOMPARE(stateOf(fixture, Stage::Evaluation), StageState::OutOfDate);
}

void TestContents::changedRecipeMakesLaterStagesOutOfDate()
{
    Fixture fixture;
    fixture.wholeWay();
    evaluate(fixture);
    REQUIRE_OK(fixture.project->setRecipe(QStringLiteral("data"), {{QStringLiteral("stages"), QJsonArray{QStringLiteral("filter.length")}}}));
    for (Stage stage : {Stage::Data, Stage::Tokenizer, Stage::Architecture, Stage::Training, Stage::Evaluation}) {
        const StageStatus status = fixture.project->stages()->at(static_cast<int>(stage));
        QCOMPARE(status.state, StageState::OutOfDate);
        QVERIFY2(!status.hint.isEmpty(), qPrintable(stageName(stage)));
    }
    REQUIRE_OK(fixture.project->setRecipe(QStringLiteral("data"), {}));
    QCOMPARE(stateOf(fixture, Stage::Training), StageState::Done);
    Source source;
    source.plugin = QStringLiteral("source.files");
    source.location = QStringLiteral("/more");
    REQUIRE_OK(fixture.project->addSource(source));
    QCOMPARE(stateOf(fixture, Stage::Data), StageState::OutOfDate);
}

void TestContents::failedAndLostJobsNeedAttention()
{
    Fixture fixture;
    fixture.job(QStringLiteral("curate"), {{QStringLiteral("dataset"), QStringLiteral("data")}}, job::State::Failed);
    fixture.job(QStringLiteral("train"), {{QStringLiteral("model"), QStringLiteral("m")}}, job::State::Running);
    fixture.job(QStringLiteral("tokenizer"), {}, job::State::Cancelled);
    REQUIRE_OK(fixture.project->ingestJobs());
    const auto stages = *fixture.project->stages();
    QCOMPARE(stages[1].state, StageState::NeedsAttention);
    QCOMPARE(stages[1].hint, QStringLiteral("It broke."));
    QCOMPARE(stages[2].state, StageState::Nothing);
    QCOMPARE(stages[4].state, StageState::NeedsAttention);
    QCOMPARE(stages[4].text, QStringLiteral("Interrupted"));
}

void TestContents::damagedStoreIsFilledFromTheJobsAgain()
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

void TestContents::unknownNamesAreAnsweredWithKnownOnes()
{
    Fixture fixture;
    fixture.wholeWay();
    QVERIFY(fixture.project->dataset(QStringLiteral("dat")).error().hint.contains(QStringLiteral("data")));
    QVERIFY(fixture.project->tokenizer(QStringLiteral("to")).error().hint.contains(QStringLiteral("tok")));
    QVERIFY(fixture.project->model(QStringLiteral("smal")).error().hint.contains(QStringLiteral("small")));
    QCOMPARE(fixture.project->run(QStringLiteral("x")).error().code, ErrorCode::NotFound);
    QCOMPARE(fixture.project->dataset(QStringLiteral("data"), 7).error().code, ErrorCode::NotFound);
    const QString sha = fixture.project->tokenizers()->first().sha256;
    QCOMPARE(fixture.project->tokenizer(sha)->name, QStringLiteral("tok"));
}

QTEST_GUILESS_MAIN(TestContents)
#include "test_contents.moc"
