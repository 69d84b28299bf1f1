// The parts of pages that are no widgets, or small ones: differences of texts, tokens in a text, figures of a run, the
// layout of an architecture, and the talk with a chat job.
#include "core/base/atomic_file.h"
#include "core/project/checkpoint_facts.h"
#include "core/workbench/command_lines.h"
#include "tests/ui/pages/pictures.h"
#include "ui/pages/architecture/diagram_layout.h"
#include "ui/pages/chat/chat_page.h"
#include "ui/pages/common/layouts.h"
#include "ui/pages/data/diff_view.h"
#include "ui/pages/data/pipeline_strip.h"
#include "ui/pages/data/reading_list.h"
#include "ui/pages/tokenizer/token_editor.h"
#include "ui/pages/tokenizer/vocabulary_model.h"
#include "ui/pages/training/checkpoints_card.h"
#include "ui/pages/training/left_out_hints.h"
#include "ui/pages/common/mixture_form.h"
#include "ui/pages/training/run_figures.h"

#include <QJsonDocument>
#include <QLocalServer>
#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::pages;

namespace {

/// Cuts after every space; multi-byte characters into single bytes.
class WordTokenizer : public tokenizer::Tokenizer {
public:
    qint32 vocabularySize() const override { return 300; }
    std::vector<tokenizer::TokenId> encode(QByteArrayView text) const override
    {
        std::vector<tokenizer::TokenId> ids;
        QByteArray word;
        const auto flush = [&] {
            if (!word.isEmpty()) {
                m_words.append(word);
                ids.push_back(256 + int(m_words.size()) - 1);
                word.clear();
            }
        };
        for (const char byte : text) {
            if (uchar(byte) >= 0x80) {
                flush();
                ids.push_back(uchar(byte));
                continue;
            }
            word += byte;
            if (byte == ' ')
                flush();
        }
        flush();
        return ids;
    }
    QByteArray decode(const std::vector<tokenizer::TokenId> &ids) const override
    {
        QByteArray text;
        for (const tokenizer::TokenId id : ids)
            text += tokenBytes(id);
        return text;
    }
    QByteArray tokenBytes(tokenizer::TokenId id) const override
    {
        if (id < 256)
            return QByteArray(1, char(id));
        return id - 256 < m_words.size() ? m_words[id - 256] : QByteArray();
    }
    QString tokenText(tokenizer::TokenId id) const override { return QStringLiteral("<%1>").arg(id); }
    tokenizer::TokenId endOfDocument() const override { return -1; }
    bool isLossless() const override { return true; }
    QString sha256() const override { return {}; }
    QString typeName() const override { return {}; }

private:
    mutable QList<QByteArray> m_words;
};

job::MetricsReader readerWith(const QString &folder, int steps, double gradientAtEnd = 1, bool risingValidation = false, bool notANumber = false)
{
    auto writer = job::MetricsWriter::open(folder + QStringLiteral("/metrics.bin"));
    for (int step = 0; step <= steps; ++step) {
        QMap<QString, double> values{{QStringLiteral("train/loss"), notANumber && step == steps ? qQNaN() : 9.0 - step * 0.01},
                                     {QStringLiteral("gradient_norm"), step == steps ? gradientAtEnd : 1.0},
                                     {QStringLiteral("tokens"), step * 100.0},
                                     {QStringLiteral("time/forward"), 0.1}};
        if (step % 10 == 0) {
            values.insert(QStringLiteral("validation/loss"), risingValidation ? 5.0 + step * 0.01 : 9.0 - step * 0.01);
            values.insert(QStringLiteral("validation/perplexity"), 100.0 - step);
            values.insert(QStringLiteral("validation/bits_per_byte"), 3.0 - step * 0.01);
        }
        if (!writer->append(1, step, 1'000'000 + step * 500, values))
            qFatal("cannot write metrics");
    }
    auto reader = job::MetricsReader::open(folder + QStringLiteral("/metrics.bin"));
    reader->poll();
    return std::move(*reader);
}

}  // namespace

