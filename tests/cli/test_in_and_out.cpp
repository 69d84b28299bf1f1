// Models leave and come back on the command line: export with its proof, import, the same scores, an adapter on top;
// a repository on a loopback hub; and what is refused, with which exit code and which words.
#include "tests/core/fetch/loopback_server.h"
#include "tests/support/command_line.h"

#include <QCryptographicHash>
#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using athanor::test::CommandResult;
using athanor::test::LoopbackServer;
using athanor::test::runCommand;
using athanor::test::split;

class TestInAndOut : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void answersAFileOfPrompts();
    void scoresEveryDocument();
    void measuresTheMachine();
    void exportsAFolder();
    void inspectsWithoutAProject();
    void bringsItBackWithTheSameScores();
    void continuesFromTheBase();
    void exportsTheAdapterAndTheMergedModel();
    void exportsBlocksAndReadsThem();
    void downloadsFromAHub();
    void fetchesADocument();
    void listsWhatLeft();
    void bringsAnAdapterBackOnItsModel();
    void whatStandsBesideAnAdapterComesIn();
    void anAdapterOfAnUnknownModelSaysWhichItNeeds();
    void anAdapterComesFromAHub();
    void labelsGoOutAndComeBack();
    void getsMoreWords();
    void suggests();
    void refuses_data();
    void refuses();

private:
    CommandResult command(QStringList words) const
    {
        return runCommand(QStringList{QStringLiteral("--project"), m_project, QStringLiteral("--json")} + words, {}, m_environment);
    }
    CommandResult askedFromElsewhere(const QStringList &words) const;
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder{QDir::tempPath() + QStringLiteral("/athanor in “out” XXXXXX")};
    QProcessEnvironment m_environment = QProcessEnvironment::systemEnvironment();
    QString m_project, m_run;
};

namespace {

// A folder's files as a repository of a hub, some with other contents.
void serve(LoopbackServer &hub, const QByteArray &repository, const QString &from, const QHash<QString, QByteArray> &others = {})
{
    const QDir folder(from);
    QJsonArray siblings;
    for (const QString &name : folder.entryList(QDir::Files)) {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = others.value(name, file.readAll());
        hub.pages["/" + repository + "/resolve/main/" + name.toUtf8()] = {bytes};
        siblings += QJsonObject{{QStringLiteral("rfilename"), name}, {QStringLiteral("size"), bytes.size()},
                                {QStringLiteral("lfs"), QJsonObject{{QStringLiteral("sha256"), QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex())}}}};
    }
    hub.pages["/api/models/" + repository + "/revision/main?blobs=true"] = {
        QJsonDocument(QJsonObject{{QStringLiteral("siblings"), siblings}, {QStringLiteral("tags"), QJsonArray{QStringLiteral("license:mit")}}}).toJson()};
}

QList<double> numbers(const QJsonValue &value)
{
    QList<double> all;
    for (const QJsonValue &one : value.toArray())
        all += one.toDouble();
    return all;
}

}  // namespace

void TestInAndOut::initTestCase()
{
    m_project = path(QStringLiteral("project"));
    athanor::test::writeDocuments(path(QStringLiteral("documents")), 40);
    VERIFY_DONE(runCommand({QStringLiteral("project"), QStringLiteral("create"), m_project}));
    VERIFY_DONE(command({QStringLiteral("source"), QStringLiteral("add"), path(QStringLiteral("documents")), QStringLiteral("--licence"), QStringLiteral("CC0-1.0")}));
    VERIFY_DONE(command(split("dataset curate texts")));
    VERIFY_DONE(command(split("tokenizer train small --dataset texts --vocab 384")));
    VERIFY_DONE(command(split("model create tiny --architecture llama --tokenizer small --set layers=2 --set width=64 --set heads=2 --set key_value_heads=2 --set context=64")));
    const CommandResult run = command(split("run start --model tiny --dataset texts --set budget_kind=steps --set budget=20 --set batch=4 --set precision=f32 --wait"));
    VERIFY_DONE(run);
    m_run = run.json().value(QLatin1String("run")).toString();
}

