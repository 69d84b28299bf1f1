// A model leaves: what is called done answers as the model inside; what does not is removed, with the figures. Models with
// labels have a test of their own.
#include "tests/core/score/export_fixture.h"

using namespace athanor;
using namespace athanor::score;
using namespace athanor::test;

class TestExportGate : public ExportTest {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void exportsAnswerAsInside_data();
    void exportsAnswerAsInside();
    void adapterIsMergedIntoTheExport();
    void adapterIsExportedAlone();
    void cardStandsBesideTheModel();
    void roundingThatChangesTheModelIsRefused();
    void weightsThatDoNotFitAreRefused();
    void cancelKeepsNothing();
    void whatStandsThereIsNeverTouched_data();
    void whatStandsThereIsNeverTouched();
    void builtInWordingGoesOut();
    void verdictsNameWhatDiffers_data();
    void verdictsNameWhatDiffers();
    void sameModelMeasuresTheSame();
    void jobsWithoutSenseAreRefused_data();
    void jobsWithoutSenseAreRefused();
    void logitsAreTheModels();
    void logitsRefuseWhatIsNoToken();
};

void TestExportGate::initTestCase()
{
    writeModel(path(QStringLiteral("llama")), QStringLiteral("architecture.llama"), 1);
    writeModel(path(QStringLiteral("gpt2")), QStringLiteral("architecture.gpt2"), 1);
    writeModel(path(QStringLiteral("wild")), QStringLiteral("architecture.llama"), 12, 64);
    writeAdapter(path(QStringLiteral("adapter")), path(QStringLiteral("llama")));
}

void TestExportGate::exportsAnswerAsInside_data()
{
    QTest::addColumn<QString>("checkpoint");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("dtype");
    for (const char *family : {"llama", "gpt2"}) {
        for (const char *dtype : {"f32", "f16", "bf16"})
            QTest::addRow("%s folder %s", family, dtype) << QString::fromUtf8(family) << QStringLiteral("huggingface") << QString::fromUtf8(dtype);
        for (const char *dtype : {"f32", "f16", "bf16", "q8_0"})
            QTest::addRow("%s gguf %s", family, dtype) << QString::fromUtf8(family) << QStringLiteral("gguf") << QString::fromUtf8(dtype);
    }
}

void TestExportGate::exportsAnswerAsInside()
{
    QFETCH(const QString, checkpoint);
    QFETCH(const QString, format);
    QFETCH(const QString, dtype);
    test::FakeContext job = context();
    const QString to = QStringLiteral("out-%1-%2-%3%4").arg(checkpoint, format, dtype, format == QLatin1String("gguf") ? QStringLiteral("/m.gguf") : QString());
    const auto result = exportModel(job, plan(checkpoint, format, dtype, to));
    QVERIFY2(result, result ? "" : qPrintable(result.error().message + result.error().detail));
    const QJsonObject parity = result->value(QLatin1String("parity")).toObject();
    QVERIFY(parity.value(QLatin1String("passed")).toBool());
    QVERIFY(parity.value(QLatin1String("maxLogitDifference")).toDouble(1) <= 1e-4);
    QCOMPARE(parity.value(QLatin1String("greedyTokens")).toInt(), kGreedyTokens);
    QCOMPARE(parity.value(QLatin1String("greedyAgree")).toInt(), kGreedyTokens);
    QVERIFY(parity.value(QLatin1String("perplexityInside")).toDouble() > 1);
    const double change = parity.value(QLatin1String("original")).toObject().value(QLatin1String("maxLogitDifference")).toDouble(-1);
    if (dtype == QLatin1String("f32"))
        QVERIFY(change <= 1e-5);
    else
        QVERIFY(change > 1e-5);  // it was rounded, and that is shown
    const QJsonArray files = result->value(QLatin1String("files")).toArray();
    QVERIFY(!files.isEmpty());
    for (const QJsonValue &file : files) {
        const QString folder = format == QLatin1String("gguf") ? QFileInfo(path(to)).absolutePath() : path(to);
        const QString name = folder + QLatin1Char('/') + file[QLatin1String("name")].toString();
        QCOMPARE(QFileInfo(name).size(), file[QLatin1String("bytes")].toInteger());
        QCOMPARE(sha256OfFile(name).value(), file[QLatin1String("sha256")].toString());
    }
    QVERIFY(!QFileInfo::exists(job.jobPath() + QStringLiteral("/check")));  // what was read back is gone
}

