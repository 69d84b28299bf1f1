// Teaching models that exist: where a run begins, what learns, what goes on, and what is refused and why.
#include "core/workbench/source_mixture.h"
#include "tests/core/workbench/models_fixture.h"

using namespace athanor;
using namespace athanor::workbench;

class TestTeaching : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void runsBeginWithTheBase();
    void recordsAreTaught();
    void anEncoderIsTaughtOneTextFromAnother();
    void inspectorShowsWhatIsLearned();
    void teachingIsRefusedWithWords();
    void whatSortsTextsIsNotTaughtToWrite();
    void partsLearnOnlyOfModelsWithWeights();
    void forkKeepsWhatWasTaught();
    void aRunGoesOnWithNewDocuments();
    void aMeasuredRunIsPlannedByIt();
    void theLargestBatchIsFound();
    void sourcesAreReadByWeight();
    void sourcesOfOldDatasetsAreCounted();
    void weightsThatCannotBeAreRefused_data();
    void weightsThatCannotBeAreRefused();
};

// What the worker leaves after a measurement counts for that run alone.
void TestTeaching::aMeasuredRunIsPlannedByIt()
{
    Bench fixture;
    importSmol(fixture);
    addDataset(fixture, QStringLiteral("docs"));
    RunRequest request = onSmol(QStringLiteral("docs"));
    request.settings = {{QStringLiteral("budget_kind"), QStringLiteral("steps")}, {QStringLiteral("budget"), 10}};
    QVERIFY(!fixture.bench->plan(request)->tokensPerSecondMeasured);
    const auto job = fixture.bench->measureRun(request);
    QVERIFY2(job, job ? "" : qPrintable(job.error().message));
    QCOMPARE(job->spec().kind, QStringLiteral("measure"));
    const QString key = job->spec().parameters.value(QLatin1String("measureKey")).toString();
    QCOMPARE(key.size(), 64);
    model::MeasuredRun measured;
    measured.tokensPerStep = 100;
    measured.tokensPerPass = 1000;
    measured.secondsPerStep = 2;
    measured.peakBytes = 77777777;
    QVERIFY(makeFolder(fixture.bench->path() + QStringLiteral("/objects/measured")));
    const QString file = fixture.bench->path() + QStringLiteral("/objects/measured/%1.json").arg(key);
    QVERIFY(writeJsonFile(file, model::toJson(measured)));
    const auto plan = fixture.bench->plan(request);
    QVERIFY(plan && plan->tokensPerSecondMeasured);
    QCOMPARE(plan->tokens, 1000);
    QCOMPARE(plan->seconds, 20.0);
    QCOMPARE(plan->accounting.trainingBytes, 77777777);
    request.settings.insert(QStringLiteral("budget"), 20);  // the parts cost the same
    QCOMPARE(fixture.bench->plan(request)->seconds, 40.0);
    request.settings.insert(QStringLiteral("batch"), 2);
    QVERIFY(!fixture.bench->plan(request)->tokensPerSecondMeasured);
    request.settings.remove(QStringLiteral("batch"));
    QVERIFY(writeFileAtomically(file, "{broken"));
    QVERIFY(!fixture.bench->plan(request)->tokensPerSecondMeasured);
}

void TestTeaching::theLargestBatchIsFound()
{
    Bench fixture;
    importSmol(fixture);
    addDataset(fixture, QStringLiteral("docs"));
    const auto largest = fixture.bench->largestBatch(onSmol(QStringLiteral("docs")));
    QVERIFY2(largest, largest ? "" : qPrintable(largest.error().message));
    QVERIFY(largest->batch >= 1);
    QCOMPARE(largest->plan.batch, largest->batch);
    QVERIFY(largest->plan.accounting.trainingBytes <= machineFacts().memoryBytes);
}

