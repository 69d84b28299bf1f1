// The whole way on the command line, from a folder of documents to a continued text, on a tiny model; and what the
// command line refuses, with which exit code and which words.
#include "tests/support/command_line.h"

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using athanor::test::CommandResult;
using athanor::test::runCommand;
using athanor::test::split;

class TestWholeWay : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void curates();
    void showsWhatFiltersMeasured();
    void seesFilesThatChanged();
    void trainsATokenizer();
    void encodesAndDecodes();
    void createsAModel();
    void plansWithoutStarting();
    void trains();
    void showsTheInside();
    void reproducesBitForBit();
    void evaluates();
    void generatesTheSameTextForTheSameSeed();
    void writesAReport();
    void recipeChangeShowsOutOfDate();
    void exportsTheDataset();
    void refuses_data();
    void refuses();
    void jsonIsOneObject();

private:
    CommandResult command(QStringList words, const QByteArray &input = {}) const
    {
        return runCommand(QStringList{QStringLiteral("--project"), m_project, QStringLiteral("--json")} + words, input);
    }
    QTemporaryDir m_folder{QDir::tempPath() + QStringLiteral("/athanor it's “ü” XXXXXX")};
    QString m_project;
    QString m_run;
};

void TestWholeWay::initTestCase()
{
    QVERIFY(m_folder.isValid());
    m_project = m_folder.filePath(QStringLiteral("my project"));
    athanor::test::writeDocuments(m_folder.filePath(QStringLiteral("documents & more")), 60);
    VERIFY_DONE(runCommand({QStringLiteral("project"), QStringLiteral("create"), m_project}));
    VERIFY_DONE(command({QStringLiteral("source"), QStringLiteral("add"), m_folder.filePath(QStringLiteral("documents & more")), QStringLiteral("--licence"), QStringLiteral("CC0-1.0")}));
}

void TestWholeWay::curates()
{
    const CommandResult result = command(split("dataset curate texts"));
    VERIFY_DONE(result);
    QCOMPARE(result.json().value(QLatin1String("kept")).toInt() + result.json().value(QLatin1String("removed")).toInt(), 60);
    QVERIFY(result.json().value(QLatin1String("kept")).toInt() > 40);
}

void TestWholeWay::showsWhatFiltersMeasured()
{
    const CommandResult result = command(split("dataset signals texts"));
    VERIFY_DONE(result);
    QCOMPARE(result.json().value(QLatin1String("documents")).toInt(), 60);
    const QJsonArray all = result.json().value(QLatin1String("signals")).toArray();
    QVERIFY(all.size() > 10);
    const CommandResult one = command(split("dataset signals texts --filter filter.length"));
    VERIFY_DONE(one);
    const QJsonObject words = one.json().value(QLatin1String("signals")).toArray().at(0).toObject();
    QCOMPARE(words.value(QLatin1String("signal")).toString(), QStringLiteral("words"));
    QCOMPARE(words.value(QLatin1String("count")).toInt(), 60);
    QVERIFY(words.value(QLatin1String("min")).toDouble() <= words.value(QLatin1String("quantiles")).toObject().value(QLatin1String("0.5")).toDouble());
    QCOMPARE(words.value(QLatin1String("limits")).toArray().at(0).toObject().value(QLatin1String("parameter")).toString(), QStringLiteral("least_words"));
    QCOMPARE(words.value(QLatin1String("limits")).toArray().at(0).toObject().value(QLatin1String("value")).toInt(), 20);
    const CommandResult refused = command(split("dataset signals texts --filter filter.colour"));
    QCOMPARE(refused.exitCode, 1);
    const CommandResult people = runCommand({QStringLiteral("--project"), m_project, QStringLiteral("dataset"), QStringLiteral("signals"), QStringLiteral("texts")});
    VERIFY_DONE(people);
    QVERIFY2(people.output.contains("at least 20") && people.output.contains("median"), people.output.constData());
}

void TestWholeWay::seesFilesThatChanged()
{
    const auto files = [&] { return command(split("dataset show texts")).json().value(QLatin1String("files")).toObject(); };
    QVERIFY(!files().value(QLatin1String("outOfDate")).toBool(true));
    const QString path = m_folder.filePath(QStringLiteral("documents & more/new.md"));
    QFile added(path);
    QVERIFY(added.open(QIODevice::WriteOnly));
    added.write("New.");
    added.close();
    QVERIFY(files().value(QLatin1String("outOfDate")).toBool());
    QCOMPARE(files().value(QLatin1String("new")).toInt(), 1);
    const CommandResult info = command(split("project info"));
    VERIFY_DONE(info);
    const QJsonObject data = info.json().value(QLatin1String("stages")).toArray().at(1).toObject();
    QCOMPARE(data.value(QLatin1String("state")).toString(), QStringLiteral("out-of-date"));
    QCOMPARE(data.value(QLatin1String("text")).toString(), QStringLiteral("1 new file"));
    QVERIFY(QFile::remove(path));
    QVERIFY(!files().value(QLatin1String("outOfDate")).toBool(true));
}

