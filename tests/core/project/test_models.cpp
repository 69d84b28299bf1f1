// Models that came from elsewhere and models that left: rows, lineage, trash.
#include "tests/core/project/project_fixture.h"

using namespace athanor;
using namespace athanor::project;

namespace {

QStringList kindsOf(const Result<QList<LineageNode>> &nodes)
{
    QStringList kinds;
    for (const LineageNode &node : nodes.value())
        kinds += node.kind;
    kinds.removeDuplicates();
    kinds.sort();
    return kinds;
}

}  // namespace

class TestModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void importBecomesModelAndTokenizer();
    void importIsTakenInOnce();
    void importWithoutResultIsPassedOver_data();
    void importWithoutResultIsPassedOver();
    void changedTokenizerIsPassedOver();
    void takenNameGetsANumber();
    void lineageGoesFromTheFilesToTheRun();
    void createdModelDoesNotReplaceAnImportedOne();
    void deletedImportComesBack();
    void tokenizerStaysForAnotherModel();
    void baseOfAnAdapterIsNotDeleted();
    void adapterThatCameInIsAModelAndKeepsItsBase();
    void cleanKeepsTheTokenizerOfAnImport();
    void cleanFreesDownloadsThatWereBroughtIn();
    void exportsAreListed();
};

void TestModels::importBecomesModelAndTokenizer()
{
    Fixture fixture;
    const QString id = fixture.import(QStringLiteral("smol"));
    QVERIFY(fixture.project->ingestJobs().value());
    const auto model = fixture.project->model(QStringLiteral("smol"));
    REQUIRE_OK(model);
    QCOMPARE(model->base, QStringLiteral("jobs/%1/model").arg(id));
    QCOMPARE(model->baseSha256, Fixture::shaOf(QStringLiteral("base weights smol")));
    QCOMPARE(model->jobId, id);
    QCOMPARE(model->parameters, 1000);
    QCOMPARE(model->facts.value(QLatin1String("licence")).toString(), QStringLiteral("apache-2.0"));
    QVERIFY(model->facts.value(QLatin1String("hasChatTemplate")).toBool());
    QCOMPARE(model->facts.value(QLatin1String("source")).toObject().value(QLatin1String("location")).toString(), QStringLiteral("/models/smol"));
    const auto tokenizer = fixture.project->tokenizer(QStringLiteral("smol"));
    REQUIRE_OK(tokenizer);
    QCOMPARE(model->tokenizer, tokenizer->name);
    QCOMPARE(model->tokenizerSha256, tokenizer->sha256);
    QCOMPARE(tokenizer->vocabulary, 64);
    QCOMPARE(tokenizer->path, QStringLiteral("objects/tokenizers/%1.json").arg(tokenizer->sha256));
    QCOMPARE(sha256(*readFile(fixture.path() + QLatin1Char('/') + tokenizer->path)), tokenizer->sha256);
}

void TestModels::importIsTakenInOnce()
{
    Fixture fixture;
    const QString id = fixture.import(QStringLiteral("smol"));
    QVERIFY(fixture.project->ingestJobs().value());
    QVERIFY(!fixture.project->ingestJobs().value());
    fixture.reopen();
    QVERIFY(!fixture.project->ingestJobs().value());
    // Another attempt ended with a later event: taken in again, with one model still.
    QJsonObject result = job::Folder::open(fixture.path(), id)->summary().result;
    result.insert(QStringLiteral("parameters"), 2000);
    fixture.finish(id, result);
    fixture.reopen();
    QVERIFY(fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->models()->size(), 1);
    QCOMPARE(fixture.project->models()->first().parameters, 2000);
    QCOMPARE(fixture.project->tokenizers()->size(), 1);
}

void TestModels::importWithoutResultIsPassedOver_data()
{
    QTest::addColumn<QJsonObject>("changes");
    QTest::newRow("no folder") << QJsonObject{{QStringLiteral("checkpoint"), QString()}};
    QTest::newRow("no hash") << QJsonObject{{QStringLiteral("weightsSha256"), QJsonValue()}};
    QTest::newRow("a tokenizer that is not there")
        << QJsonObject{{QStringLiteral("tokenizer"), QJsonObject{{QStringLiteral("path"), QStringLiteral("jobs/none/tokenizer.json")},
                                                                 {QStringLiteral("sha256"), QStringLiteral("ab")}}}};
}