namespace {

/// Two sources of the project, and one that it had once; 20,000, 4,000 and 1,000 tokens, about.
void addSources(Bench &fixture)
{
    for (const auto &[id, place] : {std::pair("d1", "/home/ada/docs"), std::pair("c1", "/home/ada/code")}) {
        project::Source source;
        source.id = QLatin1String(id);
        source.plugin = QStringLiteral("source.files");
        source.location = QLatin1String(place);
        QVERIFY(fixture.bench->project().addSource(source));
    }
    const auto count = [](int documents, int bytes) { return QJsonObject{{QStringLiteral("documents"), documents}, {QStringLiteral("bytes"), bytes}}; };
    QJsonObject train = count(9, 100000);
    train.insert(QStringLiteral("sources"), QJsonObject{{QStringLiteral("d1"), count(5, 80000)}, {QStringLiteral("c1"), count(3, 16000)}, {QStringLiteral("x1"), count(1, 4000)}});
    addDataset(fixture, QStringLiteral("docs"), {{QStringLiteral("splits"), QJsonObject{{QStringLiteral("train"), train}}}});
}

}  // namespace

void TestTeaching::sourcesAreReadByWeight()
{
    Bench fixture;
    importSmol(fixture);
    addSources(fixture);
    const auto sources = datasetSources(fixture.bench->project(), *fixture.bench->project().dataset(QStringLiteral("docs")));
    QVERIFY(sources && sources->size() == 3);
    QCOMPARE(sources->at(0).name, QStringLiteral("docs"));
    QCOMPARE(sources->at(1).name, QStringLiteral("code"));
    QCOMPARE(sources->at(2).name, QStringLiteral("x1"));  // where it was is not known any more
    RunRequest request = onSmol(QStringLiteral("docs"));
    request.settings.insert(QStringLiteral("budget_kind"), QStringLiteral("tokens"));
    request.settings.insert(QStringLiteral("budget"), 25000);
    QVERIFY(!fixture.bench->startRun(request)->spec().parameters.contains(QLatin1String("sources")));
    request.settings.insert(QStringLiteral("mixture"), QStringLiteral("code=4, x1=0; 90%: code=1"));
    const auto plan = fixture.bench->plan(request);
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const auto line = std::find_if(plan->lines.begin(), plan->lines.end(), [](const model::PlanLine &one) { return one.text.contains(QStringLiteral("reads docs 0.")); });
    QVERIFY(line != plan->lines.end() && line->text.contains(QStringLiteral("code 2.")) && line->text.contains(QStringLiteral("x1 0 times")));
    QVERIFY(line->level == model::PlanLine::Level::Good);
    const auto run = fixture.bench->startRun(request);
    QVERIFY2(run, run ? "" : qPrintable(run.error().message));
    const QJsonArray named = run->spec().parameters.value(QLatin1String("sources")).toArray();
    QCOMPARE(named.size(), 3);
    QCOMPARE(named[1].toObject().value(QLatin1String("id")).toString(), QStringLiteral("c1"));
    QCOMPARE(named[1].toObject().value(QLatin1String("name")).toString(), QStringLiteral("code"));
    QVERIFY(run->spec().command.contains(QStringLiteral("'mixture=code=4, x1=0; 90%: code=1'")));
    request.settings.insert(QStringLiteral("budget"), 100000);
    const auto often = fixture.bench->plan(request);
    QVERIFY(std::any_of(often->lines.begin(), often->lines.end(), [](const model::PlanLine &one) { return one.text.contains(QStringLiteral("beyond 4 times")) && one.level == model::PlanLine::Level::Attention; }));
}

void TestTeaching::sourcesOfOldDatasetsAreCounted()
{
    Bench fixture;
    importSmol(fixture);
    addDataset(fixture, QStringLiteral("docs"));  // whose counts name no sources, and which lists no documents
    const auto none = datasetSources(fixture.bench->project(), *fixture.bench->project().dataset(QStringLiteral("docs")));
    QVERIFY(none && none->isEmpty());
    RunRequest request = onSmol(QStringLiteral("docs"));
    request.settings.insert(QStringLiteral("mixture"), QStringLiteral("docs=2"));
    QCOMPARE(fixture.bench->plan(request).error().code, ErrorCode::InvalidInput);
}

