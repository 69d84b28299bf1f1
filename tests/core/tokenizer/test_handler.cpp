// The tokenizer job from corpus to stored model, with a child process that is this program itself.
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/corpus/corpus_file.h"
#include "core/tokenizer/tokenizer_handler.h"
#include "core/tokenizer/tokenizer.h"
#include "core/tokenizer/trainer_process.h"
#include "tests/core/tokenizer/model_maker.h"
#include "tests/core/tokenizer/samples.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace athanor;

namespace {

class FakeContext final : public job::Context {
public:
    QTemporaryDir folder;
    job::Spec own;
    plugin::Catalogue catalogue;
    CancelToken cancel;
    QStringList phases, logs;
    QString cancelAt;

    FakeContext()
    {
        QDir(folder.path()).mkpath(QStringLiteral("jobs/one"));
        catalogue.scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")});
    }
    void report(const Progress &progress) override
    {
        if (phases.isEmpty() || phases.last() != progress.phase)
            phases += progress.phase;
        if (progress.phase == cancelAt)
            cancel.cancel();
    }
    const job::Spec &spec() const override { return own; }
    QString projectPath() const override { return folder.path(); }
    QString jobPath() const override { return folder.filePath(QStringLiteral("jobs/one")); }
    int attempt() const override { return 1; }
    plugin::Catalogue &plugins() override { return catalogue; }
    void metric(qint64, const QMap<QString, double> &) override {}
    void log(const QString &, const QString &text) override { logs += text; }
    void sample(qint64, const QString &, const QString &, const QString &) override {}
    void artifact(qint64, const QString &, const QString &path, const QJsonObject &) override { artifacts += path; }
    CancelToken cancelToken() const override { return cancel; }
    bool pauseRequested() const override { return false; }
    bool takeCheckpointRequest() override { return false; }
    QList<QJsonObject> takeMessages() override { return {}; }
    QStringList artifacts;

    void makeCorpus(int documents)
    {
        auto writer = corpus::CorpusWriter::create(folder.filePath(QStringLiteral("objects/corpora/c")), QStringLiteral("c"));
        QVERIFY2(writer.has_value(), writer ? "" : qPrintable(writer.error().message));
        for (int i = 0; i < documents; ++i) {
            const QString id = QStringLiteral("%1").arg(i, 64, 10, QLatin1Char('0'));
            const QString split = i % 8 == 7 ? QStringLiteral("validation") : QStringLiteral("train");
            const QByteArray text = i % 8 == 7 ? samples::prose(200, static_cast<quint32>(i)) + samples::texts().join("\n")
                                               : samples::prose(400, static_cast<quint32>(i));
            QVERIFY(writer->add(split, {id, text, QStringLiteral("s"), {}, QStringLiteral("doc %1").arg(i)}).has_value());
        }
        QVERIFY(writer->finish().has_value());
    }
    Result<QJsonObject> run(const QJsonObject &parameters)
    {
        own.parameters = parameters;
        return tokenizer::makeTokenizerHandler(QCoreApplication::applicationFilePath())->run(*this);
    }
};

QJsonObject training(const QString &plugin, int vocabulary)
{
    return {{QStringLiteral("name"), QStringLiteral("t")},
            {QStringLiteral("plugin"), plugin},
            {QStringLiteral("settings"), QJsonObject{{QStringLiteral("vocabulary"), vocabulary}}},
            {QStringLiteral("corpus"), QStringLiteral("objects/corpora/c")}};
}

}  // namespace

