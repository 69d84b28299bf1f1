// Models that exist: bringing them in, teaching them, taking them out: what is queued, and what is refused and why.
#include "tests/core/workbench/bench_fixture.h"

#include "core/base/hash.h"
#include "core/corpus/corpus_file.h"
#include "core/base/locations.h"
#include "core/job/event_writer.h"
#include "core/model/training_settings.h"
#include "core/workbench/command_lines.h"

using namespace athanor;
using namespace athanor::workbench;

namespace {

// What a worker would have left of a job that is in the queue or was made by hand.
QString finish(Workbench &bench, const QString &kind, const QJsonObject &parameters, const QJsonObject &result, const QString &id = {})
{
    QString folder = bench.path() + QStringLiteral("/jobs/") + id;
    QString made = id;
    if (id.isEmpty()) {
        job::Spec spec;
        spec.kind = kind;
        spec.title = kind;
        spec.parameters = parameters;
        const auto one = job::Folder::create(bench.path(), spec);
        if (!one)
            qFatal("%s", qUtf8Printable(one.error().message));
        folder = one->path();
        made = one->spec().id;
    }
    auto events = job::EventWriter::open(folder + QStringLiteral("/events.jsonl"));
    if (!events)
        qFatal("%s", qUtf8Printable(events.error().message));
    events->append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")}, {QStringLiteral("result"), result}});
    return made;
}

// A small byte-level tokenizer.json, as the recorded cases of the tokenizer's tests hold it.
QByteArray tokenizerBytes()
{
    const auto recorded = readJsonFile(QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/tokenizer/smollm.json"));
    return recorded ? QJsonDocument(recorded->value(QLatin1String("tokenizer")).toObject()).toJson() : QByteArray();
}

// An imported model “smol” with a byte-level tokenizer.
QString importSmol(Bench &fixture)
{
    Workbench &bench = *fixture.bench;
    const QString id = finish(bench, QStringLiteral("import"), {{QStringLiteral("name"), QStringLiteral("smol")}}, {});
    const QString folder = QStringLiteral("jobs/%1/model").arg(id);
    const QByteArray tokenizer = tokenizerBytes();
    const auto read = tokenizer::parseTokenizer(tokenizer, QStringLiteral("small"));
    if (!read)
        qFatal("%s", qUtf8Printable(read.error().message));
    const qint64 vocabulary = (*read)->vocabularySize();
    if (!makeFolder(bench.path() + QLatin1Char('/') + folder) || !writeFileAtomically(bench.path() + QLatin1Char('/') + folder + QStringLiteral("/tokenizer.json"), tokenizer)
        || !writeFileAtomically(bench.path() + QLatin1Char('/') + folder + QStringLiteral("/model.safetensors"), "weights"))
        qFatal("cannot write");
    const auto architecture = model::expandArchitecture(
        fixture.catalogue, QStringLiteral("architecture.llama"),
        {{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 1}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 256}}, vocabulary);
    if (!architecture)
        qFatal("%s", qUtf8Printable(architecture.error().message));
    finish(bench, {}, {},
           {{QStringLiteral("name"), QStringLiteral("smol")}, {QStringLiteral("family"), QStringLiteral("architecture.llama")},
            {QStringLiteral("checkpoint"), folder}, {QStringLiteral("architecture"), *architecture},
            {QStringLiteral("weightsSha256"), sha256("weights")}, {QStringLiteral("parameters"), 1000}, {QStringLiteral("licence"), QStringLiteral("apache-2.0")},
            {QStringLiteral("tokenizer"), QJsonObject{{QStringLiteral("path"), folder + QStringLiteral("/tokenizer.json")}, {QStringLiteral("sha256"), sha256(tokenizer)},
                                                      {QStringLiteral("type"), QStringLiteral("byte-level BPE")}, {QStringLiteral("vocabulary"), vocabulary}, {QStringLiteral("lossless"), true}}}},
           id);
    if (!bench.project().ingestJobs())
        qFatal("not taken in");
    return folder;
}

// Ten documents, nine of them to learn from; as records when `facts` say so.
void addDataset(Bench &fixture, const QString &name, const QJsonObject &facts = {})
{
    const QString corpus = QStringLiteral("objects/corpora/") + sha256(name.toUtf8());
    if (!makeFolder(fixture.bench->path() + QStringLiteral("/objects/corpora")))
        qFatal("cannot write");
    auto writer = corpus::CorpusWriter::create(fixture.bench->path() + QLatin1Char('/') + corpus, name);
    for (int i = 0; writer && i < 10; ++i) {
        const QByteArray chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"What is warm?\"},{\"role\":\"assistant\",\"content\":\"The furnace.\"}]}";
        const QByteArray text = facts.isEmpty() ? QByteArray("The furnace is warm.") : facts.value(QLatin1String("kind")) == QLatin1String("chat") ? chat : QByteArray("{\"text\":\"warm\",\"label\":\"a\"}");
        if (!writer->add(i < 9 ? QStringLiteral("train") : QStringLiteral("validation"), {QString::number(i).rightJustified(64, QLatin1Char('0')), text, QStringLiteral("s"), {}, QString::number(i)}))
            qFatal("cannot write");
    }
    if (!writer || !writer->finish())
        qFatal("cannot write");
    QJsonObject result{{QStringLiteral("corpus"), corpus}, {QStringLiteral("corpusSha256"), sha256(name.toUtf8())},
                       {QStringLiteral("documents"), 10}, {QStringLiteral("kept"), 10}, {QStringLiteral("removed"), 0}, {QStringLiteral("unreadable"), 0},
                       {QStringLiteral("splits"), QJsonObject{{QStringLiteral("train"), QJsonObject{{QStringLiteral("documents"), 9}, {QStringLiteral("bytes"), 100000}}}}}};
    for (auto it = facts.begin(); it != facts.end(); ++it)
        result.insert(it.key(), it.value());
    finish(*fixture.bench, QStringLiteral("curate"), {{QStringLiteral("dataset"), name}}, result);
    if (!fixture.bench->project().ingestJobs())
        qFatal("not taken in");
}

RunRequest onSmol(const QString &dataset)
{
    RunRequest request;
    request.model = QStringLiteral("smol");
    request.dataset = dataset;
    request.settings = {{QStringLiteral("budget_kind"), QStringLiteral("steps")}, {QStringLiteral("budget"), 3}};
    return request;
}

}  // namespace

class TestModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesComeFromTheSource_data();
    void namesComeFromTheSource();
    void addressesAreDownloadedFirst();
    void importsAreRefusedWithWords();
    void modelsAreFoundByName();
    void runsBeginWithTheBase();
    void recordsAreTaught();
    void inspectorShowsWhatIsLearned();
    void teachingIsRefusedWithWords();
    void partsLearnOnlyOfModelsWithWeights();
    void forkKeepsWhatWasTaught();
    void aRunGoesOnWithNewDocuments();
    void exportsAreQueuedWithFacts();
    void exportsAreRefusedWithWords_data();
    void exportsAreRefusedWithWords();
    void logitsAreAskedFor();
    void resumedDownloadTakesItsImportAlong();
    void offersAreRead();
    void suggestionsAreRead();
    void personsListOfModelsWins();
    void commandsSayTheSame();
};

void TestModels::namesComeFromTheSource_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("name");
    const auto row = [](const char *source, const char *name) { QTest::newRow(source) << QString::fromUtf8(source) << QString::fromUtf8(name); };
    row("HuggingFaceTB/SmolLM2-135M", "SmolLM2-135M");
    row("owner/name@v1", "name");
    row("https://example.org/models/small-q8.gguf?download=true", "small-q8");
    row("/models/My Model/", "My-Model");
    row("stories.GGUF", "stories");
    row("", "model");
    row("/", "model");
}

void TestModels::namesComeFromTheSource()
{
    QFETCH(const QString, source);
    QTEST(Workbench::suggestedModelName(source), "name");
}