void TestInAndOut::answersAFileOfPrompts()
{
    QFile prompts(path(QStringLiteral("prompts.jsonl")));
    QVERIFY(prompts.open(QIODevice::WriteOnly));
    prompts.write("{\"prompt\":\"The furnace\"}\n{broken\n{\"prompt\":\"The vessel of glass\",\"id\":\"b\"}\n{\"prompt\":\"Chapter\",\"seed\":9}\n");
    prompts.close();
    const QStringList words{QStringLiteral("generate"), m_run, QStringLiteral("--prompts"), prompts.fileName(), QStringLiteral("--max-tokens"), QStringLiteral("10"), QStringLiteral("--seed"), QStringLiteral("4")};
    const CommandResult streamed = command(words);
    VERIFY_DONE(streamed);
    QVERIFY(streamed.messages.contains("Line 2") && streamed.messages.contains("3 of 4 prompts answered"));
    const QList<QByteArray> lines = streamed.output.trimmed().split('\n');
    QCOMPARE(lines.size(), 4);
    QVERIFY(QJsonDocument::fromJson(lines[1]).object().contains(QLatin1String("error")));
    QCOMPARE(QJsonDocument::fromJson(lines[2]).object().value(QLatin1String("id")).toString(), QStringLiteral("b"));
    const CommandResult alone = command({QStringLiteral("generate"), m_run, QStringLiteral("--prompt"), QStringLiteral("The vessel of glass"), QStringLiteral("--max-tokens"), QStringLiteral("10"), QStringLiteral("--seed"), QStringLiteral("4")});
    VERIFY_DONE(alone);
    QCOMPARE(QJsonDocument::fromJson(lines[2]).object().value(QLatin1String("text")), alone.json().value(QLatin1String("text")));
    const QString to = path(QStringLiteral("answers.jsonl"));
    const CommandResult written = command(words + QStringList{QStringLiteral("--batch"), QStringLiteral("2"), QStringLiteral("--to"), to});
    VERIFY_DONE(written);
    QCOMPARE(written.json().value(QLatin1String("answered")).toInt(), 3);
    QCOMPARE(written.json().value(QLatin1String("largestBatch")).toInt(), 2);
    QFile answers(to);
    QVERIFY(answers.open(QIODevice::ReadOnly));
    QCOMPARE(answers.readAll(), streamed.output);  // the same, whatever is written together
}