void TestTeaching::weightsThatCannotBeAreRefused_data()
{
    QTest::addColumn<QString>("dataset");
    QTest::addColumn<QString>("mixture");
    QTest::addColumn<double>("warmup");
    QTest::addColumn<QString>("says");
    QTest::newRow("unknown source") << QStringLiteral("docs") << QStringLiteral("dosc=2") << 0.0 << QStringLiteral("docs, code, x1");
    QTest::newRow("unknown source of examples") << QStringLiteral("chats") << QStringLiteral("docs=2") << 0.0 << QStringLiteral("docs");
    QTest::newRow("short sequences of examples") << QStringLiteral("chats") << QString() << 0.2 << QStringLiteral("sequence_warmup");
    QTest::newRow("negative") << QStringLiteral("docs") << QStringLiteral("docs=-2") << 0.0 << QStringLiteral("from 0");
}

void TestTeaching::weightsThatCannotBeAreRefused()
{
    QFETCH(QString, dataset);
    QFETCH(QString, mixture);
    QFETCH(double, warmup);
    QFETCH(QString, says);
    Bench fixture;
    importSmol(fixture);
    addSources(fixture);
    addDataset(fixture, QStringLiteral("chats"), {{QStringLiteral("content"), QStringLiteral("records")}, {QStringLiteral("kind"), QStringLiteral("chat")}});
    RunRequest request = onSmol(dataset);
    request.settings.insert(QStringLiteral("mixture"), mixture);
    request.settings.insert(QStringLiteral("sequence_warmup"), warmup);
    const auto refused = fixture.bench->startRun(request);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
    const QString said = refused.error().message + QLatin1Char(' ') + refused.error().hint;
    QVERIFY2(said.contains(says), qPrintable(said));
}

void TestTeaching::runsBeginWithTheBase()
{
    Bench fixture;
    const QString base = importSmol(fixture);
    addDataset(fixture, QStringLiteral("docs"));
    const auto run = fixture.bench->startRun(onSmol(QStringLiteral("docs")));
    QVERIFY2(run, run ? "" : qPrintable(run.error().message));
    QCOMPARE(run->spec().parameters.value(QLatin1String("from")).toString(), base);
    QVERIFY(!run->spec().parameters.contains(QLatin1String("teaching")));
    RunRequest elsewhere = onSmol(QStringLiteral("docs"));
    elsewhere.from = QStringLiteral("jobs/other/checkpoints/step-1");
    QCOMPARE(fixture.bench->startRun(elsewhere)->spec().parameters.value(QLatin1String("from")).toString(), elsewhere.from);
}

void TestTeaching::recordsAreTaught()
{
    Bench fixture;
    importSmol(fixture);
    addDataset(fixture, QStringLiteral("chats"), {{QStringLiteral("content"), QStringLiteral("records")}, {QStringLiteral("kind"), QStringLiteral("chat")}});
    RunRequest request = onSmol(QStringLiteral("chats"));
    request.adapter = {{QStringLiteral("rank"), 4}};
    const auto run = fixture.bench->startRun(request);
    QVERIFY2(run, run ? "" : qPrintable(run.error().message));
    const QJsonObject parameters = run->spec().parameters;
    QCOMPARE(parameters.value(QLatin1String("teaching")).toObject().value(QLatin1String("kind")).toString(), QStringLiteral("chat"));
    QCOMPARE(parameters.value(QLatin1String("adapter")).toObject().value(QLatin1String("rank")).toInt(), 4);
    QVERIFY(parameters.value(QLatin1String("adapter")).toObject().contains(QLatin1String("alpha")));  // completed
}

void TestTeaching::anEncoderIsTaughtOneTextFromAnother()
{
    Bench fixture;
    importSmol(fixture);
    addDataset(fixture, QStringLiteral("chats"), {{QStringLiteral("content"), QStringLiteral("records")}, {QStringLiteral("kind"), QStringLiteral("chat")}});
    const QJsonObject small{{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 1}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 64}};
    for (const char *family : {"t5", "bert"})
        QVERIFY(fixture.bench->createModel(QLatin1String(family), QStringLiteral("architecture.") + QLatin1String(family), small, QStringLiteral("smol")));
    RunRequest request = onSmol(QStringLiteral("chats"));
    request.model = QStringLiteral("t5");
    const auto forecast = fixture.bench->plan(request);
    QVERIFY2(forecast, forecast ? "" : qPrintable(forecast.error().message));
    QVERIFY(forecast->canStart);
    const auto run = fixture.bench->startRun(request);
    QVERIFY2(run, run ? "" : qPrintable(run.error().message));
    QCOMPARE(run->spec().parameters.value(QLatin1String("teaching")).toObject().value(QLatin1String("kind")).toString(), QStringLiteral("chat"));
    const auto view = fixture.bench->tokenInspector(QStringLiteral("chats"), QString(64, QLatin1Char('0')), QStringLiteral("t5"), {});
    QVERIFY2(view, view ? "" : qPrintable(view.error().message));
    QCOMPARE(view->rendered, QStringLiteral("What is warm?The furnace."));  // what is read, then what is written
    QString learned;
    for (const TokenInspection::Piece &piece : view->pieces)
        learned += piece.learns && !piece.isControl ? piece.text : QString();
    QCOMPARE(learned, QStringLiteral("The furnace."));
    request.model = QStringLiteral("bert");
    QCOMPARE(fixture.bench->startRun(request).error().code, ErrorCode::InvalidInput);
}

