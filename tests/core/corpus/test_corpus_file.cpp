#include "core/base/atomic_file.h"
#include "core/corpus/corpus_file.h"
#include "core/corpus/corpus_index.h"

#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::corpus;

namespace {

const QString kTrain = QStringLiteral("train");
const QString kValidation = QStringLiteral("validation");

CorpusDocument makeDocument(int number, const QByteArray &text)
{
    CorpusDocument document;
    document.id = QStringLiteral("%1").arg(number, 8, 10, QLatin1Char('0'));
    document.text = text;
    document.source = QStringLiteral("s1");
    document.licence = QStringLiteral("PSF-2.0");
    document.path = QStringLiteral("dir/ü \"%1\".html").arg(number);
    return document;
}

QJsonObject writeSmall(const QString &folder)
{
    auto writer = CorpusWriter::create(folder, QStringLiteral("small"));
    for (int i = 0; i < 20; ++i)
        if (!writer->add(i % 5 ? kTrain : kValidation, makeDocument(i, QByteArray(1000 * i, 'a' + i))))
            return {};
    return writer->finish().value_or(QJsonObject());
}

void overwrite(const QString &path, qint64 offset, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(offset));
    QCOMPARE(file.write(bytes), bytes.size());
}

}  // namespace

class TestCorpusFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void everyDocumentComesBack()
    {
        const QList<QByteArray> texts{"", "plain", "line\nline\r\n\ttab \"quoted\" \\ back",
                                      QByteArray("nul\0inside", 10), "\x01\x1f control", "größe 漢字 \xf0\x9f\x98\x80",
                                      QByteArray(3 << 20, 'x')};
        auto writer = CorpusWriter::create(path(), QStringLiteral("a"));
        QVERIFY(writer);
        for (int i = 0; i < texts.size(); ++i)
            QVERIFY(writer->add(kTrain, makeDocument(i, texts[i])));
        QVERIFY(writer->finish());
        auto reader = CorpusReader::open(path());
        QVERIFY(reader);
        QCOMPARE(reader->documentCount(kTrain), texts.size());
        for (int i = static_cast<int>(texts.size()) - 1; i >= 0; --i) {
            auto document = reader->document(kTrain, i);
            QVERIFY2(document, document ? "" : qPrintable(document.error().message));
            QCOMPARE(document->text, texts[i]);
            QCOMPARE(document->path, makeDocument(i, {}).path);
            QCOMPARE(document->licence, QStringLiteral("PSF-2.0"));
        }
    }

    void splitsAlternateAndAreCounted()
    {
        const QJsonObject facts = writeSmall(path());
        QCOMPARE(facts.value(QLatin1String("documents")).toInt(), 20);
        auto reader = CorpusReader::open(path());
        QVERIFY(reader);
        QCOMPARE(reader->documentCount(kTrain), 16);
        QCOMPARE(reader->documentCount(kValidation), 4);
        QCOMPARE(reader->byteCount(kTrain) + reader->byteCount(kValidation), facts.value(QLatin1String("bytes")).toInt());
        QCOMPARE(reader->documentCount(QStringLiteral("other")), 0);
        QCOMPARE(reader->document(kTrain, 16).error().code, ErrorCode::NotFound);
        QCOMPARE(reader->document(kTrain, -1).error().code, ErrorCode::NotFound);
    }

    void sourcesOfASplitAreCounted()
    {
        auto writer = CorpusWriter::create(path(), QStringLiteral("a"));
        for (int i = 0; i < 6; ++i) {
            CorpusDocument document = makeDocument(i, QByteArray(i + 1, 'x'));
            document.source = i % 3 == 0 ? QStringLiteral("s2") : QStringLiteral("s1");
            QVERIFY(writer->add(kTrain, document));
        }
        const auto facts = writer->finish();
        QVERIFY(facts);
        const QJsonObject sources = facts->value(QLatin1String("splits")).toObject().value(kTrain).toObject().value(QLatin1String("sources")).toObject();
        QCOMPARE(sources, (QJsonObject{{QStringLiteral("s1"), QJsonObject{{QStringLiteral("documents"), 4}, {QStringLiteral("bytes"), 16}}},
                                       {QStringLiteral("s2"), QJsonObject{{QStringLiteral("documents"), 2}, {QStringLiteral("bytes"), 5}}}}));
    }

    void sameContentSameHash()
    {
        const QString first = writeSmall(path()).value(QLatin1String("sha256")).toString();
        const QString second = writeSmall(path() + QStringLiteral("/b")).value(QLatin1String("sha256")).toString();
        QCOMPARE(first.size(), 64);
        QCOMPARE(first, second);
    }

    void orderIsKept()
    {
        auto writer = CorpusWriter::create(path(), QStringLiteral("a"));
        QVERIFY(writer->add(kTrain, makeDocument(2, "b")));
        QCOMPARE(writer->add(kTrain, makeDocument(1, "a")).error().code, ErrorCode::InvalidInput);
        QCOMPARE(writer->add(kTrain, makeDocument(2, "a")).error().code, ErrorCode::InvalidInput);
        QVERIFY(writer->add(kValidation, makeDocument(1, "a")));
        QCOMPARE(writer->add(QStringLiteral("../x"), makeDocument(3, "a")).error().code, ErrorCode::InvalidInput);
        CorpusDocument nameless = makeDocument(4, "a");
        nameless.id.clear();
        QVERIFY(!writer->add(kTrain, nameless));
    }

    void unfinishedIsNoCorpus()
    {
        {
            auto writer = CorpusWriter::create(path(), QStringLiteral("a"));
            QVERIFY(writer->add(kTrain, makeDocument(1, QByteArray(2 << 20, 'x'))));
            QVERIFY(writer->add(kTrain, makeDocument(2, "b")));
        }
        QCOMPARE(CorpusReader::open(path()).error().code, ErrorCode::NotFound);
        QVERIFY(QDir(path()).entryList(QDir::Files).isEmpty());
    }

    void aCorpusIsNeverChanged()
    {
        writeSmall(path());
        QCOMPARE(CorpusWriter::create(path(), QStringLiteral("a")).error().code, ErrorCode::AlreadyExists);
    }

    void emptyCorpus()
    {
        auto writer = CorpusWriter::create(path(), QStringLiteral("none"));
        QVERIFY(writer->finish());
        auto reader = CorpusReader::open(path());
        QVERIFY(reader);
        QCOMPARE(reader->documentCount(kTrain), 0);
    }

    void brokenFacts_data()
    {
        QTest::addColumn<QByteArray>("contents");
        QTest::addColumn<int>("code");
        QTest::newRow("cut") << QByteArray("{\"format\":1,") << int(ErrorCode::Corrupt);
        QTest::newRow("array") << QByteArray("[1]") << int(ErrorCode::Corrupt);
        QTest::newRow("no format") << QByteArray("{\"splits\":{}}") << int(ErrorCode::Corrupt);
        QTest::newRow("newer") << QByteArray("{\"format\":99,\"splits\":{}}") << int(ErrorCode::NewerVersion);
        QTest::newRow("climbs") << QByteArray("{\"format\":1,\"splits\":{\"../../etc\":{}}}") << int(ErrorCode::Corrupt);
        QTest::newRow("count")
            << QByteArray("{\"format\":1,\"splits\":{\"train\":{\"documents\":17,\"bytes\":1}}}") << int(ErrorCode::Corrupt);
        QTest::newRow("no index")
            << QByteArray("{\"format\":1,\"splits\":{\"other\":{\"documents\":1,\"bytes\":1}}}") << int(ErrorCode::NotFound);
    }
    void brokenFacts()
    {
        QFETCH(QByteArray, contents);
        QFETCH(int, code);
        writeSmall(path());
        QVERIFY(writeFileAtomically(path() + QStringLiteral("/corpus.json"), contents));
        auto reader = CorpusReader::open(path());
        QVERIFY(!reader);
        QCOMPARE(int(reader.error().code), code);
    }

    void brokenIndex_data()
    {
        QTest::addColumn<qint64>("offset");
        QTest::newRow("magic") << qint64(0);
        QTest::newRow("count") << qint64(16);
        QTest::newRow("record") << qint64(40);
        QTest::newRow("checksum") << qint64(24 + 16 * 32 + 5);
    }
    void brokenIndex()
    {
        QFETCH(qint64, offset);
        writeSmall(path());
        overwrite(path() + QStringLiteral("/train.index"), offset, "\xff\xfe");
        auto reader = CorpusReader::open(path());
        QVERIFY(!reader);
        QCOMPARE(reader.error().code, ErrorCode::Corrupt);
        QVERIFY(!reader.error().hint.isEmpty());
    }

    void cutIndex()
    {
        writeSmall(path());
        QVERIFY(QFile::resize(path() + QStringLiteral("/train.index"), 10));
        QCOMPARE(CorpusReader::open(path()).error().code, ErrorCode::Corrupt);
        QVERIFY(QFile::resize(path() + QStringLiteral("/train.index"), 0));
        QCOMPARE(CorpusReader::open(path()).error().code, ErrorCode::Corrupt);
    }

    /// An index with a right checksum and wrong numbers, as an attacker would write it.
    void lyingIndex_data()
    {
        QTest::addColumn<int>("field");
        for (int field = 0; field < 7; ++field)
            QTest::addRow("field %d", field) << field;
    }
    void lyingIndex()
    {
        QFETCH(int, field);
        writeSmall(path());
        const QString indexPath = path() + QStringLiteral("/train.index");
        std::vector<IndexRecord> records;
        {
            auto index = IndexFile::open(indexPath);
            QVERIFY(index);
            for (qint64 i = 0; i < index->count(); ++i)
                records.push_back(index->record(i));
        }
        IndexRecord &record = records[3];
        const quint32 large = 0xfffffff0u;
        switch (field) {
        case 0: record.frameOffset = 0xfffffffffffffff0ull; break;
        case 1: record.frameLength = large; break;
        case 2: record.part = large; break;
        case 3: record.frameBytes = large; break;
        case 4: record.lineOffset = large; break;
        case 5: record.lineLength = large; break;
        default: record.textBytes = large; break;
        }
        QVERIFY(writeIndex(indexPath, records));
        auto reader = CorpusReader::open(path());
        QVERIFY(reader);
        QVERIFY(reader->document(kTrain, 2));
        QVERIFY(!reader->document(kTrain, 3));
        QVERIFY(reader->document(kTrain, 4));
    }

    void brokenFrame()
    {
        writeSmall(path());
        const QString file = path() + QStringLiteral("/train-00000.jsonl.zst");
        overwrite(file, QFileInfo(file).size() / 2, "\x55\xaa\x55\xaa");
        auto reader = CorpusReader::open(path());
        QVERIFY(reader);
        auto document = reader->document(kTrain, 0);
        QVERIFY(!document);
        QCOMPARE(document.error().code, ErrorCode::Corrupt);
    }

    void cutFrame()
    {
        writeSmall(path());
        const QString file = path() + QStringLiteral("/train-00000.jsonl.zst");
        QVERIFY(QFile::resize(file, QFileInfo(file).size() - 3));
        auto reader = CorpusReader::open(path());
        QVERIFY(reader);
        QCOMPARE(reader->document(kTrain, 0).error().code, ErrorCode::Corrupt);
        QVERIFY(QFile::remove(file));
        QCOMPARE(CorpusReader::open(path())->document(kTrain, 0).error().code, ErrorCode::NotFound);
    }

private:
    QString path() const { return m_folder->path(); }
    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_APPLESS_MAIN(TestCorpusFile)
#include "test_corpus_file.moc"