void TestInAndOut::scoresEveryDocument()
{
    const QString file = path(QStringLiteral("scores.jsonl"));
    const CommandResult whole = command({QStringLiteral("evaluate"), m_run, QStringLiteral("--task"), QStringLiteral("texts"), QStringLiteral("--samples"), file});
    VERIFY_DONE(whole);
    const QJsonObject sum = whole.json().value(QLatin1String("results")).toArray().at(0).toObject();
    QFile scores(file);
    QVERIFY(scores.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = scores.readAll().trimmed().split('\n');
    QCOMPARE(lines.size(), qsizetype(sum.value(QLatin1String("documents")).toInteger()));
    double bits = 0;
    for (const QByteArray &line : lines) {
        const QJsonObject one = QJsonDocument::fromJson(line).object();
        QVERIFY(one.value(QLatin1String("path")).toString().endsWith(QStringLiteral(".txt")));
        bits += one.value(QLatin1String("bitsPerByte")).toDouble() * one.value(QLatin1String("bytes")).toDouble();
    }
    QVERIFY(std::abs(bits / sum.value(QLatin1String("bytes")).toDouble() / sum.value(QLatin1String("bitsPerByte")).toDouble() - 1) < 1e-4);
    if (lines.size() > 1) {
        const CommandResult one = command({QStringLiteral("evaluate"), m_run, QStringLiteral("--task"), QStringLiteral("texts"), QStringLiteral("--limit"), QStringLiteral("1")});
        VERIFY_DONE(one);
        QCOMPARE(one.json().value(QLatin1String("results")).toArray().at(0).toObject().value(QLatin1String("documents")).toInt(), 1);
    }
}

void TestInAndOut::measuresTheMachine()
{
    const CommandResult result = command(split("doctor --probe"));
    const QJsonObject speed = result.json().value(QLatin1String("speed")).toObject();
    for (const char *rate : {"f32FlopsPerSecond", "bf16FlopsPerSecond", "memoryBytesPerSecond"})
        QVERIFY2(speed.value(QLatin1String(rate)).toDouble() > 1e7, result.output.constData());
}

void TestInAndOut::exportsAFolder()
{
    const CommandResult result = command({QStringLiteral("model"), QStringLiteral("export"), m_run, QStringLiteral("--format"), QStringLiteral("hf"), QStringLiteral("--to"), path(QStringLiteral("out")), QStringLiteral("--as"), QStringLiteral("workshop")});
    VERIFY_DONE(result);
    const QJsonObject parity = result.json().value(QLatin1String("parity")).toObject();
    QVERIFY(parity.value(QLatin1String("passed")).toBool());
    QCOMPARE(parity.value(QLatin1String("greedyAgree")).toInt(), 32);
    QVERIFY(parity.value(QLatin1String("maxLogitDifference")).toDouble(1) <= 1e-4);
    QFile card(path(QStringLiteral("out/README.md")));
    QVERIFY(card.open(QIODevice::ReadOnly));
    const QByteArray text = card.readAll();
    QVERIFY2(text.contains("license: cc0-1.0") && text.contains("# workshop") && text.contains("texts"), text.constData());
    const CommandResult again = command({QStringLiteral("model"), QStringLiteral("export"), m_run, QStringLiteral("--format"), QStringLiteral("hf"), QStringLiteral("--to"), path(QStringLiteral("out"))});
    QCOMPARE(again.exitCode, 1);
    QVERIFY(again.messages.contains("not empty"));
}

void TestInAndOut::inspectsWithoutAProject()
{
    const CommandResult result = runCommand({QStringLiteral("--project"), path(QStringLiteral("no project")), QStringLiteral("--json"), QStringLiteral("model"), QStringLiteral("info"), path(QStringLiteral("out"))});
    VERIFY_DONE(result);
    QCOMPARE(result.json().value(QLatin1String("family")).toString(), QStringLiteral("architecture.llama"));
    QCOMPARE(result.json().value(QLatin1String("context")).toInt(), 64);
    QVERIFY(result.json().value(QLatin1String("parameters")).toInt() > 10000);
}

void TestInAndOut::bringsItBackWithTheSameScores()
{
    const CommandResult result = command({QStringLiteral("model"), QStringLiteral("import"), path(QStringLiteral("out")), QStringLiteral("--as"), QStringLiteral("back"), QStringLiteral("--licence"), QStringLiteral("mit")});
    VERIFY_DONE(result);
    QCOMPARE(result.json().value(QLatin1String("name")).toString(), QStringLiteral("back"));
    QCOMPARE(result.json().value(QLatin1String("licence")).toString(), QStringLiteral("mit"));
    const CommandResult info = command(split("model info back"));
    VERIFY_DONE(info);
    QVERIFY(info.json().value(QLatin1String("base")).toString().startsWith(QStringLiteral("jobs/")));
    const CommandResult inside = command({QStringLiteral("model"), QStringLiteral("logits"), m_run, QStringLiteral("--ids"), QStringLiteral("10,20,30")});
    const CommandResult outside = command(split("model logits back --ids 10,20,30"));
    VERIFY_DONE(inside);
    VERIFY_DONE(outside);
    const QJsonArray a = inside.json().value(QLatin1String("logits")).toArray();
    const QJsonArray b = outside.json().value(QLatin1String("logits")).toArray();
    QCOMPARE(a.size(), 3);
    QCOMPARE(b.size(), 3);
    for (qsizetype t = 0; t < 3; ++t) {
        const QList<double> here = numbers(a[t]);
        const QList<double> there = numbers(b[t]);
        QCOMPARE(there.size(), here.size());
        for (qsizetype v = 0; v < here.size(); ++v)
            QVERIFY(std::abs(here[v] - there[v]) < 1e-4);
    }
    const CommandResult last = command(split("model logits back --ids 10,20,30 --last"));
    QCOMPARE(last.json().value(QLatin1String("logits")).toArray().size(), 1);
    QCOMPARE(command(split("tokenizer list")).json().value(QLatin1String("tokenizers")).toArray().size(), 2);
}

void TestInAndOut::continuesFromTheBase()
{
    const QStringList set = split("--model back --dataset texts --set budget_kind=steps --set budget=6 --set batch=2 --set precision=f32 --set adapter.method=lora --set adapter.rank=2 --set learning_rate=0.001");
    const CommandResult plan = command(split("run plan") + set);
    VERIFY_DONE(plan);
    QVERIFY(plan.json().value(QLatin1String("canStart")).toBool());
    const CommandResult run = command(split("run start") + set + QStringList{QStringLiteral("--wait")});
    VERIFY_DONE(run);
    QCOMPARE(run.json().value(QLatin1String("steps")).toInt(), 6);
    m_run = run.json().value(QLatin1String("run")).toString();
    const CommandResult shown = command({QStringLiteral("run"), QStringLiteral("show"), m_run});
    VERIFY_DONE(shown);
    const QJsonObject parameters = shown.json().value(QLatin1String("parameters")).toObject();
    QVERIFY(parameters.value(QLatin1String("from")).toString().endsWith(QStringLiteral("/model")));
    QCOMPARE(parameters.value(QLatin1String("adapter")).toObject().value(QLatin1String("rank")).toInt(), 2);
}

void TestInAndOut::exportsTheAdapterAndTheMergedModel()
{
    const CommandResult adapter = command({QStringLiteral("model"), QStringLiteral("export"), QStringLiteral("back"), QStringLiteral("--format"), QStringLiteral("adapter"), QStringLiteral("--to"), path(QStringLiteral("adapter"))});
    VERIFY_DONE(adapter);
    QVERIFY(QFileInfo::exists(path(QStringLiteral("adapter/adapter_model.safetensors"))));
    const CommandResult merged = command({QStringLiteral("model"), QStringLiteral("export"), QStringLiteral("back"), QStringLiteral("--format"), QStringLiteral("hf"), QStringLiteral("--to"), path(QStringLiteral("merged"))});
    VERIFY_DONE(merged);
    QVERIFY(QFileInfo::exists(path(QStringLiteral("merged/model.safetensors"))));
    const CommandResult base = command({QStringLiteral("model"), QStringLiteral("export"), QStringLiteral("back@base"), QStringLiteral("--format"), QStringLiteral("adapter"), QStringLiteral("--to"), path(QStringLiteral("none"))});
    QCOMPARE(base.exitCode, 1);
    QVERIFY(base.messages.contains("no adapter"));
}

void TestInAndOut::exportsBlocksAndReadsThem()
{
    const CommandResult out = command({QStringLiteral("model"), QStringLiteral("export"), QStringLiteral("back@base"), QStringLiteral("--format"), QStringLiteral("gguf"), QStringLiteral("--dtype"), QStringLiteral("q8_0"), QStringLiteral("--to"), path(QStringLiteral("small.gguf"))});
    VERIFY_DONE(out);
    QVERIFY(out.json().value(QLatin1String("parity")).toObject().value(QLatin1String("passed")).toBool());
    const CommandResult in = command({QStringLiteral("model"), QStringLiteral("import"), path(QStringLiteral("small.gguf"))});
    VERIFY_DONE(in);
    QCOMPARE(in.json().value(QLatin1String("name")).toString(), QStringLiteral("small"));
}

// A hub that the command line asks from another process: the answers need this thread's events meanwhile.
CommandResult TestInAndOut::askedFromElsewhere(const QStringList &words) const
{
    CommandResult result;
    const std::unique_ptr<QThread> thread(QThread::create([&] { result = command(words); }));
    QEventLoop loop;
    QObject::connect(thread.get(), &QThread::finished, &loop, &QEventLoop::quit);
    thread->start();
    loop.exec();
    thread->wait();
    return result;
}

void TestInAndOut::downloadsFromAHub()
{
    LoopbackServer hub;
    serve(hub, "me/workshop", path(QStringLiteral("out")));
    m_environment.insert(QStringLiteral("HF_ENDPOINT"), hub.address());
    const CommandResult offer = askedFromElsewhere(split("model info me/workshop"));
    VERIFY_DONE(offer);
    QVERIFY(offer.json().value(QLatin1String("fits")).toBool());
    QCOMPARE(offer.json().value(QLatin1String("licence")).toString(), QStringLiteral("mit"));
    const CommandResult result = askedFromElsewhere(split("model import me/workshop --as fetched"));
    VERIFY_DONE(result);
    QCOMPARE(result.json().value(QLatin1String("licence")).toString(), QStringLiteral("mit"));
    const QJsonObject facts = command(split("model info fetched")).json().value(QLatin1String("facts")).toObject();
    QCOMPARE(facts.value(QLatin1String("source")).toObject().value(QLatin1String("location")).toString(), QStringLiteral("me/workshop"));
    const CommandResult missing = askedFromElsewhere(split("model import me/other"));
    QCOMPARE(missing.exitCode, 1);
    m_environment.remove(QStringLiteral("HF_ENDPOINT"));
}

void TestInAndOut::fetchesADocument()
{
    LoopbackServer server;
    const QByteArray body = "<html><body><p>The furnace keeps an even heat.</p></body></html>";
    server.pages["/notes/page"] = {body};
    server.pages["/notes/page"].headers["Content-Type"] = "text/html; charset=utf-8";
    const CommandResult result = askedFromElsewhere({QStringLiteral("source"), QStringLiteral("add"), server.address(QStringLiteral("/notes/page")), QStringLiteral("--licence"), QStringLiteral("CC0-1.0")});
    VERIFY_DONE(result);
    const QJsonArray sources = command(split("source list")).json().value(QLatin1String("sources")).toArray();
    QJsonObject found;
    for (const QJsonValue &source : sources)
        if (source.toObject().value(QLatin1String("id")) == result.json().value(QLatin1String("sources")).toArray().at(0))
            found = source.toObject();
    QCOMPARE(found.value(QLatin1String("licence")).toString(), QStringLiteral("CC0-1.0"));
    QCOMPARE(found.value(QLatin1String("name")).toString(), QStringLiteral("page.html"));
    QFile file(found.value(QLatin1String("location")).toString());
    QVERIFY2(file.fileName().endsWith(QStringLiteral("/page.html")), qPrintable(file.fileName()));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), body);
    const CommandResult absent = askedFromElsewhere({QStringLiteral("source"), QStringLiteral("add"), server.address(QStringLiteral("/nothing"))});
    QCOMPARE(absent.exitCode, 1);
    QCOMPARE(command(split("source list")).json().value(QLatin1String("sources")).toArray().size(), sources.size());
}