class TestParts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void wordsAreQuotedForTheShell_data()
    {
        QTest::addColumn<QString>("word");
        QTest::addColumn<QString>("quoted");
        QTest::newRow("plain") << "small-13M" << "small-13M";
        QTest::newRow("path") << "jobs/1/checkpoints/step-00000200" << "jobs/1/checkpoints/step-00000200";
        QTest::newRow("empty") << "" << "''";
        QTest::newRow("space") << "my documents" << "'my documents'";
        QTest::newRow("quote") << "it's" << "'it'\\''s'";
        QTest::newRow("dollar") << "$(rm x)" << "'$(rm x)'";
        QTest::newRow("two lines") << "a\nb" << "'a\nb'";
        QTest::newRow("a line") << "a\n" << "'a\n'";
        QTest::newRow("letters of others") << QString::fromUtf8("naïve") << QString::fromUtf8("'naïve'");
    }
    void wordsAreQuotedForTheShell()
    {
        QFETCH(QString, word);
        QFETCH(QString, quoted);
        QCOMPARE(workbench::shellQuoted(word), quoted);
    }

    void commandsNameWhatDiffersFromTheDefaults()
    {
        const plugin::Catalogue plugins;
        workbench::RunRequest run;
        run.model = QStringLiteral("small");
        run.dataset = QStringLiteral("my documents");
        run.settings = {{QStringLiteral("learning_rate"), 0.0005}};
        QCOMPARE(workbench::startRunCommand(plugins, run), QStringLiteral("athanor-cli run start --model small --dataset 'my documents' --set learning_rate=0.0005"));
        run.settings = {};
        run.from = QStringLiteral("jobs/1/checkpoints/step-2");
        QCOMPARE(workbench::startRunCommand(plugins, run), QStringLiteral("athanor-cli run start --model small --dataset 'my documents' --from jobs/1/checkpoints/step-2"));
        QCOMPARE(workbench::generateCommand(QStringLiteral("small"), {{QStringLiteral("prompt"), QStringLiteral("Once")}, {QStringLiteral("seed"), qint64(9007199254740991)},
                                                                      {QStringLiteral("stop"), QJsonArray{QStringLiteral(". ")}}}),
                 QStringLiteral("athanor-cli generate small --prompt Once --seed 9007199254740991 --stop '. '"));
    }

    void cardsTakeTwoRowsWhenNarrow()
    {
        CardRows rows(500);
        QList<QWidget *> cards;
        for (int i = 0; i < 5; ++i) {
            cards += new QWidget;
            cards.last()->setMinimumSize(80, 20);
            rows.add(cards.last());
        }
        rows.resize(700, 100);
        rows.show();
        QTRY_COMPARE(rows.rowCount(), 1);
        QTRY_VERIFY(cards[4]->x() > cards[3]->x() && cards[4]->y() == cards[0]->y());
        QVERIFY(rows.minimumSizeHint().width() < 400);
        rows.resize(400, 100);
        QTRY_COMPARE(rows.rowCount(), 2);
        QTRY_VERIFY(cards[3]->y() > cards[0]->y() && cards[3]->x() == 0);
        QVERIFY(cards[2]->geometry().right() >= 396 && cards[4]->geometry().right() >= 396);
        QVERIFY(cards[3]->width() > cards[0]->width());
        rows.resize(700, 100);
        QTRY_VERIFY(cards[4]->y() == cards[0]->y() && cards[4]->geometry().right() >= 696);
    }

    void aCheckpointSaysThatItHoldsTheMean()
    {
        const QTemporaryDir folder;
        QList<project::Checkpoint> points(3);
        for (int i = 0; i < 3; ++i) {
            points[i].step = 10 * (i + 1);
            points[i].path = QStringLiteral("step-%1").arg(points[i].step);
            QVERIFY(QDir(folder.path()).mkpath(points[i].path));
        }
        points[1].isBest = true;
        const auto write = [&](int i, const char *state) {
            return writeFileAtomically(folder.filePath(points[i].path + QStringLiteral("/state.json")), state);
        };
        QVERIFY(write(0, R"({"step":10})") && write(1, R"({"step":20,"holdsAverage":true})"));  // the third has none
        const QSet<QString> means = project::meansAmong(points, folder.path());
        QCOMPARE(means, QSet<QString>{QStringLiteral("step-20")});
        CheckpointsCard card;
        card.setCheckpoints(points, means);
        const int last = card.table()->columnCount() - 1;
        QCOMPARE(card.table()->item(0, last)->text(), QString());
        QCOMPARE(card.table()->item(1, last)->text(), QStringLiteral("best so far · mean of the weights"));
    }

    void equalTextsDiffer_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("kinds");
        QTest::newRow("both empty") << QString() << QString() << QString();
        QTest::newRow("same") << "a\nb" << "a\nb" << "==";
        QTest::newRow("a line goes") << "a\nmenu\nb" << "a\nb" << "=-=";
        QTest::newRow("a line comes") << "a\nb" << "a\nx\nb" << "=+=";
        QTest::newRow("a line changes") << "a\nB\nc" << "a\nb\nc" << "=~=";
        QTest::newRow("all goes") << "a\nb" << QString() << "--";
        QTest::newRow("all comes") << QString() << "a" << "+";
        QTest::newRow("repeated lines") << "x\nx\na\nx" << "x\na" << "-==-";
    }
    void equalTextsDiffer()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(QString, kinds);
        QString found, left, right;
        for (const DiffRow &row : diffLines(before, after)) {
            found += QStringLiteral("=-+~")[int(row.kind)];
            if (row.kind != DiffRow::Kind::Added)
                left += row.before + QLatin1Char('\n');
            if (row.kind != DiffRow::Kind::Removed)
                right += row.after + QLatin1Char('\n');
        }
        left.chop(1);
        right.chop(1);
        QCOMPARE(left, before);
        QCOMPARE(right, after);
        if (kinds != QStringLiteral("-==-"))
            QCOMPARE(found, kinds);
        QCOMPARE(found.count(QLatin1Char('=')), kinds.count(QLatin1Char('=')));
    }
    void longTextsAreComparedQuickly()
    {
        QStringList before, after;
        for (int i = 0; i < 6000; ++i) {
            before += QStringLiteral("line %1").arg(i);
            if (i % 3 != 0)
                after += QStringLiteral("line %1").arg(i);
        }
        QElapsedTimer timer;
        timer.start();
        const auto rows = diffLines(before.join(QLatin1Char('\n')), after.join(QLatin1Char('\n')));
        QVERIFY(timer.elapsed() < 2000);
        QCOMPARE(int(std::count_if(rows.begin(), rows.end(), [](const DiffRow &row) { return row.kind == DiffRow::Kind::Removed; })), 2000);
    }

    void theListFillsWhileReading()
    {
        QTemporaryDir folder;
        ReadingList list;
        list.follow(folder.path());
        list.poll();
        QCOMPARE(list.rowCount(), 0);
        QFile file(folder.filePath(QStringLiteral("reading.jsonl")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"path\":\"a.html\",\"bytes\":10}\n{\"path\":\"b.pdf\",\"bytes\":3,\"unreadable\":\"Encrypted\",\"detail\":\"needs a password\"}\n{\"path\":\"tor");
        file.flush();
        list.poll();
        QCOMPARE(list.rowCount(), 2);
        QCOMPARE(list.unreadableCount(), 1);
        QCOMPARE(list.index(1).data(DocumentListModel::NoteRole).toString(), QStringLiteral("needs a password"));
        file.write("n.txt\",\"bytes\":1}\nnot json\n");
        file.flush();
        list.poll();
        QCOMPARE(list.rowCount(), 3);
        QCOMPARE(list.index(2).data().toString(), QStringLiteral("torn.txt"));
        QVERIFY(file.resize(0));
        list.poll();
        QCOMPARE(list.rowCount(), 0);
    }

    void tokensFindTheirPlaceInTheText()
    {
        const WordTokenizer tokenizer;
        const QString text = QString::fromUtf8("The naïve 日本 𝄞 end");
        const Tokenisation result = tokenise(tokenizer, text);
        QVERIFY(result.isExact);
        QCOMPARE(result.bytes, qint64(text.toUtf8().size()));
        int end = 0;
        for (const TokenSegment &segment : result.segments) {
            QCOMPARE(segment.start, end);
            QVERIFY(segment.length > 0);
            end += segment.length;
        }
        QCOMPARE(end, int(text.size()));
        const auto four = std::find_if(result.segments.begin(), result.segments.end(), [](const TokenSegment &s) { return s.ids.size() == 4; });
        QVERIFY(four != result.segments.end());
        QCOMPARE(text.mid(four->start, four->length), QString::fromUtf8("𝄞"));
    }
    void aTokenizerThatChangesTextIsNoticed()
    {
        class Lossy : public WordTokenizer {
            QByteArray tokenBytes(tokenizer::TokenId id) const override { return WordTokenizer::tokenBytes(id).toLower(); }
        };
        QVERIFY(!tokenise(Lossy(), QStringLiteral("Some Text")).isExact);
        QVERIFY(tokenise(Lossy(), QStringLiteral("some text")).isExact);
        QVERIFY(tokenise(Lossy(), QString()).isExact);
    }
    void bytesAreReadable()
    {
        QCOMPARE(bytesText(" the\n"), QString::fromUtf8("␣the⏎"));
        QCOMPARE(bytesText("\xe2\x82"), QStringLiteral("0xE2 0x82"));
        QCOMPARE(bytesText(QByteArray()), QString());
    }
    void vocabularyIsSearched()
    {
        auto tokenizer = std::make_shared<WordTokenizer>();
        tokenizer->encode("alpha beta gamma");
        VocabularyModel model;
        model.setTokenizer(tokenizer);
        QCOMPARE(model.rowCount(), 300);
        model.setSearch(QStringLiteral("alp"));
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.index(0, VocabularyModel::Id).data().toInt(), 256);
        model.setSearch(QStringLiteral("nothing like it"));
        QCOMPARE(model.rowCount(), 0);
        model.setTokenizer(nullptr);
        QCOMPARE(model.rowCount(), 0);
    }

    void figuresAndTheirComparisons()
    {
        QTemporaryDir folder;
        const auto metrics = readerWith(folder.path(), 300);
        const RunFigures figures = figuresOf(metrics);
        QCOMPARE(figures.step, 300);
        QCOMPARE(figures.startBitsPerByte, 3.0);
        QCOMPARE(figures.bestStep, 300);
        QVERIFY(std::abs(figures.bitsPerByte - 0.0) < 1e-9);
        QCOMPARE(figures.perplexity, -200.0);
        QVERIFY(figures.earlierSeconds >= 120);
        QCOMPARE(figures.tokens, 30000.0);
        QVERIFY(std::abs(figures.stepSeconds - 0.5) < 1e-6);
        QVERIFY(!figures.sawNotANumber);
    }
    void aRunWithoutARecordHasNoFigures()
    {
        QTemporaryDir folder;
        {
            auto writer = job::MetricsWriter::open(folder.path() + QStringLiteral("/metrics.bin"));
            QVERIFY(writer);
        }
        auto metrics = job::MetricsReader::open(folder.path() + QStringLiteral("/metrics.bin"));
        QVERIFY(metrics);
        const RunFigures figures = figuresOf(*metrics);
        QVERIFY(std::isnan(figures.bitsPerByte));
        QCOMPARE(figures.step, -1);
        QVERIFY(healthHints(*metrics, figures, 0).isEmpty());
    }
    void healthIsSaidInWords_data()
    {
        QTest::addColumn<double>("gradient");
        QTest::addColumn<bool>("rising");
        QTest::addColumn<bool>("notANumber");
        QTest::addColumn<double>("trainTokens");
        QTest::addColumn<QString>("word");
        QTest::addColumn<int>("level");
        QTest::addColumn<QString>("target");
        QTest::newRow("even") << 1.0 << false << false << 0.0 << "stable" << int(HintLevel::Good) << "";
        QTest::newRow("jump") << 50.0 << false << false << 0.0 << "gradient" << int(HintLevel::Attention) << "clone-slower";
        QTest::newRow("rising") << 1.0 << true << false << 0.0 << "memorise" << int(HintLevel::Attention) << "";
        QTest::newRow("not a number") << 1.0 << false << true << 0.0 << "not a number" << int(HintLevel::Bad) << "clone-slower";
        QTest::newRow("many passes") << 1.0 << false << false << 1000.0 << "more documents" << int(HintLevel::Attention) << "data";
    }
    void healthIsSaidInWords()
    {
        QFETCH(double, gradient);
        QFETCH(bool, rising);
        QFETCH(bool, notANumber);
        QFETCH(double, trainTokens);
        QFETCH(QString, word);
        QFETCH(int, level);
        QFETCH(QString, target);
        QTemporaryDir folder;
        const auto metrics = readerWith(folder.path(), 100, gradient, rising, notANumber);
        bool found = false;
        for (const Hint &hint : healthHints(metrics, figuresOf(metrics), trainTokens))
            found = found || (hint.text.contains(word) && int(hint.level) == level && hint.target == target);
        QVERIFY(found);
    }

    void whatWasLeftOutIsNamed()
    {
        QVERIFY(leftOutHints({}).isEmpty());
        const auto entry = [](int step, int after, int batches, const char *document) {
            return QJsonObject{{QStringLiteral("noticedAt"), step}, {QStringLiteral("afterStep"), after}, {QStringLiteral("batches"), batches},
                               {QStringLiteral("reason"), QStringLiteral("the loss jumped to 11, where 2.9 was usual")},
                               {QStringLiteral("documents"), QJsonArray{QString::fromLatin1(document), QStringLiteral("b.txt")}}};
        };
        const QJsonObject plan{{QStringLiteral("leftOut"), QJsonArray{entry(1512, 1511, 1, "a.txt"), entry(2000, 1899, 101, "c.txt")}}};
        const QList<Hint> hints = leftOutHints(plan);
        QCOMPARE(hints.size(), 2);
        QCOMPARE(hints[0].text, QStringLiteral("Step 2,000: the loss jumped to 11, where 2.9 was usual. The run went back to step 1,899 and left out the data of 101 updates; it read: c.txt, b.txt."));
        QVERIFY(hints[1].text.contains(QStringLiteral("Its batch was left out; it read: a.txt, b.txt")));
        QVERIFY(hints[0].level == HintLevel::Attention);
        QVERIFY(leftOutHints({{QStringLiteral("leftOut"), QStringLiteral("nonsense")}}).isEmpty());
    }

    void stagesOfTheStrip()
    {
        const QJsonObject facts = QJsonDocument::fromJson(R"({"stages":[{"id":"reading","title":"Read","documents":530,"bytes":11600000,"removed":0,"changed":0},
            {"id":"filter.length","title":"Length","documents":507,"bytes":11000000,"removed":23,"changed":0}],
            "splits":{"train":{"documents":483},"validation":{"documents":24}}})").object();
        const QList<StageFigures> stages = stageFigures(facts);
        QCOMPARE(stages.size(), 3);
        QCOMPARE(stages[0].value, QStringLiteral("530"));
        QVERIFY(stages[1].isLoss);
        QCOMPARE(stages[1].note, QString::fromUtf8("−23"));
        QCOMPARE(stages[2].value, QStringLiteral("483 | 24"));
        QVERIFY(stageFigures({}).isEmpty());
    }

    void diagramOfAnUnknownLayerStillStands()
    {
        const plugin::Catalogue none;
        const QJsonObject architecture = QJsonDocument::fromJson(R"({"dimensions":{"vocabulary":512,"context":64,"width":64,"layers":2},
            "layers":[{"layer":"layer.token_embedding","name":"tok"},{"repeat":2,"layers":[{"residual":[{"layer":"layer.new","name":"n"}]}]},{"layer":"layer.head","parameters":{"tied":true}}]})").object();
        const Diagram diagram = layOut(architecture, none, 380);
        QCOMPARE(diagram.boxes.size(), 3);
        QCOMPARE(diagram.boxes[1].title, QStringLiteral("layer.new"));
        QCOMPARE(diagram.boxes[1].repeat, 2);
        QCOMPARE(diagram.frames.size(), 1);
        QVERIFY(diagram.frames[0].rect.contains(diagram.boxes[1].rect));
        QVERIFY(!diagram.frames[0].rect.intersects(diagram.boxes[2].rect));
        QVERIFY(layOut({}, none, 380).boxes.isEmpty());
        QCOMPARE(layerSummary(QStringLiteral("layer.swiglu"), {{QStringLiteral("hidden"), 0}}, {{QStringLiteral("width"), 384}}), QString::fromUtf8("384 → 1,024 → 384"));
    }

    void aChatIsStartedStreamsAndStops()
    {
        QTemporaryDir folder;
        QLocalServer server;
        QVERIFY(server.listen(folder.filePath(QStringLiteral("s"))));
        QByteArray received;
        QLocalSocket *worker = nullptr;
        connect(&server, &QLocalServer::newConnection, this, [&] {
            worker = server.nextPendingConnection();
            connect(worker, &QLocalSocket::readyRead, worker, [&] { received += worker->readAll(); });
        });
        ChatClient client;
        client.setStarter([&](const QString &) -> Result<QString> { return folder.path(); });
        QStringList texts;
        ChatEnd end;
        Error error;
        connect(&client, &ChatClient::tokenArrived, this, [&](const ChatToken &token) { texts += token.text; });
        connect(&client, &ChatClient::finished, this, [&](const ChatEnd &e) { end = e; });
        connect(&client, &ChatClient::failed, this, [&](const Error &e) { error = e; });
        client.complete(QStringLiteral("c"), {QStringLiteral("The"), {{QStringLiteral("seed"), 3}}});
        QCOMPARE(client.state(), ChatClient::State::Starting);
        QVERIFY(writeJsonFile(folder.filePath(QStringLiteral("socket.json")), {{QStringLiteral("format"), 1}, {QStringLiteral("name"), server.fullServerName()}}));
        QTRY_VERIFY(received.contains("\"complete\"") && received.contains("\"seed\":3"));
        QCOMPARE(client.state(), ChatClient::State::Writing);
        worker->write("{\"id\":1,\"text\":\" cat\",\"probability\":0.5,\"alternatives\":[{\"text\":\" dog\",\"probability\":0.2}]}\n{\"id\":1,\"te");
        worker->write("xt\":\" sat\",\"probability\":0.25}\n{\"id\":99,\"text\":\"of another prompt\"}\nnot json\n");
        QTRY_COMPARE(texts, (QStringList{QStringLiteral(" cat"), QStringLiteral(" sat")}));
        client.stop();
        QTRY_VERIFY(received.contains("\"stop\""));
        worker->write("{\"id\":1,\"done\":true,\"tokens\":2,\"tokensPerSecond\":31.5,\"firstTokenSeconds\":0.2,\"stoppedBecause\":\"request\"}\n");
        QTRY_COMPARE(client.state(), ChatClient::State::Ready);
        QCOMPARE(end.tokens, 2);
        client.complete(QStringLiteral("c"), {QStringLiteral("Again"), {}});
        worker->write("{\"id\":2,\"error\":{\"code\":\"invalid-input\",\"message\":\"too long\"}}\n");
        QTRY_COMPARE(error.message, QStringLiteral("too long"));
        client.quit();
        QTRY_VERIFY(received.contains("\"quit\""));
        QCOMPARE(client.state(), ChatClient::State::Idle);
    }
    void aChatWhoseWorkerDiesSaysSo()
    {
        QTemporaryDir folder;
        ChatClient client;
        client.setStarter([&](const QString &) -> Result<QString> { return folder.path(); });
        client.setWatcher([](const QString &) -> std::optional<Error> { return Error{ErrorCode::Corrupt, QStringLiteral("the checkpoint is broken"), {}, {}}; });
        Error error;
        connect(&client, &ChatClient::failed, this, [&](const Error &e) { error = e; });
        client.complete(QStringLiteral("c"), {QStringLiteral("The"), {}});
        QTRY_COMPARE(error.message, QStringLiteral("the checkpoint is broken"));
        QCOMPARE(client.state(), ChatClient::State::Idle);
        client.setStarter([](const QString &) -> Result<QString> { return fail(ErrorCode::NotFound, QStringLiteral("no such checkpoint")); });
        client.complete(QStringLiteral("d"), {QStringLiteral("The"), {}});
        QCOMPARE(error.message, QStringLiteral("no such checkpoint"));
    }
    void sourcesAreWeighedInATable()
    {
        const QJsonObject weights{{QStringLiteral("key"), QStringLiteral("mixture")}, {QStringLiteral("type"), QStringLiteral("text")}, {QStringLiteral("default"), QString()}};
        const QJsonObject change{{QStringLiteral("key"), QStringLiteral("mixture_change")}, {QStringLiteral("type"), QStringLiteral("choice")},
                                 {QStringLiteral("default"), QStringLiteral("step")}, {QStringLiteral("choices"), QJsonArray{QStringLiteral("step"), QStringLiteral("gradual")}}};
        forms::ParameterForm form(*plugin::ParameterSchema::fromJson({weights, change}));
        MixtureForm mixture(&form);
        QVERIFY(mixture.isHidden());
        const workbench::DatasetSource docs{QStringLiteral("d1"), QStringLiteral("docs"), QStringLiteral("/home/ada/docs"), 0, 12000};
        const workbench::DatasetSource code{QStringLiteral("c1"), QStringLiteral("code"), QStringLiteral("/home/ada/code"), 0, 4000};
        mixture.setSources({docs});
        QVERIFY(mixture.isHidden());
        mixture.setSources({docs, code});
        QVERIFY(!mixture.isHidden());
        mixture.setRun(4, 8000);
        const auto cell = [&](int row, int column) { return mixture.table()->item(row, column)->text(); };
        QCOMPARE(cell(0, 1), QStringLiteral("3 k"));
        QCOMPARE(cell(0, 3) + QLatin1Char(' ') + cell(0, 4), QStringLiteral("75 % 2"));
        mixture.table()->item(1, 2)->setText(QStringLiteral("3"));
        QCOMPARE(form.values().value(QLatin1String("mixture")).toString(), QStringLiteral("code=3"));
        QCOMPARE(cell(1, 3) + QLatin1Char(' ') + cell(1, 4), QStringLiteral("50 % 4"));
        for (const char *bad : {"-1", "much", "nan", "1e9"}) {
            mixture.table()->item(1, 2)->setText(QLatin1String(bad));
            QCOMPARE(form.values().value(QLatin1String("mixture")).toString(), QStringLiteral("code=3"));
        }
        mixture.addPartButton()->click();
        QCOMPARE(mixture.table()->columnCount(), 6);
        mixture.table()->item(0, 3)->setText(QStringLiteral("0"));
        QCOMPARE(form.values().value(QLatin1String("mixture")).toString(), QStringLiteral("code=3; 50%: docs=0"));
        mixture.table()->item(1, 3)->setText(QStringLiteral("0"));  // nothing would be left
        QCOMPARE(form.values().value(QLatin1String("mixture")).toString(), QStringLiteral("code=3; 50%: docs=0"));
        mixture.resize(620, mixture.sizeHint().height());
        test::takeBothThemes(mixture, QStringLiteral("sources-by-weight"));
        auto *from = mixture.parts()->findChild<QAbstractSpinBox *>();
        from->stepUp();
        QVERIFY(mixture.mixture().stages[1].from > 0.5);
        form.setValues({{QStringLiteral("mixture"), QStringLiteral("docs=0.5")}});  // as of a run that is repeated
        QCOMPARE(mixture.table()->columnCount(), 5);
        QCOMPARE(cell(0, 2), QStringLiteral("0.5"));
        form.setValues({{QStringLiteral("mixture"), QString()}});
        QCOMPARE(cell(0, 2), QStringLiteral("1"));
    }
    void completionsKnowTheirTokens()
    {
        CompletionView view;
        view.begin(QStringLiteral("The"));
        view.append({QStringLiteral(" cat"), 0.5, {{QStringLiteral(" dog"), 0.2}}});
        view.append({QStringLiteral(" sat"), 0.01, {}});
        QCOMPARE(view.completion(), QStringLiteral(" cat sat"));
        QVERIFY(!view.tokenAt(1));
        QCOMPARE(view.tokenAt(4)->text, QStringLiteral(" cat"));
        QCOMPARE(view.tokenAt(8)->text, QStringLiteral(" sat"));
        QVERIFY(!view.tokenAt(40));
        QVERIFY(CompletionView::describe(*view.tokenAt(4)).contains(QStringLiteral("dog")));
    }
};

QTEST_MAIN(TestParts)
#include "test_parts.moc"