void TestExportGate::adapterIsMergedIntoTheExport()
{
    test::FakeContext job = context();
    const auto result = exportModel(job, plan(QStringLiteral("adapter"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("merged")));
    QVERIFY2(result, result ? "" : qPrintable(result.error().message + result.error().detail));
    const QJsonObject parity = result->value(QLatin1String("parity")).toObject();
    QVERIFY(parity.value(QLatin1String("original")).toObject().value(QLatin1String("maxLogitDifference")).toDouble(1) < 1e-3);
    // It is the adapter that left, not the base alone.
    test::FakeContext other = context();
    const auto base = exportModel(other, plan(QStringLiteral("llama"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("unmerged")));
    QVERIFY(base);
    QVERIFY(*readFile(path(QStringLiteral("merged/model.safetensors"))) != *readFile(path(QStringLiteral("unmerged/model.safetensors"))));
    QVERIFY(std::abs(parity.value(QLatin1String("perplexityInside")).toDouble()
                     - base->value(QLatin1String("parity")).toObject().value(QLatin1String("perplexityInside")).toDouble()) > 1e-3);
}

void TestExportGate::adapterIsExportedAlone()
{
    test::FakeContext job = context();
    const auto result = exportModel(job, plan(QStringLiteral("adapter"), QStringLiteral("adapter"), QStringLiteral("f32"), QStringLiteral("peft")));
    QVERIFY2(result, result ? "" : qPrintable(result.error().message + result.error().detail));
    QVERIFY(QFileInfo::exists(path(QStringLiteral("peft/adapter_config.json"))));
    QVERIFY(QFileInfo::exists(path(QStringLiteral("peft/adapter_model.safetensors"))));
    QVERIFY(readFile(path(QStringLiteral("peft/README.md")))->contains("library_name: peft"));
    QVERIFY(result->value(QLatin1String("parity")).toObject().value(QLatin1String("maxLogitDifference")).toDouble(1) <= 1e-4);
    test::FakeContext whole = context();
    const auto refused = exportModel(whole, plan(QStringLiteral("llama"), QStringLiteral("adapter"), QStringLiteral("f32"), QStringLiteral("none")));
    QVERIFY(!refused);
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("none"))));
}

void TestExportGate::cardStandsBesideTheModel()
{
    test::FakeContext job = context();
    ExportPlan asked = plan(QStringLiteral("llama"), QStringLiteral("gguf"), QStringLiteral("f16"), QStringLiteral("cards/one.gguf"));
    asked.facts = {{QStringLiteral("base"), QJsonObject{{QStringLiteral("name"), QStringLiteral("Base")}, {QStringLiteral("licence"), QStringLiteral("mit")}}}};
    QVERIFY(exportModel(job, asked));
    const QByteArray card = *readFile(path(QStringLiteral("cards/README.md")));
    QVERIFY(card.contains("license: mit") && card.contains("library_name: gguf") && card.contains("32 of 32"));
    asked.to = path(QStringLiteral("cards/two.gguf"));
    test::FakeContext again = context();
    QVERIFY(exportModel(again, asked));
    QCOMPARE(*readFile(path(QStringLiteral("cards/README.md"))), card);  // a card that is there stays
    QVERIFY(QFileInfo::exists(path(QStringLiteral("cards/two.README.md"))));
}

