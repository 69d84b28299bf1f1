// Adapters made by PEFT answer here as they do there, and go back unchanged (tests/golden/peft_adapters.py).
#include "core/adapt/peft.h"
#include "core/adapt/peft_head.h"
#include "core/adapt/tensor_file.h"
#include "core/base/atomic_file.h"
#include "core/interop/exchange.h"
#include "core/interop/import_source.h"
#include "core/model/label_head.h"
#include "tests/core/adapt/tiny_model.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>

#include <map>

using namespace athanor;
using namespace athanor::test;

namespace {

const QString kGolden = QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/");

// One tensor of ours from theirs.
Result<torch::Tensor> moved(const interop::TensorMove &move, const interop::WeightSource &source)
{
    std::vector<torch::Tensor> parts;
    for (const interop::TensorMove::Source &theirs : move.sources) {
        const interop::WeightEntry *entry = source.find(theirs.name);
        torch::Tensor part = torch::empty(std::vector<int64_t>(theirs.shape.begin(), theirs.shape.end()), torch::kFloat);
        ATHANOR_TRY(source.readF32(*entry, 0, part.numel(), part.data_ptr<float>()));
        parts.push_back(part);
    }
    if (move.transposed)
        return parts[0].t().contiguous();
    std::vector<torch::Tensor> rows;
    for (const interop::RowRun &run : move.rows)
        rows.push_back(parts[run.source].view({-1, move.rowLength}).narrow(0, run.first, run.count));
    return torch::cat(rows, 0).view(std::vector<int64_t>(move.shape.begin(), move.shape.end()));
}

torch::Tensor numbersOf(const QJsonValue &value)
{
    std::vector<double> numbers;
    for (const QJsonValue &entry : value.toArray())
        numbers.push_back(entry.toDouble());
    return torch::tensor(numbers, torch::kDouble);
}

torch::Tensor idsOf(const QJsonObject &expected)
{
    std::vector<torch::Tensor> rows;
    for (const QJsonValue &row : expected.value(QLatin1String("batch")).toObject().value(QLatin1String("ids")).toArray())
        rows.push_back(numbersOf(row).to(torch::kInt64));
    return torch::stack(rows);
}

// A recorded model, brought in as its family's exchange says; with a new head for labels where there are some.
Result<std::shared_ptr<network::Model>> recordedModel(const QString &family, const QStringList &labels = {})
{
    constexpr auto form = interop::ExchangeForm::HuggingFace;
    ATHANOR_ASSIGN(const QJsonObject config, readJsonFile(kGolden + family + QStringLiteral("/config.json")));
    ATHANOR_ASSIGN(const interop::Exchange exchange,
                   interop::Exchange::find(plugins(), form, config.value(QLatin1String("model_type")).toString()));
    ATHANOR_ASSIGN(const auto source, interop::openWeights(kGolden + family));
    ATHANOR_ASSIGN(const interop::FamilyChoices choices, exchange.readConfig(form, config, interop::rowsOf(*source)));
    ATHANOR_ASSIGN(QJsonObject architecture,
                   model::expandArchitecture(plugins(), choices.architecture, choices.choices, choices.vocabulary));
    if (!labels.isEmpty()) {
        ATHANOR_ASSIGN(architecture, model::withLabelHead(architecture, labels));
    }
    ATHANOR_ASSIGN(const auto model, network::Model::build(plugins(), architecture, {}));
    ATHANOR_ASSIGN(const auto moves, exchange.readMoves(form, choices.choices, choices.vocabulary, *source));
    std::map<std::string, torch::Tensor> own;
    for (const network::NamedParameter &parameter : model->parameters())
        own[parameter.name] = parameter.value.detach();
    for (const interop::TensorMove &move : moves) {
        ATHANOR_ASSIGN(const torch::Tensor value, moved(move, *source));
        if (!labels.isEmpty() && !own.contains(move.name.toStdString()))
            continue;  // of the head that went
        own.at(move.name.toStdString()).copy_(value);
    }
    return model;
}

}  // namespace

