// What a person asks for, as the window and the command line hand it on: what is queued, and what is refused and why.
#include "tests/core/workbench/bench_fixture.h"

using namespace athanor;
using namespace athanor::workbench;

namespace {

PipelineRequest smallPipeline()
{
    PipelineRequest request = samplePipeline();
    request.dataset = QStringLiteral("docs");
    request.tokenizer = QStringLiteral("tok");
    request.model = QStringLiteral("small");
    return request;
}

}  // namespace

class TestRequests : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sourcesAreCheckedWhenAdded();
    void curateNeedsDocuments();
    void curateKeepsItsRecipe();
    void unknownNamesAreSaid();
    void namesThatCannotBeFilesAreRefused_data();
    void namesThatCannotBeFilesAreRefused();
    void pipelineQueuesTheWholeWay();
    void pipelineWithBadSettingsQueuesNothing_data();
    void pipelineWithBadSettingsQueuesNothing();
    void checkpointFoldersAreModels();
    void whatIsReadIsNotWrittenOver_data();
    void whatIsReadIsNotWrittenOver();
    void recommendationGrowsWithTheDocuments();
    void recommendationFollowsTheWishes();
    void planOfAnArchitectureNeedsNoDocuments();
    void settingsThatDifferAreNamed();
};

void TestRequests::sourcesAreCheckedWhenAdded()
{
    Bench fixture;
    const QString folder = fixture.documents(1);
    const auto id = fixture.bench->addSource(folder, QStringLiteral("own documents"));
    QVERIFY(id);
    QCOMPARE(fixture.bench->addSource(folder).error().code, ErrorCode::AlreadyExists);
    QCOMPARE(fixture.bench->addSource(folder + QStringLiteral("/../documents")).error().code, ErrorCode::AlreadyExists);
    const auto missing = fixture.bench->addSource(fixture.path(QStringLiteral("nowhere")));
    QCOMPARE(missing.error().code, ErrorCode::NotFound);
    QVERIFY(missing.error().message.contains(QStringLiteral("nowhere")));
    QVERIFY(!missing.error().hint.isEmpty());
}

void TestRequests::curateNeedsDocuments()
{
    Bench fixture;
    const auto refused = fixture.bench->curate(QStringLiteral("docs"));
    QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
    QVERIFY(refused.error().hint.contains(QStringLiteral("source add")));
    QVERIFY(job::Folder::all(fixture.bench->path()).isEmpty());
}

void TestRequests::curateKeepsItsRecipe()
{
    Bench fixture;
    QVERIFY(fixture.bench->addSource(fixture.documents(1)));
    const auto standard = fixture.bench->recipeOf(QStringLiteral("docs"));
    QVERIFY(standard && !standard->isEmpty());
    const auto job = fixture.bench->curate(QStringLiteral("docs"), *standard);
    QVERIFY(job);
    QCOMPARE(job->spec().kind, QStringLiteral("curate"));
    QCOMPARE(job->spec().parameters.value(QLatin1String("recipe")).toObject(), *fixture.bench->recipeOf(QStringLiteral("docs")));
    QCOMPARE(job->spec().parameters.value(QLatin1String("sources")).toArray().size(), 1);
    QVERIFY(job->spec().command.startsWith(QStringLiteral("athanor-cli ")));
    QJsonObject foreign = *standard;
    foreign.insert(QStringLiteral("filters"), QJsonArray{QJsonObject{{QStringLiteral("id"), QStringLiteral("filter.none")}}});
    QVERIFY(!fixture.bench->curate(QStringLiteral("docs"), foreign));
    QCOMPARE(job::Folder::all(fixture.bench->path()).size(), 1);
}

