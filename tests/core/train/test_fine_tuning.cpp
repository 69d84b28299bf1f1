// Runs that stand on a trained model: adapters, chosen weights, records; exact across stops, and what is refused before
// the first step. Labels have a test of their own.
#include "tests/core/train/fine_tuning_fixture.h"

using namespace athanor;
using namespace athanor::test;

namespace {

// "which animal comes first?": the answer repeats the first animal of the question.
QByteArray chatRecord(int number)
{
    static const QString animals[] = {QStringLiteral("cat"), QStringLiteral("dog"), QStringLiteral("hen"), QStringLiteral("fox")};
    const QString first = animals[number % 4], second = animals[(number / 4 + 1) % 4];
    const auto message = [](const char *role, const QString &content) {
        return QJsonObject{{QStringLiteral("role"), QLatin1String(role)}, {QStringLiteral("content"), content}};
    };
    const QString extra = QString(number % 7, QLatin1Char('!'));  // records of different lengths
    return compact({{QStringLiteral("messages"), QJsonArray{message("user", first + u' ' + second + extra), message("assistant", first)}}});
}

// A prompt and its completion: the word backwards.
QByteArray pairRecord(int number)
{
    static const QString animals[] = {QStringLiteral("cat"), QStringLiteral("dog"), QStringLiteral("hen"), QStringLiteral("fox")};
    static const QString backwards[] = {QStringLiteral("tac"), QStringLiteral("god"), QStringLiteral("neh"), QStringLiteral("xof")};
    const auto message = [](const char *role, const QString &content) {
        return QJsonObject{{QStringLiteral("role"), QLatin1String(role)}, {QStringLiteral("content"), content}};
    };
    return compact({{QStringLiteral("messages"), QJsonArray{message("user", animals[number % 4] + QString(number % 7, QLatin1Char('!'))), message("assistant", backwards[number % 4])}}});
}

}  // namespace

class TestFineTuning : public FineTuningTest {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { trainTheBase(); }

    void aModelThatWasBroughtInGoesOnLearning()
    {
        FakeContext more = context(QStringLiteral("more"), {{QStringLiteral("budget"), 4}}, onBase());
        const auto result = run(more);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(result->value(QLatin1String("startBitsPerByte")).toDouble() < m_startOfBase - 0.1);
        const QString last = absolute(result->value(QLatin1String("lastCheckpoint")));
        QVERIFY(QFileInfo::exists(last + QStringLiteral("/generation_config.json")));
        QVERIFY(QFileInfo::exists(last + QStringLiteral("/model.safetensors")));
    }

    void anAdapterLearnsAndTheModelRests()
    {
        FakeContext adapted = context(QStringLiteral("adapted"), {{QStringLiteral("budget"), 30}}, onBase({{QStringLiteral("adapter"), adapterSettings()}}));
        const auto result = run(adapted);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY(result->value(QLatin1String("bitsPerByte")).toDouble() < result->value(QLatin1String("startBitsPerByte")).toDouble());
        // 2 blocks: qkv (96, 32) and output (32, 32), rank 4
        QCOMPARE(result->value(QLatin1String("parametersLearned")).toInt(), 2 * (4 * (96 + 32) + 4 * (32 + 32)));
        const QString folder = absolute(result->value(QLatin1String("lastCheckpoint")));
        QVERIFY(!QFileInfo::exists(folder + QStringLiteral("/model.safetensors")));
        QVERIFY(QFileInfo(folder + QStringLiteral("/optimizer.safetensors")).size() < 40000);
        const auto facts = adapt::readAdapterFacts(folder);
        QVERIFY(facts);
        QCOMPARE(facts->base, m_base);
        QCOMPARE(facts->settings.rank, 4);
        // The samples were written with the adapter on, and the loaded model has it.
        const auto loaded = generate::loadModel(*m_plugins, folder);
        QVERIFY2(loaded, loaded ? "" : qPrintable(loaded.error().message));
        QVERIFY(adapt::hasAdapters(*loaded->model));
        QCOMPARE(loaded->base, absolute(m_base));
        const auto before = weightsOf(absolute(m_base));
        for (const auto &[name, value] : weightsOf(folder))
            QVERIFY2(torch::equal(before.at(name), value), name.c_str());
        // Merged, it answers the same without one.
        const torch::Tensor ids = torch::arange(20, torch::kInt64).view({1, 20});
        const torch::Tensor answers = *loaded->model->logits(ids);
        QVERIFY(adapt::mergeAdapters(*loaded->model));
        QVERIFY((answers - *loaded->model->logits(ids)).abs().max().item<double>() < 1e-4);
    }