void TestWholeWay::trainsATokenizer()
{
    const CommandResult result = command(split("tokenizer train small --dataset texts --vocab 384"));
    VERIFY_DONE(result);
    QCOMPARE(result.json().value(QLatin1String("vocabulary")).toInt(), 384);
    QCOMPARE(result.json().value(QLatin1String("lossless")).toBool(), true);
}

void TestWholeWay::encodesAndDecodes()
{
    const QByteArray text = "The furnace\n\tkeeps  ﬁre – \xF0\x9F\x94\xA5\n";
    const CommandResult encoded = runCommand({QStringLiteral("--project"), m_project, QStringLiteral("tokenizer"), QStringLiteral("encode"), QStringLiteral("small")}, text);
    VERIFY_DONE(encoded);
    const CommandResult decoded = runCommand({QStringLiteral("--project"), m_project, QStringLiteral("tokenizer"), QStringLiteral("decode"), QStringLiteral("small")}, encoded.output);
    VERIFY_DONE(decoded);
    QCOMPARE(decoded.output, text);
}

void TestWholeWay::createsAModel()
{
    const CommandResult result = command(split("model create tiny --architecture llama --tokenizer small --set layers=2 --set width=32 --set heads=2 --set key_value_heads=2 --set context=64"));
    VERIFY_DONE(result);
    QVERIFY(result.json().value(QLatin1String("accounting")).toObject().value(QLatin1String("parameters")).toInt() > 10000);
}

void TestWholeWay::plansWithoutStarting()
{
    const CommandResult result = command(split("run plan --model tiny --dataset texts --set budget_kind=steps --set budget=30"));
    VERIFY_DONE(result);
    QVERIFY(result.json().value(QLatin1String("canStart")).toBool());
    const CommandResult largest = command(split("run plan --model tiny --dataset texts --set budget_kind=steps --set budget=30 --largest-batch"));
    VERIFY_DONE(largest);
    QVERIFY(largest.json().value(QLatin1String("batch")).toInt() > 8);
    const CommandResult measured = command(split("run plan --model tiny --dataset texts --set budget_kind=steps --set budget=60 --set batch=4 --set precision=f32 --measure"));
    VERIFY_DONE(measured);
    QVERIFY(measured.json().value(QLatin1String("tokensPerSecondMeasured")).toBool());
    QVERIFY(measured.json().value(QLatin1String("seconds")).toDouble() > 0);
    const CommandResult unknown = command(split("run plan --model tiny --dataset texts --set mixture=letters=2"));
    QCOMPARE(unknown.exitCode, 1);
    QVERIFY2(unknown.messages.contains("documents & more"), unknown.messages.constData());  // what there is
    const CommandResult tooLong = command(split("run plan --model tiny --dataset texts --set sequence=100000"));
    QCOMPARE(tooLong.exitCode, 1);
    QVERIFY2(tooLong.messages.contains("tokens, the model's context"), tooLong.messages.constData());
    const CommandResult sweep = command(split("sweep start --model tiny --dataset texts --vary batch=2,4 --vary sequence=8,100000"));
    QCOMPARE(sweep.exitCode, 1);
    QVERIFY2(sweep.messages.contains("batch=2, sequence=100000: "), sweep.messages.constData());
    QCOMPARE(command(split("run list")).json().value(QLatin1String("runs")).toArray().size(), 0);
}

void TestWholeWay::trains()
{
    const CommandResult result = command(split("run start --model tiny --dataset texts --set budget_kind=steps --set budget=60 --set batch=4 --set precision=f32 --wait"));
    VERIFY_DONE(result);
    m_run = result.json().value(QLatin1String("run")).toString();
    QCOMPARE(result.json().value(QLatin1String("steps")).toInt(), 60);
    QVERIFY(result.json().value(QLatin1String("bitsPerByte")).toDouble() < result.json().value(QLatin1String("startBitsPerByte")).toDouble() - 0.3);
    const CommandResult shown = command({QStringLiteral("run"), QStringLiteral("show"), m_run});
    const QJsonArray beside = shown.json().value(QLatin1String("forecastBesideTruth")).toArray();
    QCOMPARE(beside.size(), 5);  // peak memory, speed of the steps and with everything, time, tokens
    for (const QJsonValue &line : beside)
        QVERIFY(line.toObject().value(QLatin1String("forecast")).toDouble() > 0 && line.toObject().value(QLatin1String("measured")).toDouble() > 0);
}

