// A file of prompts: its lines, which are written together, answers in their order, each as it is written alone, and what
// bad lines, a cancel and a torn journal leave.
#include "core/generate/answer_file.h"
#include "core/generate/batch_plan.h"
#include "core/generate/handlers.h"
#include "core/generate/prompt_lines.h"
#include "core/generate/ready_model.h"

#include "core/model/architecture.h"
#include "core/model/label_head.h"
#include "core/plugin/registry.h"
#include "core/tensor/machine.h"
#include "tests/support/fake_context.h"
#include "tests/support/tiny_training.h"

#include <QRandomGenerator>
#include <QtTest>

using namespace athanor;
using namespace athanor::generate;

namespace {

constexpr qint64 kVocabulary = 296;

QList<QJsonObject> objectsIn(const QString &file)
{
    QList<QJsonObject> objects;
    for (const QByteArray &line : readFile(file).value_or(QByteArray()).split('\n'))
        if (!line.isEmpty())
            objects += QJsonDocument::fromJson(line).object();
    return objects;
}

QByteArray jsonLine(const QString &prompt)
{
    return QJsonDocument(QJsonObject{{QStringLiteral("prompt"), prompt}}).toJson(QJsonDocument::Compact) + '\n';
}

}  // namespace

class TestPrompts : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::unique_ptr<test::TinyProject> m_project;
    QString m_file;

    QJsonObject architecture(const char *id, const QJsonObject &more = {}) const
    {
        QJsonObject choices{{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 64}};
        for (auto entry = more.begin(); entry != more.end(); ++entry)
            choices.insert(entry.key(), entry.value());
        return model::expandArchitecture(*m_plugins, QLatin1String(id), choices, kVocabulary).value_or(QJsonObject());
    }
    /// A model folder below the project, with weights that make choices clear.
    QString folderOf(const QString &name, const QJsonObject &architecture) const
    {
        const QString folder = m_project->path() + QStringLiteral("/objects/models/") + name;
        const auto model = network::Model::build(*m_plugins, architecture, {at::kFloat, 5});
        if (!model || !makeFolder(folder) || !writeJsonFile(folder + QStringLiteral("/architecture.json"), architecture))
            return {};
        std::vector<interop::SafetensorsWriter::Declaration> declarations;
        for (const auto &parameter : (*model)->parameters())
            declarations.push_back({QString::fromStdString(parameter.name), interop::ElementType::F32,
                                    std::vector<qint64>(parameter.value.sizes().begin(), parameter.value.sizes().end())});
        auto writer = interop::SafetensorsWriter::create(folder + QStringLiteral("/model.safetensors"), declarations);
        torch::NoGradGuard noGradients;
        for (const auto &parameter : (*model)->parameters()) {
            const torch::Tensor value = (parameter.value * 4).contiguous();
            if (!writer || !writer->write(QByteArrayView(static_cast<const char *>(value.data_ptr()), qsizetype(value.nbytes()))))
                return {};
        }
        if (!writer->finish() || !QFile::copy(m_project->tokenizerFile(), folder + QStringLiteral("/tokenizer.model")))
            return {};
        return QStringLiteral("objects/models/") + name;
    }
    void write(const QByteArray &text, const QString &name = QStringLiteral("prompts.jsonl"))
    {
        m_file = m_project->path() + QLatin1Char('/') + name;
        QVERIFY(writeFileAtomically(m_file, text));
    }
    job::Spec spec(const QString &checkpoint, const QJsonObject &more = {}) const
    {
        job::Spec spec;
        spec.id = QStringLiteral("p") + QString::number(QRandomGenerator::global()->generate());
        spec.kind = QStringLiteral("prompts");
        spec.parameters = {{QStringLiteral("checkpoint"), checkpoint}, {QStringLiteral("file"), m_file},
                           {QStringLiteral("settings"), QJsonObject{{QStringLiteral("maxTokens"), 12}, {QStringLiteral("seed"), 3}, {QStringLiteral("temperature"), 0.9}}}};
        for (auto entry = more.begin(); entry != more.end(); ++entry)
            spec.parameters.insert(entry.key(), entry.value());
        return spec;
    }
    static QString answersOf(const test::FakeContext &context) { return AnswerFile::resultFile(context.jobPath()); }