void TestRequests::unknownNamesAreSaid()
{
    Bench fixture;
    Workbench &bench = *fixture.bench;
    RunRequest run;
    run.model = run.dataset = QStringLiteral("none");
    QCOMPARE(bench.plan(run).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.startRun(run).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.cloneRun(QStringLiteral("none")).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.forkRun(QStringLiteral("none")).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.reproduceRun(QStringLiteral("none")).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.evaluate(QStringLiteral("none"), QStringLiteral("none")).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.generate(QStringLiteral("none"), {}).error().code, ErrorCode::NotFound);
    PromptsRequest prompts;
    prompts.model = QStringLiteral("none");
    QCOMPARE(bench.answerPrompts(prompts).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.checkpointRun(QStringLiteral("none")).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.chat(QStringLiteral("none")).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.tokenizer(QStringLiteral("none")).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.importTokenizer(QStringLiteral("t"), fixture.path(QStringLiteral("none.model"))).error().code, ErrorCode::NotFound);
    QCOMPARE(bench.trainTokenizer(QStringLiteral("t"), QStringLiteral("d"), QStringLiteral("filter.length"), {}).error().code,
             ErrorCode::NotFound);
    QCOMPARE(bench.createModel(QStringLiteral("m"), QStringLiteral("architecture.llama"), {}, QStringLiteral("none")).error().code,
             ErrorCode::NotFound);
    QVERIFY(job::Folder::all(bench.path()).isEmpty());
}

void TestRequests::namesThatCannotBeFilesAreRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("empty") << QString();
    QTest::newRow("climbs out") << QStringLiteral("../x");
    QTest::newRow("line feed") << QStringLiteral("a\nb");
    QTest::newRow("too long") << QString(400, QLatin1Char('x'));
}

void TestRequests::namesThatCannotBeFilesAreRefused()
{
    QFETCH(QString, name);
    Bench fixture;
    QVERIFY(fixture.bench->addSource(fixture.documents(1)));
    QVERIFY(!fixture.bench->curate(name));
    QVERIFY(!fixture.bench->importTokenizer(name, fixture.path(QStringLiteral("documents/0.txt"))));
    PipelineRequest request = smallPipeline();
    request.model = name;
    QVERIFY(!fixture.bench->startPipeline(request));
    QVERIFY(job::Folder::all(fixture.bench->path()).isEmpty());
}

void TestRequests::pipelineQueuesTheWholeWay()
{
    Bench fixture;
    QVERIFY(fixture.bench->addSource(fixture.documents(3)));
    const auto pipeline = fixture.bench->startPipeline(smallPipeline());
    QVERIFY(pipeline);
    const auto specOf = [&](const QString &id) { return job::Folder::open(fixture.bench->path(), id)->spec(); };
    QCOMPARE(specOf(pipeline->curateJob).kind, QStringLiteral("curate"));
    QCOMPARE(specOf(pipeline->tokenizerJob).after, QStringList{pipeline->curateJob});
    const job::Spec train = specOf(pipeline->trainJob);
    QCOMPARE(train.after, QStringList({pipeline->curateJob, pipeline->tokenizerJob}));
    QCOMPARE(train.parameters.value(QLatin1String("tokenizer")).toObject(),
             job::resultOf(pipeline->tokenizerJob, QStringLiteral("tokenizer")));
    QCOMPARE(specOf(pipeline->evaluateJob).after, QStringList{pipeline->trainJob});
    const auto model = fixture.bench->project().model(QStringLiteral("small"));
    QVERIFY(model && model->parameters > 1000000);
    QCOMPARE(job::Folder::all(fixture.bench->path()).size(), 4);
}

void TestRequests::pipelineWithBadSettingsQueuesNothing_data()
{
    QTest::addColumn<QJsonObject>("tokenizer");
    QTest::addColumn<QJsonObject>("architecture");
    QTest::addColumn<QJsonObject>("training");
    const QJsonObject none;
    QTest::newRow("vocabulary") << QJsonObject{{QStringLiteral("vocabulary"), -5}} << none << none;
    QTest::newRow("heads do not divide") << none << QJsonObject{{QStringLiteral("heads"), 7}} << none;
    QTest::newRow("unknown choice") << none << QJsonObject{{QStringLiteral("wheels"), 4}} << none;
    QTest::newRow("learning rate") << none << none << QJsonObject{{QStringLiteral("learning_rate"), -1}};
    QTest::newRow("sequence beyond the context") << none << none << QJsonObject{{QStringLiteral("sequence"), 100000}};
    QTest::newRow("text for a number") << none << none << QJsonObject{{QStringLiteral("batch"), QStringLiteral("many")}};
}