void TestExportGate::roundingThatChangesTheModelIsRefused()
{
    // Weights that differ by little from a large number all become the same number in bf16's 8 bits.
    test::FakeContext job = context();
    const auto refused = exportModel(job, plan(QStringLiteral("wild"), QStringLiteral("huggingface"), QStringLiteral("bf16"), QStringLiteral("wild-out")));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Corrupt);
    QVERIFY2(refused.error().message.contains(QStringLiteral("perplexity")), qPrintable(refused.error().message));
    QVERIFY(refused.error().hint.contains(QStringLiteral("f32")));
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("wild-out"))));
    QVERIFY(QDir().mkpath(path(QStringLiteral("mine"))));
    test::FakeContext again = context();
    QVERIFY(!exportModel(again, plan(QStringLiteral("wild"), QStringLiteral("gguf"), QStringLiteral("bf16"), QStringLiteral("mine/wild.gguf"))));
    QVERIFY(QDir(path(QStringLiteral("mine"))).isEmpty());  // the person's folder stays, with nothing in it
    test::FakeContext exact = context();
    QVERIFY(exportModel(exact, plan(QStringLiteral("wild"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("wild-f32"))));
}

void TestExportGate::weightsThatDoNotFitAreRefused()
{
    writeModel(path(QStringLiteral("huge")), QStringLiteral("architecture.llama"), 1e8);
    test::FakeContext job = context();
    const auto refused = exportModel(job, plan(QStringLiteral("huge"), QStringLiteral("huggingface"), QStringLiteral("f16"), QStringLiteral("huge-out")));
    QVERIFY(!refused);
    QVERIFY(!refused.error().message.isEmpty());
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("huge-out"))));
}

void TestExportGate::cancelKeepsNothing()
{
    test::FakeContext job = context();
    job.onProgress = [&](const Progress &progress) {
        if (progress.phase.startsWith(QStringLiteral("Writing")))
            job.cancelToken().cancel();
    };
    const auto stopped = exportModel(job, plan(QStringLiteral("llama"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("stopped")));
    QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
    QVERIFY(stopped.error().message.contains(QStringLiteral("kept")));
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("stopped"))));
}

void TestExportGate::whatStandsThereIsNeverTouched_data()
{
    QTest::addColumn<QString>("checkpoint");
    QTest::addColumn<QString>("format");
    QTest::addColumn<bool>("comesLater");
    for (const bool comesLater : {false, true}) {
        QTest::addRow("folder %d", comesLater) << QStringLiteral("llama") << QStringLiteral("huggingface") << comesLater;
        QTest::addRow("gguf %d", comesLater) << QStringLiteral("llama") << QStringLiteral("gguf") << comesLater;
        QTest::addRow("adapter %d", comesLater) << QStringLiteral("adapter") << QStringLiteral("adapter") << comesLater;
    }
}

void TestExportGate::whatStandsThereIsNeverTouched()
{
    QFETCH(QString, checkpoint);
    QFETCH(QString, format);
    QFETCH(bool, comesLater);
    const bool isFile = format == QLatin1String("gguf");
    const QString home = QStringLiteral("full-%1-%2").arg(format).arg(comesLater), to = isFile ? home + QStringLiteral("/m.gguf") : home;
    const QString mine = path(isFile ? to : to + QStringLiteral("/mine.txt"));
    const auto put = [&] {
        QVERIFY(makeFolder(path(home)));
        QVERIFY(writeFileAtomically(mine, "mine"));
    };
    test::FakeContext job = context();
    if (comesLater)
        job.onProgress = [&](const Progress &progress) {
            if (progress.phase.startsWith(QStringLiteral("Reading what")))
                put();
        };
    else
        put();
    const auto refused = exportModel(job, plan(checkpoint, format, QStringLiteral("f32"), to));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::AlreadyExists);
    QCOMPARE(*readFile(mine), QByteArray("mine"));
    QCOMPARE(QDir(path(home)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size(), 1);
    QVERIFY(QDir(m_folder.path()).entryList({QStringLiteral("*.unfinished*"), QStringLiteral(".*.unfinished*")}, QDir::AllEntries | QDir::Hidden).isEmpty());
}