private Q_SLOTS:
    void initTestCase()
    {
        tensor::setThreadCount(2);
        m_plugins = test::builtPlugins();
        m_project = std::make_unique<test::TinyProject>(1, 1);
        QVERIFY2(m_project->isUsable(), qPrintable(m_project->problem()));
    }

    void linesOfBothKinds()
    {
        write("\xEF\xBB\xBF{\"prompt\":\"one\",\"id\":7}\r\n\n{\"messages\":[{\"role\":\"user\",\"content\":\"two\"}],\"maxTokens\":5}\nno json\n{\"text\":1}\n"
              "{\"prompt\":\"\",\"temperature\":-1}\n{\"prompt\":\"\xff\"}\n{\"prompt\":\"last\"}", QStringLiteral("any.txt"));
        PromptFileSettings settings;
        settings.request = {{QStringLiteral("maxTokens"), 9}};
        const auto lines = readPromptLines(m_file, settings);
        QVERIFY2(lines, lines ? "" : qPrintable(lines.error().message));
        QCOMPARE(lines->size(), size_t(7));
        const std::vector<qint64> numbers{1, 3, 4, 5, 6, 7, 8};
        for (size_t i = 0; i < numbers.size(); ++i) {
            QCOMPARE((*lines)[i].number, numbers[i]);
            QCOMPARE((*lines)[i].problem.has_value(), i >= 2 && i <= 5);
        }
        QCOMPARE((*lines)[0].request.prompt, QByteArray("one"));
        QCOMPARE((*lines)[0].request.maxTokens, 9);
        QCOMPARE((*lines)[0].asked.value(QLatin1String("id")).toInt(), 7);
        QCOMPARE((*lines)[1].request.maxTokens, 5);
        QCOMPARE((*lines)[1].request.messages.size(), 1);
        QVERIFY((*lines)[2].problem->message.contains(QStringLiteral("not JSON")));
        QVERIFY((*lines)[3].problem->message.contains(QStringLiteral("prompt")));
        QVERIFY((*lines)[5].problem->message.contains(QStringLiteral("UTF-8")));
        write("What is it?\n  \n{broken\n", QStringLiteral("plain.txt"));
        settings.asksChat = true;
        settings.system = QStringLiteral("Be brief.");
        const auto plain = readPromptLines(m_file, settings);
        QVERIFY(plain);
        QCOMPARE(plain->size(), size_t(2));
        QCOMPARE((*plain)[1].number, 3);
        QCOMPARE((*plain)[1].request.messages.size(), 2);
        QCOMPARE((*plain)[1].request.messages[1].toObject().value(QLatin1String("content")).toString(), QStringLiteral("{broken"));
        write("\n \n", QStringLiteral("empty.txt"));
        QCOMPARE(readPromptLines(m_file, settings).error().code, ErrorCode::InvalidInput);
        QCOMPARE(readPromptLines(QStringLiteral("/nowhere"), settings).error().code, ErrorCode::NotFound);
    }

    void whichAreWrittenTogether()
    {
        const BatchLimits limits{3, 100, 1e9, 1, 0};
        const std::vector<std::vector<size_t>> batches = planBatches({{5, 10}, {95, 10}, {50, 10}, {6, 10}, {7, 95}, {90, 10}, {4, 10}}, limits);
        const std::vector<std::vector<size_t>> expected{{1}, {5, 2}, {4}, {3, 0, 6}};
        QCOMPARE(batches, expected);
        const BatchLimits small{32, 100, 250, 10, 50};  // (15 tokens of 10 bytes + 50) for a row
        QCOMPARE(planBatches({{5, 10}, {5, 10}, {5, 10}}, small), (std::vector<std::vector<size_t>>{{0}, {1}, {2}}));
        const BatchLimits two{32, 100, 400, 10, 50};
        QCOMPARE(planBatches({{5, 10}, {5, 10}, {5, 10}}, two), (std::vector<std::vector<size_t>>{{0, 1}, {2}}));
        QVERIFY(planBatches({}, limits).empty());
        const auto ofModel = batchLimits(*m_plugins, test::tinyArchitecture(2, 32), 8, false, 1000);
        QVERIFY(ofModel);
        QCOMPARE(ofModel->memoryBytes, 500.0);
        QCOMPARE(ofModel->bytesPerToken, 2.0 * 2 * 32 * 4);  // layers, keys and values, width, f32
        QVERIFY(batchLimits(*m_plugins, test::tinyArchitecture(2, 32), 8, true, 1000)->bytesPerToken < ofModel->bytesPerToken);
    }

    // Of every family that writes: the same text as alone, whatever stands beside it, in the order of the file.
    void eachAsAlone_data()
    {
        QTest::addColumn<QString>("family");
        for (const char *family : {"llama", "gpt2", "t5"})
            QTest::newRow(family) << QString::fromLatin1(family);
    }
    void eachAsAlone()
    {
        QFETCH(QString, family);
        const QString checkpoint = folderOf(family, architecture(qPrintable(QStringLiteral("architecture.") + family)));
        QVERIFY(!checkpoint.isEmpty());
        const QStringList prompts{QStringLiteral("the cat"), QStringLiteral("the dog sees the hen and the fox"), QStringLiteral("a"),
                                  QStringLiteral("the hen ").repeated(5), QStringLiteral("the fox hears"), QStringLiteral("x").repeated(60)};
        QByteArray text;
        for (const QString &prompt : prompts)
            text += jsonLine(prompt);
        write(text);
        test::FakeContext context(m_project->path(), spec(checkpoint, {{QStringLiteral("batch"), 4}}), *m_plugins);
        const auto facts = PromptsHandler().run(context);
        QVERIFY2(facts, facts ? "" : qPrintable(facts.error().message));
        QCOMPARE(facts->value(QLatin1String("answered")).toInt(), 6);
        QCOMPARE(facts->value(QLatin1String("largestBatch")).toInt(), 4);
        const QList<QJsonObject> answers = objectsIn(answersOf(context));
        QCOMPARE(answers.size(), prompts.size());
        const auto ready = readyModel(*m_plugins, m_project->path() + QLatin1Char('/') + checkpoint);
        QVERIFY(ready);
        Generator generator(*ready->loaded.model, *ready->loaded.tokenizer,
                            **plugin::Registry<Sampler>(*m_plugins, QStringLiteral("sampler")).get(QLatin1String(kUsualSampler)), ready->manners);
        qint64 tokens = 0;
        for (qsizetype i = 0; i < prompts.size(); ++i) {
            const auto alone = generator.run(*requestFromJson({{QStringLiteral("prompt"), prompts[i]}, {QStringLiteral("maxTokens"), 12},
                                                               {QStringLiteral("seed"), 3}, {QStringLiteral("temperature"), 0.9}}), {}, {});
            QVERIFY(alone);
            QCOMPARE(answers[i].value(QLatin1String("line")).toInt(), int(i) + 1);
            QCOMPARE(answers[i].value(QLatin1String("prompt")).toString(), prompts[i]);
            QCOMPARE(answers[i].value(QLatin1String("text")).toString(), QString::fromUtf8(alone->text));
            QCOMPARE(answers[i].value(QLatin1String("tokens")).toInteger(), alone->tokens);
            QCOMPARE(answers[i].value(QLatin1String("stoppedBecause")).toString(), alone->stoppedBecause);
            tokens += alone->tokens;
        }
        QCOMPARE(facts->value(QLatin1String("tokens")).toInteger(), tokens);
    }

    void labelsAndGaps()
    {
        const QStringList labels{QStringLiteral("bill"), QStringLiteral("letter")};
        const QString sorts = folderOf(QStringLiteral("sorts"), *model::withLabelHead(architecture("architecture.llama"), labels));
        write("the cat\nthe dog\n", QStringLiteral("texts.txt"));
        test::FakeContext context(m_project->path(), spec(sorts), *m_plugins);
        const auto facts = PromptsHandler().run(context);
        QVERIFY2(facts, facts ? "" : qPrintable(facts.error().message));
        const QList<QJsonObject> answers = objectsIn(answersOf(context));
        QCOMPARE(answers.size(), 2);
        for (const QJsonObject &answer : answers) {
            QVERIFY(labels.contains(answer.value(QLatin1String("text")).toString()));
            QCOMPARE(answer.value(QLatin1String("labels")).toArray().size(), 2);
        }
        const QJsonObject bert = model::newArchitecture(*m_plugins, QStringLiteral("architecture.bert"),
                                                        {{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 64}}, 292)
                                     .value_or(QJsonObject());
        const QString fills = folderOf(QStringLiteral("fills"), bert);
        write("the [MASK] sees the hen\nno gap\n", QStringLiteral("gaps.txt"));
        test::FakeContext other(m_project->path(), spec(fills), *m_plugins);
        const auto filled = PromptsHandler().run(other);
        QVERIFY2(filled, filled ? "" : qPrintable(filled.error().message));
        QCOMPARE(filled->value(QLatin1String("failed")).toInt(), 1);
        QCOMPARE(objectsIn(answersOf(other))[0].value(QLatin1String("gaps")).toArray().size(), 1);
        QVERIFY(objectsIn(answersOf(other))[1].contains(QLatin1String("error")));
    }

    // A bad line is named and costs nobody else anything; nor does one that the model refuses.
    void badLinesStopNobody()
    {
        const QString checkpoint = folderOf(QStringLiteral("encodes"), architecture("architecture.t5"));
        write(jsonLine(QStringLiteral("the cat")) + "{]\n" + jsonLine(QStringLiteral("x").repeated(200)) + jsonLine(QStringLiteral("the dog")));
        const QString to = m_project->path() + QStringLiteral("/out.jsonl");
        test::FakeContext context(m_project->path(), spec(checkpoint, {{QStringLiteral("to"), to}}), *m_plugins);
        const auto facts = PromptsHandler().run(context);
        QVERIFY2(facts, facts ? "" : qPrintable(facts.error().message));
        QCOMPARE(facts->value(QLatin1String("answered")).toInt(), 2);
        QCOMPARE(facts->value(QLatin1String("failed")).toInt(), 2);
        const QList<QJsonObject> answers = objectsIn(to);
        QCOMPARE(answers.size(), 4);
        QVERIFY(answers[0].contains(QLatin1String("text")) && answers[3].contains(QLatin1String("text")));
        QVERIFY(answers[1].contains(QLatin1String("error")) && answers[2].value(QLatin1String("error")).toString().contains(QStringLiteral("tokens")));
        QVERIFY(context.logs.join(QLatin1Char('\n')).contains(QStringLiteral("Line 2")));
        QCOMPARE(PromptsHandler().run(*std::make_unique<test::FakeContext>(m_project->path(), spec(checkpoint, {{QStringLiteral("batch"), 5000}}), *m_plugins)).error().code,
                 ErrorCode::InvalidInput);
    }

    void aCancelKeepsWhatIsWritten()
    {
        const QString checkpoint = folderOf(QStringLiteral("stops"), architecture("architecture.llama"));
        QByteArray text;
        for (int i = 0; i < 6; ++i)
            text += jsonLine(QStringLiteral("the cat ").repeated(i + 1));
        write(text);
        const job::Spec asked = spec(checkpoint, {{QStringLiteral("batch"), 2}});
        QList<QJsonObject> before;
        {
            test::FakeContext context(m_project->path(), asked, *m_plugins);
            context.onProgress = [&](const Progress &progress) {
                if (progress.done == 3)  // in the midst of the second batch
                    context.cancelToken().cancel();
            };
            const auto stopped = PromptsHandler().run(context);
            QVERIFY(!stopped && stopped.error().code == ErrorCode::Cancelled);
            before = objectsIn(answersOf(context));
            QCOMPARE(before.size(), 2);
            QCOMPARE(before[0].value(QLatin1String("line")).toInt(), 5);  // the longest come first
        }
        test::FakeContext again(m_project->path(), asked, *m_plugins);
        QFile journal(again.jobPath() + QStringLiteral("/answers.part.jsonl"));
        QVERIFY(journal.open(QIODevice::Append));
        journal.write("{\"line\":1,\"te");  // torn by a kill
        journal.close();
        const auto facts = PromptsHandler().run(again);
        QVERIFY2(facts, facts ? "" : qPrintable(facts.error().message));
        const QList<QJsonObject> after = objectsIn(answersOf(again));
        QCOMPARE(after.size(), 6);
        for (int i = 0; i < 6; ++i)
            QCOMPARE(after[i].value(QLatin1String("line")).toInt(), i + 1);
        QCOMPARE(after[4], before[0]);
        QCOMPARE(facts->value(QLatin1String("answered")).toInt(), 6);
        qint64 tokens = 0;
        for (const QJsonObject &answer : after)
            tokens += answer.value(QLatin1String("tokens")).toInteger();
        QCOMPARE(facts->value(QLatin1String("tokens")).toInteger(), tokens);  // of both attempts, each answer once
    }

    // In the midst of a batch, whose texts would be long; then the file of prompts becomes another.
    void aPauseIsHeardWithinABatch()
    {
        const QString checkpoint = folderOf(QStringLiteral("pauses"), architecture("architecture.llama"));
        write(jsonLine(QStringLiteral("the cat")) + jsonLine(QStringLiteral("the dog")) + "{]\n");
        const job::Spec asked = spec(checkpoint, {{QStringLiteral("batch"), 2}, {QStringLiteral("settings"), QJsonObject{{QStringLiteral("maxTokens"), 50}, {QStringLiteral("seed"), 3}}}});
        int steps = 0;
        {
            test::FakeContext context(m_project->path(), asked, *m_plugins);
            context.onProgress = [&](const Progress &progress) {
                if (progress.phase != QLatin1String("Writing"))
                    return;
                ++steps;
                context.pauseFromTheStart = true;
            };
            const auto stopped = PromptsHandler().run(context);
            QVERIFY(!stopped && stopped.error().code == ErrorCode::Cancelled);
            QVERIFY2(steps < 5, qPrintable(QString::number(steps)));
            QCOMPARE(objectsIn(answersOf(context)).size(), 1);  // the line that is none
        }
        const QByteArray before = *readFile(m_file);
        write(jsonLine(QStringLiteral("the hen")));
        test::FakeContext other(m_project->path(), asked, *m_plugins);
        const auto refused = PromptsHandler().run(other);
        QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
        QVERIFY(refused.error().message.contains(QStringLiteral("another file")) && !refused.error().hint.isEmpty());
        write(before);
        test::FakeContext again(m_project->path(), asked, *m_plugins);
        const auto facts = PromptsHandler().run(again);
        QVERIFY2(facts, facts ? "" : qPrintable(facts.error().message));
        QCOMPARE(facts->value(QLatin1String("answered")).toInt(), 2);
    }
};

QTEST_GUILESS_MAIN(TestPrompts)
#include "test_prompts.moc"
