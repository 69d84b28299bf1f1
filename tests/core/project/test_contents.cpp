// What was made from what, and how the stages stand: lineage, runs and checkpoints, models in use, out of date, failed.
#include "tests/core/project/project_fixture.h"

using namespace athanor;
using namespace athanor::project;

class TestContents : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void checkpointsOfARunningRun();
    void modelsInUseAreNotReplaced();
    void lineageFromDocumentToEvaluation();
    void continuedRunSawTheDocumentToo();
    void stagesFollowTheWork();
    void changedRecipeMakesLaterStagesOutOfDate();
    void changedFilesMakeTheDatasetOutOfDate();
    void failedAndLostJobsNeedAttention();
    void unknownNamesAreAnsweredWithKnownOnes();

private:
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
        QCOMPARE(fixture.stateOf(stage), StageState::Nothing);
    QCOMPARE(fixture.stateOf(Stage::Project), StageState::Ready);
    REQUIRE_OK(fixture.project->setObjective({{QStringLiteral("preset"), QStringLiteral("preset.any")}}));  // says nothing of what it is for
    QCOMPARE(fixture.stateOf(Stage::Project), StageState::Ready);
    REQUIRE_OK(fixture.project->setObjective({{QStringLiteral("task"), QStringLiteral("continue")}}));
    QCOMPARE(fixture.stateOf(Stage::Project), StageState::Done);
    Source source;
    source.plugin = QStringLiteral("source.files");
    source.location = QStringLiteral("/documents");
    REQUIRE_OK(fixture.project->addSource(source));
    QCOMPARE(fixture.stateOf(Stage::Data), StageState::Ready);
    fixture.wholeWay();
    for (Stage stage : {Stage::Data, Stage::Tokenizer, Stage::Architecture, Stage::Training})
        QCOMPARE(fixture.stateOf(stage), StageState::Done);
    QCOMPARE(fixture.stateOf(Stage::Evaluation), StageState::Ready);
    QCOMPARE(fixture.stateOf(Stage::Chat), StageState::Ready);
    evaluate(fixture);
    QCOMPARE(fixture.stateOf(Stage::Evaluation), StageState::Done);
    // Nothing is to be evaluated of a run that was taught labels or fills gaps.
    QJsonObject sorts = fixture.trainParameters(QStringLiteral("small"), QStringLiteral("one"));
    sorts.insert(QStringLiteral("teaching"), QJsonObject{{QStringLiteral("kind"), QStringLiteral("labels")}});
    const QString labels = fixture.job(QStringLiteral("train"), sorts, job::State::Finished, {{QStringLiteral("bestCheckpoint"), QStringLiteral("best")}});
    QJsonObject fills = fixture.trainParameters(QStringLiteral("small"), QStringLiteral("one"));
    fills.insert(QStringLiteral("continuesText"), false);
    fixture.job(QStringLiteral("train"), fills, job::State::Finished, {{QStringLiteral("bestCheckpoint"), QStringLiteral("best")}});
    REQUIRE_OK(fixture.project->ingestJobs());
    QVERIFY(!fixture.project->run(labels)->continuesText);
    QCOMPARE(fixture.stateOf(Stage::Evaluation), StageState::Done);
    fixture.train(QStringLiteral("small"), QStringLiteral("one"));
    REQUIRE_OK(fixture.project->ingestJobs());
    QCOMPARE(fixture.stateOf(Stage::Evaluation), StageState::OutOfDate);
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
    QCOMPARE(fixture.stateOf(Stage::Training), StageState::Done);
    Source source;
    source.plugin = QStringLiteral("source.files");
    source.location = QStringLiteral("/more");
    REQUIRE_OK(fixture.project->addSource(source));
    QCOMPARE(fixture.stateOf(Stage::Data), StageState::OutOfDate);
}

// The dataset is as it was: what stands on it is not old before it is prepared again.
void TestContents::changedFilesMakeTheDatasetOutOfDate()
{
    Fixture fixture;
    fixture.wholeWay();
    const QString job = fixture.project->datasets()->first().jobId;
    QVERIFY(fixture.project->noteSourceChanges(job, QStringLiteral("3 files changed")));
    QVERIFY(!fixture.project->noteSourceChanges(job, QStringLiteral("3 files changed")));
    const StageStatus data = fixture.project->stages()->at(static_cast<int>(Stage::Data));
    QCOMPARE(data.state, StageState::OutOfDate);
    QCOMPARE(data.text, QStringLiteral("3 files changed"));
    QVERIFY(!data.hint.isEmpty());
    QCOMPARE(fixture.stateOf(Stage::Tokenizer), StageState::Done);
    QCOMPARE(fixture.stateOf(Stage::Training), StageState::Done);
    QVERIFY(fixture.project->noteSourceChanges(job, {}));
    QCOMPARE(fixture.stateOf(Stage::Data), StageState::Done);
    fixture.project->noteSourceChanges(QStringLiteral("another job"), QStringLiteral("1 file changed"));
    QCOMPARE(fixture.stateOf(Stage::Data), StageState::Done);
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
