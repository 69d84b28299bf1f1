// A model that was taught labels leaves: with the head of its family, as an adapter, with its padding and where texts are
// cut; and what has no place for labels is refused.
#include "tests/core/score/export_fixture.h"

using namespace athanor;
using namespace athanor::score;
using namespace athanor::test;

class TestExportLabels : public ExportTest {
    Q_OBJECT

private Q_SLOTS:
    void labelsLeaveWholeAndComeBack_data();
    void labelsLeaveWholeAndComeBack();
    void adapterWithLabelsLeavesBothWays_data();
    void adapterWithLabelsLeavesBothWays();
    void labelsThatHaveNoPlaceAreRefused();
    void textsAreCutAsTheyWereTaught();
    void paddingIsNotRead();
};

void TestExportLabels::labelsLeaveWholeAndComeBack_data()
{
    QTest::addColumn<QString>("family");
    QTest::addColumn<QString>("className");
    QTest::addColumn<QString>("scores");
    for (const auto &[family, className, scores] : {std::tuple("llama", "LlamaForSequenceClassification", "score.weight"),
                                                    std::tuple("mistral", "MistralForSequenceClassification", "score.weight"),
                                                    std::tuple("qwen2", "Qwen2ForSequenceClassification", "score.weight"),
                                                    std::tuple("qwen3", "Qwen3ForSequenceClassification", "score.weight"),
                                                    std::tuple("gpt2", "GPT2ForSequenceClassification", "score.weight"),
                                                    std::tuple("gpt_neox", "GPTNeoXForSequenceClassification", "score.weight"),
                                                    std::tuple("falcon", "FalconForSequenceClassification", "score.weight"),
                                                    std::tuple("bert", "BertForSequenceClassification", "classifier.weight"),
                                                    std::tuple("roberta", "RobertaForSequenceClassification", "classifier.out_proj.weight")})
        QTest::newRow(family) << QString::fromLatin1(family) << QString::fromLatin1(className) << QString::fromLatin1(scores);
}

void TestExportLabels::labelsLeaveWholeAndComeBack()
{
    QFETCH(const QString, family);
    QFETCH(const QString, className);
    QFETCH(const QString, scores);
    const QString inside = QStringLiteral("sorts-") + family, out = inside + QStringLiteral("-out");
    writeModel(path(inside), QStringLiteral("architecture.") + family, 1, 0, kLabels);
    test::FakeContext job = context();
    const auto result = exportModel(job, plan(inside, QStringLiteral("huggingface"), QStringLiteral("f32"), out));
    QVERIFY2(result, result ? "" : qPrintable(result.error().message + result.error().detail));
    const QJsonObject parity = result->value(QLatin1String("parity")).toObject();
    QVERIFY(parity.value(QLatin1String("sortsTexts")).toBool());
    QVERIFY(parity.value(QLatin1String("maxLogitDifference")).toDouble(1) <= 1e-4);
    QCOMPARE(parity.value(QLatin1String("greedyTokens")).toInteger(), builtInTexts().size());
    QCOMPARE(parity.value(QLatin1String("greedyAgree")), parity.value(QLatin1String("greedyTokens")));

    const QJsonObject config = *readJsonFile(path(out + QStringLiteral("/config.json")));
    QCOMPARE(config.value(QLatin1String("architectures")).toArray(), (QJsonArray{className}));
    QCOMPARE(config.value(QLatin1String("num_labels")).toInt(), 3);
    QCOMPARE(config.value(QLatin1String("id2label")).toObject().value(QLatin1String("1")).toString(), kLabels[1]);
    QCOMPARE(config.value(QLatin1String("label2id")).toObject().value(kLabels[2]).toInt(-1), 2);
    const qint64 padding = config.value(QLatin1String("pad_token_id")).toInteger(-1);
    QVERIFY(padding >= 0);
    const auto weights = interop::openWeights(path(out));
    QVERIFY(weights && (*weights)->find(scores));
    QVERIFY(!(*weights)->find(QStringLiteral("lm_head.weight")));
    const auto tokenizer = tokenizer::readTokenizer(path(out));
    QCOMPARE((*tokenizer)->tokenId(readJsonFile(path(out + QStringLiteral("/tokenizer_config.json")))->value(QLatin1String("pad_token")).toString().toUtf8()), padding);
    const QByteArray card = *readFile(path(out + QStringLiteral("/README.md")));
    QVERIFY(card.contains("pipeline_tag: text-classification") && card.contains("bill, letter, poem") && card.contains("same label: 4 of 4"));
    const auto source = interop::openModelSource(plugins(), path(out));
    QVERIFY2(source, source ? "" : qPrintable(source.error().message));
    QCOMPARE(model::labelsOf(source->architecture), kLabels);
    QCOMPARE(source->family.className, className);
}