void TestInAndOut::listsWhatLeft()
{
    const CommandResult all = command(split("model exports"));
    VERIFY_DONE(all);
    QCOMPARE(all.json().value(QLatin1String("exports")).toArray().size(), 4);
    const CommandResult ofRun = command({QStringLiteral("model"), QStringLiteral("exports"), m_run});
    QCOMPARE(ofRun.json().value(QLatin1String("exports")).toArray().size(), 2);
    const CommandResult models = command(split("model list"));
    QCOMPARE(models.json().value(QLatin1String("models")).toArray().size(), 4);
}

void TestInAndOut::bringsAnAdapterBackOnItsModel()
{
    const CommandResult info = command({QStringLiteral("model"), QStringLiteral("info"), path(QStringLiteral("adapter"))});
    VERIFY_DONE(info);
    QCOMPARE(info.json().value(QLatin1String("kind")).toString(), QStringLiteral("adapter"));
    const CommandResult in = command({QStringLiteral("model"), QStringLiteral("import"), path(QStringLiteral("adapter")), QStringLiteral("--as"), QStringLiteral("taught")});
    VERIFY_DONE(in);
    const CommandResult there = command(split("model logits taught --ids 10,20,30")), here = command({QStringLiteral("model"), QStringLiteral("logits"), m_run, QStringLiteral("--ids"), QStringLiteral("10,20,30")});
    const CommandResult base = command(split("model logits back@base --ids 10,20,30"));
    VERIFY_DONE(there);
    VERIFY_DONE(here);
    VERIFY_DONE(base);
    const auto scores = [](const CommandResult &result) { return numbers(result.json().value(QLatin1String("logits")).toArray().last()); };
    QCOMPARE(scores(there).size(), scores(here).size());
    double difference = 0, learnt = 0;
    for (qsizetype v = 0; v < scores(here).size(); ++v) {
        difference = std::max(difference, std::abs(scores(there)[v] - scores(here)[v]));
        learnt = std::max(learnt, std::abs(scores(base)[v] - scores(here)[v]));
    }
    QVERIFY2(difference < 1e-4, qPrintable(QString::number(difference)));
    QVERIFY2(learnt > 1e-3, qPrintable(QString::number(learnt)));
    VERIFY_DONE(command({QStringLiteral("model"), QStringLiteral("import"), path(QStringLiteral("adapter")), QStringLiteral("--as"), QStringLiteral("again"), QStringLiteral("--base"), QStringLiteral("back@base")}));
    const CommandResult whole = command({QStringLiteral("model"), QStringLiteral("import"), path(QStringLiteral("out")), QStringLiteral("--as"), QStringLiteral("other"), QStringLiteral("--base"), QStringLiteral("back")});
    QCOMPARE(whole.exitCode, 1);
    QVERIFY2(whole.messages.contains("whole model"), whole.messages.constData());
}

