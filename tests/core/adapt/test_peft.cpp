// Adapters made by PEFT answer here as they do there, and go back unchanged (tests/golden/peft_adapters.py).
#include "core/adapt/peft.h"
#include "core/adapt/tensor_file.h"
#include "core/base/atomic_file.h"
#include "core/interop/exchange.h"
#include "tests/core/adapt/tiny_model.h"

#include <QDir>
#include <QJsonArray>
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

// A recorded model, brought in as its family's exchange says.
Result<std::shared_ptr<network::Model>> recordedModel(const QString &family)
{
    constexpr auto form = interop::ExchangeForm::HuggingFace;
    ATHANOR_ASSIGN(const QJsonObject config, readJsonFile(kGolden + family + QStringLiteral("/config.json")));
    ATHANOR_ASSIGN(const interop::Exchange exchange,
                   interop::Exchange::find(plugins(), form, config.value(QLatin1String("model_type")).toString()));
    ATHANOR_ASSIGN(const auto source, interop::openWeights(kGolden + family));
    ATHANOR_ASSIGN(const interop::FamilyChoices choices, exchange.readConfig(form, config, interop::rowsOf(*source)));
    ATHANOR_ASSIGN(const QJsonObject architecture,
                   model::expandArchitecture(plugins(), choices.architecture, choices.choices, choices.vocabulary));
    ATHANOR_ASSIGN(const auto model, network::Model::build(plugins(), architecture, {}));
    ATHANOR_ASSIGN(const auto moves, exchange.readMoves(form, choices.choices, choices.vocabulary, *source));
    std::map<std::string, torch::Tensor> own;
    for (const network::NamedParameter &parameter : model->parameters())
        own[parameter.name] = parameter.value.detach();
    for (const interop::TensorMove &move : moves) {
        ATHANOR_ASSIGN(const torch::Tensor value, moved(move, *source));
        own.at(move.name.toStdString()).copy_(value);
    }
    return model;
}

}  // namespace

class TestPeft : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theirAdaptersAnswerHereAndGoBack_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"lora", "rslora", "dora", "one_layer", "gpt2", "gpt_neox"})
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
        const auto theirs = interop::SafetensorsReader::open(folder + QStringLiteral("/adapter_model.safetensors"));
        const auto ours = interop::SafetensorsReader::open(written.filePath(QStringLiteral("adapter_model.safetensors")));
        QVERIFY(theirs && ours);
        QCOMPARE(ours->tensors().size(), theirs->tensors().size());
        for (const interop::TensorEntry &entry : theirs->tensors()) {
            const interop::TensorEntry *same = ours->find(entry.name);
            QVERIFY2(same, qPrintable(entry.name));
            QVERIFY2(ours->bytes(*same).toByteArray() == theirs->bytes(entry).toByteArray(), qPrintable(entry.name));
        }
        const QJsonObject before = *readJsonFile(folder + QStringLiteral("/adapter_config.json"));
        const QJsonObject after = *readJsonFile(written.filePath(QStringLiteral("adapter_config.json")));
        for (const char *key : {"peft_type", "r", "lora_alpha", "use_rslora", "use_dora", "fan_in_fan_out", "bias"})
            QCOMPARE(after.value(QLatin1String(key)), before.value(QLatin1String(key)));
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