void TestRequests::pipelineWithBadSettingsQueuesNothing()
{
    QFETCH(QJsonObject, tokenizer);
    QFETCH(QJsonObject, architecture);
    QFETCH(QJsonObject, training);
    Bench fixture;
    QVERIFY(fixture.bench->addSource(fixture.documents(1)));
    PipelineRequest request = smallPipeline();
    const auto put = [](QJsonObject &into, const QJsonObject &from) {
        for (auto it = from.begin(); it != from.end(); ++it)
            into.insert(it.key(), it.value());
    };
    put(request.tokenizerSettings, tokenizer);
    put(request.architectureChoices, architecture);
    put(request.trainingSettings, training);
    const auto refused = fixture.bench->startPipeline(request);
    QVERIFY(!refused);
    QVERIFY(!refused.error().message.isEmpty());
    QVERIFY(job::Folder::all(fixture.bench->path()).isEmpty());
    QVERIFY(!fixture.bench->project().model(QStringLiteral("small")));
}

void TestRequests::checkpointFoldersAreModels()
{
    Bench fixture;
    const QString folder = fixture.path(QStringLiteral("elsewhere/step-7"));
    QVERIFY(makeFolder(folder));
    QCOMPARE(fixture.bench->resolveCheckpoint(folder).error().code, ErrorCode::NotFound);
    QVERIFY(writeFileAtomically(folder + QStringLiteral("/model.safetensors"), QByteArray("x")));
    QCOMPARE(fixture.bench->resolveCheckpoint(folder).value(), folder);
    const QString inside = fixture.bench->path() + QStringLiteral("/jobs/j/checkpoints/step-1");
    QVERIFY(makeFolder(inside));
    QVERIFY(writeFileAtomically(inside + QStringLiteral("/model.safetensors"), QByteArray("x")));
    QCOMPARE(fixture.bench->resolveCheckpoint(inside).value(), QStringLiteral("jobs/j/checkpoints/step-1"));
    const auto job = fixture.bench->evaluate(folder, fixture.documents(1) + QStringLiteral("/0.txt"));
    QVERIFY(job);
    QVERIFY(job->spec().parameters.value(QLatin1String("file")).toString().endsWith(QStringLiteral("/0.txt")));
    QCOMPARE(fixture.bench->evaluate(folder, QStringLiteral("no such set")).error().code, ErrorCode::NotFound);
}

void TestRequests::whatIsReadIsNotWrittenOver_data()
{
    QTest::addColumn<QString>("to");
    QTest::newRow("the same") << QStringLiteral("documents/0.txt");
    QTest::newRow("spelled otherwise") << QStringLiteral("documents/../documents//./0.txt");
    QTest::newRow("through a link") << QStringLiteral("link.txt");
    QTest::newRow("through a folder's link") << QStringLiteral("linked/0.txt");
}

void TestRequests::whatIsReadIsNotWrittenOver()
{
    QFETCH(QString, to);
    Bench fixture;
    const QString file = fixture.documents(1) + QStringLiteral("/0.txt");
    QVERIFY(QFile::link(file, fixture.path(QStringLiteral("link.txt"))));
    QVERIFY(QFile::link(QFileInfo(file).path(), fixture.path(QStringLiteral("linked"))));
    const QString model = fixture.path(QStringLiteral("elsewhere/step-7"));
    QVERIFY(makeFolder(model));
    QVERIFY(writeFileAtomically(model + QStringLiteral("/model.safetensors"), QByteArray("x")));
    PromptsRequest prompts;
    prompts.model = model;
    prompts.file = file;
    prompts.to = fixture.path(to);
    EvaluationExtent extent;
    extent.samples = fixture.path(to);
    for (const auto &refused : {fixture.bench->answerPrompts(prompts), fixture.bench->evaluate(model, file, extent)}) {
        QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
        QVERIFY(!refused.error().hint.isEmpty());
    }
    QVERIFY(job::Folder::all(fixture.bench->path()).isEmpty());
    prompts.to = extent.samples = fixture.path(QStringLiteral("documents/new.jsonl"));
    QVERIFY(fixture.bench->answerPrompts(prompts));
    QVERIFY(fixture.bench->evaluate(model, file, extent));
}