void TestExportLabels::adapterWithLabelsLeavesBothWays_data()
{
    QTest::addColumn<QString>("family");
    QTest::addColumn<QJsonArray>("saved");
    QTest::newRow("llama") << QStringLiteral("llama") << QJsonArray{QStringLiteral("score")};
    QTest::newRow("bert") << QStringLiteral("bert") << QJsonArray{QStringLiteral("classifier"), QStringLiteral("pooler")};
    QTest::newRow("roberta") << QStringLiteral("roberta") << QJsonArray{QStringLiteral("classifier")};
}

void TestExportLabels::adapterWithLabelsLeavesBothWays()
{
    QFETCH(const QString, family);
    QFETCH(const QJsonArray, saved);
    const QString base = QStringLiteral("below-") + family, inside = QStringLiteral("taught-") + family;
    writeModel(path(base), QStringLiteral("architecture.") + family, 1);
    writeAdapter(path(inside), path(base), kLabels);
    const QString alone = inside + QStringLiteral("-peft"), whole = inside + QStringLiteral("-whole");
    test::FakeContext job = context();
    const auto peft = exportModel(job, plan(inside, QStringLiteral("adapter"), QStringLiteral("f32"), alone));
    QVERIFY2(peft, peft ? "" : qPrintable(peft.error().message + peft.error().detail));
    QVERIFY(peft->value(QLatin1String("parity")).toObject().value(QLatin1String("maxLogitDifference")).toDouble(1) <= 1e-4);
    const QJsonObject config = *readJsonFile(path(alone + QStringLiteral("/adapter_config.json")));
    QCOMPARE(config.value(QLatin1String("task_type")).toString(), QStringLiteral("SEQ_CLS"));
    QCOMPARE(config.value(QLatin1String("modules_to_save")).toArray(), saved);
    QCOMPARE(readJsonFile(path(alone + QStringLiteral("/labels.json")))->value(QLatin1String("labels")).toArray(), QJsonArray::fromStringList(kLabels));
    QVERIFY(readFile(path(alone + QStringLiteral("/README.md")))->contains("num_labels=3"));
    const QJsonObject reading = *readJsonFile(path(alone + QStringLiteral("/tokenizer_config.json")));
    const qint64 padding = (*tokenizer::readTokenizer(path(alone)))->tokenId(reading.value(QLatin1String("pad_token")).toString().toUtf8());
    QVERIFY(padding >= 0 && reading.value(QLatin1String("model_max_length")).toInt() > 0);
    QVERIFY(readFile(path(alone + QStringLiteral("/README.md")))->contains(QStringLiteral("pad_token_id = %1").arg(padding).toUtf8()));
    test::FakeContext other = context();
    const auto merged = exportModel(other, plan(inside, QStringLiteral("huggingface"), QStringLiteral("f32"), whole));
    QVERIFY2(merged, merged ? "" : qPrintable(merged.error().message + merged.error().detail));
    QCOMPARE(readJsonFile(path(whole + QStringLiteral("/config.json")))->value(QLatin1String("num_labels")).toInt(), 3);
}

