// Labels are learned from records: by all weights, by an adapter, by an encoder that came without a head, and by one that an
// earlier version gave another head.
#include "tests/core/train/fine_tuning_fixture.h"

using namespace athanor;
using namespace athanor::test;

namespace {

QByteArray labelRecord(int number)
{
    static const QString animals[] = {QStringLiteral("cat"), QStringLiteral("dog"), QStringLiteral("hen")};
    static const QString verbs[] = {QStringLiteral("sees"), QStringLiteral("hears"), QStringLiteral("meets"), QStringLiteral("likes")};
    const QString animal = animals[number % 3];
    return compact({{QStringLiteral("text"), QStringLiteral("the %1 %2 it%3").arg(animal, verbs[number % 4], QString(number % 5, QLatin1Char('.')))},
                    {QStringLiteral("label"), animal}});
}

}  // namespace

class TestLabelsLearned : public FineTuningTest {
    Q_OBJECT

private:
    // The architecture of a small encoder without a head, whose model folder then stands at `base`.
    Result<QJsonObject> headlessEncoder(const QString &base)
    {
        const QJsonObject choices{{QStringLiteral("width"), 32},    {QStringLiteral("layers"), 2},          {QStringLiteral("heads"), 2},
                                  {QStringLiteral("context"), 32},  {QStringLiteral("masked"), false},      {QStringLiteral("next_sentence"), false},
                                  {QStringLiteral("pooler"), false}};
        ATHANOR_ASSIGN(const QJsonObject headless, model::expandArchitecture(*m_plugins, QStringLiteral("architecture.bert"), choices, 296));
        ATHANOR_ASSIGN(const QJsonObject labelled, model::withLabelHead(headless, {QStringLiteral("a"), QStringLiteral("b")}));
        ATHANOR_ASSIGN(const auto whole, network::Model::build(*m_plugins, labelled, {at::kFloat, 3}));
        std::vector<std::pair<QString, torch::Tensor>> tensors;
        for (const network::NamedParameter &parameter : whole->parameters())
            if (const QString name = QString::fromStdString(parameter.name); !name.startsWith(QLatin1String("pooler")) && !name.startsWith(QLatin1String("labels")))
                tensors.emplace_back(name, parameter.value.detach());
        const QString folder = m_project->path() + QLatin1Char('/') + base;
        ATHANOR_TRY(makeFolder(folder));
        ATHANOR_TRY(adapt::writeTensorFile(folder + QStringLiteral("/model.safetensors"), tensors));
        ATHANOR_TRY(writeJsonFile(folder + QStringLiteral("/architecture.json"), headless));
        QFile::copy(absolute(m_base) + QStringLiteral("/tokenizer.model"), folder + QStringLiteral("/tokenizer.model"));
        return headless;
    }

private Q_SLOTS:
    void initTestCase() { trainTheBase(); }

    void labelsAreLearned_data()
    {
        QTest::addColumn<QJsonObject>("parameters");
        QTest::newRow("all weights") << QJsonObject();
        QTest::newRow("an adapter and the head") << with({{QStringLiteral("adapter"), adapterSettings({{QStringLiteral("targets"), QStringLiteral("all")}, {QStringLiteral("rank"), 8}})}});
    }

    void labelsAreLearned()
    {
        QFETCH(QJsonObject, parameters);
        const QString name = QString::fromLatin1(QTest::currentDataTag()).remove(QLatin1Char(' '));
        const QJsonObject data = recordsCorpus(qPrintable(name), labelRecord, 90, 30);
        for (auto it = data.begin(); it != data.end(); ++it)
            parameters[it.key()] = it.value();
        parameters[QStringLiteral("teaching")] = with({{QStringLiteral("kind"), QStringLiteral("labels")}});
        FakeContext sorting = context(name, {{QStringLiteral("budget"), 120}, {QStringLiteral("batch"), 10}, {QStringLiteral("learning_rate"), 0.01},
                                             {QStringLiteral("validation_every"), 40}}, onBase(parameters));
        const auto result = run(sorting);
        QVERIFY2(result, qPrintable(why(result)));
        QCOMPARE(result->value(QLatin1String("accuracy")).toDouble(), 1.0);
        QCOMPARE(result->value(QLatin1String("macroF1")).toDouble(), 1.0);
        QVERIFY(!result->contains(QLatin1String("bitsPerByte")));
        QVERIFY(sorting.metrics.value(0).value(QStringLiteral("validation/accuracy")) < 0.9);
        const auto loaded = generate::loadModel(*m_plugins, absolute(result->value(QLatin1String("bestCheckpoint"))));
        QVERIFY2(loaded, loaded ? "" : qPrintable(loaded.error().message));
        QVERIFY(loaded->model->hasLabelHead());
        QCOMPARE(loaded->model->architecture().value(QLatin1String("labels")).toArray().size(), 3);
        // It writes nothing: asked for tokens, it says so.
        network::Pass pass;
        network::Batch batch;
        batch.ids = torch::arange(8, torch::kInt64).view({1, 8});
        batch.targets = batch.ids;
        QVERIFY(!loaded->model->loss(batch, pass));
        QVERIFY(!loaded->model->logits(batch));
        QVERIFY(!loaded->model->targetLogits(batch));
    }