void TestModels::importWithoutResultIsPassedOver()
{
    QFETCH(const QJsonObject, changes);
    Fixture fixture;
    fixture.import(QStringLiteral("broken"), changes);
    fixture.import(QStringLiteral("whole"));
    QVERIFY(fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->models()->size(), 1);
    QCOMPARE(fixture.project->models()->first().name, QStringLiteral("whole"));
}

void TestModels::changedTokenizerIsPassedOver()
{
    Fixture fixture;
    const QString id = fixture.import(QStringLiteral("smol"));
    REQUIRE_OK(writeFileAtomically(fixture.path() + QStringLiteral("/jobs/%1/model/tokenizer.json").arg(id), "{}"));
    QVERIFY(!fixture.project->ingestJobs().value());
    QVERIFY(fixture.project->models()->isEmpty());
    QVERIFY(fixture.project->tokenizers()->isEmpty());
}

void TestModels::takenNameGetsANumber()
{
    Fixture fixture;
    fixture.import(QStringLiteral("smol"));
    fixture.import(QStringLiteral("smol"), {{QStringLiteral("parameters"), 7}});
    QVERIFY(fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->models()->size(), 2);
    QCOMPARE(fixture.project->model(QStringLiteral("smol-2"))->parameters, 7);
    QCOMPARE(fixture.project->model(QStringLiteral("smol-2"))->tokenizer, QStringLiteral("smol-2"));
}

void TestModels::lineageGoesFromTheFilesToTheRun()
{
    Fixture fixture;
    fixture.wholeWay();
    fixture.import(QStringLiteral("smol"));
    QVERIFY(fixture.project->ingestJobs().value());
    const Model model = *fixture.project->model(QStringLiteral("smol"));
    QJsonObject parameters = fixture.trainParameters(QStringLiteral("smol"), QStringLiteral("one"));
    parameters.insert(QStringLiteral("from"), model.base);
    const QString run = fixture.job(QStringLiteral("train"), parameters, job::State::Finished, {{QStringLiteral("steps"), 3}});
    QVERIFY(fixture.project->ingestJobs().value());
    const auto made = fixture.project->whatMade(run);
    QVERIFY(kindsOf(made).contains(QStringLiteral("model")));
    QVERIFY(kindsOf(made).contains(QStringLiteral("file")));
    QVERIFY(kindsOf(made).contains(QStringLiteral("corpus")));
    const auto from = fixture.project->whatWasMadeFrom(Fixture::shaOf(QStringLiteral("source weights")));
    QVERIFY(std::any_of(from->begin(), from->end(), [&](const LineageNode &node) { return node.hash == run; }));
    // A tokenizer that was taken over unchanged is one node; the vocabulary that it was made from another.
    const auto tokenizer = fixture.project->whatMade(model.tokenizerSha256);
    QCOMPARE(kindsOf(tokenizer), QStringList({QStringLiteral("file"), QStringLiteral("tokenizer")}));
    REQUIRE_OK(fixture.project->deleteModel(QStringLiteral("smol")));
    QCOMPARE(fixture.project->whatMade(run)->size(), made->size());
}

void TestModels::createdModelDoesNotReplaceAnImportedOne()
{
    Fixture fixture;
    fixture.import(QStringLiteral("smol"));
    QVERIFY(fixture.project->ingestJobs().value());
    Model model;
    model.name = QStringLiteral("smol");
    const auto refused = fixture.project->addModel(model);
    QCOMPARE(refused.error().code, ErrorCode::AlreadyExists);
    QVERIFY(refused.error().message.contains(QStringLiteral("smol")) && !refused.error().hint.isEmpty());
    QVERIFY(!fixture.project->model(QStringLiteral("smol"))->base.isEmpty());
}

void TestModels::deletedImportComesBack()
{
    Fixture fixture;
    const QString id = fixture.import(QStringLiteral("smol"));
    QVERIFY(fixture.project->ingestJobs().value());
    const auto entry = fixture.project->deleteModel(QStringLiteral("smol"));
    REQUIRE_OK(entry);
    QVERIFY(fixture.project->models()->isEmpty());
    QVERIFY(fixture.project->tokenizers()->isEmpty());
    QVERIFY(!QFileInfo::exists(fixture.path() + QStringLiteral("/jobs/") + id));
    QVERIFY(!fixture.project->ingestJobs().value());
    REQUIRE_OK(fixture.project->restore(*entry));
    QCOMPARE(fixture.project->models()->size(), 1);
    QCOMPARE(fixture.project->tokenizers()->size(), 1);
    QVERIFY(QFileInfo::exists(fixture.path() + QStringLiteral("/jobs/%1/model/model.safetensors").arg(id)));
    QVERIFY(!fixture.project->ingestJobs().value());
}