void TestWholeWay::showsTheInside()
{
    const CommandResult whole = command({QStringLiteral("run"), QStringLiteral("show"), m_run, QStringLiteral("--insight")});
    VERIFY_DONE(whole);
    const QJsonObject inside = whole.json().value(QLatin1String("insight")).toObject();
    const QJsonObject phases = inside.value(QLatin1String("phases")).toObject();
    double shares = 0;
    for (const QJsonValue &phase : phases)
        shares += phase.toObject().value(QLatin1String("share")).toDouble();
    QVERIFY2(std::abs(shares - 1) < 1e-9, qPrintable(QString::number(shares)));
    QVERIFY(phases.value(QLatin1String("backward")).toObject().value(QLatin1String("seconds")).toDouble() > 0);
    QStringList layers;
    for (const QJsonValue &layer : inside.value(QLatin1String("layers")).toArray())
        layers += layer.toObject().value(QLatin1String("layer")).toString();
    QVERIFY2(layers.contains(QStringLiteral("blocks.0")) && layers.contains(QStringLiteral("blocks.1")), qPrintable(layers.join(QLatin1Char(' '))));
    QVERIFY(inside.value(QLatin1String("sampleTokens")).toArray().size() > 10);
    const CommandResult people = runCommand({QStringLiteral("--project"), m_project, QStringLiteral("run"), QStringLiteral("show"), m_run, QStringLiteral("--insight")});
    VERIFY_DONE(people);
    for (const char *words : {"time: ", "forward ", "gradient norm", "blocks.1", "loss of each token"})
        QVERIFY2(people.output.contains(words), people.output.constData());
    // A jump of the loss, as training writes it into the plan.
    QFile file(m_project + QStringLiteral("/jobs/%1/plan.json").arg(m_run));
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QByteArray before = file.readAll();
    QJsonObject plan = QJsonDocument::fromJson(before).object();
    plan.insert(QStringLiteral("leftOut"), QJsonDocument::fromJson(R"([{"noticedAt":31,"afterStep":30,"batches":1,"reason":"the loss jumped to 9","documents":["odd.txt"]}])").array());
    const auto overwrite = [&file](const QByteArray &bytes) { return file.resize(0) && file.seek(0) && file.write(bytes) == bytes.size() && file.flush(); };
    QVERIFY(overwrite(QJsonDocument(plan).toJson()));
    const CommandResult spiked = runCommand({QStringLiteral("--project"), m_project, QStringLiteral("run"), QStringLiteral("show"), m_run});
    QVERIFY2(spiked.output.contains("! Step 31: the loss jumped to 9. Its batch was left out; it read: odd.txt."), spiked.output.constData());
    QCOMPARE(command({QStringLiteral("run"), QStringLiteral("show"), m_run}).json().value(QLatin1String("leftOut")), plan.value(QLatin1String("leftOut")));
    QVERIFY(overwrite(before));
    const QJsonObject brief = command({QStringLiteral("run"), QStringLiteral("show"), m_run}).json().value(QLatin1String("insight")).toObject();
    QVERIFY(brief.contains(QLatin1String("phases")) && !brief.contains(QLatin1String("layers")));
}

void TestWholeWay::reproducesBitForBit()
{
    const CommandResult result = command({QStringLiteral("run"), QStringLiteral("reproduce"), m_run, QStringLiteral("--wait")});
    VERIFY_DONE(result);
    QCOMPARE(result.json().value(QLatin1String("reproduced")).toBool(), true);
}

void TestWholeWay::evaluates()
{
    const CommandResult result = command({QStringLiteral("evaluate"), m_run, QStringLiteral("--task"), QStringLiteral("texts")});
    VERIFY_DONE(result);
    const QJsonObject figures = result.json().value(QLatin1String("results")).toArray().at(0).toObject();
    QVERIFY(figures.value(QLatin1String("bitsPerByte")).toDouble() > 0);
    QVERIFY(figures.value(QLatin1String("gzipBitsPerByte")).toDouble() > 0);
    QVERIFY(figures.value(QLatin1String("xzBitsPerByte")).toDouble() > 0);
}

void TestWholeWay::generatesTheSameTextForTheSameSeed()
{
    const QStringList words{QStringLiteral("generate"), m_run, QStringLiteral("--prompt"), QStringLiteral("The furnace"), QStringLiteral("--max-tokens"), QStringLiteral("16"), QStringLiteral("--seed"), QStringLiteral("7")};
    const CommandResult first = command(words);
    VERIFY_DONE(first);
    const CommandResult second = command(words);
    VERIFY_DONE(second);
    QVERIFY(!first.json().value(QLatin1String("text")).toString().isEmpty());
    QCOMPARE(second.json().value(QLatin1String("text")), first.json().value(QLatin1String("text")));
}