void TestTeaching::inspectorShowsWhatIsLearned()
{
    Bench fixture;
    importSmol(fixture);
    addDataset(fixture, QStringLiteral("docs"));
    addDataset(fixture, QStringLiteral("chats"), {{QStringLiteral("content"), QStringLiteral("records")}, {QStringLiteral("kind"), QStringLiteral("chat")}});
    const QString id = QString(64, QLatin1Char('0'));
    const auto view = fixture.bench->tokenInspector(QStringLiteral("chats"), id, QStringLiteral("smol"), {});
    QVERIFY2(view, view ? "" : qPrintable(view.error().message));
    QCOMPARE(view->pieces.size(), view->tokens);
    QVERIFY(view->teachesNothing.isEmpty());
    QString learned;
    for (const TokenInspection::Piece &piece : view->pieces)
        learned += piece.learns ? piece.text : QString();
    QVERIFY2(learned.contains(QStringLiteral("The furnace.")) && !learned.contains(QStringLiteral("What is warm?")), qPrintable(learned));
    QCOMPARE(std::count_if(view->pieces.begin(), view->pieces.end(), [](const auto &piece) { return piece.learns; }), view->learnedTokens);
    QVERIFY(view->rendered.contains(QStringLiteral("What is warm?")) && !view->wording.isEmpty());
    const auto cut = fixture.bench->tokenInspector(QStringLiteral("chats"), id, QStringLiteral("smol"), {{QStringLiteral("maxTokens"), 4}});
    QVERIFY2(cut, cut ? "" : qPrintable(cut.error().message));
    QVERIFY(cut->cutTokens > 0 && !cut->teachesNothing.isEmpty());  // the answer lies beyond the limit
    QCOMPARE(fixture.bench->tokenInspector(QStringLiteral("docs"), id, QStringLiteral("smol"), {}).error().code, ErrorCode::InvalidInput);
    QCOMPARE(fixture.bench->tokenInspector(QStringLiteral("chats"), QStringLiteral("none"), QStringLiteral("smol"), {}).error().code, ErrorCode::NotFound);
    QCOMPARE(fixture.bench->tokenInspector(QStringLiteral("chats"), id, QStringLiteral("none"), {}).error().code, ErrorCode::NotFound);
}