    // What comes out of a GGUF file of BERT: alone it answers nothing and says what it is for; as a base it learns labels.
    void anEncoderWithoutAHeadIsTaughtLabels()
    {
        const QString base = QStringLiteral("jobs/encoder/model"), folder = m_project->path() + QLatin1Char('/') + base;
        const auto headless = headlessEncoder(base);
        QVERIFY2(headless, headless ? "" : qPrintable(headless.error().message));
        QVERIFY(model::isHeadless(*headless));
        const auto alone = generate::loadModel(*m_plugins, folder);
        QVERIFY(!alone);
        QVERIFY2(alone.error().message.contains(QStringLiteral("without a head")) && alone.error().hint.contains(QStringLiteral("labels")), qPrintable(alone.error().message));

        QJsonObject parameters = recordsCorpus("sorted", labelRecord, 90, 30);
        parameters[QStringLiteral("from")] = base;
        parameters[QStringLiteral("architecture")] = *headless;
        parameters[QStringLiteral("teaching")] = with({{QStringLiteral("kind"), QStringLiteral("labels")}});
        FakeContext sorting = context(QStringLiteral("sorted"), {{QStringLiteral("budget"), 120}, {QStringLiteral("batch"), 10},
                                                                 {QStringLiteral("learning_rate"), 0.01}}, parameters);
        const auto result = run(sorting);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY2(result->value(QLatin1String("accuracy")).toDouble() > 0.8, qPrintable(QString::number(result->value(QLatin1String("accuracy")).toDouble())));
        const auto taught = generate::loadModel(*m_plugins, absolute(result->value(QLatin1String("bestCheckpoint"))));
        QVERIFY2(taught, taught ? "" : qPrintable(taught.error().message));
        QCOMPARE(model::labelHeadLayers(taught->model->architecture()), (QStringList{QStringLiteral("pooler"), QStringLiteral("labels")}));

        QJsonObject choices = headless->value(QLatin1String("choices")).toObject();  // telling neighbours apart is a head too
        for (const char *part : {"pooler", "next_sentence"})
            choices.insert(QLatin1String(part), true);
        QVERIFY(!model::isHeadless(*model::expandArchitecture(*m_plugins, QStringLiteral("architecture.bert"), choices, 296)));
        choices.insert(QStringLiteral("next_sentence"), false);
        QVERIFY(model::isHeadless(*model::expandArchitecture(*m_plugins, QStringLiteral("architecture.bert"), choices, 296)));
    }