void TestModels::tokenizerStaysForAnotherModel()
{
    Fixture fixture;
    fixture.import(QStringLiteral("smol"));
    QVERIFY(fixture.project->ingestJobs().value());
    Model other;
    other.name = QStringLiteral("own");
    other.tokenizer = QStringLiteral("smol");
    other.tokenizerSha256 = fixture.project->tokenizer(QStringLiteral("smol"))->sha256;
    REQUIRE_OK(fixture.project->addModel(other));
    REQUIRE_OK(fixture.project->deleteModel(QStringLiteral("smol")));
    const auto tokenizer = fixture.project->tokenizer(QStringLiteral("smol"));
    REQUIRE_OK(tokenizer);
    QVERIFY(QFileInfo::exists(fixture.path() + QLatin1Char('/') + tokenizer->path));
}

void TestModels::baseOfAnAdapterIsNotDeleted()
{
    Fixture fixture;
    const QString id = fixture.import(QStringLiteral("smol"));
    fixture.job(QStringLiteral("train"),
                {{QStringLiteral("model"), QStringLiteral("smol")}, {QStringLiteral("from"), QStringLiteral("jobs/%1/model").arg(id)},
                 {QStringLiteral("adapter"), QJsonObject{{QStringLiteral("method"), QStringLiteral("lora")}}}},
                job::State::Finished);
    QVERIFY(fixture.project->ingestJobs().value());
    const auto refused = fixture.project->deleteModel(QStringLiteral("smol"));
    QCOMPARE(refused.error().code, ErrorCode::Busy);
    QVERIFY(refused.error().message.contains(QStringLiteral("smol")) && !refused.error().hint.isEmpty());
    REQUIRE_OK(fixture.project->deleteRun(fixture.project->runs()->first().id));
    REQUIRE_OK(fixture.project->deleteModel(QStringLiteral("smol")));
}

void TestModels::adapterThatCameInIsAModelAndKeepsItsBase()
{
    Fixture fixture;
    const QString base = fixture.import(QStringLiteral("smol"));
    const QString folder = QStringLiteral("jobs/%1/model").arg(base);
    const QString id = fixture.job(QStringLiteral("adapter"), {{QStringLiteral("action"), QStringLiteral("import")}, {QStringLiteral("name"), QStringLiteral("taught")}}, job::State::Running);
    fixture.finish(id, {{QStringLiteral("name"), QStringLiteral("taught")}, {QStringLiteral("checkpoint"), QStringLiteral("jobs/%1/model").arg(id)},
                        {QStringLiteral("weightsSha256"), Fixture::shaOf(QStringLiteral("adapter"))}, {QStringLiteral("base"), folder}});
    // One that was merged into a folder is no model of its own.
    const QString merged = fixture.job(QStringLiteral("adapter"), {{QStringLiteral("action"), QStringLiteral("merge")}}, job::State::Running);
    fixture.finish(merged, {{QStringLiteral("checkpoint"), QStringLiteral("jobs/%1/model").arg(merged)}, {QStringLiteral("weightsSha256"), QStringLiteral("1")}});
    QVERIFY(fixture.project->ingestJobs().value());
    QCOMPARE(fixture.project->models()->size(), 2);
    QCOMPARE(fixture.project->model(QStringLiteral("taught"))->facts.value(QLatin1String("adapterBase")).toString(), folder);
    const auto refused = fixture.project->deleteModel(QStringLiteral("smol"));
    QCOMPARE(refused.error().code, ErrorCode::Busy);
    QVERIFY(refused.error().message.contains(QStringLiteral("taught")));
    REQUIRE_OK(fixture.project->deleteModel(QStringLiteral("taught")));
    REQUIRE_OK(fixture.project->deleteModel(QStringLiteral("smol")));
}

