// Record shards and summaries: written, read back, damaged.
#include "core/base/atomic_file.h"
#include "core/corpus/corpus_file.h"
#include "core/tokenizer/record_shard.h"
#include "tests/core/tokenizer/model_maker.h"

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>

using namespace athanor;
using namespace athanor::tokenizer;

class TestRecordShards : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    std::shared_ptr<const Tokenizer> m_tokenizer;
    QList<QByteArray> m_records;

    QString path(const QString &name) const { return m_folder.filePath(name); }
    RecordEncoder encoder(RecordSettings settings = {}) const { return std::move(*RecordEncoder::create(m_tokenizer, std::nullopt, std::move(settings))); }
    Result<QJsonObject> write(const QString &folder, int threads, const RecordEncoder &used, const CancelToken &cancel = {}, const QString &split = QStringLiteral("train")) const
    {
        const auto corpus = corpus::CorpusReader::open(path(QStringLiteral("corpus")));
        NoProgress progress;
        return encodeRecords(*corpus, split, used, folder, threads, progress, cancel);
    }
    QString fresh(const QString &name) const
    {
        const QString folder = path(name);
        QDir(folder).removeRecursively();
        if (const auto written = write(folder, 2, encoder()); !written)
            qFatal("%s", qUtf8Printable(written.error().message));
        return folder;
    }
    static void damage(const QString &file, qint64 at, char value)
    {
        QFile f(file);
        QVERIFY(f.open(QIODevice::ReadWrite));
        f.seek(at);
        f.write(&value, 1);
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_tokenizer = *parseTokenizer(maker::model(), QStringLiteral("made"));
        for (int i = 0; i < 300; ++i) {
            const QByteArray words = QByteArray("the and ").repeated(i % 17);
            m_records += "{\"messages\":[{\"role\":\"user\",\"content\":\"question " + QByteArray::number(i) + R"("},{"role":"assistant","content":")" + words + "x\"}]}";
        }
        m_records[7] = R"({"messages":[{"role":"user","content":"nothing is answered"}]})";
        m_records[8] = R"({"messages":[]})";
        auto writer = corpus::CorpusWriter::create(path(QStringLiteral("corpus")), QStringLiteral("test"));
        for (qsizetype i = 0; i < m_records.size(); ++i)
            QVERIFY(writer->add(QStringLiteral("train"), {QStringLiteral("%1").arg(i, 64, 10, QLatin1Char('0')), m_records[i], QStringLiteral("s"), {}, QStringLiteral("r.jsonl, line %1").arg(i)}).has_value());
        QVERIFY(writer->add(QStringLiteral("validation"), {QStringLiteral("%1").arg(0, 64, 10, QLatin1Char('0')), m_records[7], QStringLiteral("s"), {}, QStringLiteral("v")}).has_value());
        QVERIFY(writer->finish().has_value());
    }

    void readsBackWhatWasWritten()
    {
        const RecordEncoder used = encoder();
        const auto shards = RecordShards::open(fresh(QStringLiteral("whole")), true);
        QVERIFY2(shards.has_value(), shards ? "" : qPrintable(shards.error().message));
        QCOMPARE(shards->recordCount(), m_records.size() - 2);
        qint64 tokens = 0, learned = 0, bytes = 0;
        for (qint64 i = 0; i < shards->recordCount(); ++i) {
            const qint64 document = shards->document(i);
            QCOMPARE(document, i < 7 ? i : i + 2);
            const EncodedRecord expected = used.encode(m_records[document]);
            QCOMPARE(shards->recordTokens(i), qint64(expected.ids.size()));
            QCOMPARE(shards->recordLearnedTokens(i), expected.learnedTokens());
            QCOMPARE(shards->label(i), -1);
            std::vector<qint64> ids(expected.ids.size());
            std::vector<quint8> learns(expected.ids.size());
            shards->copy(i, 0, qint64(ids.size()), ids.data(), learns.data());
            QVERIFY(std::equal(ids.begin(), ids.end(), expected.ids.begin()));
            QVERIFY(std::equal(learns.begin(), learns.end(), expected.learns.begin()));
            qint64 last = -1;
            shards->copy(i, qint64(ids.size()) - 1, 1, &last, nullptr);
            QCOMPARE(last, ids.back());
            tokens += qint64(ids.size());
            learned += expected.learnedTokens();
            bytes += shards->recordLearnedBytes(i);
        }
        QCOMPARE(shards->tokenCount(), tokens);
        QCOMPARE(shards->learnedTokenCount(), learned);
        QCOMPARE(shards->learnedBytes(), bytes);
        qint64 answered = 0;
        for (qsizetype i = 0; i < m_records.size(); ++i)
            answered += i == 7 || i == 8 ? 0 : (i % 17) * 8 + 1;
        QCOMPARE(bytes, answered);
        const QJsonObject summary = shards->facts().value(QLatin1String("summary")).toObject();
        QCOMPARE(summary.value(QLatin1String("teachNothing")).toInt(), 2);
        QCOMPARE(summary.value(QLatin1String("examples")).toArray().at(0).toObject().value(QLatin1String("path")).toString(), QStringLiteral("r.jsonl, line 7"));
    }

    void threadsDoNotChangeTheResult()
    {
        QVERIFY(write(path(QStringLiteral("one")), 1, encoder()).has_value());
        QVERIFY(write(path(QStringLiteral("five")), 5, encoder()).has_value());
        for (const char *file : {"records.json", "records.tokens", "records.learns", "records.index"})
            QCOMPARE(*readFile(path(QStringLiteral("one/")) + QLatin1String(file)), *readFile(path(QStringLiteral("five/")) + QLatin1String(file)));
    }

    void aWholeFolderIsKeptAndAnotherIsNot()
    {
        const QString folder = fresh(QStringLiteral("kept"));
        const QDateTime before = QFileInfo(folder + QStringLiteral("/records.json")).lastModified();
        QTest::qWait(20);
        QVERIFY(write(folder, 1, encoder()).has_value());
        QCOMPARE(QFileInfo(folder + QStringLiteral("/records.json")).lastModified(), before);
        RecordSettings other;
        other.learnFrom = LearnFrom::All;
        const auto again = write(folder, 1, encoder(other));
        QVERIFY(again.has_value());
        QVERIFY(again->value(QLatin1String("learnedTokens")).toInteger() == again->value(QLatin1String("tokens")).toInteger() - again->value(QLatin1String("records")).toInteger());
    }

    void summaryIsThatOfTheShards()
    {
        const auto corpus = corpus::CorpusReader::open(path(QStringLiteral("corpus")));
        NoProgress progress;
        RecordSettings settings;
        settings.maxTokens = 60;
        const auto summary = summarizeRecords(*corpus, QStringLiteral("train"), encoder(settings), 2, progress, {});
        QVERIFY(summary.has_value());
        QCOMPARE(summary->records, m_records.size());
        QCOMPARE(summary->teaching + summary->teachNothing, summary->records);
        QVERIFY(summary->truncatedRecords > 0 && summary->truncatedTokens > summary->truncatedRecords);
        QCOMPARE(summary->longest, 60);
        QCOMPARE(std::accumulate(summary->distribution.begin(), summary->distribution.end(), qint64(0)), summary->teaching);
        const auto written = write(path(QStringLiteral("cut")), 2, encoder(settings));
        QCOMPARE(written->value(QLatin1String("summary")).toObject(), summary->toJson());
    }

    void cancelled()
    {
        CancelToken cancel;
        cancel.cancel();
        const auto stopped = write(path(QStringLiteral("stopped")), 2, encoder(), cancel);
        QVERIFY(!stopped);
        QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
        QVERIFY(!QFile::exists(path(QStringLiteral("stopped"))));
        QVERIFY(QDir(m_folder.path()).entryList({QStringLiteral("stopped.tmp*")}).isEmpty());
    }

    void nothingToLearn()
    {
        const auto none = write(path(QStringLiteral("none")), 2, encoder(), {}, QStringLiteral("validation"));
        QVERIFY(!none);
        QCOMPARE(none.error().code, ErrorCode::InvalidInput);
        QVERIFY2(none.error().message.contains(QLatin1String("no token to learn")), qPrintable(none.error().message));
        QVERIFY(write(path(QStringLiteral("none")), 2, encoder(), {}, QStringLiteral("test")).error().message.contains(QLatin1String("has no records")));
        QVERIFY(!QFile::exists(path(QStringLiteral("none"))));
    }

    void labels()
    {
        auto writer = corpus::CorpusWriter::create(path(QStringLiteral("labelled")), QStringLiteral("test"));
        for (int i = 0; i < 10; ++i)
            QVERIFY(writer->add(QStringLiteral("train"), {QStringLiteral("%1").arg(i, 64, 10, QLatin1Char('0')), QByteArray("{\"text\":\"the and\",\"label\":\"") + (i % 3 ? "b" : "a") + "\"}", QStringLiteral("s"), {}, {}}).has_value());
        QVERIFY(writer->finish().has_value());
        const auto corpus = corpus::CorpusReader::open(path(QStringLiteral("labelled")));
        NoProgress progress;
        RecordSettings settings;
        settings.labels = {QStringLiteral("a"), QStringLiteral("b")};
        QVERIFY(encodeRecords(*corpus, QStringLiteral("train"), encoder(settings), path(QStringLiteral("labels")), 2, progress, {}).has_value());
        const auto shards = RecordShards::open(path(QStringLiteral("labels")), true);
        QVERIFY(shards.has_value());
        QCOMPARE(shards->recordCount(), 10);
        for (qint64 i = 0; i < 10; ++i)
            QCOMPARE(shards->label(i), i % 3 ? 1 : 0);
        QCOMPARE(shards->learnedTokenCount(), 0);
    }

    void damaged_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<qint64>("at");  // −1: cut by a byte, −2: taken away
        QTest::addColumn<bool>("always");
        QTest::newRow("tokens cut") << "records.tokens" << qint64(-1) << true;
        QTest::newRow("learns cut") << "records.learns" << qint64(-1) << true;
        QTest::newRow("index cut") << "records.index" << qint64(-1) << true;
        QTest::newRow("tokens gone") << "records.tokens" << qint64(-2) << true;
        QTest::newRow("facts no json") << "records.json" << qint64(0) << true;
        QTest::newRow("magic") << "records.index" << qint64(0) << true;
        QTest::newRow("record count") << "records.index" << qint64(8) << true;
        QTest::newRow("first token") << "records.index" << qint64(16) << true;
        QTest::newRow("first token of the second, high byte") << "records.index" << qint64(16 + 32 + 7) << true;
        QTest::newRow("document") << "records.index" << qint64(16 + 32 + 8 + 7) << true;
        QTest::newRow("label") << "records.index" << qint64(16 + 16 + 3) << true;
        QTest::newRow("learned") << "records.index" << qint64(16 + 20 + 3) << true;
        QTest::newRow("learned bytes") << "records.index" << qint64(16 + 24 + 7) << true;
        QTest::newRow("a token") << "records.tokens" << qint64(11) << false;
        QTest::newRow("a bit") << "records.learns" << qint64(3) << false;
    }
    void damaged()
    {
        QFETCH(QString, file);
        QFETCH(qint64, at);
        QFETCH(bool, always);
        const QString folder = fresh(QStringLiteral("damaged"));
        const QString damagedFile = folder + QLatin1Char('/') + file;
        if (at == -1)
            QVERIFY(QFile::resize(damagedFile, QFileInfo(damagedFile).size() - 1));
        else if (at == -2)
            QVERIFY(QFile::remove(damagedFile));
        else
            damage(damagedFile, at, '\x7f');
        const auto strict = RecordShards::open(folder, true);
        QVERIFY(!strict);
        QCOMPARE(strict.error().code, ErrorCode::Corrupt);
        QCOMPARE(RecordShards::open(folder, false).has_value(), !always);
        if (always)
            QVERIFY(write(folder, 2, encoder()).has_value());  // made again
    }

    void impossibleFacts_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("format") << "format" << QJsonValue(99);
        QTest::newRow("records") << "records" << QJsonValue(9e15);
        QTest::newRow("tokens") << "tokens" << QJsonValue(9e18);
        QTest::newRow("negative") << "tokens" << QJsonValue(-1);
        QTest::newRow("width") << "width" << QJsonValue(3);
        QTest::newRow("vocabulary") << "vocabulary" << QJsonValue(70000);
        QTest::newRow("learned") << "learnedTokens" << QJsonValue(1e12);
        QTest::newRow("text") << "records" << QJsonValue(QStringLiteral("many"));
    }
    void impossibleFacts()
    {
        QFETCH(QString, key);
        QFETCH(QJsonValue, value);
        const QString folder = fresh(QStringLiteral("impossible"));
        QJsonObject facts = *readJsonFile(folder + QStringLiteral("/records.json"));
        facts.insert(key, value);
        QVERIFY(writeJsonFile(folder + QStringLiteral("/records.json"), facts).has_value());
        const auto opened = RecordShards::open(folder, false);
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, key == QLatin1String("format") ? ErrorCode::NewerVersion : ErrorCode::Corrupt);
    }

    void missingFolder() { QCOMPARE(RecordShards::open(path(QStringLiteral("nowhere")), false).error().code, ErrorCode::NotFound); }
};

QTEST_GUILESS_MAIN(TestRecordShards)
#include "test_record_shards.moc"