void TestTeaching::teachingIsRefusedWithWords()
{
    Bench fixture;
    importSmol(fixture);
    addDataset(fixture, QStringLiteral("docs"));
    addDataset(fixture, QStringLiteral("labels"), {{QStringLiteral("content"), QStringLiteral("records")}, {QStringLiteral("kind"), QStringLiteral("labels")},
                                                   {QStringLiteral("labels"), QJsonArray{QStringLiteral("a"), QStringLiteral("b")}}});
    const qsizetype before = job::Folder::all(fixture.bench->path()).size();
    RunRequest plain = onSmol(QStringLiteral("docs"));
    plain.teaching = {{QStringLiteral("kind"), QStringLiteral("chat")}};
    RunRequest other = onSmol(QStringLiteral("labels"));
    other.teaching = plain.teaching;
    RunRequest strange = onSmol(QStringLiteral("labels"));
    strange.teaching = {{QStringLiteral("wheels"), 4}};
    RunRequest rank = onSmol(QStringLiteral("docs"));
    rank.adapter = {{QStringLiteral("rank"), 0}};
    for (const RunRequest &request : {plain, other, strange, rank}) {
        const auto refused = fixture.bench->startRun(request);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
        QVERIFY(!refused.error().message.isEmpty());
    }
    QCOMPARE(job::Folder::all(fixture.bench->path()).size(), before);
    // An encoder without a head is good for labels, and for nothing else.
    importSmol(fixture, QStringLiteral("encoder"), QStringLiteral("architecture.bert"),
               {{QStringLiteral("masked"), false}, {QStringLiteral("next_sentence"), false}, {QStringLiteral("pooler"), false}});
    RunRequest encoder = onSmol(QStringLiteral("docs"));
    encoder.model = QStringLiteral("encoder");
    const auto headless = fixture.bench->startRun(encoder);
    QVERIFY(!headless);
    QVERIFY2(headless.error().message.contains(QStringLiteral("without a head")) && headless.error().hint.contains(QStringLiteral("labels")), qPrintable(headless.error().message));
    encoder.dataset = QStringLiteral("labels");
    const auto sorting = fixture.bench->startRun(encoder);
    QVERIFY2(sorting, sorting ? "" : qPrintable(sorting.error().message + sorting.error().detail));
}

void TestTeaching::whatSortsTextsIsNotTaughtToWrite()
{
    Bench fixture;
    importSmol(fixture, QStringLiteral("sorter"), QStringLiteral("architecture.llama"), {}, {QStringLiteral("a"), QStringLiteral("b")});
    addDataset(fixture, QStringLiteral("docs"));
    addDataset(fixture, QStringLiteral("chats"), {{QStringLiteral("content"), QStringLiteral("records")}, {QStringLiteral("kind"), QStringLiteral("chat")}});
    QVERIFY(fixture.bench->addSource(fixture.documents(2)));
    const qsizetype before = job::Folder::all(fixture.bench->path()).size();
    PipelineRequest pipeline;
    pipeline.base = QStringLiteral("sorter");
    pipeline.dataset = QStringLiteral("more");
    pipeline.documentBytes = 100000;
    pipeline.trainingSettings = onSmol({}).settings;
    QStringList messages;
    for (const char *dataset : {"docs", "chats"}) {
        RunRequest request = onSmol(QLatin1String(dataset));
        request.model = QStringLiteral("sorter");
        const auto refused = fixture.bench->startRun(request);
        QVERIFY(!refused);
        messages += refused.error().message;
    }
    const auto refused = fixture.bench->startPipeline(pipeline);
    QVERIFY(!refused);
    messages += refused.error().message;
    for (const QString &message : messages)
        QVERIFY2(message.contains(QStringLiteral("sorts texts by labels")), qPrintable(message));
    QCOMPARE(job::Folder::all(fixture.bench->path()).size(), before);
}

void TestTeaching::partsLearnOnlyOfModelsWithWeights()
{
    Bench fixture;
    importSmol(fixture);
    addDataset(fixture, QStringLiteral("docs"));
    QVERIFY(fixture.bench->createModel(QStringLiteral("own"), QStringLiteral("architecture.llama"), {}, QStringLiteral("smol")));
    RunRequest request = onSmol(QStringLiteral("docs"));
    request.model = QStringLiteral("own");
    request.learns = QStringLiteral("head");
    const auto refused = fixture.bench->startRun(request);
    QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
    QVERIFY(refused.error().hint.contains(QStringLiteral("model import")));
    request.model = QStringLiteral("smol");
    request.learns = QStringLiteral("adapter");
    QCOMPARE(fixture.bench->startRun(request).error().code, ErrorCode::InvalidInput);
}

