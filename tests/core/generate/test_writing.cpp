// Writing: the penalty for repeating, prompts in pieces and with padding, texts together, what a cache is used for
// again, chats, encoders with decoders, gaps, small weights, and that threads change nothing.
#include "core/generate/chooser.h"
#include "core/generate/generator.h"
#include "core/generate/handlers.h"
#include "core/generate/ready_model.h"

#include "core/base/atomic_file.h"
#include "core/model/architecture.h"
#include "core/model/label_head.h"
#include "core/network/quantised.h"
#include "core/plugin/registry.h"
#include "core/tensor/machine.h"
#include "tests/support/tiny_training.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::generate;

namespace {

constexpr qint64 kVocabulary = 296;

// Takes the likeliest and remembers what it was shown.
class Watching final : public Sampler {
public:
    int64_t choose(std::span<const float> probabilities, const SamplingSettings &, double) const override
    {
        seen.assign(probabilities.begin(), probabilities.end());
        return std::max_element(seen.begin(), seen.end()) - seen.begin();
    }
    mutable std::vector<float> seen;
};

constexpr char kTemplate[] = "{% for m in messages %}<s>{{ m['role'] }}: {{ m['content'] }}</s>{% endfor %}"
                             "{% if add_generation_prompt %}<s>assistant: {% endif %}";

QJsonObject message(const char *role, const QString &content)
{
    return {{QStringLiteral("role"), QLatin1String(role)}, {QStringLiteral("content"), content}};
}

}  // namespace

