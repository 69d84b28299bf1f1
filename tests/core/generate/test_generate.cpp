// Generation: whole characters, stop texts, seeds, the key-value cache against a full pass, a full context, the socket.
#include "core/generate/chat_server.h"
#include "core/generate/checkpoint_model.h"
#include "core/generate/generator.h"
#include "core/generate/handlers.h"
#include "core/generate/utf8_pieces.h"

#include "core/plugin/registry.h"
#include "tests/support/tiny_training.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::generate;

class TestGenerate : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::shared_ptr<network::Model> m_model;
    std::shared_ptr<const tokenizer::Tokenizer> m_tokenizer;
    Sampler *m_sampler = nullptr;
    std::unique_ptr<test::TinyProject> m_project;

    Result<GenerationResult> generate(const GenerationRequest &request, const TokenCallback &onToken = {})
    {
        Generator generator(*m_model, *m_tokenizer, *m_sampler);
        return generator.run(request, onToken, {});
    }
    static GenerationRequest request(const char *prompt, int tokens, quint64 seed = 1, double temperature = 1)
    {
        GenerationRequest request;
        request.prompt = prompt;
        request.maxTokens = tokens;
        request.seed = seed;
        request.sampling.temperature = temperature;
        return request;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_plugins = test::builtPlugins();
        m_project = std::make_unique<test::TinyProject>(1, 1);
        QVERIFY2(m_project->isUsable(), qPrintable(m_project->problem()));
        auto tokenizer = tokenizer::readTokenizer(m_project->tokenizerFile());
        QVERIFY(tokenizer);
        m_tokenizer = *tokenizer;
        auto model = network::Model::build(*m_plugins, test::tinyArchitecture(2, 32), {at::kFloat, 5});
        QVERIFY2(model, model ? "" : qPrintable(model.error().message));
        m_model = *model;
        torch::NoGradGuard noGradients;
        for (const auto &parameter : m_model->parameters())
            parameter.value.mul_(4);
        auto sampler = plugin::Registry<Sampler>(*m_plugins, QStringLiteral("sampler")).get(QLatin1String(kUsualSampler));
        QVERIFY(sampler);
        m_sampler = *sampler;
    }

    void charactersComeWhole()
    {
        const QByteArray text = "aä漢😀\n";
        Utf8Pieces pieces;
        QByteArray out;
        for (char byte : text) {
            const QByteArray piece = pieces.add(QByteArray(1, byte));
            QVERIFY(QString::fromUtf8(piece).toUtf8() == piece);
            QVERIFY(!piece.contains("\xEF\xBF\xBD"));
            out += piece;
        }
        QCOMPARE(out + pieces.finish(), text);
    }
    void brokenBytesBecomeReplacementsAndNeverStall()
    {
        Utf8Pieces pieces;
        QByteArray out;
        for (const char *bytes : {"\xC3", "x", "\x80\x80\x80\x80", "\xF0\x9F", "y", "\xFF"})
            out += pieces.add(bytes);
        out += pieces.finish();
        QVERIFY(out.contains('x') && out.contains('y'));
        QVERIFY(QString::fromUtf8(out).toUtf8() == out);
    }
    void stopTextsAcrossPieces()
    {
        Utf8Pieces pieces({"STOP", "###"});
        QByteArray out = pieces.add("good S");
        QCOMPARE(out, QByteArray("good "));
        out += pieces.add("T");
        out += pieces.add("ILL ST");
        QVERIFY(!pieces.isStopped());
        out += pieces.add("OP and more");
        QVERIFY(pieces.isStopped());
        out += pieces.add("nothing") + pieces.finish();
        QCOMPARE(out, QByteArray("good STILL "));
    }
    void earliestStopTextWins()
    {
        Utf8Pieces pieces({"later", "now"});
        QCOMPARE(pieces.add("a now b later"), QByteArray("a "));
        Utf8Pieces none({QByteArray()});
        QCOMPARE(none.add("abc"), QByteArray("abc"));
    }

    void requestsAreChecked_data()
    {
        QTest::addColumn<QJsonObject>("object");
        QTest::addColumn<bool>("good");
        const auto row = [](const char *name, const QJsonObject &object, bool good) { QTest::newRow(name) << object << good; };
        row("empty", {}, true);
        row("all", {{QStringLiteral("prompt"), QStringLiteral("x")}, {QStringLiteral("maxTokens"), 5}, {QStringLiteral("temperature"), 0},
                    {QStringLiteral("topK"), 3}, {QStringLiteral("topP"), 0.9}, {QStringLiteral("seed"), 7},
                    {QStringLiteral("stop"), QJsonArray{QStringLiteral("a")}}}, true);
        row("one stop text", {{QStringLiteral("stop"), QStringLiteral("a")}}, true);
        row("no tokens", {{QStringLiteral("maxTokens"), 0}}, false);
        row("too many tokens", {{QStringLiteral("maxTokens"), 1e12}}, false);
        row("cold", {{QStringLiteral("temperature"), -1}}, false);
        row("temperature as text", {{QStringLiteral("temperature"), QStringLiteral("0,8")}}, false);
        row("top-p above 1", {{QStringLiteral("topP"), 1.5}}, false);
        row("prompt as number", {{QStringLiteral("prompt"), 3}}, false);
        row("stop as numbers", {{QStringLiteral("stop"), QJsonArray{1, 2}}}, false);
        row("negative seed", {{QStringLiteral("seed"), -1}}, false);
    }
    void requestsAreChecked()
    {
        QFETCH(QJsonObject, object);
        QFETCH(bool, good);
        QCOMPARE(requestFromJson(object).has_value(), good);
    }

    void noLimitMeansNone()
    {
        QCOMPARE(requestFromJson({{QStringLiteral("topP"), 0}})->sampling.topP, 1.0);
        QVERIFY(requestFromJson({})->sampling.topP < 1);
    }

    void aSeedDecidesEverything()
    {
        const auto one = generate(request("the cat", 40, 7)), again = generate(request("the cat", 40, 7));
        QVERIFY2(one, one ? "" : qPrintable(one.error().message));
        QCOMPARE(one->text, again->text);
        const auto other = generate(request("the cat", 40, 8));
        QVERIFY(one->text != other->text);
    }
    void temperatureZeroNeedsNoSeed()
    {
        QCOMPARE(generate(request("the", 20, 1, 0))->text, generate(request("the", 20, 2, 0))->text);
    }
    void reportsAddUpToTheText()
    {
        QByteArray text;
        int count = 0;
        const auto result = generate(request("the dog", 25, 3), [&](const TokenReport &token) {
            text += token.text;
            ++count;
            QVERIFY(token.probability > 0 && token.probability <= 1.0001);
            QCOMPARE(token.alternatives.size(), size_t(5));
            for (size_t i = 1; i < 5; ++i)
                QVERIFY(token.alternatives[i - 1].probability >= token.alternatives[i].probability);
        });
        QVERIFY(result);
        QCOMPARE(result->text, text);
        QCOMPARE(result->tokens, count);
    }
    void cacheAgreesWithAFullPass()
    {
        std::vector<int64_t> ids;
        for (int i = 0; i < 30; ++i)
            ids.push_back((i * 31 + 5) % 292);
        const auto full = m_model->logits(torch::tensor(ids).unsqueeze(0));
        QVERIFY(full);
        const auto cache = m_model->makeCache(1);
        const auto prefilled = m_model->lastLogits(torch::tensor(std::vector<int64_t>(ids.begin(), ids.begin() + 11)).unsqueeze(0), *cache);
        QVERIFY(prefilled);
        QVERIFY(torch::allclose((*prefilled)[0], (*full)[0][10], 1e-3, 1e-4));
        for (size_t t = 11; t < ids.size(); ++t) {
            const auto next = m_model->lastLogits(torch::tensor(std::vector<int64_t>{ids[t]}).unsqueeze(0), *cache);
            QVERIFY(next);
            QVERIFY(torch::allclose((*next)[0], (*full)[0][int64_t(t)], 1e-3, 1e-4));
        }
    }
    void aFullContextSlidesOn()
    {
        const auto result = generate(request("the cat sees the dog and the hen", 150, 2));
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QVERIFY(result->tokens == 150 || result->stoppedBecause == QLatin1String("end"));
        const auto longPrompt = generate(request(test::tinyText(1, 60).constData(), 10, 2));
        QVERIFY2(longPrompt, longPrompt ? "" : qPrintable(longPrompt.error().message));
    }
    void emptyPromptBeginsADocument() { QVERIFY(generate(request("", 5))); }
    void cancellingStopsWithinAToken()
    {
        Generator generator(*m_model, *m_tokenizer, *m_sampler);
        CancelToken cancel;
        int count = 0;
        const auto result = generator.run(request("the", 1000), [&](const TokenReport &) {
            if (++count == 3)
                cancel.cancel();
        }, cancel);
        QVERIFY(result);
        QVERIFY(result->tokens <= 3 || result->stoppedBecause == QLatin1String("end"));
    }

    void checkpointsThatAreNone()
    {
        QTemporaryDir folder;
        QCOMPARE(loadModel(*m_plugins, folder.filePath(QStringLiteral("absent"))).error().code, ErrorCode::NotFound);
        QVERIFY(!loadModel(*m_plugins, folder.path()));
        QVERIFY(writeJsonFile(folder.filePath(QStringLiteral("architecture.json")), test::tinyArchitecture()));
        QVERIFY(writeFileAtomically(folder.filePath(QStringLiteral("model.safetensors")), "12345678 no"));
        QCOMPARE(loadModel(*m_plugins, folder.path()).error().code, ErrorCode::Corrupt);
        QVERIFY(writeJsonFile(folder.filePath(QStringLiteral("state.json")), {{QStringLiteral("format"), 99}}));
        QCOMPARE(loadModel(*m_plugins, folder.path()).error().code, ErrorCode::NewerVersion);
    }
    void pathsStayInTheProject()
    {
        QVERIFY(!resolvePath(QStringLiteral("/p"), QString()));
        QVERIFY(!resolvePath(QStringLiteral("/p"), QStringLiteral("../q")));
        QVERIFY(!resolvePath(QStringLiteral("/p"), QStringLiteral("a/../../q")));
        QCOMPARE(*resolvePath(QStringLiteral("/p"), QStringLiteral("jobs/x")), QStringLiteral("/p/jobs/x"));
        QCOMPARE(*resolvePath(QStringLiteral("/p"), QStringLiteral("/else")), QStringLiteral("/else"));
    }

    void theSocketAnswersStopsAndQuits()
    {
        Generator generator(*m_model, *m_tokenizer, *m_sampler);
        CancelToken cancel;
        ChatServer server(generator, cancel);
        const QString name = QStringLiteral("athanor-test-%1").arg(QCoreApplication::applicationPid());
        QVERIFY(server.listen(name));
        QLocalSocket client;
        client.connectToServer(name);
        QVERIFY(client.waitForConnected(2000));
        QList<QJsonObject> answers;
        const auto talk = [&](const QByteArray &line, int rounds) {
            client.write(line);
            client.flush();
            for (int i = 0; i < rounds; ++i) {
                server.serve(5);
                client.waitForReadyRead(5);
                while (client.canReadLine())
                    answers += QJsonDocument::fromJson(client.readLine()).object();
            }
        };
        talk("{\"action\":\"complete\",\"id\":1,\"prompt\":\"the cat\",\"maxTokens\":6,\"seed\":3}\n", 10);
        QVERIFY(!answers.isEmpty());
        QVERIFY(answers.last().value(QLatin1String("done")).toBool());
        QCOMPARE(answers.last().value(QLatin1String("id")).toInt(), 1);
        QCOMPARE(answers.first().value(QLatin1String("alternatives")).toArray().size(), 5);
        answers.clear();
        talk("no json\n{\"action\":\"dance\",\"id\":2}\n[1]\n{\"action\":\"complete\",\"id\":3,\"maxTokens\":-1}\n", 10);
        QCOMPARE(answers.size(), 4);
        for (const QJsonObject &answer : answers)
            QCOMPARE(answer.value(QLatin1String("error")).toObject().value(QLatin1String("code")).toString(), QStringLiteral("invalid-input"));
        answers.clear();
        talk("{\"action\":\"complete\",\"id\":4,\"prompt\":\"the\",\"maxTokens\":1000000}\n{\"action\":\"stop\",\"id\":4}\n", 10);
        QVERIFY(!answers.isEmpty());
        QCOMPARE(answers.last().value(QLatin1String("id")).toInt(), 4);
        QVERIFY(answers.last().value(QLatin1String("done")).toBool());
        QVERIFY(!server.quitRequested());
        talk("{\"action\":\"quit\"}\n", 5);
        QVERIFY(server.quitRequested());
    }
};

QTEST_GUILESS_MAIN(TestGenerate)
#include "test_generate.moc"