    void stoppedAndResumedEndsWithTheSameBits_data()
    {
        QTest::addColumn<QJsonObject>("settings");
        QTest::addColumn<QJsonObject>("parameters");
        const QJsonObject none;
        QTest::newRow("LoRA") << none << with({{QStringLiteral("adapter"), adapterSettings()}});
        QTest::newRow("DoRA with dropout") << none << with({{QStringLiteral("adapter"), adapterSettings({{QStringLiteral("dora"), true}, {QStringLiteral("dropout"), 0.1}})}});
        QTest::newRow("rsLoRA in bf16") << with({{QStringLiteral("precision"), QStringLiteral("bf16")}})
                                        << with({{QStringLiteral("adapter"), adapterSettings({{QStringLiteral("rslora"), true}})}});
        QTest::newRow("Muon") << with({{QStringLiteral("optimizer"), QStringLiteral("optimizer.muon")}}) << with({{QStringLiteral("adapter"), adapterSettings()}});
        QTest::newRow("chosen layers") << none << with({{QStringLiteral("learns"), QStringLiteral("blocks.1.*, norm")}});
        QTest::newRow("chosen layers in bf16") << with({{QStringLiteral("precision"), QStringLiteral("bf16")}})
                                               << with({{QStringLiteral("learns"), QJsonArray{QStringLiteral("blocks.1")}}});
        QTest::newRow("a shorter sequence") << with({{QStringLiteral("sequence"), 12}}) << none;
    }

