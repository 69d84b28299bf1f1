// The windows of the scorer against the plain definition: every token once, with the context that the README promises.
#include "core/score/stream_scorer.h"
#include "core/score/text_score.h"

#include "tests/support/tiny_training.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::score;

class TestStreamScorer : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::shared_ptr<network::Model> m_model;

    static std::vector<qint32> stream(int count)
    {
        std::vector<qint32> ids;
        for (int i = 0; i < count; ++i)
            ids.push_back(qint32((i * 37 + i * i) % 290));
        return ids;
    }
    /// One window at a time, no batching, no buffer.
    double reference(const std::vector<qint32> &ids, qint64 start, qint64 context, qint64 stride)
    {
        std::vector<int64_t> all{start};
        all.insert(all.end(), ids.begin(), ids.end());
        double sum = 0;
        int64_t scored = 1;
        while (scored < int64_t(all.size())) {
            const int64_t first = scored == 1 ? 0 : std::max<int64_t>(0, scored + stride - context - 1);
            const int64_t length = std::min<int64_t>(context, int64_t(all.size()) - 1 - first);
            const torch::Tensor input = torch::tensor(std::vector<int64_t>(all.begin() + first, all.begin() + first + length)).unsqueeze(0);
            const torch::Tensor logProbabilities = torch::log_softmax(*m_model->logits(input), -1);
            for (int64_t t = 0; t < length; ++t) {
                if (first + t + 1 >= scored)
                    sum -= logProbabilities[0][t][all[size_t(first + t + 1)]].item<float>();
            }
            scored = first + length + 1;
        }
        return sum;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_plugins = test::builtPlugins();
        auto model = network::Model::build(*m_plugins, test::tinyArchitecture(1, 16), {at::kFloat, 3});
        QVERIFY2(model, model ? "" : qPrintable(model.error().message));
        m_model = *model;
        torch::NoGradGuard noGradients;
        for (const auto &parameter : m_model->parameters())
            parameter.value.mul_(8);  // far from uniform, so that context matters
    }
    void agreesWithTheDefinition_data()
    {
        QTest::addColumn<int>("tokens");
        QTest::addColumn<int>("stride");
        QTest::addColumn<int>("batch");
        QTest::addColumn<int>("piece");
        for (int tokens : {1, 2, 15, 16, 17, 24, 25, 100, 129})
            QTest::addRow("%d tokens", tokens) << tokens << 8 << 4 << 1000;
        QTest::newRow("piece by piece") << 100 << 8 << 4 << 7;
        QTest::newRow("one by one") << 60 << 8 << 2 << 1;
        QTest::newRow("batch of one") << 100 << 8 << 1 << 13;
        QTest::newRow("no overlap") << 100 << 16 << 4 << 50;
        QTest::newRow("stride of one") << 40 << 1 << 4 << 50;
    }
    void agreesWithTheDefinition()
    {
        QFETCH(int, tokens);
        QFETCH(int, stride);
        QFETCH(int, batch);
        QFETCH(int, piece);
        const std::vector<qint32> ids = stream(tokens);
        StreamScorer scorer(*m_model, 2, {16, stride, batch});
        for (int at = 0; at < tokens; at += piece)
            QVERIFY(scorer.add({ids.begin() + at, ids.begin() + std::min(tokens, at + piece)}));
        QVERIFY(scorer.finish());
        QCOMPARE(scorer.tokens(), tokens);
        const double expected = reference(ids, 2, 16, stride);
        QVERIFY2(qAbs(scorer.negativeLogLikelihood() / expected - 1) < 1e-4,
                 qPrintable(QStringLiteral("%1 and %2").arg(scorer.negativeLogLikelihood()).arg(expected)));
    }
    void textScoreCountsBytesCharactersAndEnds()
    {
        test::TinyProject project(2, 2);
        QVERIFY2(project.isUsable(), qPrintable(project.problem()));
        const auto tokenizer = tokenizer::readTokenizer(project.tokenizerFile());
        QVERIFY(tokenizer);
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("text file’s name.txt"));
        const QByteArray text = "the cat and the dog: ä 漢\n";
        QVERIFY(writeFileAtomically(file, text));
        const auto documents = fileStream(file);
        QVERIFY(documents);
        NoProgress nobody;
        const auto score = scoreText(*m_model, **tokenizer, *documents, {16, 8, 4}, Baselines::GzipAndXz, nobody, {});
        QVERIFY2(score, score ? "" : qPrintable(score.error().message));
        QCOMPARE(score->sum.bytes, text.size());
        QCOMPARE(score->sum.characters, QString::fromUtf8(text).size());
        QCOMPARE(score->sum.documents, 1);
        QCOMPARE(score->sum.tokens, qint64((*tokenizer)->encode(text).size()) + 1);
        QCOMPARE(score->compression.bytes, text.size());
        QVERIFY(score->compression.gzipBitsPerByte > 8);  // a container around 28 bytes
    }
    void corpusSplitIsCutAtTheLimit()
    {
        test::TinyProject project(2, 2);
        const auto reader = corpus::CorpusReader::open(project.corpusFolder());
        QVERIFY(reader);
        const auto whole = splitStream(*reader, QStringLiteral("validation"));
        const auto limited = splitStream(*reader, QStringLiteral("validation"), 100);
        QVERIFY(whole && limited);
        QByteArray text;
        qint64 bytes = 0;
        for (auto more = limited->next(text); more && *more; more = limited->next(text))
            bytes += text.size();
        QCOMPARE(bytes, 100);
        QCOMPARE(splitStream(*reader, QStringLiteral("nothing")).error().code, ErrorCode::NotFound);
    }
    // Each document gets what its tokens add, wherever windows begin and end.
    void everyDocumentHasItsShare()
    {
        test::TinyProject project(2, 5);
        const auto reader = corpus::CorpusReader::open(project.corpusFolder());
        const auto tokenizer = tokenizer::readTokenizer(project.tokenizerFile());
        QVERIFY(reader && tokenizer);
        const auto three = splitStream(*reader, QStringLiteral("validation"), 0, 3);
        QVERIFY(three);
        QCOMPARE(three->documentCount, 3);
        QVERIFY(three->byteCount < reader->byteCount(QStringLiteral("validation")));
        std::vector<DocumentScore> each;
        NoProgress nobody;
        const auto score = scoreText(*m_model, **tokenizer, *three, {16, 8, 4}, Baselines::None, nobody, {}, [&](const DocumentScore &one) { each.push_back(one); });
        QVERIFY2(score, score ? "" : qPrintable(score.error().message));
        QCOMPARE(each.size(), size_t(3));
        evaluate::LikelihoodSum sum;
        for (size_t i = 0; i < each.size(); ++i) {
            const auto document = reader->document(QStringLiteral("validation"), qint64(i));
            QCOMPARE(each[i].name.id, document->id);
            QCOMPARE(each[i].sum.bytes, document->text.size());
            QCOMPARE(each[i].sum.tokens, qint64((*tokenizer)->encode(document->text).size()) + 1);
            sum += each[i].sum;
        }
        QCOMPARE(sum.tokens, score->sum.tokens);
        QVERIFY(qAbs(sum.negativeLogLikelihood / score->sum.negativeLogLikelihood - 1) < 1e-6);
        // The first document alone has the same share: nothing stands before it in either case.
        const auto one = splitStream(*reader, QStringLiteral("validation"), 0, 1);
        const auto alone = scoreText(*m_model, **tokenizer, *one, {16, 8, 4}, Baselines::None, nobody, {});
        QVERIFY(qAbs(alone->sum.negativeLogLikelihood / each[0].sum.negativeLogLikelihood - 1) < 1e-3);
        QVERIFY(toJson(each[0]).value(QLatin1String("bitsPerByte")).toDouble() > 0);
    }
    void emptyAndAbsentFiles()
    {
        QTemporaryDir folder;
        QVERIFY(writeFileAtomically(folder.filePath(QStringLiteral("empty")), {}));
        QCOMPARE(fileStream(folder.filePath(QStringLiteral("empty"))).error().code, ErrorCode::InvalidInput);
        QVERIFY(!fileStream(folder.filePath(QStringLiteral("absent"))));
    }
};

QTEST_GUILESS_MAIN(TestStreamScorer)
#include "test_stream_scorer.moc"