void TestWholeWay::writesAReport()
{
    const QString file = m_folder.filePath(QStringLiteral("report.html"));
    VERIFY_DONE(command({QStringLiteral("run"), QStringLiteral("report"), m_run, QStringLiteral("--to"), file}));
    QFile report(file);
    QVERIFY(report.open(QIODevice::ReadOnly));
    const QByteArray html = report.readAll();
    QVERIFY(html.contains("<svg"));
    QVERIFY(html.contains("run reproduce"));
}

void TestWholeWay::recipeChangeShowsOutOfDate()
{
    athanor::test::writeDocuments(m_folder.filePath(QStringLiteral("more")), 5);
    VERIFY_DONE(command({QStringLiteral("source"), QStringLiteral("add"), m_folder.filePath(QStringLiteral("more"))}));
    const QJsonArray stages = command(split("project info")).json().value(QLatin1String("stages")).toArray();
    QHash<QString, QString> states;
    for (const QJsonValue &stage : stages)
        states.insert(stage.toObject().value(QLatin1String("stage")).toString(), stage.toObject().value(QLatin1String("state")).toString());
    QCOMPARE(states.value(QStringLiteral("data")), QStringLiteral("out-of-date"));
}

void TestWholeWay::exportsTheDataset()
{
    const QString file = m_folder.filePath(QStringLiteral("out.jsonl"));
    const CommandResult result = command({QStringLiteral("dataset"), QStringLiteral("export"), QStringLiteral("texts"), QStringLiteral("--to"), file});
    VERIFY_DONE(result);
    QFile lines(file);
    QVERIFY(lines.open(QIODevice::ReadOnly));
    QCOMPARE(lines.readAll().count('\n'), result.json().value(QLatin1String("documents")).toInt());
}

void TestWholeWay::refuses_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("says");
    QTest::newRow("no such command") << split("dataset paint x") << 2 << QStringLiteral("no command");
    QTest::newRow("too few words") << split("dataset curate") << 2 << QStringLiteral("missing");
    QTest::newRow("vanished source") << split("source add /does/not/exist") << 1 << QStringLiteral("does not exist");
    QTest::newRow("unknown dataset") << split("dataset show nothing") << 1 << QStringLiteral("nothing");
    QTest::newRow("vocabulary too large") << split("tokenizer train big --dataset texts --vocab 60000") << 1 << QStringLiteral("ocabulary");
    QTest::newRow("vocabulary not a number") << split("tokenizer train big --dataset texts --vocab many") << 1 << QStringLiteral("whole number");
    QTest::newRow("heads do not divide") << split("model create odd --architecture llama --tokenizer small --set width=32 --set heads=5") << 1 << QStringLiteral("divide");
    QTest::newRow("unknown setting") << split("run start --model tiny --dataset texts --set learning_rat=1") << 1 << QStringLiteral("learning_rat");
    QTest::newRow("learning rate of 1e30") << split("run start --model tiny --dataset texts --set budget_kind=steps --set budget=20 --set learning_rate=1e30 --wait") << 1 << QString();
    QTest::newRow("unknown run") << split("run show 0000") << 1 << QStringLiteral("0000");
    QTest::newRow("no model trained") << split("generate nobody --prompt x") << 1 << QStringLiteral("nobody");
    QTest::newRow("corrupt tokenizer") << QStringList{QStringLiteral("tokenizer"), QStringLiteral("import"), QStringLiteral(ATHANOR_SOURCE_DIR "/CMakeLists.txt")} << 1 << QString();
}

void TestWholeWay::refuses()
{
    QFETCH(QStringList, words);
    QFETCH(int, exitCode);
    QFETCH(QString, says);
    const CommandResult result = runCommand(QStringList{QStringLiteral("--project"), m_project} + words);
    QCOMPARE(result.exitCode, exitCode);
    QVERIFY(!result.messages.isEmpty());
    QVERIFY2(QString::fromUtf8(result.messages).contains(says), result.messages.constData());
}

void TestWholeWay::jsonIsOneObject()
{
    for (const QStringList &words : {split("project info"), split("plugin list"), split("doctor"), split("job list"), split("dataset show nothing")}) {
        const CommandResult result = command(words);
        QCOMPARE(result.output.count('\n'), 1);
        QVERIFY2(!result.json().isEmpty(), result.output.constData());
    }
}

QTEST_GUILESS_MAIN(TestWholeWay)
#include "test_whole_way.moc"