void TestModels::cleanKeepsTheTokenizerOfAnImport()
{
    Fixture fixture;
    fixture.import(QStringLiteral("smol"));
    QVERIFY(fixture.project->ingestJobs().value());
    const QString file = fixture.path() + QLatin1Char('/') + fixture.project->tokenizer(QStringLiteral("smol"))->path;
    REQUIRE_OK(fixture.project->clean(Project::CleanMode::Remove));
    QVERIFY(QFileInfo::exists(file));
    REQUIRE_OK(fixture.project->deleteModel(QStringLiteral("smol")));
    REQUIRE_OK(fixture.project->clean(Project::CleanMode::Remove));
    QVERIFY(!QFileInfo::exists(file));
}

void TestModels::cleanFreesDownloadsThatWereBroughtIn()
{
    Fixture fixture;
    const auto downloaded = [&] {
        const QString id = fixture.job(QStringLiteral("download"), {}, job::State::Finished, {{QStringLiteral("bytes"), 3}});
        REQUIRE_OK(makeFolder(fixture.path() + QStringLiteral("/jobs/%1/files").arg(id)));
        REQUIRE_OK(writeFileAtomically(fixture.path() + QStringLiteral("/jobs/%1/files/a.gguf").arg(id), "abc"));
        return id;
    };
    const QString used = downloaded();
    const QString waiting = downloaded();
    job::Spec spec;
    spec.kind = QStringLiteral("import");
    spec.after = {used};
    const auto import = job::Folder::create(fixture.path(), spec);
    REQUIRE_OK(import);
    fixture.finish(import->spec().id, {{QStringLiteral("name"), QStringLiteral("smol")}});
    const auto report = fixture.project->clean(Project::CleanMode::Remove);
    REQUIRE_OK(report);
    QCOMPARE(report->removed, QStringList{QStringLiteral("jobs/%1/files").arg(used)});
    QCOMPARE(report->freedBytes, 3);
    QVERIFY(!QFileInfo::exists(fixture.path() + QStringLiteral("/jobs/%1/files").arg(used)));
    QVERIFY(QFileInfo::exists(fixture.path() + QStringLiteral("/jobs/%1/files/a.gguf").arg(waiting)));
}

void TestModels::exportsAreListed()
{
    Fixture fixture;
    fixture.wholeWay();
    const Run run = fixture.project->runs()->first();
    const Checkpoint last = fixture.project->checkpoints(run.id)->last();
    const QJsonObject result{{QStringLiteral("path"), QStringLiteral("/somewhere/small")},
                             {QStringLiteral("files"), QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("a")}, {QStringLiteral("bytes"), 40}},
                                                                  QJsonObject{{QStringLiteral("name"), QStringLiteral("b")}, {QStringLiteral("bytes"), 2}}}},
                             {QStringLiteral("parity"), QJsonObject{{QStringLiteral("passed"), true}}}};
    const QJsonObject parameters{{QStringLiteral("checkpoint"), last.path}, {QStringLiteral("format"), QStringLiteral("gguf")},
                                 {QStringLiteral("dtype"), QStringLiteral("q8_0")}};
    const QString id = fixture.job(QStringLiteral("export"), parameters, job::State::Finished, result);
    fixture.job(QStringLiteral("export"), parameters, job::State::Failed);
    fixture.import(QStringLiteral("smol"));
    QVERIFY(fixture.project->ingestJobs().value());
    const QString base = fixture.project->model(QStringLiteral("smol"))->base;
    fixture.job(QStringLiteral("export"), {{QStringLiteral("checkpoint"), base}}, job::State::Finished, result);
    QVERIFY(fixture.project->ingestJobs().value());
    QVERIFY(!fixture.project->ingestJobs().value());
    const auto ofRun = fixture.project->exports(run.id);
    QCOMPARE(ofRun->size(), 1);
    QCOMPARE(ofRun->first().id, id);
    QCOMPARE(ofRun->first().bytes, 42);
    QCOMPARE(ofRun->first().format, QStringLiteral("gguf"));
    QCOMPARE(ofRun->first().weightsSha256, last.weightsSha256);
    QVERIFY(ofRun->first().facts.value(QLatin1String("parity")).toObject().value(QLatin1String("passed")).toBool());
    QCOMPARE(fixture.project->exports()->size(), 2);
    QCOMPARE(fixture.project->exports()->first().weightsSha256, fixture.project->model(QStringLiteral("smol"))->baseSha256);
    QVERIFY(kindsOf(fixture.project->whatMade(id)).contains(QStringLiteral("checkpoint")));
    QVERIFY(kindsOf(fixture.project->whatMade(id)).contains(QStringLiteral("corpus")));
}

QTEST_GUILESS_MAIN(TestModels)
#include "test_models.moc"