void TestExportLabels::labelsThatHaveNoPlaceAreRefused()
{
    writeModel(path(QStringLiteral("sorts")), QStringLiteral("architecture.llama"), 1, 0, kLabels);
    test::FakeContext job = context();
    const auto refused = exportModel(job, plan(QStringLiteral("sorts"), QStringLiteral("gguf"), QStringLiteral("f16"), QStringLiteral("sorts.gguf")));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Unsupported);
    QVERIFY(refused.error().message.contains(QStringLiteral("labels")) && refused.error().hint.contains(QStringLiteral("Hugging Face")));
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("sorts.gguf"))));

    // A head of an older kind, straight on the first token, has no class in transformers.
    writeModel(path(QStringLiteral("older")), QStringLiteral("architecture.bert"), 1, 0, kLabels);
    QJsonObject architecture = *readJsonFile(path(QStringLiteral("older/architecture.json")));
    QJsonArray layers = architecture.value(QLatin1String("layers")).toArray();
    QJsonObject head = layers.last().toObject(), scores = head.value(QLatin1String("layers")).toArray().last().toObject();
    scores.insert(QStringLiteral("parameters"), QJsonObject{{QStringLiteral("outputs"), 3}, {QStringLiteral("pool"), QStringLiteral("first")}});
    head.insert(QStringLiteral("layers"), QJsonArray{scores});
    layers.replace(layers.size() - 1, head);
    architecture.insert(QStringLiteral("layers"), layers);
    QVERIFY(writeJsonFile(path(QStringLiteral("older/architecture.json")), architecture));
    const auto model = network::Model::build(plugins(), architecture, {at::kFloat, 5});
    std::vector<std::pair<QString, torch::Tensor>> tensors;
    for (const network::NamedParameter &parameter : (*model)->parameters())
        tensors.emplace_back(QString::fromStdString(parameter.name), parameter.value.detach());
    QVERIFY(adapt::writeTensorFile(path(QStringLiteral("older/model.safetensors")), tensors));
    test::FakeContext again = context();
    const auto older = exportModel(again, plan(QStringLiteral("older"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("older-out")));
    QVERIFY(!older);
    QCOMPARE(older.error().code, ErrorCode::Unsupported);
    QVERIFY2(older.error().hint.contains(QStringLiteral("once more")), qPrintable(older.error().message));
    QVERIFY(!QFileInfo::exists(path(QStringLiteral("older-out"))));
}