void TestModels::addressesAreDownloadedFirst()
{
    Bench fixture;
    ImportRequest request;
    request.source = QStringLiteral("owner/name@v1");
    request.file = QStringLiteral("a-q8.gguf");
    const auto import = fixture.bench->importModel(request);
    QVERIFY2(import, import ? "" : qPrintable(import.error().message));
    QCOMPARE(import->spec().kind, QStringLiteral("import"));
    QCOMPARE(import->spec().after.size(), 1);
    const QString download = import->spec().after.first();
    QCOMPARE(import->spec().parameters.value(QLatin1String("name")).toString(), QStringLiteral("name"));
    QCOMPARE(import->spec().parameters.value(QLatin1String("source")).toObject(), job::resultOf(download, QStringLiteral("source")));
    QCOMPARE(import->spec().parameters.value(QLatin1String("licence")).toObject(), job::resultOf(download, QStringLiteral("licence")));
    const job::Spec fetch = job::Folder::open(fixture.bench->path(), download)->spec();
    QCOMPARE(fetch.kind, QStringLiteral("download"));
    QCOMPARE(fetch.parameters.value(QLatin1String("address")).toString(), request.source);
    QCOMPARE(fetch.parameters.value(QLatin1String("file")).toString(), request.file);
    QVERIFY(fetch.device.isEmpty());  // a run in training goes on beside it
    const auto look = fixture.bench->lookUpModel(QStringLiteral("https://example.org/a.gguf"));
    QVERIFY(look);
    QCOMPARE(look->spec().kind, QStringLiteral("lookup"));
}

void TestModels::importsAreRefusedWithWords()
{
    Bench fixture;
    importSmol(fixture);
    const qsizetype before = job::Folder::all(fixture.bench->path()).size();
    const auto missing = fixture.bench->importModel(fixture.path(QStringLiteral("nowhere")), {});
    QCOMPARE(missing.error().code, ErrorCode::NotFound);
    QVERIFY(!missing.error().hint.isEmpty());
    const auto noModel = fixture.bench->importModel(fixture.documents(1), QStringLiteral("x"));
    QCOMPARE(noModel.error().code, ErrorCode::Unsupported);
    QVERIFY(noModel.error().message.contains(QStringLiteral("documents")));
    QCOMPARE(fixture.bench->importModel(QStringLiteral("owner/name"), QStringLiteral("smol")).error().code, ErrorCode::AlreadyExists);
    QCOMPARE(fixture.bench->importModel(QStringLiteral("owner/name"), QStringLiteral("a/b")).error().code, ErrorCode::InvalidInput);
    QCOMPARE(fixture.bench->lookUpModel(QStringLiteral("nothing")).error().code, ErrorCode::InvalidInput);
    QCOMPARE(job::Folder::all(fixture.bench->path()).size(), before);
    const auto inspection = fixture.bench->inspectModel(fixture.documents(1));
    QVERIFY(inspection && !inspection->isReadable && !inspection->reason.isEmpty());
}

void TestModels::modelsAreFoundByName()
{
    Bench fixture;
    const QString base = importSmol(fixture);
    QCOMPARE(fixture.bench->resolveCheckpoint(QStringLiteral("smol")).value(), base);
    QCOMPARE(fixture.bench->resolveCheckpoint(QStringLiteral("smol@base")).value(), base);
    QCOMPARE(fixture.bench->resolveCheckpoint(base).value(), base);
    finish(*fixture.bench, QStringLiteral("train"), {{QStringLiteral("model"), QStringLiteral("smol")}, {QStringLiteral("from"), base}},
           {{QStringLiteral("bestCheckpoint"), QStringLiteral("jobs/r/checkpoints/step-00000003")}});
    QVERIFY(fixture.bench->project().ingestJobs());
    QCOMPARE(fixture.bench->resolveCheckpoint(QStringLiteral("smol")).value(), QStringLiteral("jobs/r/checkpoints/step-00000003"));
    QCOMPARE(fixture.bench->resolveCheckpoint(QStringLiteral("smol@base")).value(), base);
    QCOMPARE(fixture.bench->resolveCheckpoint(QStringLiteral("none@base")).error().code, ErrorCode::NotFound);
    const QString adapter = fixture.path(QStringLiteral("adapter"));
    QVERIFY(makeFolder(adapter) && writeFileAtomically(adapter + QStringLiteral("/adapter.safetensors"), "x"));
    QCOMPARE(fixture.bench->resolveCheckpoint(adapter).value(), adapter);
}

