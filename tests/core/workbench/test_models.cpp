// Models that exist: bringing them in and taking them out: what is queued, and what is refused and why.
#include "tests/core/workbench/models_fixture.h"

#include "core/base/locations.h"
#include "core/workbench/command_lines.h"

using namespace athanor;
using namespace athanor::workbench;

class TestModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesComeFromTheSource_data();
    void namesComeFromTheSource();
    void addressesAreDownloadedFirst();
    void anAdapterByAddressWaitsForItsBase();
    void importsAreRefusedWithWords();
    void modelsAreFoundByName();
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

void TestModels::anAdapterByAddressWaitsForItsBase()
{
    Bench fixture;
    const QString base = importSmol(fixture);
    ImportRequest request;
    request.source = QStringLiteral("owner/adapter");
    request.isAdapter = true;
    QCOMPARE(fixture.bench->importModel(request).error().code, ErrorCode::InvalidInput);  // on which model?
    request.base = QStringLiteral("smol");
    const auto known = fixture.bench->importModel(request);
    QVERIFY2(known, known ? "" : qPrintable(known.error().message));
    QCOMPARE(known->spec().kind, QStringLiteral("adapter"));
    QCOMPARE(known->spec().parameters.value(QLatin1String("base")).toString(), base);
    QCOMPARE(known->spec().after.size(), 1);
    QCOMPARE(known->spec().parameters.value(QLatin1String("source")).toObject(), job::resultOf(known->spec().after.first(), QStringLiteral("source")));

    request.base.clear();
    request.name = QStringLiteral("second");
    request.baseSource = QStringLiteral("owner/below");
    const auto both = fixture.bench->importModel(request);
    QVERIFY2(both, both ? "" : qPrintable(both.error().message));
    QCOMPARE(both->spec().after.size(), 2);
    const QString below = both->spec().after.first();
    QCOMPARE(job::Folder::open(fixture.bench->path(), below)->spec().kind, QStringLiteral("import"));
    QCOMPARE(both->spec().parameters.value(QLatin1String("base")).toObject(), job::resultOf(below, QStringLiteral("checkpoint")));
    QVERIFY(both->spec().command.endsWith(QStringLiteral("--with-base")));
    request.name = QStringLiteral("third");
    request.baseSource = QStringLiteral("/home/somebody/llama");
    const auto homeless = fixture.bench->importModel(request);
    QCOMPARE(homeless.error().code, ErrorCode::InvalidInput);
    QVERIFY(homeless.error().hint.contains(QStringLiteral("--base")));
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

// As the wizard offers it: the run's model, settings and checkpoint, the documents prepared anew, and a forecast.
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
    const Bench fixture;
    RunRequest request = onSmol(QStringLiteral("chats"));
    request.settings = {};
    request.teaching = {{QStringLiteral("kind"), QStringLiteral("chat")}, {QStringLiteral("maxTokens"), 512}};
    request.adapter = {{QStringLiteral("rank"), 16}, {QStringLiteral("targets"), QStringLiteral("q_proj,v_proj")}};
    request.learns = QStringLiteral("adapter");
    const QString command = startRunCommand(fixture.catalogue, request);
    QCOMPARE(command, QStringLiteral("athanor-cli run start --model smol --dataset chats --set teaching.kind=chat --set teaching.maxTokens=512 "
                                     "--set adapter.method=lora --set adapter.rank=16 --set adapter.targets=q_proj,v_proj --set learns=adapter"));
    // What it says is understood as what was asked for.
    QStringList assignments;
    for (const QString &part : command.split(QStringLiteral(" --set ")).mid(1))
        assignments += part;
    const auto read = model::parseTrainingAssignments(fixture.catalogue, assignments);
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