void TestRequests::recommendationGrowsWithTheDocuments()
{
    Bench fixture;
    qint64 tokens = 0;
    qint64 vocabulary = 0;
    for (const qint64 bytes : {qint64(50000), qint64(5000000), qint64(500000000)}) {
        const auto advice = fixture.bench->recommend(bytes);
        QVERIFY(advice);
        QVERIFY(advice->estimatedTokens > tokens);
        QVERIFY(advice->vocabulary > vocabulary);
        tokens = advice->estimatedTokens;
        vocabulary = advice->vocabulary;
        QVERIFY(!advice->approaches.isEmpty());
        QCOMPARE(std::count_if(advice->approaches.begin(), advice->approaches.end(), [](const Approach &one) { return one.recommended; }), 1);
        for (const Approach &one : advice->approaches)
            QVERIFY(one.worksToday && one.seconds > 0 && one.memoryBytes > 0 && one.diskBytes > 0);
    }
    QVERIFY(fixture.bench->recommend(0));  // nothing chosen yet
}

// To answer, it takes examples and a model that can write; where one is missing, that is said.
void TestRequests::recommendationFollowsTheWishes()
{
    Bench fixture;
    constexpr qint64 kBytes = 500000;
    const auto recommended = [&](const Wishes &wishes) {
        const auto advice = fixture.bench->recommend(kBytes, wishes);
        QString id;
        for (const Approach &one : advice ? advice->approaches : QList<Approach>())
            if (one.recommended)
                id += one.id;
        return id + (advice && advice->missing.isEmpty() ? QString() : QStringLiteral(", something missing"));
    };
    const Wishes answers{true, 0};
    QCOMPARE(recommended({}), QStringLiteral("scratch"));
    QCOMPARE(recommended(answers), QStringLiteral("scratch, something missing"));
    QVERIFY(fixture.bench->recommend(kBytes, answers)->missing.contains(QStringLiteral("examples")));

    const QString folder = fixture.documents(1);
    QVERIFY(makeFolder(folder + QStringLiteral("/deeper")));
    QVERIFY(writeFileAtomically(folder + QStringLiteral("/deeper/questions.jsonl"), QByteArray("{}\n")));
    QVERIFY(fixture.bench->addSource(folder));
    QVERIFY(fixture.bench->recommend(kBytes, answers)->missing.contains(QStringLiteral("start from a model")));

    project::Model base;
    base.name = QStringLiteral("base");
    base.architecture = *model::expandArchitecture(fixture.catalogue, QStringLiteral("architecture.llama"), {}, 4096);
    base.base = QStringLiteral("models/base");
    QVERIFY(fixture.bench->project().addModel(base));
    QCOMPARE(recommended({}), QStringLiteral("teach"));
    QCOMPARE(recommended(answers), QStringLiteral("fine-tune"));
    // Faster than the model can be read from memory: nothing that stands on it is recommended.
    QCOMPARE(recommended({false, 1e6}), QStringLiteral("scratch"));
    QCOMPARE(recommended({true, 1e6}), QStringLiteral("scratch"));
    const auto any = fixture.bench->recommend(kBytes), fast = fixture.bench->recommend(kBytes, {false, 5000});
    QVERIFY(fast->approaches.first().writesTokensPerSecond > any->approaches.first().writesTokensPerSecond);
}

void TestRequests::planOfAnArchitectureNeedsNoDocuments()
{
    Bench fixture;
    const auto expanded = model::expandArchitecture(fixture.catalogue, QStringLiteral("architecture.llama"), {}, 4096);
    QVERIFY(expanded);
    const auto plan = fixture.bench->planArchitecture(*expanded, QStringLiteral("none"), QStringLiteral("none"), {});
    QVERIFY(plan);
    QVERIFY(plan->accounting.parameters > 1000000);
    QVERIFY(!fixture.bench->planArchitecture(*expanded, {}, {}, {{QStringLiteral("batch"), 0}}));
}

void TestRequests::settingsThatDifferAreNamed()
{
    const Bench fixture;
    QCOMPARE(settingsThatDiffer(fixture.catalogue, {}), QString());
    const QString text = settingsThatDiffer(fixture.catalogue, {{QStringLiteral("learning_rate"), 0.01}});
    QVERIFY(text.contains(QStringLiteral("learning_rate")));
    QVERIFY(text.contains(QStringLiteral("0.01")));
}

QTEST_GUILESS_MAIN(TestRequests)
#include "test_requests.moc"
