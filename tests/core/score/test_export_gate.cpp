// A model leaves: what is called done answers as the model inside; what does not is removed, with the figures.
#include "core/score/export_gate.h"
#include "core/score/handlers.h"

#include "core/adapt/adapter_files.h"
#include "core/adapt/family_names.h"
#include "core/adapt/tensor_file.h"
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/interop/import_source.h"
#include "core/model/architecture.h"
#include "core/model/label_head.h"
#include "tests/support/fake_context.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::score;

namespace {

// A small byte-level tokenizer.json, as the recorded cases of the tokenizer's tests hold it.
QByteArray tokenizerBytes()
{
    const auto recorded = readJsonFile(QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/tokenizer/smollm.json"));
    return recorded ? QJsonDocument(recorded->value(QLatin1String("tokenizer")).toObject()).toJson() : QByteArray();
}

plugin::Catalogue &plugins()
{
    static plugin::Catalogue catalogue;
    static const bool scanned = (catalogue.scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")}), true);
    Q_UNUSED(scanned)
    return catalogue;
}

const QStringList kLabels{QStringLiteral("bill"), QStringLiteral("letter"), QStringLiteral("poem")};

// A model folder as an import or a training leaves it. `scale` and `offset`: of the random weights.
void writeModel(const QString &folder, const QString &family, double scale, double offset = 0, const QStringList &labels = {})
{
    const auto tokenizer = tokenizer::parseTokenizer(tokenizerBytes(), QStringLiteral("small"));
    QVERIFY2(tokenizer, tokenizer ? "" : qPrintable(tokenizer.error().message));
    const qint64 vocabulary = ((*tokenizer)->vocabularySize() + 31) / 32 * 32;
    auto architecture = model::expandArchitecture(
        plugins(), family, {{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 96}}, vocabulary);
    QVERIFY2(architecture, architecture ? "" : qPrintable(architecture.error().message));
    if (!labels.isEmpty())
        architecture = model::withLabelHead(*architecture, labels);
    const auto model = network::Model::build(plugins(), *architecture, {at::kFloat, 5});
    QVERIFY2(model, model ? "" : qPrintable(model.error().message));
    std::vector<std::pair<QString, torch::Tensor>> tensors;
    torch::NoGradGuard noGradients;
    for (const network::NamedParameter &parameter : (*model)->parameters())
        tensors.emplace_back(QString::fromStdString(parameter.name), parameter.value.dim() > 1 ? parameter.value.detach() * scale + offset : parameter.value.detach());
    QVERIFY(makeFolder(folder));
    QVERIFY(adapt::writeTensorFile(folder + QStringLiteral("/model.safetensors"), tensors));
    QVERIFY(writeJsonFile(folder + QStringLiteral("/architecture.json"), *architecture));
    QVERIFY(writeFileAtomically(folder + QStringLiteral("/tokenizer.json"), tokenizerBytes()));
}

// The same folder as base, with an adapter of random numbers on it, and a new head where there are labels.
void writeAdapter(const QString &folder, const QString &base, const QStringList &labels = {}, bool merges = true)
{
    auto architecture = readJsonFile(base + QStringLiteral("/architecture.json"));
    if (!labels.isEmpty())
        architecture = model::withLabelHead(*architecture, labels);
    const auto model = network::Model::build(plugins(), *architecture, {at::kFloat, 5});
    QVERIFY(model);
    adapt::AdapterFacts facts{base, *sha256OfFile(base + QStringLiteral("/model.safetensors")), {}};
    facts.settings.targets = {QStringLiteral("all")};
    facts.settings.dora = !merges;
    QVERIFY(adapt::placeAdapters(**model, adapt::modulesOf(**model, *adapt::familyMatrices(plugins(), *architecture)), facts.settings, 1));
    std::vector<std::pair<QString, torch::Tensor>> tensors;
    torch::manual_seed(3);
    for (const network::NamedParameter &tensor : adapt::adapterTensors(**model))
        tensors.emplace_back(QString::fromStdString(tensor.name), torch::randn_like(tensor.value.detach()) * 0.05);
    const QStringList headLayers = model::labelHeadLayers(*architecture);
    for (const network::NamedParameter &parameter : (*model)->parameters())
        if (const QString name = QString::fromStdString(parameter.name); headLayers.contains(name.section(QLatin1Char('.'), 0, 0)))
            tensors.emplace_back(name, torch::randn_like(parameter.value.detach()));
    QVERIFY(makeFolder(folder));
    QVERIFY(adapt::writeTensorFile(folder + QStringLiteral("/adapter.safetensors"), tensors));
    QVERIFY(writeJsonFile(folder + QStringLiteral("/adapter.json"), adapt::toJson(facts)));
    QVERIFY(writeJsonFile(folder + QStringLiteral("/architecture.json"), *architecture));
    QVERIFY(writeFileAtomically(folder + QStringLiteral("/tokenizer.json"), tokenizerBytes()));
}

}  // namespace

class TestExportGate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void exportsAnswerAsInside_data();
    void exportsAnswerAsInside();
    void adapterIsMergedIntoTheExport();
    void adapterIsExportedAlone();
    void labelsLeaveWholeAndComeBack_data();
    void labelsLeaveWholeAndComeBack();
    void adapterWithLabelsLeavesBothWays_data();
    void adapterWithLabelsLeavesBothWays();
    void labelsThatHaveNoPlaceAreRefused();
    void textsAreCutAsTheyWereTaught();
    void paddingIsNotRead();
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

private:
    QString path(const QString &name) const { return m_folder.filePath(name); }
    ExportPlan plan(const QString &checkpoint, const QString &format, const QString &dtype, const QString &to) const
    {
        return {path(checkpoint), {format, dtype}, path(to), QStringLiteral("tiny"), {}, builtInTexts()};
    }
    test::FakeContext context(const QJsonObject &parameters = {}) const
    {
        job::Spec spec;
        spec.id = QStringLiteral("job");
        spec.kind = QStringLiteral("export");
        spec.parameters = parameters;
        return test::FakeContext(m_folder.path(), spec, plugins());
    }
    QTemporaryDir m_folder;
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

void TestExportGate::labelsLeaveWholeAndComeBack_data()
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

void TestExportGate::labelsLeaveWholeAndComeBack()
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

void TestExportGate::adapterWithLabelsLeavesBothWays_data()
{
    QTest::addColumn<QString>("family");
    QTest::addColumn<QJsonArray>("saved");
    QTest::newRow("llama") << QStringLiteral("llama") << QJsonArray{QStringLiteral("score")};
    QTest::newRow("bert") << QStringLiteral("bert") << QJsonArray{QStringLiteral("classifier"), QStringLiteral("pooler")};
    QTest::newRow("roberta") << QStringLiteral("roberta") << QJsonArray{QStringLiteral("classifier")};
}

void TestExportGate::adapterWithLabelsLeavesBothWays()
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

void TestExportGate::labelsThatHaveNoPlaceAreRefused()
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
void TestExportGate::textsAreCutAsTheyWereTaught()
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
void TestExportGate::paddingIsNotRead()
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