// How an adapter was taught to converse stands beside it: taken over, or named where its tokenizer is another one.
void TestInAndOut::whatStandsBesideAnAdapterComesIn()
{
    const QString folder = path(QStringLiteral("spoken"));
    QVERIFY(QDir().mkpath(folder));
    const auto write = [&](const QString &name, const QByteArray &text) {
        QFile file(folder + QLatin1Char('/') + name);
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    for (const QString &name : QDir(path(QStringLiteral("adapter"))).entryList(QDir::Files))
        QVERIFY(QFile::copy(path(QStringLiteral("adapter/") + name), folder + QLatin1Char('/') + name));
    const QByteArray wording = "{{ messages[0].content }}!";
    QVERIFY(write(QStringLiteral("chat_template.jinja"), wording));
    QVERIFY(write(QStringLiteral("tokenizer_config.json"), R"({"model_max_length":40,"truncation_side":"left"})"));
    const CommandResult in = command({QStringLiteral("model"), QStringLiteral("import"), folder, QStringLiteral("--as"), QStringLiteral("spoken")});
    VERIFY_DONE(in);
    QVERIFY(in.json().value(QLatin1String("warnings")).toArray().isEmpty());
    const auto stored = [&](const CommandResult &result, const char *name) {
        QFile file(m_project + QLatin1Char('/') + result.json().value(QLatin1String("checkpoint")).toString() + QLatin1Char('/') + QLatin1String(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    QCOMPARE(stored(in, "chat_template.jinja"), wording);
    const QJsonObject config = QJsonDocument::fromJson(stored(in, "tokenizer_config.json")).object();
    QCOMPARE(config.value(QLatin1String("model_max_length")).toInt(), 40);
    QCOMPARE(config.value(QLatin1String("truncation_side")).toString(), QStringLiteral("left"));
    for (const char *name : {"tokenizer.json", "tokenizer.model"})
        QFile::remove(folder + QLatin1Char('/') + QLatin1String(name));
    QVERIFY(write(QStringLiteral("tokenizer.json"), "{}"));
    const CommandResult other = command({QStringLiteral("model"), QStringLiteral("import"), folder, QStringLiteral("--as"), QStringLiteral("unspoken")});
    VERIFY_DONE(other);
    QVERIFY2(other.json().value(QLatin1String("warnings")).toArray().first().toString().contains(QStringLiteral("chat_template.jinja, model_max_length")), other.output.constData());
    QVERIFY(stored(other, "chat_template.jinja").isEmpty());
}

void TestInAndOut::anAdapterOfAnUnknownModelSaysWhichItNeeds()
{
    const QString folder = path(QStringLiteral("stranger"));
    QVERIFY(QDir().mkpath(folder));
    QVERIFY(QFile::copy(path(QStringLiteral("adapter/adapter_model.safetensors")), folder + QStringLiteral("/adapter_model.safetensors")));
    const auto write = [&](const QByteArray &text) {
        QFile file(folder + QStringLiteral("/adapter_config.json"));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    const QStringList words{QStringLiteral("model"), QStringLiteral("import"), folder};
    QVERIFY(write(R"({"peft_type":"LORA","base_model_name_or_path":"somebody/else"})"));
    CommandResult result = command(words);
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.messages.contains("somebody/else") && result.messages.contains("--base"), result.messages.constData());
    QVERIFY(write(R"({"peft_type":"PREFIX_TUNING","base_model_name_or_path":"back"})"));
    result = command(words);
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.messages.contains("PREFIX_TUNING") && result.messages.contains("LoRA"), result.messages.constData());
    QVERIFY(write("{"));
    QCOMPARE(command(words).exitCode, 1);
}

// An adapter by its repository: on the model here that came from where it says, or with that model by the same way.
void TestInAndOut::anAdapterComesFromAHub()
{
    LoopbackServer hub;
    const QString adapter = path(QStringLiteral("adapter"));
    QFile file(adapter + QStringLiteral("/adapter_config.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QJsonObject config = QJsonDocument::fromJson(file.readAll()).object();
    const auto on = [&](const char *base) {
        config.insert(QStringLiteral("base_model_name_or_path"), QLatin1String(base));
        return QHash<QString, QByteArray>{{QStringLiteral("adapter_config.json"), QJsonDocument(config).toJson()}};
    };
    serve(hub, "me/known", adapter, on("me/workshop"));
    serve(hub, "me/stranger", adapter, on("me/second"));
    serve(hub, "me/second", path(QStringLiteral("out")));
    serve(hub, "me/homeless", adapter, on("/home/somebody/llama"));
    m_environment.insert(QStringLiteral("HF_ENDPOINT"), hub.address());

    const CommandResult info = askedFromElsewhere(split("model info me/known"));
    VERIFY_DONE(info);
    QCOMPARE(info.json().value(QLatin1String("format")).toString(), QStringLiteral("adapter"));
    QCOMPARE(info.json().value(QLatin1String("base")).toString(), QStringLiteral("me/workshop"));
    const CommandResult known = askedFromElsewhere(split("model import me/known --as onKnown"));
    VERIFY_DONE(known);
    const QJsonObject source = command(split("model info onKnown")).json().value(QLatin1String("facts")).toObject().value(QLatin1String("source")).toObject();
    QCOMPARE(source.value(QLatin1String("location")).toString(), QStringLiteral("me/known"));

    const CommandResult unknown = askedFromElsewhere(split("model import me/stranger --as onSecond"));
    QCOMPARE(unknown.exitCode, 1);
    QVERIFY2(unknown.messages.contains("me/second") && unknown.messages.contains("--with-base"), unknown.messages.constData());
    const CommandResult both = askedFromElsewhere(split("model import me/stranger --as onSecond --with-base"));
    VERIFY_DONE(both);
    VERIFY_DONE(command(split("model info second")));
    const auto scores = [&](const QString &model) { return numbers(command({QStringLiteral("model"), QStringLiteral("logits"), model, QStringLiteral("--ids"), QStringLiteral("10,20,30")}).json().value(QLatin1String("logits")).toArray().last()); };
    const QList<double> here = scores(m_run), there = scores(QStringLiteral("onSecond"));
    QVERIFY(!here.isEmpty());
    QCOMPARE(there.size(), here.size());
    for (qsizetype v = 0; v < here.size(); ++v)
        QVERIFY(std::abs(there[v] - here[v]) < 1e-4);

    const CommandResult homeless = askedFromElsewhere(split("model import me/homeless --with-base"));
    QCOMPARE(homeless.exitCode, 1);
    QVERIFY2(homeless.messages.contains("/home/somebody/llama") && homeless.messages.contains("--base"), homeless.messages.constData());
    const CommandResult whole = askedFromElsewhere(split("model import me/second --as third --with-base"));
    QCOMPARE(whole.exitCode, 1);
    QVERIFY2(whole.messages.contains("whole model"), whole.messages.constData());
    m_environment.remove(QStringLiteral("HF_ENDPOINT"));
}

// Taught labels, written whole and as an adapter, brought in again: the same label of the same text.
void TestInAndOut::labelsGoOutAndComeBack()
{
    QVERIFY(QDir().mkpath(path(QStringLiteral("labelled"))));
    QFile records(path(QStringLiteral("labelled/records.jsonl")));
    QVERIFY(records.open(QIODevice::WriteOnly));
    static const char *const kWords[] = {"bread", "steel", "music"};
    for (int i = 0; i < 60; ++i)
        records.write(QStringLiteral("{\"text\": \"number %1 is about %2 and nothing else\", \"label\": \"%2\"}\n").arg(i).arg(QLatin1String(kWords[i % 3])).toUtf8());
    records.close();
    VERIFY_DONE(command({QStringLiteral("source"), QStringLiteral("add"), path(QStringLiteral("labelled")), QStringLiteral("--licence"), QStringLiteral("CC0-1.0")}));
    VERIFY_DONE(command(split("dataset curate sorted --records labels")));
    const CommandResult run = command(split("run start --model back --dataset sorted --set teaching.kind=labels --set budget_kind=steps --set budget=12 --set batch=8 "
                                            "--set learning_rate=0.003 --set precision=f32 --set adapter.method=lora --set adapter.rank=2 --wait"));
    VERIFY_DONE(run);
    const QString taught = run.json().value(QLatin1String("run")).toString();
    const auto labelOf = [&](const QString &model) {
        return command({QStringLiteral("generate"), model, QStringLiteral("--prompt"), QStringLiteral("number 7 is about steel and nothing else")}).json();
    };
    const QJsonObject inside = labelOf(taught);
    QVERIFY(QStringList({QStringLiteral("bread"), QStringLiteral("steel"), QStringLiteral("music")}).contains(inside.value(QLatin1String("text")).toString()));
    for (const auto &[format, name] : {std::pair("hf", "sortsWhole"), std::pair("adapter", "sortsBeside")}) {
        const QString to = path(QLatin1String(name));
        const CommandResult out = command({QStringLiteral("model"), QStringLiteral("export"), taught, QStringLiteral("--format"), QLatin1String(format), QStringLiteral("--to"), to});
        VERIFY_DONE(out);
        QVERIFY(out.json().value(QLatin1String("parity")).toObject().value(QLatin1String("sortsTexts")).toBool());
        if (qstrcmp(format, "hf") == 0)
            QCOMPARE(command({QStringLiteral("model"), QStringLiteral("info"), to}).json().value(QLatin1String("labels")).toArray().size(), 3);
        QStringList words{QStringLiteral("model"), QStringLiteral("import"), to, QStringLiteral("--as"), QLatin1String(name)};
        if (qstrcmp(format, "adapter") == 0)
            words += split("--base back@base");
        VERIFY_DONE(command(words));
        const QJsonObject outside = labelOf(QLatin1String(name));
        QCOMPARE(outside.value(QLatin1String("text")), inside.value(QLatin1String("text")));
        const auto shares = [](const QJsonObject &answer) {
            QList<double> all;
            for (const QJsonValue &one : answer.value(QLatin1String("labels")).toArray())
                all += one[QLatin1String("probability")].toDouble();
            return all;
        };
        QCOMPARE(shares(outside).size(), 3);
        for (qsizetype k = 0; k < 3; ++k)
            QVERIFY(std::abs(shares(outside)[k] - shares(inside)[k]) < 1e-4);
    }
    const CommandResult refused = command({QStringLiteral("model"), QStringLiteral("export"), taught, QStringLiteral("--format"), QStringLiteral("gguf"), QStringLiteral("--to"), path(QStringLiteral("sorts.gguf"))});
    QCOMPARE(refused.exitCode, 1);
    QVERIFY2(refused.messages.contains("labels") && refused.messages.contains("--format hf"), refused.messages.constData());
}

// More tokens: the old scores stay, a new column comes, and text is cut with the new word.
void TestInAndOut::getsMoreWords()
{
    const CommandResult made = command(split("model extend back@base --add furnacekeeper --add troponin --as words"));
    VERIFY_DONE(made);
    const QJsonArray before = command(split("model logits back@base --ids 10,20,30")).json().value(QLatin1String("logits")).toArray();
    const QJsonArray after = command(split("model logits words --ids 10,20,30")).json().value(QLatin1String("logits")).toArray();
    const qsizetype old = before[0].toArray().size();
    for (qsizetype row = 0; row < 3; ++row) {
        const QJsonArray then = before[row].toArray(), now = after[row].toArray();
        QCOMPARE(now.size(), old + 2);
        for (qsizetype column = 0; column < old; ++column)
            QVERIFY(qAbs(then[column].toDouble() - now[column].toDouble()) < 1e-5);
    }
    const CommandResult ids = runCommand({QStringLiteral("--project"), m_project, QStringLiteral("tokenizer"), QStringLiteral("encode"), QStringLiteral("words")}, "furnacekeeper");
    VERIFY_DONE(ids);
    QVERIFY2(ids.output.split('\n').first().simplified().split(' ').contains(QByteArray::number(old)), ids.output.constData());
    const CommandResult known = command(split("model extend words --add troponin --as more"));
    QCOMPARE(known.exitCode, 1);
    QVERIFY(known.messages.contains("troponin"));
    QCOMPARE(command(split("model extend back@base --add x --as words")).exitCode, 1);  // the name is taken
}

void TestInAndOut::suggests()
{
    const CommandResult result = command(split("model suggestions"));
    VERIFY_DONE(result);
    QVERIFY(result.json().value(QLatin1String("models")).toArray().size() >= 10);
}

void TestInAndOut::refuses_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("import of nothing") << split("model import /nowhere") << 1 << QByteArray("does not exist");
    QTest::newRow("import of documents") << QStringList{QStringLiteral("model"), QStringLiteral("import"), path(QStringLiteral("documents"))} << 1 << QByteArray("cannot be brought in");
    QTest::newRow("import from a file address") << split("model import file:///etc/passwd") << 1 << QByteArray("not fetched");
    QTest::newRow("import without a source") << split("model import") << 2 << QByteArray("model import");
    QTest::newRow("export of nothing") << split("model export nothing --to /nowhere/x") << 1 << QByteArray("nothing");
    QTest::newRow("export without a place") << split("model export tiny") << 1 << QByteArray("--to");
    QTest::newRow("prompts from nowhere") << QStringList{QStringLiteral("generate"), m_run, QStringLiteral("--prompts"), QStringLiteral("/nowhere")} << 1 << QByteArray("no file");
    QTest::newRow("prompts and a prompt") << split("generate tiny --prompts a --prompt b") << 1 << QByteArray("exclude");
    QTest::newRow("a batch of one prompt") << split("generate tiny --prompt b --batch 4") << 1 << QByteArray("--prompts");
    QTest::newRow("samples of two tasks") << QStringList{QStringLiteral("evaluate"), m_run, QStringLiteral("--task"), QStringLiteral("a"), QStringLiteral("--task"), QStringLiteral("b"), QStringLiteral("--samples"), QStringLiteral("c")} << 1 << QByteArray("one task");
    QTest::newRow("logits without ids") << split("model logits tiny") << 1 << QByteArray("--ids");
    QTest::newRow("logits of words") << split("model logits tiny --ids one,two") << 1 << QByteArray("one");
    QTest::newRow("logits beyond the vocabulary") << split("model logits tiny --ids 100000") << 1 << QByteArray("100000");
    QTest::newRow("teaching on plain text") << split("run start --model tiny --dataset texts --set teaching.kind=chat") << 1 << QByteArray("plain text");
    QTest::newRow("unknown adapter setting") << split("run start --model tiny --dataset texts --set adapter.wheels=4") << 1 << QByteArray("wheels");
    QTest::newRow("adapter on a model without weights") << split("run plan --model tiny --dataset texts --set adapter.rank=4") << 1 << QByteArray("no weights");
}

void TestInAndOut::refuses()
{
    QFETCH(const QStringList, words);
    const CommandResult result = command(words);
    QTEST(result.exitCode, "exitCode");
    QFETCH(const QByteArray, said);
    QVERIFY2(result.messages.contains(said), result.messages.constData());
}

QTEST_GUILESS_MAIN(TestInAndOut)
#include "test_in_and_out.moc"