// A base without a template that was taught answers: other programs must ask it in the same words.
void TestExportGate::builtInWordingGoesOut()
{
    writeModel(path(QStringLiteral("taught")), QStringLiteral("architecture.llama"), 1);
    QVERIFY(writeJsonFile(path(QStringLiteral("taught/state.json")), {{QStringLiteral("format"), 1}, {QStringLiteral("teaching"), QJsonObject{{QStringLiteral("kind"), QStringLiteral("chat")}}}}));
    test::FakeContext job = context();
    const auto result = exportModel(job, plan(QStringLiteral("taught"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("taught-out")));
    QVERIFY2(result, result ? "" : qPrintable(result.error().message + result.error().detail));
    QVERIFY(readFile(path(QStringLiteral("taught-out/chat_template.jinja")))->contains("### Assistant"));
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("llama/chat_template.jinja"))));
    test::FakeContext plain = context();
    QVERIFY(exportModel(plain, plan(QStringLiteral("llama"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("plain-out"))));
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("plain-out/chat_template.jinja"))));
}

void TestExportGate::verdictsNameWhatDiffers_data()
{
    QTest::addColumn<int>("fault");
    QTest::addColumn<QString>("word");
    QTest::newRow("scores") << 0 << QStringLiteral("scores");
    QTest::newRow("greedy") << 1 << QStringLiteral("31 of 32");
    QTest::newRow("perplexity") << 2 << QStringLiteral("perplexity");
    QTest::newRow("tokens") << 3 << QStringLiteral("tokenizer");
    QTest::newRow("template") << 4 << QStringLiteral("template");
    QTest::newRow("not a number") << 5 << QStringLiteral("scores");
    QTest::newRow("names of labels") << 6 << QStringLiteral("labels are others");
    QTest::newRow("label of a text") << 7 << QStringLiteral("31 of 32 texts");
}

void TestExportGate::verdictsNameWhatDiffers()
{
    QFETCH(const int, fault);
    QFETCH(const QString, word);
    Verdict verdict;
    verdict.tolerance = exportTolerance(QStringLiteral("f32"));
    verdict.rounded.greedyTokens = verdict.rounded.greedyAgree = 32;
    verdict.perplexityInside = verdict.perplexityOutside = 5;
    QVERIFY(verdict.passed());
    if (fault == 0)
        verdict.rounded.largestScore = 2e-4;
    verdict.sameLabels = fault != 6;
    verdict.rounded.sortsTexts = fault == 7;
    if (fault == 1 || fault == 7)
        verdict.rounded.greedyAgree = 31;
    if (fault == 2)
        verdict.original.perplexityRatio = 1.001;
    verdict.rounded.sameIds = fault != 3;
    verdict.sameTemplate = fault != 4;
    if (fault == 5)
        verdict.rounded.largestScore = std::numeric_limits<double>::quiet_NaN();
    QVERIFY(!verdict.passed());
    QVERIFY2(verdict.reason().contains(word), qPrintable(verdict.reason()));
    QVERIFY(!toJson(verdict).value(QLatin1String("passed")).toBool());
}

void TestExportGate::sameModelMeasuresTheSame()
{
    const auto loaded = generate::loadModel(plugins(), path(QStringLiteral("llama")));
    QVERIFY(loaded);
    const auto manners = generate::Manners::plain(*loaded->model, *loaded->tokenizer);
    const auto a = measure(*loaded->model, *loaded->tokenizer, manners, builtInTexts(), {});
    const auto b = measure(*loaded->model, *loaded->tokenizer, manners, builtInTexts(), {});
    QVERIFY(a && b);
    const Difference same = differenceOf(*a, *b);
    QCOMPARE(same.largestScore, 0.0);
    QCOMPARE(same.greedyAgree, same.greedyTokens);
    QCOMPARE(same.perplexityRatio, 1.0);
    QVERIFY(a->perplexity() > 1 && std::isfinite(a->perplexity()));
    torch::NoGradGuard noGradients;
    loaded->model->parameters().front().value[5] += 0.5;
    const auto c = measure(*loaded->model, *loaded->tokenizer, manners, builtInTexts(), {});
    QVERIFY(differenceOf(*a, *c).largestScore > 1e-4);
    QVERIFY(!measure(*loaded->model, *loaded->tokenizer, manners, {QByteArray()}, {}));
}