// What a run said about texts that are too long goes out with the tokenizer, and counts again where it comes in.
void TestExportLabels::textsAreCutAsTheyWereTaught()
{
    writeModel(path(QStringLiteral("cuts")), QStringLiteral("architecture.llama"), 1, 0, kLabels);
    QVERIFY(writeJsonFile(path(QStringLiteral("cuts/state.json")),
                          {{QStringLiteral("format"), 1}, {QStringLiteral("teaching"), QJsonObject{{QStringLiteral("kind"), QStringLiteral("labels")},
                                                           {QStringLiteral("maxTokens"), 40}, {QStringLiteral("truncate"), QStringLiteral("front")}}}}));
    const QString tokens = QStringLiteral("/special_tokens_map.json");
    QVERIFY(writeJsonFile(path(QStringLiteral("cuts")) + tokens, {{QStringLiteral("pad_token"), QJsonObject{{QStringLiteral("content"), QStringLiteral("<|im_end|>")}}}}));
    test::FakeContext job = context();
    const auto result = exportModel(job, plan(QStringLiteral("cuts"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("cuts-out")));
    QVERIFY2(result, result ? "" : qPrintable(result.error().message));
    const QJsonObject config = *readJsonFile(path(QStringLiteral("cuts-out/tokenizer_config.json")));
    QCOMPARE(config.value(QLatin1String("model_max_length")).toInt(), 40);
    QCOMPARE(config.value(QLatin1String("truncation_side")).toString(), QStringLiteral("left"));
    const auto loaded = generate::loadModel(plugins(), path(QStringLiteral("cuts")));
    const auto manners = generate::readManners(path(QStringLiteral("cuts-out")), *loaded->model, *loaded->tokenizer);
    QVERIFY(manners);
    QCOMPARE(manners->longestText, 40);
    QVERIFY(manners->cutsFront);
    // Each file that names the padding names the same.
    QCOMPARE(readJsonFile(path(QStringLiteral("cuts-out/config.json")))->value(QLatin1String("pad_token_id")).toInt(), 2);
    QCOMPARE(config.value(QLatin1String("pad_token")).toString(), QStringLiteral("<|im_end|>"));
    QCOMPARE(readJsonFile(path(QStringLiteral("cuts-out")) + tokens)->value(QLatin1String("pad_token")).toString(), QStringLiteral("<|im_end|>"));
    QVERIFY(writeJsonFile(path(QStringLiteral("cuts")) + tokens, {{QStringLiteral("pad_token"), QStringLiteral("no such token")}}));
    test::FakeContext again = context();
    QVERIFY(exportModel(again, plan(QStringLiteral("cuts"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("cuts-again"))));
    QCOMPARE(readJsonFile(path(QStringLiteral("cuts-again")) + tokens)->value(QLatin1String("pad_token")).toString(),
             readJsonFile(path(QStringLiteral("cuts-again/tokenizer_config.json")))->value(QLatin1String("pad_token")).toString());
}

// The mark that a tokenizer adds is not read where it is the padding of a model that came with its labels.
void TestExportLabels::paddingIsNotRead()
{
    const QString folder = path(QStringLiteral("pads")), mark = QStringLiteral("<|im_end|>");
    writeModel(folder, QStringLiteral("architecture.llama"), 1, 0, kLabels);
    QJsonObject tokenizer = *readJsonFile(folder + QStringLiteral("/tokenizer.json"));
    const QJsonObject text{{QStringLiteral("Sequence"), QJsonObject{{QStringLiteral("id"), QStringLiteral("A")}, {QStringLiteral("type_id"), 0}}}};
    const QJsonObject end{{QStringLiteral("SpecialToken"), QJsonObject{{QStringLiteral("id"), mark}, {QStringLiteral("type_id"), 0}}}};
    const QJsonObject ids{{QStringLiteral("id"), mark}, {QStringLiteral("ids"), QJsonArray{2}}, {QStringLiteral("tokens"), QJsonArray{mark}}};
    tokenizer.insert(QStringLiteral("post_processor"), QJsonObject{{QStringLiteral("type"), QStringLiteral("TemplateProcessing")}, {QStringLiteral("single"), QJsonArray{text, end}},
                                                                   {QStringLiteral("pair"), QJsonArray{text, end}}, {QStringLiteral("special_tokens"), QJsonObject{{mark, ids}}}});
    QVERIFY(writeJsonFile(folder + QStringLiteral("/tokenizer.json"), tokenizer));
    const auto suffixWith = [&](int padding, const char *className) {
        const QJsonObject config{{QStringLiteral("architectures"), QJsonArray{QLatin1String(className)}}, {QStringLiteral("pad_token_id"), padding}};
        const bool isWritten = writeJsonFile(folder + QStringLiteral("/model.json"), {{QStringLiteral("format"), 1}, {QStringLiteral("config"), config}}).has_value();
        const auto loaded = generate::loadModel(plugins(), folder);
        const auto manners = isWritten && loaded ? generate::readManners(folder, *loaded->model, *loaded->tokenizer) : Result<generate::Manners>(fail(loaded.error()));
        return manners ? manners->suffix : std::vector<int64_t>{-1};
    };
    QCOMPARE(suffixWith(0, "LlamaForSequenceClassification"), std::vector<int64_t>{2});
    QCOMPARE(suffixWith(2, "LlamaForCausalLM"), std::vector<int64_t>{2});
    QCOMPARE(suffixWith(2, "LlamaForSequenceClassification"), std::vector<int64_t>());
    test::FakeContext job = context();
    const auto result = exportModel(job, plan(QStringLiteral("pads"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("pads-out")));
    QVERIFY2(result, result ? "" : qPrintable(result.error().message));
    QCOMPARE(readJsonFile(path(QStringLiteral("pads-out/config.json")))->value(QLatin1String("pad_token_id")).toInt(), 2);
    // Taught here, with the mark behind each text, it is read there, and something else fills up.
    QVERIFY(writeJsonFile(folder + QStringLiteral("/state.json"), {{QStringLiteral("format"), 1}, {QStringLiteral("teaching"), QJsonObject{{QStringLiteral("kind"), QStringLiteral("labels")}}}}));
    QCOMPARE(suffixWith(2, "LlamaForSequenceClassification"), std::vector<int64_t>{2});
    test::FakeContext again = context();
    QVERIFY(exportModel(again, plan(QStringLiteral("pads"), QStringLiteral("huggingface"), QStringLiteral("f32"), QStringLiteral("pads-taught"))));
    QVERIFY(readJsonFile(path(QStringLiteral("pads-taught/config.json")))->value(QLatin1String("pad_token_id")) != QJsonValue(2));
}

QTEST_GUILESS_MAIN(TestExportLabels)
#include "test_export_labels.moc"