void TestTeaching::forkKeepsWhatWasTaught()
{
    Bench fixture;
    const QString base = importSmol(fixture);
    addDataset(fixture, QStringLiteral("chats"), {{QStringLiteral("content"), QStringLiteral("records")}, {QStringLiteral("kind"), QStringLiteral("chat")}});
    const QJsonObject adapter{{QStringLiteral("method"), QStringLiteral("lora")}, {QStringLiteral("rank"), 4}};
    const QString run = finish(*fixture.bench, QStringLiteral("train"),
                               {{QStringLiteral("model"), QStringLiteral("smol")}, {QStringLiteral("from"), base}, {QStringLiteral("corpusSha256"), sha256("chats")},
                                {QStringLiteral("teaching"), QJsonObject{{QStringLiteral("kind"), QStringLiteral("chat")}}}, {QStringLiteral("adapter"), adapter},
                                {QStringLiteral("settings"), QJsonObject{{QStringLiteral("budget_kind"), QStringLiteral("steps")}, {QStringLiteral("budget"), 3}}}},
                               {{QStringLiteral("steps"), 3}});
    QVERIFY(fixture.bench->project().ingestJobs());
    const auto clone = fixture.bench->cloneRun(run, {{{QStringLiteral("budget"), 5}}, {}, {{QStringLiteral("rank"), 2}}, {}});
    QVERIFY2(clone, clone ? "" : qPrintable(clone.error().message));
    QCOMPARE(clone->spec().parameters.value(QLatin1String("from")).toString(), base);
    QCOMPARE(clone->spec().parameters.value(QLatin1String("adapter")).toObject().value(QLatin1String("rank")).toInt(), 2);
    QCOMPARE(clone->spec().parameters.value(QLatin1String("settings")).toObject().value(QLatin1String("budget")).toInt(), 5);
    QCOMPARE(clone->spec().parameters.value(QLatin1String("teaching")).toObject().value(QLatin1String("kind")).toString(), QStringLiteral("chat"));
}

void TestTeaching::aRunGoesOnWithNewDocuments()
{
    Bench fixture;
    const QString base = importSmol(fixture);
    addDataset(fixture, QStringLiteral("letters"), {});
    const QString best = QStringLiteral("jobs/some/checkpoints/step-00000003");
    const QString run = finish(*fixture.bench, QStringLiteral("train"),
                               {{QStringLiteral("model"), QStringLiteral("smol")}, {QStringLiteral("from"), base}, {QStringLiteral("corpusSha256"), sha256("letters")},
                                {QStringLiteral("settings"), QJsonObject{{QStringLiteral("budget_kind"), QStringLiteral("steps")}, {QStringLiteral("budget"), 3}, {QStringLiteral("batch"), 2}}}},
                               {{QStringLiteral("steps"), 3}, {QStringLiteral("bestCheckpoint"), best}});
    QVERIFY(fixture.bench->project().ingestJobs());
    QVERIFY(fixture.bench->addSource(fixture.documents(2)));
    const auto advice = fixture.bench->recommend(100000);
    QVERIFY(advice);
    const auto found = std::find_if(advice->approaches.begin(), advice->approaches.end(), [](const Approach &one) { return one.id == QLatin1String("continue"); });
    QVERIFY(found != advice->approaches.end());
    QCOMPARE(found->model, QStringLiteral("smol"));
    QCOMPARE(found->from, best);
    QCOMPARE(found->dataset, QStringLiteral("letters"));
    QCOMPARE(found->settings.value(QLatin1String("batch")).toInt(), 2);
    QVERIFY(found->memoryBytes > 0 && found->writesTokensPerSecond > 0);
    PipelineRequest request;
    request.base = found->model;
    request.from = found->from;
    request.dataset = found->dataset;
    request.documentBytes = 100000;
    request.trainingSettings = found->settings;
    const auto started = fixture.bench->startPipeline(request);
    QVERIFY2(started, started ? "" : qPrintable(started.error().message));
    QVERIFY(started->tokenizerJob.isEmpty() && !started->curateJob.isEmpty());
    const QJsonObject train = job::Folder::open(fixture.bench->path(), started->trainJob)->spec().parameters;
    QCOMPARE(train.value(QLatin1String("from")).toString(), best);
    QVERIFY(train.value(QLatin1String("forecast")).toObject().value(QLatin1String("accounting")).toObject().value(QLatin1String("trainingBytes")).toDouble() > 0);
    request.trainingSettings.insert(QStringLiteral("batch"), 100000000);  // no machine has the memory
    const qsizetype before = job::Folder::all(fixture.bench->path()).size();
    QVERIFY(!fixture.bench->startPipeline(request));
    QCOMPARE(job::Folder::all(fixture.bench->path()).size(), before);
}

QTEST_GUILESS_MAIN(TestTeaching)
#include "test_teaching.moc"
