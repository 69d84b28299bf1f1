// Token shards and the files of training text: written, read back, damaged.
#include "core/base/atomic_file.h"
#include "core/corpus/corpus_file.h"
#include "core/tokenizer/source_streams.h"
#include "core/tokenizer/training_text.h"
#include "tests/core/tokenizer/model_maker.h"
#include "tests/core/tokenizer/samples.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace athanor;
using namespace athanor::tokenizer;

class TestShards : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    QString m_corpusPath;
    std::shared_ptr<const Tokenizer> m_tokenizer;
    QList<QByteArray> m_texts;

    QString path(const char *name) const { return m_folder.filePath(QLatin1String(name)); }
    Result<QJsonObject> write(const QString &folder, int threads, const CancelToken &cancel = {}) const
    {
        const auto corpus = corpus::CorpusReader::open(m_corpusPath);
        NoProgress progress;
        return writeTokenShards(*corpus, QStringLiteral("train"), *m_tokenizer, folder, threads, progress, cancel);
    }
    /// Of document number `number` − 1: in turn, then a long stretch of one.
    static QString sourceOf(int number)
    {
        return number > 150 ? QStringLiteral("letters") : number % 2 ? QStringLiteral("docs") : QStringLiteral("code");
    }
    static QByteArray contents(const QString &folder, const char *file)
    {
        return *readFile(folder + QLatin1Char('/') + QLatin1String(file));
    }
    static void damage(const QString &file, qint64 at, char value)
    {
        QFile f(file);
        QVERIFY(f.open(QIODevice::ReadWrite));
        f.seek(at);
        f.write(&value, 1);
    }
    static void damageFacts(const QString &folder, const char *key, const QJsonValue &value)
    {
        const QString file = folder + QStringLiteral("/tokens.json");
        QJsonObject facts = *readJsonFile(file);
        facts.insert(QLatin1String(key), value);
        QVERIFY(writeJsonFile(file, facts).has_value());
    }
    QString fresh(const char *name) const
    {
        const QString folder = path(name);
        QDir(folder).removeRecursively();
        if (!write(folder, 2))
            qFatal("cannot write shards");
        return folder;
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(writeFileAtomically(path("t.model"), maker::model()).has_value());
        m_tokenizer = *readTokenizer(path("t.model"));
        for (quint32 i = 0; i < 200; ++i)
            m_texts += samples::prose(static_cast<int>(i), i + 1);
        m_texts += samples::texts() + samples::hardBytes().first(0);
        m_corpusPath = path("corpus");
        auto writer = corpus::CorpusWriter::create(m_corpusPath, QStringLiteral("test"));
        QVERIFY2(writer.has_value(), writer ? "" : qPrintable(writer.error().message));
        int number = 0;
        for (const QByteArray &text : m_texts) {
            const QString id = QStringLiteral("%1").arg(number++, 64, 10, QLatin1Char('0'));
            const Status added = writer->add(QStringLiteral("train"), {id, text, sourceOf(number), {}, QStringLiteral("p")});
            QVERIFY2(added.has_value(), added ? "" : qPrintable(added.error().message));
        }
        const auto facts = writer->finish();
        QVERIFY2(facts.has_value(), facts ? "" : qPrintable(facts.error().message));
    }

    void eachSourceIsAStream()
    {
        const QString folder = fresh("streams");
        const auto shards = TokenShards::open(folder, true);
        const auto sources = DocumentSources::read(folder, shards->documentCount());
        QVERIFY2(sources.has_value(), sources ? "" : qPrintable(sources.error().message));
        QCOMPARE(sources->ids(), (QStringList{QStringLiteral("docs"), QStringLiteral("code"), QStringLiteral("letters")}));
        std::vector<std::vector<qint64>> expected(3);
        for (qint64 i = 0; i < shards->documentCount(); ++i) {
            const qint64 first = shards->documentFirstToken(i);
            const qint64 end = i + 1 < shards->documentCount() ? shards->documentFirstToken(i + 1) : shards->tokenCount();
            std::vector<qint64> ids(static_cast<size_t>(end - first));
            shards->copy(first, end - first, ids.data());
            auto &stream = expected[static_cast<size_t>(sources->sourceOf(i))];
            stream.insert(stream.end(), ids.begin(), ids.end());
        }
        const SourceStreams streams(*shards, *sources);
        for (size_t source = 0; source < 3; ++source) {
            QCOMPARE(streams.tokenCount(source), static_cast<qint64>(expected[source].size()));
            for (qint64 first = 0; first + 50 <= streams.tokenCount(source); first += 17) {
                std::vector<qint64> ids;
                for (const TokenStretch &stretch : streams.stretches(source, first, 50)) {
                    ids.resize(ids.size() + static_cast<size_t>(stretch.count));
                    shards->copy(stretch.first, stretch.count, ids.data() + ids.size() - stretch.count);
                    shards->willNeed(stretch.first, stretch.count);
                }
                QVERIFY(ids == std::vector<qint64>(expected[source].begin() + first, expected[source].begin() + first + 50));
            }
        }
        QCOMPARE(streams.stretches(2, 0, streams.tokenCount(2)).size(), size_t(1));  // they follow one another
    }
    void sourcesAreListedAgainWhereTheyAreMissingOrDamaged()
    {
        const QString folder = fresh("listed"), file = folder + QStringLiteral("/documents.sources");
        const auto corpus = corpus::CorpusReader::open(m_corpusPath);
        const QByteArray whole = contents(folder, "documents.sources");
        const qint64 documents = corpus->documentCount(QStringLiteral("train"));
        NoProgress progress;
        QCOMPARE(DocumentSources::read(folder, documents + 1).error().code, ErrorCode::Corrupt);
        CancelToken cancelled;
        cancelled.cancel();
        for (const QByteArray &bad : {QByteArray(), whole.first(10), whole.first(whole.size() - 1), QByteArray(whole).replace(30, 1, "!"),
                                      QByteArray(whole).replace(8, 8, QByteArray(8, '\xff')), whole + '\0'}) {
            QVERIFY(writeFileAtomically(file, bad).has_value());
            QCOMPARE(DocumentSources::read(folder, documents).error().code, ErrorCode::Corrupt);
            QCOMPARE(documentSources(folder, *corpus, QStringLiteral("train"), progress, cancelled).error().code, ErrorCode::Cancelled);
            QVERIFY(documentSources(folder, *corpus, QStringLiteral("train"), progress, {}).has_value());
            QCOMPARE(contents(folder, "documents.sources"), whole);
        }
        QVERIFY(QFile::remove(file));
        QCOMPARE(DocumentSources::read(folder, documents).error().code, ErrorCode::NotFound);
        QVERIFY(documentSources(folder, *corpus, QStringLiteral("train"), progress, {}).has_value());
        QCOMPARE(contents(folder, "documents.sources"), whole);
    }

    void readsBackWhatWasWritten()
    {
        const QString folder = fresh("whole");
        const auto shards = TokenShards::open(folder, true);
        QVERIFY2(shards.has_value(), shards ? "" : qPrintable(shards.error().message));
        QCOMPARE(shards->documentCount(), qint64(m_texts.size()));
        qint64 at = 0;
        qint64 bytes = 0;
        for (qsizetype i = 0; i < m_texts.size(); ++i) {
            std::vector<TokenId> expected = m_tokenizer->encode(m_texts[i]);
            expected.push_back(m_tokenizer->endOfDocument());
            QCOMPARE(shards->documentFirstToken(i), at);
            QCOMPARE(shards->documentBytes(i), qint64(m_texts[i].size()));
            std::vector<qint64> found(expected.size());
            shards->copy(at, static_cast<qint64>(found.size()), found.data());
            QVERIFY(std::equal(found.begin(), found.end(), expected.begin()));
            at += static_cast<qint64>(expected.size());
            bytes += m_texts[i].size();
        }
        QCOMPARE(shards->tokenCount(), at);
        QCOMPARE(shards->textBytes(), bytes);
        QCOMPARE(shards->facts().value(QLatin1String("width")).toInt(), 2);
        QCOMPARE(shards->facts().value(QLatin1String("tokenizerSha256")).toString(), m_tokenizer->sha256());
    }

    void threadsDoNotChangeTheResult()
    {
        const QString one = path("one");
        const QString four = path("four");
        QVERIFY(write(one, 1).has_value());
        QVERIFY(write(four, 4).has_value());
        for (const char *file : {"00000.tokens", "documents.index", "tokens.json"})
            QCOMPARE(contents(one, file), contents(four, file));
    }

    void aWholeFolderIsKept()
    {
        const QString folder = fresh("kept");
        const QDateTime before = QFileInfo(folder + QStringLiteral("/tokens.json")).lastModified();
        const auto facts = write(folder, 1);
        QVERIFY(facts.has_value());
        QCOMPARE(QFileInfo(folder + QStringLiteral("/tokens.json")).lastModified(), before);
    }

    void aDamagedFolderIsWrittenAgain()
    {
        const QString folder = fresh("again");
        QVERIFY(QFile::resize(folder + QStringLiteral("/00000.tokens"), 10));
        QVERIFY(!TokenShards::open(folder, false).has_value());
        QVERIFY(write(folder, 1).has_value());
        QVERIFY(TokenShards::open(folder, true).has_value());
    }

    void cancelLeavesNothing()
    {
        const CancelToken cancel;
        cancel.cancel();
        const auto result = write(path("cancelled"), 1, cancel);
        QCOMPARE(result.error().code, ErrorCode::Cancelled);
        QVERIFY(QDir(m_folder.path()).entryList({QStringLiteral("cancelled*")}, QDir::AllEntries).isEmpty());
    }

    void damageIsFound()
    {
        QCOMPARE(TokenShards::open(path("nothing here"), false).error().code, ErrorCode::NotFound);
        const auto expectCorrupt = [](const QString &folder, bool verify, const char *what) {
            const auto shards = TokenShards::open(folder, verify);
            QVERIFY2(!shards.has_value(), what);
            QCOMPARE(shards.error().code, ErrorCode::Corrupt);
            QVERIFY(!shards.error().hint.isEmpty());
        };
        QString folder = fresh("damage");
        damage(folder + QStringLiteral("/00000.tokens"), 100, '\x01');
        QVERIFY(TokenShards::open(folder, false).has_value());
        expectCorrupt(folder, true, "changed token");
        folder = fresh("damage");
        QVERIFY(QFile::resize(folder + QStringLiteral("/documents.index"), 40));
        expectCorrupt(folder, false, "short index");
        folder = fresh("damage");
        damage(folder + QStringLiteral("/documents.index"), 0, 'X');
        expectCorrupt(folder, false, "wrong magic");
        folder = fresh("damage");
        damage(folder + QStringLiteral("/documents.index"), 16 + 16 * 5 + 7, '\x7F');
        expectCorrupt(folder, false, "document outside");
        folder = fresh("damage");
        QVERIFY(QFile::remove(folder + QStringLiteral("/00000.tokens")));
        expectCorrupt(folder, false, "missing shard");
        for (const auto &[key, value] : QList<std::pair<const char *, QJsonValue>>{{"tokens", -1}, {"tokens", 9e15}, {"documents", 1e18},
                 {"width", 3}, {"width", 4}, {"bytes", 1}, {"vocabulary", 0}, {"vocabulary", 100000}, {"format", 0}, {"shards", QJsonArray()},
                 {"shards", QJsonArray{QJsonObject{{QStringLiteral("file"), QStringLiteral("../../etc/passwd")}, {QStringLiteral("tokens"), 5}}}}}) {
            folder = fresh("damage");
            damageFacts(folder, key, value);
            expectCorrupt(folder, false, key);
        }
        // 2^62 tokens of four bytes: the product wraps around to the size of an empty file.
        folder = fresh("damage");
        const qint64 invented = qint64(1) << 62;
        damageFacts(folder, "width", 4);
        damageFacts(folder, "tokens", invented);
        damageFacts(folder, "shards", QJsonArray{QJsonObject{{QStringLiteral("file"), QStringLiteral("00000.tokens")},
                                                             {QStringLiteral("tokens"), invented}}});
        QVERIFY(QFile::resize(folder + QStringLiteral("/00000.tokens"), 0));
        expectCorrupt(folder, false, "wrapped size");
        folder = fresh("damage");
        damageFacts(folder, "format", 99);
        QCOMPARE(TokenShards::open(folder, false).error().code, ErrorCode::NewerVersion);
        folder = fresh("damage");
        QVERIFY(writeFileAtomically(folder + QStringLiteral("/tokens.json"), "{ not json").has_value());
        QVERIFY(!TokenShards::open(folder, false).has_value());
    }

    void aFolderThatCannotBeWrittenIsAnError()
    {
        QVERIFY(writeFileAtomically(path("a file"), "x").has_value());
        QVERIFY(!write(path("a file") + QStringLiteral("/shards"), 1).has_value());
    }

    void sentencesAreTheText()
    {
        const QByteArray lines = samples::prose(20000);
        for (const QByteArray &text : {lines, QByteArray(50000, 'x'), QByteArray("\xE6\x97\xA5").repeated(9000), QByteArray(), QByteArray("\n"),
                                       QByteArray("\x80").repeated(9000)}) {
            QByteArray together;
            cutIntoSentences(text, 1000, [&](QByteArrayView part) {
                if (part.size() > 1000 || part.isEmpty())
                    qFatal("a part of %lld bytes", static_cast<long long>(part.size()));
                together += part;
                return true;
            });
            QCOMPARE(together, text);
        }
        int count = 0;
        cutIntoSentences("one\xE2\x96\x85two", 1000, [&](QByteArrayView part) {
            count += part == QByteArrayView("one") || part == QByteArrayView("two") ? 1 : 100;
            return true;
        });
        QCOMPARE(count, 2);
    }

    void samplingIsEven()
    {
        auto writer = TrainingTextWriter::create(path("sample.bin"), 400 * 4000, 40 * 4000);
        QVERIFY(writer.has_value());
        for (int i = 0; i < 400; ++i)
            QVERIFY(writer->add(QByteArray::number(i).rightJustified(3, '0') + QByteArray(" x").repeated(1998) + "x").has_value());
        QVERIFY(writer->finish().has_value());
        QVERIFY(std::abs(writer->byteCount() - 160000) <= 8000);
        auto reader = TrainingTextReader::open(path("sample.bin"));
        QVERIFY(reader.has_value());
        int before = -10;
        for (; !reader->atEnd(); reader->next()) {
            const int number = std::stoi(reader->sentence().substr(0, 3));
            QVERIFY(number - before >= 9 && number - before <= 16);
            before = number;
        }
        QVERIFY(reader->status().has_value());
        QVERIFY(before >= 385);
    }

    void cutTrainingTextIsNoticed()
    {
        auto writer = TrainingTextWriter::create(path("cut.bin"), 10, 10);
        QVERIFY(writer->add("0123456789").has_value());
        QVERIFY(writer->finish().has_value());
        QVERIFY(QFile::resize(path("cut.bin"), 15));
        auto reader = TrainingTextReader::open(path("cut.bin"));
        QVERIFY(reader.has_value());
        QVERIFY(reader->atEnd());
        QVERIFY(!reader->status().has_value());
        QVERIFY(writeFileAtomically(path("cut.bin"), "nonsense").has_value());
        QVERIFY(!TrainingTextReader::open(path("cut.bin")).has_value());
        QVERIFY(!TrainingTextReader::open(path("none.bin")).has_value());
    }
};

QTEST_GUILESS_MAIN(TestShards)
#include "test_shards.moc"