class TestPeft : public QObject {
    Q_OBJECT

    // The same names, and the same numbers under each, in whatever file.
    static void sameTensors(const QString &before, const QString &after)
    {
        const auto theirs = interop::openWeights(*interop::adapterWeightsIn(before)), ours = interop::openWeights(*interop::adapterWeightsIn(after));
        QVERIFY(theirs && ours);
        QCOMPARE((*ours)->entries().size(), (*theirs)->entries().size());
        for (const interop::WeightEntry &entry : (*theirs)->entries()) {
            const interop::WeightEntry *same = (*ours)->find(entry.name);
            QVERIFY2(same && same->shape == entry.shape, qPrintable(entry.name));
            QVERIFY2(*(*ours)->bytes(*same) == *(*theirs)->bytes(entry), qPrintable(entry.name));
        }
    }

private Q_SLOTS:
    void theirAdaptersAnswerHereAndGoBack_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"lora", "rslora", "dora", "one_layer", "gpt2", "gpt_neox", "pickled"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void theirAdaptersAnswerHereAndGoBack()
    {
        QFETCH(QString, name);
        const QString folder = kGolden + QStringLiteral("peft/") + name;
        const QJsonObject expected = *readJsonFile(folder + QStringLiteral("/expected.json"));
        const auto brought = recordedModel(expected.value(QLatin1String("family")).toString());
        QVERIFY2(brought, brought ? "" : qPrintable(brought.error().message));
        const std::shared_ptr<network::Model> model = *brought;
        const torch::Tensor ids = idsOf(expected);
        const double plain = largestDifference(model->logits(ids)->flatten().to(torch::kDouble), numbersOf(expected.value(QLatin1String("plainLogits"))));
        QVERIFY2(plain < 1e-4, qPrintable(QString::number(plain)));
        const auto all = modules(*model);
        const auto settings = adapt::readPeft(folder, *model, all);
        QVERIFY2(settings, settings ? "" : qPrintable(settings.error().message + settings.error().hint));
        const double adapted = largestDifference(model->logits(ids)->flatten().to(torch::kDouble), numbersOf(expected.value(QLatin1String("logits"))));
        QVERIFY2(adapted < 1e-4, qPrintable(QString::number(adapted)));

        QTemporaryDir written;
        const Status done = adapt::writePeft(written.path(), *model, all, *settings, QStringLiteral("base"));
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
        sameTensors(folder, written.path());
        const QJsonObject before = *readJsonFile(folder + QStringLiteral("/adapter_config.json"));
        const QJsonObject after = *readJsonFile(written.filePath(QStringLiteral("adapter_config.json")));
        for (const char *key : {"peft_type", "r", "lora_alpha", "use_rslora", "use_dora", "fan_in_fan_out", "bias"})
            QCOMPARE(after.value(QLatin1String(key)), before.value(QLatin1String(key)));
    }