void TestModels::runsBeginWithTheBase()
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

void TestModels::recordsAreTaught()
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

void TestModels::inspectorShowsWhatIsLearned()
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

void TestModels::teachingIsRefusedWithWords()
{
    Bench fixture;
    importSmol(fixture);
    addDataset(fixture, QStringLiteral("docs"));
    addDataset(fixture, QStringLiteral("labels"), {{QStringLiteral("content"), QStringLiteral("records")}, {QStringLiteral("kind"), QStringLiteral("labels")}});
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
}

void TestModels::partsLearnOnlyOfModelsWithWeights()
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

void TestModels::forkKeepsWhatWasTaught()
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

// As the wizard offers it: the run's model, settings and checkpoint, the documents prepared anew, and a forecast.
void TestModels::aRunGoesOnWithNewDocuments()
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

void TestModels::exportsAreQueuedWithFacts()
{
    Bench fixture;
    const QString base = importSmol(fixture);
    const auto one = fixture.bench->exportModel(QStringLiteral("smol"), QStringLiteral("hf"), {}, fixture.path(QStringLiteral("out")));
    QVERIFY2(one, one ? "" : qPrintable(one.error().message));
    const QJsonObject parameters = one->spec().parameters;
    QCOMPARE(parameters.value(QLatin1String("checkpoint")).toString(), base);
    QCOMPARE(parameters.value(QLatin1String("format")).toString(), QStringLiteral("huggingface"));
    QCOMPARE(parameters.value(QLatin1String("dtype")).toString(), QStringLiteral("f32"));
    QCOMPARE(parameters.value(QLatin1String("to")).toString(), fixture.path(QStringLiteral("out")));
    const QJsonObject facts = parameters.value(QLatin1String("facts")).toObject();
    QCOMPARE(facts.value(QLatin1String("base")).toObject().value(QLatin1String("licence")).toString(), QStringLiteral("apache-2.0"));
    QCOMPARE(facts.value(QLatin1String("tokenizer")).toObject().value(QLatin1String("type")).toString(), QStringLiteral("byte-level BPE"));
    const auto gguf = fixture.bench->exportModel(QStringLiteral("smol"), QStringLiteral("gguf"), QStringLiteral("q8_0"), fixture.path(QStringLiteral("out")));
    QCOMPARE(gguf->spec().parameters.value(QLatin1String("to")).toString(), fixture.path(QStringLiteral("out/smol-q8_0.gguf")));
    const auto file = fixture.bench->exportModel(QStringLiteral("smol"), QStringLiteral("gguf"), {}, fixture.path(QStringLiteral("a.gguf")));
    QCOMPARE(file->spec().parameters.value(QLatin1String("to")).toString(), fixture.path(QStringLiteral("a.gguf")));
    QCOMPARE(file->spec().parameters.value(QLatin1String("dtype")).toString(), QStringLiteral("f16"));
}