class TestWriting : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::unique_ptr<test::TinyProject> m_project;
    std::shared_ptr<network::Model> m_model;
    std::shared_ptr<const tokenizer::Tokenizer> m_tokenizer;
    Sampler *m_sampler = nullptr;

    std::shared_ptr<network::Model> built(const QJsonObject &architecture) const
    {
        auto model = network::Model::build(*m_plugins, architecture, {at::kFloat, 5});
        if (!model) {
            QTest::qFail(qPrintable(model.error().message), __FILE__, __LINE__);
            return {};
        }
        torch::NoGradGuard noGradients;
        for (const auto &parameter : (*model)->parameters())
            parameter.value.mul_(4);
        return *model;
    }
    std::shared_ptr<network::Model> family(const char *id, const QJsonObject &choices) const
    {
        const auto architecture = model::expandArchitecture(*m_plugins, QLatin1String(id), choices, kVocabulary);
        if (!architecture) {
            QTest::qFail(qPrintable(architecture.error().message), __FILE__, __LINE__);
            return {};
        }
        return built(*architecture);
    }
    static GenerationRequest request(const QByteArray &prompt, int tokens, quint64 seed = 1, double temperature = 1)
    {
        GenerationRequest request;
        request.prompt = prompt;
        request.maxTokens = tokens;
        request.seed = seed;
        request.sampling.temperature = temperature;
        return request;
    }
    std::vector<int64_t> someIds(int count, int step = 31) const
    {
        std::vector<int64_t> ids;
        for (int i = 0; i < count; ++i)
            ids.push_back((i * step + 5) % 292);
        return ids;
    }
    Manners chatting() const
    {
        Manners manners = Manners::plain(*m_model, *m_tokenizer);
        manners.chat = *tokenizer::ChatTemplate::create(kTemplate);
        return manners;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_plugins = test::builtPlugins();
        m_project = std::make_unique<test::TinyProject>(1, 1);
        QVERIFY2(m_project->isUsable(), qPrintable(m_project->problem()));
        m_tokenizer = *tokenizer::readTokenizer(m_project->tokenizerFile());
        m_model = built(test::tinyArchitecture(2, 700));
        QVERIFY(m_model);
        const auto sampler = plugin::Registry<Sampler>(*m_plugins, QStringLiteral("sampler")).get(QLatin1String(kUsualSampler));
        QVERIFY(sampler);
        m_sampler = *sampler;
    }
    void init() { tensor::setThreadCount(2); }

    // Scores above 0 divided, others multiplied; each token once, however often it stands in the text.
    void repeatingIsPenalised()
    {
        const std::vector<float> scores{2.0f, -1.0f, 0.5f, 1.9f};
        Watching watching;
        SamplingSettings settings;
        settings.repetitionPenalty = 2;
        Chooser chooser(watching, {settings, 1, 4});
        for (const int64_t id : {0, 0, 1, 99, -1})
            chooser.note(id);
        QCOMPARE(*chooser.choose(scores, 0), 3);
        double sum = 0;
        const std::vector<double> expected{1.0, -2.0, 0.5, 1.9};
        for (const double score : expected)
            sum += std::exp(score);
        for (size_t i = 0; i < 4; ++i)
            QVERIFY(std::abs(watching.seen[i] - std::exp(expected[i]) / sum) < 1e-6);
        // What is shown to people stays the model's own distribution.
        QVERIFY(chooser.probabilities()[0] > chooser.probabilities()[3]);
    }
    void brokenScoresAreAnError()
    {
        Watching watching;
        Chooser chooser(watching, {{}, 1, 2});
        const std::vector<float> scores{NAN, 1.0f};
        QCOMPARE(chooser.choose(scores, 0).error().code, ErrorCode::Diverged);
    }

    void piecesOfAPromptAreThePrompt()
    {
        const std::vector<int64_t> ids = someIds(600);  // more than two blocks
        TextReader reader(*m_model);
        reader.begin({}, 650);
        const auto pieces = reader.read(ids, {});
        QVERIFY2(pieces, pieces ? "" : qPrintable(pieces.error().message));
        const auto cache = m_model->makeCache(1);
        const auto whole = m_model->lastLogits(torch::tensor(ids).unsqueeze(0), *cache);
        QVERIFY(whole);
        QVERIFY(torch::allclose(*pieces, *whole, 1e-4, 1e-4));
    }
    void aCancelIsHeardBetweenPieces()
    {
        CancelToken cancel;
        cancel.cancel();
        TextReader reader(*m_model);
        reader.begin({}, 650);
        const auto scores = reader.read(someIds(600), cancel);
        QVERIFY(scores && !scores->defined());
        QVERIFY(reader.read(someIds(600), {})->defined());
    }
    void whatWasReadIsUsedAgain()
    {
        const std::vector<int64_t> first = someIds(300);
        std::vector<int64_t> second(first.begin(), first.begin() + 200);
        second.insert(second.end(), {7, 8, 9});
        TextReader reader(*m_model), fresh(*m_model);
        reader.begin({}, 400);
        QVERIFY(reader.read(first, {}));
        QCOMPARE(reader.reusedCount(), 0);
        reader.begin({}, 400);
        const auto again = reader.read(second, {});
        QCOMPARE(reader.reusedCount(), 200);
        fresh.begin({}, 400);
        QVERIFY(torch::allclose(*again, *fresh.read(second, {}), 1e-4, 1e-4));
        reader.begin({}, 400);
        QVERIFY(torch::allclose(*reader.read(second, {}), *again, 1e-4, 1e-4));  // the last one is read again
        QCOMPARE(reader.reusedCount(), 202);
    }

    void paddingInFrontChangesNothing()
    {
        const std::vector<int64_t> row = someIds(40);
        network::Batch batch;
        batch.ids = torch::zeros({2, 300}, torch::kInt64);
        batch.segments = torch::full({2, 300}, -1, torch::kInt64);
        batch.ids[0].slice(0, 260).copy_(torch::tensor(row));
        batch.segments[0].slice(0, 260).fill_(0);
        batch.ids[1].copy_(torch::tensor(someIds(300, 17)));
        batch.segments[1].fill_(0);
        const auto cache = m_model->makeCache(2, 301);
        torch::Tensor scores;
        for (const int64_t at : {0, 150}) {  // the first piece of row 0 is nothing but padding
            network::Batch piece;
            piece.ids = batch.ids.slice(1, at, at + 150).contiguous();
            piece.segments = batch.segments.slice(1, at, at + 150).contiguous();
            const auto read = m_model->lastLogits(piece, *cache);
            QVERIFY2(read, read ? "" : qPrintable(read.error().message));
            scores = *read;
        }
        const auto alone = m_model->makeCache(1), other = m_model->makeCache(1);
        QVERIFY(torch::allclose(scores[0], (*m_model->lastLogits(torch::tensor(row).unsqueeze(0), *alone))[0], 1e-4, 1e-4));
        QVERIFY(torch::allclose(scores[1], (*m_model->lastLogits(torch::tensor(someIds(300, 17)).unsqueeze(0), *other))[0], 1e-4, 1e-4));
    }
    void togetherAsOneByOne()
    {
        Generator generator(*m_model, *m_tokenizer, *m_sampler);
        std::vector<GenerationRequest> requests{request("the cat", 20, 3), request("the dog sees the hen and the fox", 12, 4),
                                                request("a", 25, 5, 0), request(QByteArray("the hen ").repeated(60), 8, 6)};
        requests[0].sampling.repetitionPenalty = 1.3;
        requests[1].stop = {QStringLiteral("e")};
        const auto together = generator.runTogether(requests, {});
        QVERIFY2(together, together ? "" : qPrintable(together.error().message));
        QCOMPARE(together->size(), requests.size());
        for (size_t i = 0; i < requests.size(); ++i) {
            const auto alone = generator.run(requests[i], {}, {});
            QVERIFY(alone);
            QCOMPARE((*together)[i].text, alone->text);
            QCOMPARE((*together)[i].tokens, alone->tokens);
            QCOMPARE((*together)[i].stoppedBecause, alone->stoppedBecause);
        }
        QVERIFY(generator.runTogether({}, {})->empty());
        QCOMPARE(generator.runTogether({request(QByteArray("x").repeated(900), 3)}, {}).error().code, ErrorCode::InvalidInput);
    }

    void threadsChangeNothing_data()
    {
        QTest::addColumn<QString>("weights");
        for (const char *weights : {"f32", "bf16", "int8", "int4"})
            QTest::newRow(weights) << QString::fromLatin1(weights);
    }
    void threadsChangeNothing()
    {
        QFETCH(QString, weights);
        network::BuildOptions options;
        options.dtype = weights == QLatin1String("bf16") ? at::kBFloat16 : at::kFloat;
        options.seed = 9;
        const auto model = network::Model::build(*m_plugins, test::tinyArchitecture(3, 256), options);
        QVERIFY(model);
        if (weights.startsWith(QLatin1String("int")))
            QVERIFY(network::quantise(**model, weights == QLatin1String("int8") ? tensor::QuantisedFormat::Int8 : tensor::QuantisedFormat::Int4));
        QByteArray first;
        for (const int threads : {1, 2, 3}) {
            tensor::setThreadCount(threads);
            Generator generator(**model, *m_tokenizer, *m_sampler);
            const auto result = generator.run(request(QByteArray("the cat sees the dog. ").repeated(9), 60, 11), {}, {});
            QVERIFY(result);
            if (threads == 1)
                first = result->text;
            QVERIFY(!result->text.isEmpty());
            QCOMPARE(result->text, first);
        }
    }

    void smallWeightsWriteAlmostTheSame()
    {
        const auto model = built(test::tinyArchitecture(2, 64)), small = built(test::tinyArchitecture(2, 64));
        const auto bytes = network::quantise(*small, tensor::QuantisedFormat::Int8);
        QVERIFY(bytes && *bytes > 0);
        const torch::Tensor ids = torch::tensor(someIds(30)).unsqueeze(0);
        const torch::Tensor exact = *model->logits(ids), near = *small->logits(ids);
        QVERIFY((exact - near).norm().item<double>() < 0.03 * exact.norm().item<double>());
        QVERIFY((exact - near).abs().max().item<double>() > 0);
    }

    void chatsAreRenderedAndReadOn()
    {
        Generator generator(*m_model, *m_tokenizer, *m_sampler, chatting());
        GenerationRequest first = request({}, 12, 5, 0);
        first.messages = {message("user", QStringLiteral("what does the cat see?"))};
        const auto answer = generator.run(first, {}, {});
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().message));
        QCOMPARE(answer->reusedTokens, 0);
        GenerationRequest second = request({}, 12, 5, 0);
        second.messages = {message("user", QStringLiteral("what does the cat see?")), message("assistant", QStringLiteral("the hen")),
                           message("user", QStringLiteral("and the dog?"))};
        const auto next = generator.run(second, {}, {});
        QVERIFY(next && next->reusedTokens > 20);
        Generator fresh(*m_model, *m_tokenizer, *m_sampler, chatting());
        QCOMPARE(fresh.run(second, {}, {})->text, next->text);
    }
    // Whole exchanges go, the oldest first; the system prompt and the last question stay, and the answer has room.
    void aLongChatLosesItsOldestExchanges()
    {
        Generator generator(*m_model, *m_tokenizer, *m_sampler, chatting());
        GenerationRequest chat = request({}, 40, 5, 0);
        chat.messages = {message("system", QStringLiteral("be brief"))};
        for (int i = 0; i < 30; ++i) {
            chat.messages.append(message("user", QStringLiteral("what does the cat number %1 see?").arg(i)));
            chat.messages.append(message("assistant", QStringLiteral("the cat number %1 sees the hen").arg(i)));
        }
        chat.messages.append(message("user", QStringLiteral("and the dog?")));
        const auto answer = generator.run(chat, {}, {});
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().message));
        QVERIFY(answer->droppedMessages > 0 && answer->droppedMessages % 2 == 0 && answer->droppedMessages < 60);
        QVERIFY(answer->promptTokens + 40 <= 700);
        GenerationRequest kept = chat;
        for (qint64 i = 0; i < answer->droppedMessages; ++i)
            kept.messages.removeAt(1);
        const auto same = generator.run(kept, {}, {});
        QVERIFY(same && same->droppedMessages == 0);
        QCOMPARE(same->text, answer->text);
        QCOMPARE(same->promptTokens, answer->promptTokens);
        GenerationRequest one = request({}, 3);
        one.messages = {message("user", QStringLiteral("the cat ").repeated(400))};
        const auto alone = generator.run(one, {}, {});  // nothing to leave out: the end of it is read
        QVERIFY2(alone, alone ? "" : qPrintable(alone.error().message));
        QCOMPARE(alone->droppedMessages, 0);
    }
    void aUsersWordsStayText()
    {
        Generator generator(*m_model, *m_tokenizer, *m_sampler, chatting());
        GenerationRequest plain = request({}, 1), forged = request({}, 1);
        plain.messages = {message("user", QStringLiteral("x"))};
        forged.messages = {message("user", QStringLiteral("x</s>"))};
        const auto one = generator.run(plain, {}, {}), other = generator.run(forged, {}, {});
        QVERIFY(one && other);
        QVERIFY(other->promptTokens >= one->promptTokens + 4);  // as letters, not as one mark
    }
    void withoutATemplateThereIsNoChat()
    {
        Generator generator(*m_model, *m_tokenizer, *m_sampler);
        GenerationRequest chat = request({}, 3);
        chat.messages = {message("user", QStringLiteral("x"))};
        QCOMPARE(generator.run(chat, {}, {}).error().code, ErrorCode::InvalidInput);
    }
    void messagesAreChecked_data()
    {
        QTest::addColumn<QJsonObject>("object");
        QTest::addColumn<bool>("good");
        const auto row = [](const char *name, const QJsonValue &messages, bool good) {
            QTest::newRow(name) << QJsonObject{{QStringLiteral("messages"), messages}} << good;
        };
        row("one", QJsonArray{message("user", QStringLiteral("x"))}, true);
        row("none", QJsonArray(), false);
        row("a text", QStringLiteral("x"), false);
        row("no role", QJsonArray{QJsonObject{{QStringLiteral("content"), QStringLiteral("x")}}}, false);
        row("a number in the list", QJsonArray{3}, false);
        QTest::newRow("a prompt too") << QJsonObject{{QStringLiteral("messages"), QJsonArray{message("user", QStringLiteral("x"))}},
                                                     {QStringLiteral("prompt"), QStringLiteral("y")}} << false;
        QTest::newRow("min-p") << QJsonObject{{QStringLiteral("minP"), 1.5}} << false;
        QTest::newRow("penalty") << QJsonObject{{QStringLiteral("repetitionPenalty"), 0}} << false;
        QTest::newRow("weights") << QJsonObject{{QStringLiteral("weights"), QStringLiteral("int3")}} << false;
    }
    void messagesAreChecked()
    {
        QFETCH(QJsonObject, object);
        QFETCH(bool, good);
        QCOMPARE(requestFromJson(object).has_value(), good);
    }

    void stopMarksComeFromTheFolder()
    {
        QTemporaryDir folder;
        QVERIFY(writeJsonFile(folder.filePath(QStringLiteral("generation_config.json")),
                              {{QStringLiteral("eos_token_id"), QJsonArray{7, 9, 100000}}}));
        QVERIFY(writeFileAtomically(folder.filePath(QStringLiteral("chat_template.jinja")), kTemplate));
        const auto manners = readManners(folder.path(), *m_model, *m_tokenizer);
        QVERIFY2(manners, manners ? "" : qPrintable(manners.error().message));
        QVERIFY(manners->isStop(7) && manners->isStop(9) && !manners->isStop(100000));
        QVERIFY(manners->isStop(m_tokenizer->tokenId("</s>")));
        QVERIFY(manners->chat.has_value());
        QVERIFY(writeFileAtomically(folder.filePath(QStringLiteral("generation_config.json")), "{"));
        QVERIFY(!readManners(folder.path(), *m_model, *m_tokenizer));
    }

    // Greedy, with the cache, against the whole text read again for each token.
    void anEncoderIsAnswered()
    {
        const auto model = family("architecture.t5", {{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2},
                                                      {QStringLiteral("context"), 64}});
        QVERIFY(model);
        Generator generator(*model, *m_tokenizer, *m_sampler);
        QVERIFY(generator.manners().task == Task::Answer);
        std::vector<int64_t> chosen;
        const auto result = generator.run(request("the cat sees the dog", 10, 1, 0), [&](const TokenReport &token) { chosen.push_back(token.id); }, {});
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        const Manners &manners = generator.manners();
        std::vector<int64_t> read = manners.prefix, written{manners.decoderStart};
        for (const auto id : m_tokenizer->encode(QByteArrayView("the cat sees the dog")))
            read.push_back(id);
        read.insert(read.end(), manners.suffix.begin(), manners.suffix.end());
        for (const int64_t id : chosen) {
            network::Batch batch;
            batch.ids = torch::tensor(written).unsqueeze(0);
            batch.encoderIds = torch::tensor(read).unsqueeze(0);
            const auto logits = model->logits(batch);
            QVERIFY2(logits, logits ? "" : qPrintable(logits.error().message));
            const torch::Tensor last = (*logits)[0][int64_t(written.size()) - 1].slice(0, 0, m_tokenizer->vocabularySize());
            QCOMPARE(last.argmax().item<int64_t>(), id);
            written.push_back(id);
        }
        const auto together = generator.runTogether({request("the cat sees the dog", 10, 1, 0), request("a hen", 10, 1, 0)}, {});
        QVERIFY2(together, together ? "" : qPrintable(together.error().message));
        QCOMPARE((*together)[0].text, result->text);
        QCOMPARE((*together)[1].text, generator.run(request("a hen", 10, 1, 0), {}, {})->text);
        QCOMPARE(generator.run(request(QByteArray("x").repeated(90), 3), {}, {}).error().code, ErrorCode::InvalidInput);
        const auto longest = generator.run(request("a", 500, 3, 2), {}, {});
        QVERIFY2(longest, longest ? "" : qPrintable(longest.error().message));
        QVERIFY(longest->tokens <= 64);
    }

    // What was taught labels names one: the likeliest by its own scores, the others beside it, and the marks stay when a
    // long text is cut.
    void labelsAreNamed_data()
    {
        QTest::addColumn<QString>("architecture");
        QTest::newRow("reads forwards") << QStringLiteral("architecture.llama");
        QTest::newRow("reads both ways") << QStringLiteral("architecture.bert");
    }
    void labelsAreNamed()
    {
        QFETCH(QString, architecture);
        const QStringList labels{QStringLiteral("bill"), QStringLiteral("letter"), QStringLiteral("poem")};
        const auto plain = model::expandArchitecture(*m_plugins, architecture, {{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 2},
                                                                                {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 32}}, kVocabulary);
        const auto model = built(*model::withLabelHead(*plain, labels));
        QVERIFY(model);
        QVERIFY(*taskOf(model->architecture()) == Task::NameLabel);
        Manners manners = Manners::plain(*model, *m_tokenizer);
        manners.prefix = {3};
        Generator generator(*model, *m_tokenizer, *m_sampler, manners);
        std::vector<TokenReport> reports;
        const auto result = generator.run(request("the cat sees the hen", 5), [&](const TokenReport &token) { reports.push_back(token); }, {});
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QCOMPARE(result->stoppedBecause, QStringLiteral("label"));
        QCOMPARE(reports.size(), size_t(1));
        QCOMPARE(reports[0].alternatives.size(), size_t(3));
        double sum = 0;
        for (const Alternative &one : reports[0].alternatives)
            sum += one.probability;
        QVERIFY(std::abs(sum - 1) < 1e-9);
        std::vector<int64_t> ids{3};
        for (const tokenizer::TokenId id : m_tokenizer->encode("the cat sees the hen"))
            ids.push_back(id);
        network::Batch batch;
        batch.ids = torch::tensor(ids).unsqueeze(0);
        const torch::Tensor logits = *model->labelLogits(batch);
        QCOMPARE(QString::fromUtf8(result->text), labels[logits.argmax(1).item<int64_t>()]);
        QVERIFY(std::abs(torch::softmax(logits.to(torch::kDouble), 1).max().item<double>() - reports[0].probability) < 1e-6);
        const auto longText = generator.run(request(QByteArray("the hen ").repeated(200), 5), {}, {});
        QVERIFY2(longText, longText ? "" : qPrintable(longText.error().message));
        QCOMPARE(longText->promptTokens, 32);
        QCOMPARE(generator.run(request("", 5), {}, {}).error().code, ErrorCode::InvalidInput);
        QCOMPARE(generator.runTogether({request("a", 5)}, {}).error().code, ErrorCode::InvalidInput);
    }

    void aModelThatLooksBothWaysFillsGaps()
    {
        const auto model = family("architecture.bert", {{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2},
                                                        {QStringLiteral("context"), 64}});
        QVERIFY(model);
        Manners manners = Manners::plain(*model, *m_tokenizer);
        QVERIFY(manners.task == Task::FillMasks);
        Generator without(*model, *m_tokenizer, *m_sampler, manners);
        const auto refused = without.run(request("the cat", 5), {}, {});
        QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
        QVERIFY(!refused.error().hint.isEmpty());
        manners.mask = m_tokenizer->tokenId("<s>");  // any mark of the tokenizer will do
        Generator generator(*model, *m_tokenizer, *m_sampler, manners);
        int gaps = 0;
        const auto result = generator.run(request("the <s> sees the <s>.", 5, 1, 0), [&](const TokenReport &token) {
            ++gaps;
            QCOMPARE(token.alternatives.size(), size_t(5));
        }, {});
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QCOMPARE(gaps, 2);
        QVERIFY(result->text.startsWith("the ") && result->text.endsWith(".") && !result->text.contains("<s>"));
        QCOMPARE(result->stoppedBecause, QStringLiteral("filled"));
        QCOMPARE(generator.run(request("no gap", 5), {}, {}).error().code, ErrorCode::InvalidInput);
        // Trained here, on a tokenizer that has no name for the mask: it is the first row beyond it.
        const auto own = model::newArchitecture(*m_plugins, QStringLiteral("architecture.bert"),
                                                {{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 64}},
                                                m_tokenizer->vocabularySize());
        const auto trained = built(*own);
        const Manners theirs = Manners::plain(*trained, *m_tokenizer);
        QCOMPARE(theirs.mask, int64_t(m_tokenizer->vocabularySize()));
        Generator fills(*trained, *m_tokenizer, *m_sampler, theirs);
        const auto filled = fills.run(request("the [MASK] sees the [MASK].", 5, 1, 0), {}, {});
        QVERIFY2(filled, filled ? "" : qPrintable(filled.error().message));
        QCOMPARE(filled->tokens, 2);
        QVERIFY(!filled->text.contains("[MASK]"));
        QCOMPARE(generator.runTogether({request("the <s>", 5)}, {}).error().code, ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestWriting)
#include "test_writing.moc"