    // With a head for labels beside them: the scores of each text, and all tensors under the same names.
    void theirLabelsAnswerHereAndGoBack_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"labels_llama", "labels_bert", "labels_roberta"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void theirLabelsAnswerHereAndGoBack()
    {
        QFETCH(QString, name);
        const QString folder = kGolden + QStringLiteral("peft/") + name;
        const QJsonObject expected = *readJsonFile(folder + QStringLiteral("/expected.json"));
        const QString family = expected.value(QLatin1String("family")).toString();
        const auto plain = recordedModel(family);
        const auto file = interop::openWeights(folder + QStringLiteral("/adapter_model.safetensors"));
        const auto labels = adapt::labelsOfPeft(plugins(), folder, **file, (*plain)->architecture());
        QVERIFY2(labels, labels ? "" : qPrintable(labels.error().message));
        QCOMPARE(*labels, (QStringList{QStringLiteral("LABEL_0"), QStringLiteral("LABEL_1"), QStringLiteral("LABEL_2")}));
        const std::shared_ptr<network::Model> model = *recordedModel(family, *labels);
        const auto head = adapt::familyLabelHead(plugins(), model->architecture());
        const auto all = modules(*model);
        const auto settings = adapt::readPeft(folder, *model, all, *head);
        QVERIFY2(settings, settings ? "" : qPrintable(settings.error().message + settings.error().hint));
        network::Batch batch;
        batch.ids = idsOf(expected);
        const double apart = largestDifference(model->labelLogits(batch)->flatten().to(torch::kDouble), numbersOf(expected.value(QLatin1String("labelLogits"))));
        QVERIFY2(apart < 1e-4, qPrintable(QString::number(apart)));
        qInfo("%s: scores of labels differ by at most %.1e", qPrintable(name), apart);

        QTemporaryDir written;
        const Status done = adapt::writePeft(written.path(), *model, all, *settings, QStringLiteral("base"), *head);
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
        sameTensors(folder, written.path());
        const QJsonObject config = *readJsonFile(written.filePath(QStringLiteral("adapter_config.json")));
        QCOMPARE(config.value(QLatin1String("task_type")).toString(), QStringLiteral("SEQ_CLS"));
        QCOMPARE(config.value(QLatin1String("modules_to_save")).toArray(), QJsonArray::fromStringList(head->modules));
        QCOMPARE(*adapt::labelsOfPeft(plugins(), written.path(), **file, (*plain)->architecture()), *labels);
        const QJsonObject others{{QStringLiteral("labels"), QJsonArray{QStringLiteral("one")}}};  // something else of that name
        for (const QByteArray &text : {QJsonDocument(others).toJson(), QByteArray("[\"one\"]"), QByteArray(R"({"format":1,"labels":{"one":1}})")}) {
            QVERIFY(writeFileAtomically(written.filePath(QStringLiteral("labels.json")), text));
            const auto numbered = adapt::labelsOfPeft(plugins(), written.path(), **file, (*plain)->architecture());
            QVERIFY2(numbered, numbered ? "" : qPrintable(numbered.error().message));
            QCOMPARE(*numbered, *labels);
        }
        QVERIFY(writeJsonFile(written.filePath(QStringLiteral("labels.json")), {{QStringLiteral("format"), 1}, {QStringLiteral("labels"), QJsonArray{QStringLiteral("one")}}}));
        QCOMPARE(adapt::labelsOfPeft(plugins(), written.path(), **file, (*plain)->architecture()).error().code, ErrorCode::Corrupt);
    }

    // Scores straight on the first token, as encoders were once taught them here, have no place in their class.
    void theOlderHeadOfAnEncoderIsRefused()
    {
        const std::shared_ptr<network::Model> plain = *recordedModel(QStringLiteral("bert"));
        QJsonObject older = *model::withLabelHead(plain->architecture(), {QStringLiteral("a"), QStringLiteral("b")});
        QJsonArray layers = older.value(QLatin1String("layers")).toArray();
        QJsonObject head = layers.last().toObject(), scores = head.value(QLatin1String("layers")).toArray().last().toObject();
        scores.insert(QStringLiteral("parameters"), QJsonObject{{QStringLiteral("outputs"), 2}, {QStringLiteral("pool"), QStringLiteral("first")}, {QStringLiteral("bias"), true}});
        head.insert(QStringLiteral("layers"), QJsonArray{scores});
        layers.replace(layers.size() - 1, head);
        older.insert(QStringLiteral("layers"), layers);
        const std::shared_ptr<network::Model> model = built(older);
        QVERIFY(model);
        adapt::AdapterSettings settings;
        settings.targets = {QStringLiteral("all")};
        const auto all = modules(*model);
        QVERIFY(adapt::placeAdapters(*model, all, settings, 1));
        const auto family = adapt::familyLabelHead(plugins(), older);
        QVERIFY(family);
        QTemporaryDir written;
        const Status refused = adapt::writePeft(written.path(), *model, all, settings, QStringLiteral("base"), *family);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
        QVERIFY2(refused.error().hint.contains(QStringLiteral("once more")), qPrintable(refused.error().message));
        QVERIFY(QDir(written.path()).isEmpty());
    }