class TestHandler : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void trains_data()
    {
        QTest::addColumn<QString>("plugin");
        QTest::newRow("bpe") << QStringLiteral("tokenizer.bpe");
        QTest::newRow("unigram") << QStringLiteral("tokenizer.unigram");
    }
    void trains()
    {
        QFETCH(QString, plugin);
        FakeContext context;
        if (!context.catalogue.find(plugin))
            QSKIP("the tokenizer plugins are not built");
        context.makeCorpus(48);
        const auto result = context.run(training(plugin, 400));
        QVERIFY2(result.has_value(), result ? "" : qPrintable(result.error().message + result.error().detail));
        const QString file = result->value(QLatin1String("tokenizer")).toString();
        const auto bytes = readFile(context.folder.filePath(file));
        QVERIFY(bytes.has_value());
        QCOMPARE(result->value(QLatin1String("tokenizerSha256")).toString(), sha256(*bytes));
        QCOMPARE(file, QStringLiteral("objects/tokenizers/%1.model").arg(sha256(*bytes)));
        QCOMPARE(context.artifacts, QStringList{file});
        QCOMPARE(result->value(QLatin1String("vocabulary")).toInt(), 400);
        QVERIFY(result->value(QLatin1String("lossless")).toBool());
        QVERIFY(result->value(QLatin1String("bytesPerToken")).toDouble() > 1.5);
        QVERIFY(!result->value(QLatin1String("languages")).toArray().isEmpty());
        QVERIFY(!QFile::exists(context.jobPath() + QStringLiteral("/training-text.bin")));
        QVERIFY2(context.phases.contains(QStringLiteral("Checking on held-out text")), qPrintable(context.phases.join(QLatin1Char('|'))));
    }

    void tooLargeAVocabularyNamesTheLargest()
    {
        FakeContext context;
        if (!context.catalogue.find(QStringLiteral("tokenizer.bpe")))
            QSKIP("the tokenizer plugins are not built");
        context.makeCorpus(8);
        const auto result = context.run(training(QStringLiteral("tokenizer.bpe"), 500000));
        QVERIFY(!result.has_value());
        QCOMPARE(result.error().code, ErrorCode::InvalidInput);
        QVERIFY2(result.error().message.contains(QStringLiteral("largest that works")), qPrintable(result.error().message));
    }

    void cancelKillsTheChild()
    {
        FakeContext context;
        if (!context.catalogue.find(QStringLiteral("tokenizer.bpe")))
            QSKIP("the tokenizer plugins are not built");
        context.makeCorpus(48);
        context.cancelAt = QStringLiteral("Reading the text");
        QElapsedTimer timer;
        timer.start();
        const auto result = context.run(training(QStringLiteral("tokenizer.bpe"), 600));
        QVERIFY(!result.has_value());
        QCOMPARE(result.error().code, ErrorCode::Cancelled);
        QVERIFY(!QFile::exists(context.folder.filePath(QStringLiteral("objects/tokenizers"))));
    }

    void wrongRequestsAreRefused()
    {
        FakeContext context;
        context.makeCorpus(8);
        QCOMPARE(context.run(training(QStringLiteral("tokenizer.none"), 600)).error().code, ErrorCode::NotFound);
        QJsonObject parameters = training(QStringLiteral("tokenizer.bpe"), 600);
        parameters.insert(QStringLiteral("corpus"), QStringLiteral("objects/corpora/none"));
        QVERIFY(!context.run(parameters).has_value());
        parameters.remove(QStringLiteral("corpus"));
        QVERIFY(!context.run(parameters).has_value());
        QVERIFY(!context.run(training(QStringLiteral("tokenizer.bpe"), 5)).has_value());
    }

    void importsAFile()
    {
        FakeContext context;
        const QString file = context.folder.filePath(QStringLiteral("my “own” tokenizer.model"));
        QVERIFY(writeFileAtomically(file, maker::model()).has_value());
        const auto result = context.run({{QStringLiteral("name"), QStringLiteral("x")}, {QStringLiteral("import"), file}});
        QVERIFY2(result.has_value(), result ? "" : qPrintable(result.error().message));
        QCOMPARE(result->value(QLatin1String("tokenizerSha256")).toString(), sha256(maker::model()));
        QVERIFY(result->value(QLatin1String("lossless")).toBool());
        QVERIFY(tokenizer::readTokenizer(context.folder.filePath(result->value(QLatin1String("tokenizer")).toString())).has_value());
    }

    void aLossyImportIsMeasuredAndNamed()
    {
        FakeContext context;
        context.makeCorpus(16);
        maker::Options options;
        options.lossless = false;
        const QString file = context.folder.filePath(QStringLiteral("lossy.model"));
        QVERIFY(writeFileAtomically(file, maker::model(options)).has_value());
        const auto result = context.run({{QStringLiteral("import"), file}, {QStringLiteral("corpus"), QStringLiteral("objects/corpora/c")}});
        QVERIFY2(result.has_value(), result ? "" : qPrintable(result.error().message));
        QVERIFY(!result->value(QLatin1String("lossless")).toBool());
        QVERIFY(result->value(QLatin1String("firstDifference")).toObject().value(QLatin1String("path")).toString().startsWith(QStringLiteral("doc ")));
        QVERIFY(context.logs.join(QLatin1Char(' ')).contains(QStringLiteral("does not come back unchanged")));
    }

    void aBrokenImportLeavesNothing()
    {
        FakeContext context;
        const QString file = context.folder.filePath(QStringLiteral("broken.model"));
        QVERIFY(writeFileAtomically(file, maker::model().first(500)).has_value());
        QCOMPARE(context.run({{QStringLiteral("import"), file}}).error().code, ErrorCode::Corrupt);
        QCOMPARE(context.run({{QStringLiteral("import"), QStringLiteral("/none/such.model")}}).error().code, ErrorCode::NotFound);
        QVERIFY(!QFile::exists(context.folder.filePath(QStringLiteral("objects/tokenizers"))));
    }
};

int main(int argc, char **argv)
{
    qputenv("ATHANOR_HOME", ATHANOR_BINARY_DIR);  // the child looks for plugins there
    if (argc > 1 && qstrcmp(argv[1], "--train-tokenizer") == 0)
        return tokenizer::runTrainerProcess(argc, argv);
    QCoreApplication app(argc, argv);
    TestHandler test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_handler.moc"