void TestModels::exportsAreRefusedWithWords_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("dtype");
    QTest::addColumn<QString>("to");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char *name, const char *model, const char *format, const char *dtype, const char *to, ErrorCode code) {
        QTest::newRow(name) << QString::fromUtf8(model) << QString::fromUtf8(format) << QString::fromUtf8(dtype) << QString::fromUtf8(to) << code;
    };
    row("no such model", "none", "hf", "f32", "out", ErrorCode::NotFound);
    row("no such format", "smol", "onnx", "f32", "out", ErrorCode::InvalidInput);
    row("no such numbers", "smol", "hf", "f8", "out", ErrorCode::InvalidInput);
    row("blocks in a folder", "smol", "hf", "q8_0", "out", ErrorCode::InvalidInput);
    row("adapter of whole weights", "smol", "adapter", "f32", "out", ErrorCode::InvalidInput);
    row("nowhere", "smol", "hf", "f32", "", ErrorCode::InvalidInput);
    row("among other files", "smol", "hf", "f32", "documents", ErrorCode::AlreadyExists);
    row("over a file", "smol", "gguf", "f16", "documents/0.gguf", ErrorCode::AlreadyExists);
}

void TestModels::exportsAreRefusedWithWords()
{
    QFETCH(const QString, model);
    QFETCH(const QString, format);
    QFETCH(const QString, dtype);
    QFETCH(const QString, to);
    Bench fixture;
    importSmol(fixture);
    QVERIFY(writeFileAtomically(fixture.documents(1) + QStringLiteral("/0.gguf"), "x"));
    const qsizetype before = job::Folder::all(fixture.bench->path()).size();
    const auto refused = fixture.bench->exportModel(model, format, dtype, to.isEmpty() ? to : fixture.path(to));
    QVERIFY(!refused);
    QTEST(refused.error().code, "code");
    QVERIFY(!refused.error().message.isEmpty() && !refused.error().hint.isEmpty());
    QCOMPARE(job::Folder::all(fixture.bench->path()).size(), before);
}

void TestModels::logitsAreAskedFor()
{
    Bench fixture;
    const QString base = importSmol(fixture);
    QCOMPARE(fixture.bench->logits(QStringLiteral("smol"), {}, false).error().code, ErrorCode::InvalidInput);
    QCOMPARE(fixture.bench->logits(QStringLiteral("none"), {1}, false).error().code, ErrorCode::NotFound);
    const auto job = fixture.bench->logits(QStringLiteral("smol"), {1, 2, 3}, true);
    QVERIFY(job);
    QCOMPARE(job->spec().parameters.value(QLatin1String("checkpoint")).toString(), base);
    QCOMPARE(job->spec().parameters.value(QLatin1String("ids")).toArray().size(), 3);
    QCOMPARE(job->spec().command, QStringLiteral("athanor-cli model logits smol --ids 1,2,3 --last"));
}

void TestModels::resumedDownloadTakesItsImportAlong()
{
    Bench fixture;
    const auto import = fixture.bench->importModel(QStringLiteral("owner/name"), {});
    QVERIFY(import);
    const QString download = import->spec().after.first();
    auto events = job::EventWriter::open(fixture.bench->path() + QStringLiteral("/jobs/%1/events.jsonl").arg(download));
    QVERIFY(events);
    events->append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("failed")}, {QStringLiteral("error"), toJson(Error{ErrorCode::External, QStringLiteral("cut"), {}, {}})}});
    QVERIFY(fixture.bench->queue().advance());
    const auto state = [&](const QString &id) { return job::Folder::open(fixture.bench->path(), id)->summary().state; };
    QCOMPARE(state(import->spec().id), job::State::Failed);
    QVERIFY(fixture.bench->resumeJob(download));
    // Both were asked for again. (Nothing can be started here: without a launcher they fail once more.)
    for (const QString &id : {download, import->spec().id}) {
        const auto record = readJsonFile(fixture.bench->path() + QStringLiteral("/jobs/%1/queue.json").arg(id));
        QVERIFY(record && record->value(QLatin1String("requested")).toInt() > 1);
    }
    QVERIFY(!fixture.bench->resumeJob(QStringLiteral("none")));
}