    void whatCannotBeReadSaysWhy_data()
    {
        QTest::addColumn<QJsonObject>("changes");
        QTest::addColumn<QString>("word");
        QTest::newRow("method") << QJsonObject{{QStringLiteral("peft_type"), QStringLiteral("IA3")}} << QStringLiteral("IA3");
        QTest::newRow("ranks by pattern") << QJsonObject{{QStringLiteral("rank_pattern"), QJsonObject{{QStringLiteral("q_proj"), 2}}}} << QStringLiteral("ranks");
        QTest::newRow("biases") << QJsonObject{{QStringLiteral("bias"), QStringLiteral("all")}} << QStringLiteral("biases");
        QTest::newRow("rank that the file does not have") << QJsonObject{{QStringLiteral("r"), 7}} << QStringLiteral("fit");
        QTest::newRow("lengths that the file does not have") << QJsonObject{{QStringLiteral("use_dora"), true}} << QStringLiteral("part");
    }
    void whatCannotBeReadSaysWhy()
    {
        QFETCH(QJsonObject, changes);
        QFETCH(QString, word);
        QTemporaryDir folder;
        const QString source = kGolden + QStringLiteral("peft/lora/");
        QVERIFY(QFile::copy(source + QStringLiteral("adapter_model.safetensors"), folder.filePath(QStringLiteral("adapter_model.safetensors"))));
        QJsonObject config = *readJsonFile(source + QStringLiteral("adapter_config.json"));
        for (auto it = changes.begin(); it != changes.end(); ++it)
            config[it.key()] = it.value();
        QVERIFY(writeJsonFile(folder.filePath(QStringLiteral("adapter_config.json")), config));
        const std::shared_ptr<network::Model> model = *recordedModel(QStringLiteral("llama"));
        const auto read = adapt::readPeft(folder.path(), *model, modules(*model));
        QVERIFY(!read);
        QVERIFY2(read.error().message.contains(word), qPrintable(read.error().message));
    }
    void whatWouldBeLostIsRefused()
    {
        QTemporaryDir folder;
        const QString source = kGolden + QStringLiteral("peft/lora/");
        QVERIFY(QFile::copy(source + QStringLiteral("adapter_config.json"), folder.filePath(QStringLiteral("adapter_config.json"))));
        const auto file = interop::SafetensorsReader::open(source + QStringLiteral("adapter_model.safetensors"));
        QVERIFY(file);
        std::vector<std::pair<QString, torch::Tensor>> tensors;
        for (const interop::TensorEntry &entry : file->tensors())
            tensors.emplace_back(entry.name, *adapt::readTensor(*file, entry));
        tensors.emplace_back(QStringLiteral("base_model.model.lm_head.weight"), torch::zeros({2, 2}));
        QVERIFY(adapt::writeTensorFile(folder.filePath(QStringLiteral("adapter_model.safetensors")), tensors));
        const std::shared_ptr<network::Model> model = *recordedModel(QStringLiteral("llama"));
        const auto read = adapt::readPeft(folder.path(), *model, modules(*model));
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::Unsupported);
        QVERIFY2(read.error().message.contains(QStringLiteral("lm_head")), qPrintable(read.error().message));
    }
    void anAdapterOfAnotherModelIsRefused()
    {
        const std::shared_ptr<network::Model> model = *recordedModel(QStringLiteral("gpt2"));
        const auto read = adapt::readPeft(kGolden + QStringLiteral("peft/lora"), *model, modules(*model));
        QVERIFY(!read);
        QVERIFY(read.error().message.contains(QStringLiteral("q_proj")) || read.error().message.contains(QStringLiteral("v_proj")));
        QVERIFY(!adapt::hasAdapters(*model));
    }
};

QTEST_GUILESS_MAIN(TestPeft)
#include "test_peft.moc"
