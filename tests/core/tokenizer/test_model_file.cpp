// Reading .model files: good ones, and every way to be broken that we know.
#include "core/base/atomic_file.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/statistics.h"
#include "tests/core/tokenizer/model_maker.h"
#include "tests/core/tokenizer/samples.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace athanor;
using namespace athanor::tokenizer;

class TestModelFile : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

    Result<std::shared_ptr<const Tokenizer>> read(const QByteArray &bytes) const
    {
        const QString path = m_folder.filePath(QStringLiteral("x.model"));
        if (!writeFileAtomically(path, bytes))
            qFatal("cannot write");
        return readTokenizer(path);
    }

private Q_SLOTS:
    void readsAGoodOne()
    {
        const auto tokenizer = read(maker::model());
        QVERIFY2(tokenizer.has_value(), tokenizer ? "" : qPrintable(tokenizer.error().message));
        QVERIFY((*tokenizer)->isLossless());
        QCOMPARE((*tokenizer)->decode((*tokenizer)->encode("the end and\xFF")), QByteArray("the end and\xFF"));
        QCOMPARE((*tokenizer)->encode(" the and").size(), size_t(2));
        QCOMPARE((*tokenizer)->endOfDocument(), 2);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *name, const QByteArray &bytes, ErrorCode code, const char *says) {
            QTest::newRow(name) << bytes << static_cast<int>(code) << QString::fromLatin1(says);
        };
        maker::Options options;
        row("empty", "", ErrorCode::Corrupt, "empty");
        row("text", "this is a text file, not a model\n", ErrorCode::Corrupt, "breaks off");
        row("zeros", QByteArray(1000, '\0'), ErrorCode::Corrupt, "breaks off");
        row("no pieces", maker::bytes(2, maker::number(3, 2)), ErrorCode::Corrupt, "no pieces");
        row("length past the end", maker::varint(10) + maker::varint(1000000) + "abc", ErrorCode::Corrupt, "breaks off");
        row("huge length", maker::varint(10) + maker::varint(~quint64(0)) + "abc", ErrorCode::Corrupt, "breaks off");
        row("endless number", QByteArray(20, '\xFF'), ErrorCode::Corrupt, "breaks off");
        row("no unknown piece", maker::piece("a", 0, 1), ErrorCode::Corrupt, "0 pieces for unknown");
        row("two unknown pieces", maker::model() + maker::piece("<unk2>", 0, 2), ErrorCode::Corrupt, "2 pieces for unknown");
        row("doubled piece", maker::model() + maker::piece("the", 0, 1), ErrorCode::Corrupt, "twice");
        row("empty piece", maker::model() + maker::piece("", 0, 1), ErrorCode::Corrupt, "is empty");
        row("piece that is not UTF-8", maker::model() + maker::piece("\xFF", 0, 1), ErrorCode::Corrupt, "not UTF-8");
        row("unknown type of piece", maker::model() + maker::piece("zz", 0, 9), ErrorCode::Corrupt, "unknown type 9");
        row("score not a number", maker::model() + maker::piece("zz", NAN, 1), ErrorCode::Corrupt, "not a number");
        row("very long piece", maker::model() + maker::piece(QByteArray(5000, 'q'), 0, 1), ErrorCode::LimitExceeded, "5000 bytes");
        row("byte piece of no byte", maker::model() + maker::piece("<0xZZ>", 0, 6), ErrorCode::Corrupt, "stands for no byte");
        options = {};
        options.allBytes = false;
        row("a byte missing", maker::model(options), ErrorCode::Corrupt, "not have all 256");
        options = {};
        options.type = 3;
        row("whole words", maker::model(options), ErrorCode::Unsupported, "whole words");
        options.type = 7;
        row("unknown type", maker::model(options), ErrorCode::Corrupt, "type 7");
        options = {};
        options.characterMap = "abc";
        row("rules cut short", maker::model(options), ErrorCode::Corrupt, "cut short");
        options.characterMap = QByteArray("\xFF\xFF\xFF\x7F" "abcdefgh", 12);
        row("rules longer than the file", maker::model(options), ErrorCode::Corrupt, "does not fit");
        options.characterMap = QByteArray("\x04\0\0\0" "abcdefgh", 12);
        row("rules without an end", maker::model(options), ErrorCode::Corrupt, "have no end");
    }
    void refuses()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, code);
        QFETCH(QString, says);
        const auto tokenizer = read(bytes);
        QVERIFY(!tokenizer.has_value());
        QCOMPARE(errorCodeName(tokenizer.error().code), errorCodeName(static_cast<ErrorCode>(code)));
        QVERIFY2(tokenizer.error().message.contains(says), qPrintable(tokenizer.error().message));
        QVERIFY(tokenizer.error().message.contains(QStringLiteral("x.model")));
    }

    void everyTruncationIsAnErrorOrAWholeModel()
    {
        const QByteArray good = maker::model();
        for (qsizetype size = 0; size < good.size(); size += 7) {
            const auto model = parseSentencePieceModel(good.first(size));
            if (model)
                QVERIFY(!model->pieces.empty());
            else
                QVERIFY(!model.error().message.isEmpty());
        }
    }

    void flippedBitsNeverBreakTheProgram()
    {
        const QByteArray good = maker::model();
        quint32 state = 11;
        const auto draw = [&state] { return (state = state * 1664525U + 1013904223U) >> 8; };
        int usable = 0;
        for (int round = 0; round < 300; ++round) {
            QByteArray bad = good;
            for (quint32 flips = draw() % 4 + 1; flips > 0; --flips) {
                const qsizetype at = draw() % bad.size();
                bad[at] = static_cast<char>(bad[at] ^ (1 << draw() % 8));
            }
            const auto model = parseSentencePieceModel(bad);
            if (!model)
                continue;
            if (round % 10 != 0)
                continue;
            if (const auto tokenizer = read(bad)) {
                ++usable;
                const auto ids = (*tokenizer)->encode(samples::prose(50));
                (void)(*tokenizer)->decode(ids);
            }
        }
        QVERIFY(usable > 0);
    }

    void damagedRulesNeverReadOutside()
    {
        quint32 state = 3;
        for (int round = 0; round < 60; ++round) {
            QByteArray units(64 * 4, '\0');
            for (char &byte : units) {
                state = state * 1664525U + 1013904223U;
                byte = static_cast<char>(state >> 24);
            }
            maker::Options options;
            options.lossless = false;
            options.characterMap = QByteArray("\x00\x01\0\0", 4) + units + QByteArray("x\0y\0", 4);
            const auto tokenizer = read(maker::model(options));
            QVERIFY(tokenizer.has_value());
            QVERIFY(!(*tokenizer)->isLossless());
            (void)(*tokenizer)->encode("the quick brown fox \xFF\xE2");
        }
    }

    void withoutAnEndMarkThereIsNone()
    {
        maker::Options options;
        options.endMark = false;
        const auto tokenizer = read(maker::model(options));
        QVERIFY(tokenizer.has_value());
        QCOMPARE((*tokenizer)->tokenText((*tokenizer)->endOfDocument()), QStringLiteral("<s>"));  // the nearest mark
    }

    void foldersAndOtherFiles()
    {
        const QString folder = m_folder.filePath(QStringLiteral("a folder “with” spaces"));
        QVERIFY(makeFolder(folder).has_value());
        QCOMPARE(readTokenizer(folder).error().code, ErrorCode::NotFound);
        QVERIFY(writeFileAtomically(folder + QStringLiteral("/tokenizer.model"), maker::model()).has_value());
        QVERIFY(readTokenizer(folder).has_value());
        QCOMPARE(readTokenizer(folder + QStringLiteral("/tokenizer.json")).error().code, ErrorCode::NotFound);
        QCOMPARE(readTokenizer(folder + QStringLiteral("/none.model")).error().code, ErrorCode::NotFound);
    }

    void statisticsOfAVocabulary()
    {
        const auto tokenizer = read(maker::model());
        const TokenizerStatistics found = statistics(**tokenizer, 3, 4);
        QCOMPARE(found.vocabulary, (*tokenizer)->vocabularySize());
        QCOMPARE(found.byteTokens, 256);
        QCOMPARE(found.controlTokens, 2);
        QCOMPARE(found.textTokens, found.vocabulary - 258);
        QCOMPARE(found.lengthHistogram, (QList<qint32>{0, 27, 2, 5}));
        QCOMPARE(found.longest.size(), 3);
        QCOMPARE((*tokenizer)->tokenText(found.longest.first()), QStringLiteral("<unk>"));
        const Coverage seen = coverage(**tokenizer, "the \xC3\xA9");
        QCOMPARE(seen.bytes, 6);
        QCOMPARE(seen.tokens, 4);
        QCOMPARE(seen.byteTokens, 2);
        QCOMPARE(seen.fallbackShare(), 0.5);
        QCOMPARE(firstDifference(**tokenizer, "the \xC3\xA9"), qint64(-1));
    }

    void aLossyModelIsCaught()
    {
        maker::Options options;
        options.lossless = false;
        const auto tokenizer = read(maker::model(options));
        QVERIFY(tokenizer.has_value());
        QVERIFY(!(*tokenizer)->isLossless());
        QCOMPARE(firstDifference(**tokenizer, "the  and"), qint64(4));
    }
};

QTEST_GUILESS_MAIN(TestModelFile)
#include "test_model_file.moc"