void TestExportGate::jobsWithoutSenseAreRefused_data()
{
    QTest::addColumn<QJsonObject>("parameters");
    const QJsonObject good{{QStringLiteral("checkpoint"), path(QStringLiteral("llama"))}, {QStringLiteral("format"), QStringLiteral("huggingface")},
                           {QStringLiteral("dtype"), QStringLiteral("f32")}, {QStringLiteral("to"), path(QStringLiteral("refused"))}};
    for (const char *key : {"checkpoint", "format", "dtype", "to"}) {
        QJsonObject bad = good;
        bad.insert(QLatin1String(key), QStringLiteral("nonsense/none"));
        if (qstrcmp(key, "to") == 0)
            bad.remove(QStringLiteral("to"));
        QTest::newRow(key) << bad;
    }
}

void TestExportGate::jobsWithoutSenseAreRefused()
{
    QFETCH(const QJsonObject, parameters);
    test::FakeContext job = context(parameters);
    const auto refused = ExportHandler().run(job);
    QVERIFY(!refused);
    QVERIFY(!refused.error().message.isEmpty());
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("refused"))));
}

void TestExportGate::logitsAreTheModels()
{
    const QJsonObject parameters{{QStringLiteral("checkpoint"), path(QStringLiteral("llama"))}, {QStringLiteral("ids"), QJsonArray{5, 9, 12}}};
    test::FakeContext job = context(parameters);
    const auto result = LogitsHandler().run(job);
    QVERIFY2(result, result ? "" : qPrintable(result.error().message));
    const auto loaded = generate::loadModel(plugins(), path(QStringLiteral("llama")));
    const torch::Tensor expected = (*loaded->model->logits(torch::tensor({{5, 9, 12}}, torch::kInt64)))[0].contiguous();
    QCOMPARE(result->value(QLatin1String("positions")).toInteger(), 3);
    QCOMPARE(result->value(QLatin1String("vocabulary")).toInteger(), expected.size(1));
    const QByteArray bytes = *readFile(job.projectPath() + QLatin1Char('/') + result->value(QLatin1String("file")).toString());
    QCOMPARE(bytes, QByteArray(reinterpret_cast<const char *>(expected.data_ptr<float>()), qsizetype(expected.numel() * 4)));
    const QJsonObject last = result->value(QLatin1String("top")).toArray().last().toObject();
    QCOMPARE(last.value(QLatin1String("position")).toInt(), 2);
    QCOMPARE(last.value(QLatin1String("best"))[0][QLatin1String("id")].toInteger(), expected[2].argmax().item<int64_t>());
    QJsonObject onlyLast = parameters;
    onlyLast.insert(QStringLiteral("last"), true);
    test::FakeContext second = context(onlyLast);
    const auto one = LogitsHandler().run(second);
    QCOMPARE(one->value(QLatin1String("positions")).toInteger(), 1);
    QCOMPARE(one->value(QLatin1String("top")).toArray().first().toObject().value(QLatin1String("position")).toInt(), 2);
}

void TestExportGate::logitsRefuseWhatIsNoToken()
{
    for (const QJsonArray &ids : {QJsonArray{-1}, QJsonArray{1000000}, QJsonArray{QStringLiteral("x")}, QJsonArray{}}) {
        test::FakeContext job = context({{QStringLiteral("checkpoint"), path(QStringLiteral("llama"))}, {QStringLiteral("ids"), ids}});
        const auto refused = LogitsHandler().run(job);
        QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
    }
}

QTEST_GUILESS_MAIN(TestExportGate)
#include "test_export_gate.moc"