void TestModels::offersAreRead()
{
    const ModelOffer offer = Workbench::offerFrom({{QStringLiteral("repository"), QStringLiteral("owner/name")}, {QStringLiteral("bytes"), 12}, {QStringLiteral("fits"), true},
                                                   {QStringLiteral("files"), QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("config.json")}, {QStringLiteral("bytes"), 12}}}}});
    QCOMPARE(offer.repository, QStringLiteral("owner/name"));
    QCOMPARE(offer.files.size(), 1);
    QCOMPARE(offer.files.first().bytes, 12);
    QCOMPARE(offer.parameters, -1);
    QVERIFY(offer.fits);
}

void TestModels::suggestionsAreRead()
{
    const auto models = Workbench::modelSuggestions();
    QVERIFY2(models, models ? "" : qPrintable(models.error().message));
    QVERIFY(models->size() >= 10);
    for (const ModelSuggestion &model : *models) {
        QVERIFY(model.repository.count(QLatin1Char('/')) == 1);
        QVERIFY(model.parameters > 1e6 && model.bytes > 1000000);
        QVERIFY(!model.licence.isEmpty() && !model.goodFor.isEmpty() && !model.languages.isEmpty());
    }
}

void TestModels::personsListOfModelsWins()
{
    const QString file = QFileInfo(userConfigFile()).absolutePath() + QStringLiteral("/models.json");
    QVERIFY(makeFolder(QFileInfo(file).absolutePath()));
    QVERIFY(writeFileAtomically(file, R"({"format":1,"models":[{"name":"Mine","repository":"me/mine"}]})"));
    QCOMPARE(Workbench::suggestionsFile(), file);
    QCOMPARE(Workbench::modelSuggestions()->first().name, QStringLiteral("Mine"));
    QVERIFY(writeFileAtomically(file, R"({"format":1,"models":[{"name":"Mine"}]})"));
    QCOMPARE(Workbench::modelSuggestions().error().code, ErrorCode::Corrupt);
    QVERIFY(writeFileAtomically(file, R"({"format":2,"models":[]})"));
    QCOMPARE(Workbench::modelSuggestions().error().code, ErrorCode::NewerVersion);
    QVERIFY(writeFileAtomically(file, "not JSON"));
    QVERIFY(!Workbench::modelSuggestions());
    QVERIFY(QFile::remove(file));
}

void TestModels::commandsSayTheSame()
{
    RunRequest request = onSmol(QStringLiteral("chats"));
    request.settings = {};
    request.teaching = {{QStringLiteral("kind"), QStringLiteral("chat")}, {QStringLiteral("maxTokens"), 512}};
    request.adapter = {{QStringLiteral("rank"), 16}, {QStringLiteral("targets"), QStringLiteral("q_proj,v_proj")}};
    request.learns = QStringLiteral("adapter");
    const QString command = startRunCommand(request);
    QCOMPARE(command, QStringLiteral("athanor-cli run start --model smol --dataset chats --set teaching.kind=chat --set teaching.maxTokens=512 "
                                     "--set adapter.method=lora --set adapter.rank=16 --set adapter.targets=q_proj,v_proj --set learns=adapter"));
    // What it says is understood as what was asked for.
    QStringList assignments;
    for (const QString &part : command.split(QStringLiteral(" --set ")).mid(1))
        assignments += part;
    const auto read = model::parseTrainingAssignments(assignments);
    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QCOMPARE(read->teaching, *model::teachingSchema().validate(request.teaching));
    QCOMPARE(read->adapter, *model::adapterSchema().validate(request.adapter));
    QCOMPARE(read->learns, request.learns);
    QCOMPARE(importModelCommand({QStringLiteral("owner/my model"), QStringLiteral("m"), QStringLiteral("mit"), {}}),
             QStringLiteral("athanor-cli model import 'owner/my model' --as m --licence mit"));
    QCOMPARE(exportModelCommand({QStringLiteral("m"), QStringLiteral("huggingface"), QStringLiteral("bf16"), QStringLiteral("/out"), {}}),
             QStringLiteral("athanor-cli model export m --format hf --dtype bf16 --to /out"));
}

QTEST_GUILESS_MAIN(TestModels)
#include "test_models.moc"