    void stoppedAndResumedEndsWithTheSameBits()
    {
        QFETCH(QJsonObject, settings);
        QFETCH(QJsonObject, parameters);
        settings[QStringLiteral("budget")] = 12;
        const QString name = QString::fromLatin1(QTest::currentDataTag()).remove(QLatin1Char(' '));
        FakeContext whole = context(name + QStringLiteral("-whole"), settings, onBase(parameters));
        const auto expected = run(whole);
        QVERIFY2(expected, qPrintable(why(expected)));
        FakeContext first = context(name, settings, onBase(parameters));
        first.stopAfterStep = 5;
        QCOMPARE(run(first).error().code, ErrorCode::Cancelled);
        FakeContext second = context(name, settings, onBase(parameters));
        second.m_attempt = 2;
        const auto resumed = run(second);
        QVERIFY2(resumed, qPrintable(why(resumed)));
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), expected->value(QLatin1String("weightsSha256")));
        QCOMPARE(resumed->value(QLatin1String("optimizerSha256")), expected->value(QLatin1String("optimizerSha256")));
    }

    void groupsLearnAtTheirOwnRate()
    {
        const auto changed = [&](const char *id, const char *groups) {
            FakeContext run = context(QLatin1String(id), {{QStringLiteral("budget"), 2}, {QStringLiteral("groups"), QLatin1String(groups)}}, onBase());
            const auto result = this->run(run);
            return result ? weightsOf(absolute(result->value(QLatin1String("lastCheckpoint")))) : std::map<std::string, torch::Tensor>();
        };
        const auto before = weightsOf(m_base.isEmpty() ? QString() : absolute(m_base));
        const auto still = changed("still", "tok: lr 0; blocks.1.feed_forward: lr 0"), faster = changed("faster", "blocks.1.feed_forward: lr 3");
        QVERIFY(!still.empty() && !faster.empty());
        for (const auto &[name, value] : before) {
            const bool rests = name.rfind("tok.", 0) == 0 || name.rfind("blocks.1.feed_forward", 0) == 0;
            QVERIFY2(torch::equal(value, still.at(name)) == rests, name.c_str());
            if (name.rfind("blocks.1.feed_forward", 0) == 0)
                QVERIFY2(!torch::equal(value, faster.at(name)), name.c_str());
        }
        FakeContext wrong = context(QStringLiteral("wrong"), {{QStringLiteral("groups"), QStringLiteral("toks: lr 2")}}, onBase());
        const auto refused = run(wrong);
        QVERIFY(!refused && refused.error().code == ErrorCode::InvalidInput);
        QVERIFY(refused.error().hint.contains(QStringLiteral("blocks.*.attention")));
    }

    void onlyChosenWeightsChange()
    {
        FakeContext chosen = context(QStringLiteral("chosen"), {{QStringLiteral("budget"), 3}}, onBase({{QStringLiteral("learns"), QStringLiteral("blocks.1.feed_forward")}}));
        const auto result = run(chosen);
        QVERIFY2(result, qPrintable(why(result)));
        const auto before = weightsOf(absolute(m_base)), after = weightsOf(absolute(result->value(QLatin1String("lastCheckpoint"))));
        for (const auto &[name, value] : before)
            QVERIFY2(torch::equal(value, after.at(name)) == (name.find("blocks.1.feed_forward") == std::string::npos), name.c_str());
    }

    void aChangedBaseIsRefused()
    {
        const QString other = m_project->path() + QStringLiteral("/jobs/other/model");
        QVERIFY(QDir().mkpath(other));
        for (const QString &name : QDir(absolute(m_base)).entryList(QDir::Files))
            QVERIFY(QFile::copy(absolute(m_base) + QLatin1Char('/') + name, other + QLatin1Char('/') + name));
        QJsonObject parameters{{QStringLiteral("from"), QStringLiteral("jobs/other/model")}, {QStringLiteral("adapter"), adapterSettings()}};
        FakeContext first = context(QStringLiteral("moved"), {{QStringLiteral("budget"), 6}}, parameters);
        first.stopAfterStep = 3;
        QVERIFY(!run(first));
        const QString checkpoint = first.jobPath() + QStringLiteral("/checkpoints/step-00000003");
        QVERIFY(generate::loadModel(*m_plugins, checkpoint));
        QFile weights(other + QStringLiteral("/model.safetensors"));
        QVERIFY(weights.open(QIODevice::ReadWrite));
        QVERIFY(weights.seek(weights.size() - 2) && weights.write("zz") == 2);
        weights.close();
        const auto loaded = generate::loadModel(*m_plugins, checkpoint);
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::Corrupt);
        FakeContext second = context(QStringLiteral("moved"), {{QStringLiteral("budget"), 6}}, parameters);
        const auto resumed = run(second);
        QVERIFY(!resumed);
        QCOMPARE(resumed.error().code, ErrorCode::Corrupt);
        QVERIFY(QDir(other).removeRecursively());
        QCOMPARE(generate::loadModel(*m_plugins, checkpoint).error().code, ErrorCode::NotFound);
    }

    void anAdapterGoesOnFromItsCheckpointOrUnderAnother()
    {
        FakeContext first = context(QStringLiteral("stage"), {{QStringLiteral("budget"), 20}}, onBase({{QStringLiteral("adapter"), adapterSettings()}}));
        const auto one = run(first);
        QVERIFY2(one, qPrintable(why(one)));
        const QJsonValue checkpoint = one->value(QLatin1String("lastCheckpoint"));
        FakeContext second = context(QStringLiteral("stage2"), {{QStringLiteral("budget"), 2}}, {{QStringLiteral("from"), checkpoint}, {QStringLiteral("adapter"), adapterSettings()}});
        const auto two = run(second);
        QVERIFY2(two, qPrintable(why(two)));
        QCOMPARE(adapt::readAdapterFacts(absolute(two->value(QLatin1String("lastCheckpoint"))))->base, m_base);
        // Another adapter stands on the first one; all weights start from both merged.
        FakeContext third = context(QStringLiteral("stage3"), {{QStringLiteral("budget"), 2}},
                                    {{QStringLiteral("from"), checkpoint}, {QStringLiteral("adapter"), adapterSettings({{QStringLiteral("rank"), 2}})}});
        const auto three = run(third);
        QVERIFY2(three, qPrintable(why(three)));
        QCOMPARE(adapt::readAdapterFacts(absolute(three->value(QLatin1String("lastCheckpoint"))))->base, checkpoint.toString());
        QVERIFY(generate::loadModel(*m_plugins, absolute(three->value(QLatin1String("lastCheckpoint")))));
        FakeContext fourth = context(QStringLiteral("stage4"), {{QStringLiteral("budget"), 2}}, {{QStringLiteral("from"), checkpoint}});
        const auto four = run(fourth);
        QVERIFY2(four, qPrintable(why(four)));
        for (const auto &result : {two, three, four})
            QVERIFY(std::fabs(result->value(QLatin1String("startBitsPerByte")).toDouble() - two->value(QLatin1String("startBitsPerByte")).toDouble()) < 1e-3);
        QVERIFY(two->value(QLatin1String("startBitsPerByte")).toDouble() < one->value(QLatin1String("startBitsPerByte")).toDouble());
    }

    void contradictionsAreSaidBeforeAnyStep_data()
    {
        QTest::addColumn<QJsonObject>("parameters");
        QTest::addColumn<QString>("word");
        const auto row = [](const char *name, const QJsonObject &parameters, const char *word) {
            QTest::newRow(name) << parameters << QString::fromLatin1(word);
        };
        row("wrong target", onBase({{QStringLiteral("adapter"), adapterSettings({{QStringLiteral("targets"), QStringLiteral("q_proj")}})}}), "q_proj");
        row("rank of zero", onBase({{QStringLiteral("adapter"), adapterSettings({{QStringLiteral("rank"), 0}})}}), "rank");
        row("adapter on nothing", {{QStringLiteral("adapter"), adapterSettings()}}, "adapter");
        row("adapter and all", onBase({{QStringLiteral("adapter"), adapterSettings()}, {QStringLiteral("learns"), QStringLiteral("all")}}), "learns");
        row("no such layer", onBase({{QStringLiteral("learns"), QStringLiteral("blocks.7.*")}}), "blocks.7");
        row("a tied head alone", onBase({{QStringLiteral("learns"), QStringLiteral("head")}}), "head");
        row("adapter without settings", onBase({{QStringLiteral("learns"), QStringLiteral("adapter")}}), "adapter");
        row("text as records", onBase({{QStringLiteral("teaching"), with({{QStringLiteral("kind"), QStringLiteral("poems")}})}}), "kind");
    }

    void contradictionsAreSaidBeforeAnyStep()
    {
        QFETCH(QJsonObject, parameters);
        QFETCH(QString, word);
        FakeContext bad = context(QStringLiteral("contradiction"), {}, parameters);
        const auto result = run(bad);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::InvalidInput);
        QVERIFY2(result.error().message.contains(word), qPrintable(result.error().message));
        QVERIFY(bad.metrics.isEmpty());
        QDir(bad.jobPath()).removeRecursively();
    }

    void chatRecordsAreLearned_data()
    {
        QTest::addColumn<bool>("packing");
        QTest::addColumn<bool>("adapter");
        QTest::newRow("packed") << true << false;
        QTest::newRow("one a row") << false << false;
        QTest::newRow("packed, adapter") << true << true;
    }

    void chatRecordsAreLearned()
    {
        QFETCH(bool, packing);
        QFETCH(bool, adapter);
        const QString name = QString::fromLatin1(QTest::currentDataTag()).remove(QLatin1Char(' ')).remove(QLatin1Char(','));
        QJsonObject parameters = onBase(recordsCorpus(qPrintable(name), chatRecord, 64, 12));
        parameters[QStringLiteral("architecture")] = tinyArchitecture(2, 160);
        parameters.remove(QStringLiteral("from"));
        if (adapter) {
            parameters[QStringLiteral("from")] = m_base;
            parameters[QStringLiteral("adapter")] = adapterSettings();
        }
        parameters[QStringLiteral("teaching")] = with({{QStringLiteral("kind"), QStringLiteral("chat")}, {QStringLiteral("packing"), packing}});
        const QJsonObject settings{{QStringLiteral("budget_kind"), QStringLiteral("passes")}, {QStringLiteral("budget"), 3},
                                   {QStringLiteral("batch"), 2}, {QStringLiteral("accumulation"), 2}, {QStringLiteral("learning_rate"), 0.01}};
        FakeContext whole = context(name + QStringLiteral("-whole"), settings, parameters);
        const auto expected = run(whole);
        QVERIFY2(expected, qPrintable(why(expected)));
        QVERIFY(std::fabs(expected->value(QLatin1String("passes")).toDouble() - 3) < 0.5);
        QVERIFY(expected->value(QLatin1String("validationLoss")).toDouble() > 0);
        QVERIFY(expected->value(QLatin1String("perplexity")).toDouble() > 1);
        QVERIFY(whole.metrics.value(0).value(QStringLiteral("validation/loss"))
                > whole.metrics.last().value(QStringLiteral("validation/loss")));
        QVERIFY(!whole.samples.isEmpty());
        QVERIFY(whole.samples.first().prompt.contains(QStringLiteral(" ")));
        FakeContext first = context(name, settings, parameters);
        first.stopAfterStep = 5;
        QCOMPARE(run(first).error().code, ErrorCode::Cancelled);
        FakeContext second = context(name, settings, parameters);
        second.m_attempt = 2;
        const auto resumed = run(second);
        QVERIFY2(resumed, qPrintable(why(resumed)));
        QCOMPARE(resumed->value(QLatin1String("weightsSha256")), expected->value(QLatin1String("weightsSha256")));
        QCOMPARE(resumed->value(QLatin1String("tokens")), expected->value(QLatin1String("tokens")));
    }

    // An encoder with a decoder: the prompt is read, the completion learned, and asked for as people ask for it.
    void anEncoderLearnsOneTextFromAnother()
    {
        const QJsonObject choices{{QStringLiteral("width"), 48}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 64}, {QStringLiteral("dropout"), 0}};
        const auto architecture = model::newArchitecture(*m_plugins, QStringLiteral("architecture.t5"), choices, 292);
        QVERIFY2(architecture, architecture ? "" : qPrintable(architecture.error().message));
        QJsonObject parameters = onBase(recordsCorpus("pairs", pairRecord, 96, 16));
        parameters.remove(QStringLiteral("from"));
        parameters[QStringLiteral("architecture")] = *architecture;
        parameters[QStringLiteral("teaching")] = with({{QStringLiteral("kind"), QStringLiteral("chat")}});
        const QJsonObject settings{{QStringLiteral("budget"), 240}, {QStringLiteral("batch"), 16}, {QStringLiteral("learning_rate"), 0.01},
                                   {QStringLiteral("validation_every"), 80}, {QStringLiteral("sample_tokens"), 8}};
        FakeContext pairs = context(QStringLiteral("pairs"), settings, parameters);
        const auto result = run(pairs);
        QVERIFY2(result, qPrintable(why(result)));
        QVERIFY2(result->value(QLatin1String("validationLoss")).toDouble() < 0.1, qPrintable(QString::number(result->value(QLatin1String("validationLoss")).toDouble())));
        QVERIFY(pairs.metrics.value(0).value(QStringLiteral("validation/loss")) > 2);
        QVERIFY2(QStringList({QStringLiteral("tac"), QStringLiteral("god"), QStringLiteral("neh"), QStringLiteral("xof")}).contains(pairs.samples.last().text), qPrintable(pairs.samples.last().text));
        const auto ready = generate::readyModel(*m_plugins, absolute(result->value(QLatin1String("bestCheckpoint"))));
        QVERIFY2(ready, ready ? "" : qPrintable(ready.error().message));
        QCOMPARE(int(ready->manners.task), int(generate::Task::Answer));
        QVERIFY(!ready->manners.chat && ready->manners.chatProblem);
        generate::Sampler *sampler = *plugin::Registry<generate::Sampler>(*m_plugins, QStringLiteral("sampler")).get(QLatin1String(generate::kUsualSampler));
        generate::Generator generator(*ready->loaded.model, *ready->loaded.tokenizer, *sampler, ready->manners);
        std::vector<generate::GenerationRequest> requests;
        std::vector<QByteArray> expected;
        for (const char *prompt : {"cat", "dog!!", "hen", "fox!"}) {
            generate::GenerationRequest request;
            request.prompt = prompt;
            request.maxTokens = 12;
            request.sampling.temperature = 0;
            requests.push_back(request);
            const auto answer = generator.run(request, {}, {});
            QVERIFY2(answer, answer ? "" : qPrintable(answer.error().message));
            QByteArray backwards = QByteArray(prompt).left(3);
            std::reverse(backwards.begin(), backwards.end());
            QCOMPARE(answer->text, backwards);
            expected.push_back(backwards);
            QCOMPARE(answer->stoppedBecause, QStringLiteral("end"));
        }
        const auto together = generator.runTogether(requests, {});
        QVERIFY(together);
        for (size_t i = 0; i < requests.size(); ++i)
            QCOMPARE((*together)[i].text, expected[i]);
        // And on from there, with an adapter.
        parameters[QStringLiteral("from")] = result->value(QLatin1String("bestCheckpoint"));
        parameters[QStringLiteral("adapter")] = adapterSettings({{QStringLiteral("targets"), QStringLiteral("all")}});
        FakeContext adapted = context(QStringLiteral("pairs-adapter"), {{QStringLiteral("budget"), 6}, {QStringLiteral("batch"), 4}}, parameters);
        const auto more = run(adapted);
        QVERIFY2(more, qPrintable(why(more)));
        QVERIFY(more->value(QLatin1String("validationLoss")).toDouble() < 0.3);
    }

    void recordsThatTeachNothingAreRefused()
    {
        const auto silent = [](int) { return compact({{QStringLiteral("messages"), QJsonArray{QJsonObject{{QStringLiteral("role"), QStringLiteral("user")}, {QStringLiteral("content"), QStringLiteral("?")}}}}}); };
        QJsonObject parameters = onBase(recordsCorpus("silent", silent, 5, 0));
        parameters[QStringLiteral("teaching")] = with({{QStringLiteral("kind"), QStringLiteral("chat")}});
        FakeContext refused = context(QStringLiteral("silent"), {}, parameters);
        const auto result = run(refused);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::InvalidInput);
        QVERIFY(refused.metrics.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestFineTuning)
#include "test_fine_tuning.moc"