    // Encoders used to be taught labels straight on the first token. Such a run goes on as it began; one that starts from
    // it gets the family's head.
    void anOlderHeadGoesOn()
    {
        const QString base = QStringLiteral("jobs/olderBase/model");
        const auto headless = headlessEncoder(base);
        QVERIFY2(headless, headless ? "" : qPrintable(headless.error().message));
        QJsonObject older = *model::withLabelHead(*headless, {QStringLiteral("cat"), QStringLiteral("dog"), QStringLiteral("hen")});
        QJsonArray layers = older.value(QLatin1String("layers")).toArray();
        QJsonObject head = layers.last().toObject(), scores = head.value(QLatin1String("layers")).toArray().last().toObject();
        scores.insert(QStringLiteral("parameters"), QJsonObject{{QStringLiteral("outputs"), 3}, {QStringLiteral("pool"), QStringLiteral("first")}, {QStringLiteral("bias"), true}});
        head.insert(QStringLiteral("layers"), QJsonArray{scores});
        layers.replace(layers.size() - 1, head);
        older.insert(QStringLiteral("layers"), layers);

        QJsonObject parameters = recordsCorpus("older", labelRecord, 90, 30);
        parameters[QStringLiteral("from")] = base;
        parameters[QStringLiteral("teaching")] = with({{QStringLiteral("kind"), QStringLiteral("labels")}});
        const QJsonObject settings{{QStringLiteral("budget"), 10}, {QStringLiteral("batch"), 10}};
        const auto taught = [&](const char *id, const QJsonObject &architecture, int stop, int attempt = 1) {
            parameters[QStringLiteral("architecture")] = architecture;
            FakeContext sorting = context(QLatin1String(id), settings, parameters);
            sorting.stopAfterStep = stop;
            sorting.m_attempt = attempt;
            const auto result = run(sorting);
            return std::pair(result, sorting.logs);
        };
        const auto layersOf = [&](const Result<QJsonObject> &result) {
            return model::labelHeadLayers(readJsonFile(absolute(result->value(QLatin1String("lastCheckpoint"))) + QStringLiteral("/architecture.json")).value_or(QJsonObject()));
        };
        QCOMPARE(taught("olderRun", older, 4).first.error().code, ErrorCode::Cancelled);
        const auto resumed = taught("olderRun", *headless, -1, 2).first;
        QVERIFY2(resumed, qPrintable(why(resumed)));
        QCOMPARE(layersOf(resumed), QStringList{QStringLiteral("labels")});
        parameters[QStringLiteral("from")] = resumed->value(QLatin1String("lastCheckpoint"));
        const auto [forked, said] = taught("olderFork", *headless, -1);
        QVERIFY2(forked, qPrintable(why(forked)));
        QCOMPARE(layersOf(forked), (QStringList{QStringLiteral("pooler"), QStringLiteral("labels")}));
        QVERIFY2(said.join(u' ').contains(QStringLiteral("optimizer remembers")), qPrintable(said.join(u' ')));

        // The pooler of the model below rested then, and the adapter's file lacks it.
        parameters[QStringLiteral("from")] = forked->value(QLatin1String("lastCheckpoint"));
        parameters[QStringLiteral("adapter")] = adapterSettings({{QStringLiteral("targets"), QStringLiteral("all")}});
        const QJsonObject labelled = *readJsonFile(absolute(parameters.value(QLatin1String("from"))) + QStringLiteral("/architecture.json"));
        QCOMPARE(taught("olderAdapter", labelled, 4).first.error().code, ErrorCode::Cancelled);
        const QDir checkpoints(m_project->path() + QStringLiteral("/jobs/olderAdapter/checkpoints"));
        const QString last = checkpoints.filePath(checkpoints.entryList({QStringLiteral("step-*")}, QDir::Dirs, QDir::Name).last());
        const QString file = last + QLatin1String(adapt::kAdapterWeights);
        std::vector<std::pair<QString, torch::Tensor>> tensors;
        {
            const auto reader = interop::SafetensorsReader::open(file);
            QVERIFY(reader && reader->find(QStringLiteral("pooler.weight")));
            for (const interop::TensorEntry &entry : reader->tensors()) {
                torch::Tensor values = torch::empty(std::vector<int64_t>(entry.shape.begin(), entry.shape.end()));
                QVERIFY(adapt::readTensorInto(*reader, entry, values));
                if (!entry.name.startsWith(QLatin1String("pooler.")))
                    tensors.emplace_back(entry.name, values);
            }
        }
        const auto sha256 = adapt::writeTensorFile(file, tensors);
        QVERIFY(sha256);
        QJsonObject state = *readJsonFile(last + QStringLiteral("/state.json"));
        state.insert(QStringLiteral("weightsSha256"), *sha256);
        for (const char *newer : {"files", "stateSha256"})
            state.remove(QLatin1String(newer));
        QVERIFY(writeJsonFile(last + QStringLiteral("/state.json"), state));
        const auto adapted = taught("olderAdapter", labelled, -1, 2).first;
        QVERIFY2(adapted, qPrintable(why(adapted)));
    }
};

QTEST_GUILESS_MAIN(TestLabelsLearned)
#include "test_labels_learned.moc"
