// Tokenizers written for Hugging Face, with more tokens than before, and by name.
#include "core/tokenizer/tokenizer_files.h"
#include "core/base/atomic_file.h"
#include "tests/core/tokenizer/golden.h"
#include "tests/core/tokenizer/model_maker.h"
#include "tests/core/tokenizer/samples.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace athanor;
using namespace athanor::tokenizer;

class TestTokenizerFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aTokenizerJsonStaysAsItIs()
    {
        const QByteArray bytes = golden::tokenizerOf(QStringLiteral("gpt2"));
        const auto files = huggingFaceFiles(bytes, QStringLiteral("gpt2"));
        QVERIFY(files.has_value());
        QCOMPARE(files->tokenizerJson, bytes);
        QCOMPARE(files->tokenizerConfig[QLatin1String("eos_token")].toString(), QStringLiteral("<|endoftext|>"));
        QCOMPARE(files->tokenizerConfig[QLatin1String("clean_up_tokenization_spaces")].toBool(true), false);
        QVERIFY(!huggingFaceFiles("{}", QStringLiteral("nothing")).has_value());
    }

    void aModelFileBecomesATokenizerJson()
    {
        for (const bool lossless : {true, false}) {
            maker::Options options;
            options.lossless = lossless;
            const QByteArray bytes = maker::model(options);
            const auto files = huggingFaceFiles(bytes, QStringLiteral("small"));
            QVERIFY(files.has_value());
            const auto before = *parseTokenizer(bytes, {});
            const auto after = *parseTokenizer(files->tokenizerJson, {});
            QCOMPARE(after->isLossless(), lossless);
            QCOMPARE(after->vocabularySize(), before->vocabularySize());
            QCOMPARE(after->endOfDocument(), before->endOfDocument());
            for (const QByteArray &text : samples::texts()) {
                QVERIFY2(after->encode(text) == before->encode(text), text);
                QCOMPARE(after->decode(after->encode(text)), before->decode(before->encode(text)));
            }
            QVERIFY(after->encode("<s></s>").size() > 2);  // text of a person stays text
            QCOMPARE(after->encodeTemplate("<s>the", {{0, 6}}).front(), 1);
        }
    }

    // a·aa·a: SentencePiece joins the leftmost of two pairs that make one piece; the list's order says the same.
    void piecesThatOverlapThemselves()
    {
        const auto model = [](const QList<QByteArray> &pieces) {
            QByteArray out = maker::piece("<unk>", 0, 2);
            for (int byte = 0; byte < 256; ++byte)
                out += maker::piece(maker::byteName(byte), 0, 6);
            float score = -1;
            for (const QByteArray &piece : pieces)
                out += maker::piece(piece, score--, 1);
            return out + maker::bytes(2, maker::number(3, 2) + maker::number(35, 1))
                   + maker::bytes(3, maker::bytes(1, "identity") + maker::number(3, 0) + maker::number(4, 0) + maker::number(5, 1));
        };
        const QList<QList<QByteArray>> cases{{"aa", "aaa", "aaaa", "a"}, {"aa", "aaaa", "aaa", "aaaaaa", "a"}, {"aaa", "aa", "aaaaa", "a"},
                                             {"ab", "aba", "abab", "ababa", "a", "b"}, {"ba", "aba", "ababa", "a", "b"},
                                             {"abaab", "ab", "aab", "aba", "ba", "a", "b"}};
        for (const QList<QByteArray> &pieces : cases) {
            const QByteArray bytes = model(pieces);
            const auto before = *parseTokenizer(bytes, {});
            const auto after = *parseTokenizer(huggingFaceFiles(bytes, {})->tokenizerJson, {});
            for (int bits = 0; bits < 4096; ++bits) {
                QByteArray text;
                for (int i = 0; i < 12; ++i)
                    text += bits >> i & 1 ? 'b' : 'a';
                QVERIFY2(before->encode(text) == after->encode(text), text + " with " + pieces.join(' '));
            }
        }
    }

    void newTokensAreFoundAndSayWhatTheyWereMadeOf()
    {
        for (const char *name : {"gpt2", "llama", "bert", "t5", "small.model"}) {
            const bool isModel = QByteArray(name).endsWith(".model");
            const QByteArray bytes = isModel ? maker::model() : golden::tokenizerOf(QLatin1String(name));
            const auto before = *parseTokenizer(bytes, {});
            const auto extended = extendTokenizer(bytes, {"kurtosis", "<|call|>"});
            QVERIFY2(extended.has_value(), extended ? name : qPrintable(extended.error().message));
            const auto after = *parseTokenizer(extended->files.tokenizerJson, {});
            QCOMPARE(after->vocabularySize(), before->vocabularySize() + 2);
            QCOMPARE(extended->added.size(), size_t(2));
            for (const NewToken &token : extended->added) {
                QCOMPARE(after->tokenId(token.text), token.id);
                QVERIFY(token.madeOf.size() > 1);
                QVERIFY(token.madeOf == before->encode(token.text));
                const auto ids = after->encode("the " + token.text + " of");
                QCOMPARE(std::count(ids.begin(), ids.end(), token.id), 1);
            }
            QCOMPARE(extended->added[0].id, before->vocabularySize());
            QVERIFY(after->encode("the other text") == before->encode("the other text"));
            QVERIFY(!after->isControl(extended->added[1].id));
            const auto marks = extendTokenizer(bytes, {"<|call|>"}, true);
            QVERIFY(marks.has_value());
            const auto marked = *parseTokenizer(marks->files.tokenizerJson, {});
            QVERIFY(marked->isControl(marks->added[0].id));
            QVERIFY(marked->encode("<|call|>") == before->encode("<|call|>"));
            QVERIFY(marked->encodeTemplate("<|call|>", {{0, 8}}) == std::vector<TokenId>{marks->added[0].id});
        }
    }

    void tokensThatCannotBeAdded_data()
    {
        QTest::addColumn<QByteArrayList>("tokens");
        QTest::addColumn<int>("code");
        QTest::newRow("none") << QByteArrayList() << int(ErrorCode::InvalidInput);
        QTest::newRow("empty") << QByteArrayList{""} << int(ErrorCode::InvalidInput);
        QTest::newRow("twice") << QByteArrayList{"quark", "quark"} << int(ErrorCode::InvalidInput);
        QTest::newRow("too long") << QByteArrayList{QByteArray(2000, 'q')} << int(ErrorCode::InvalidInput);
        QTest::newRow("no text") << QByteArrayList{"\xFF\xFE"} << int(ErrorCode::InvalidInput);
        QTest::newRow("there already") << QByteArrayList{"the"} << int(ErrorCode::AlreadyExists);
        QTest::newRow("there as a mark") << QByteArrayList{"<|im_start|>"} << int(ErrorCode::AlreadyExists);
    }
    void tokensThatCannotBeAdded()
    {
        QFETCH(QByteArrayList, tokens);
        QFETCH(int, code);
        const auto extended = extendTokenizer(golden::tokenizerOf(QStringLiteral("gpt2")), {tokens.begin(), tokens.end()});
        QVERIFY(!extended.has_value());
        QCOMPARE(int(extended.error().code), code);
    }

    void filesAreWrittenAndKeepWhatWasThere()
    {
        QTemporaryDir folder;
        QVERIFY(writeFileAtomically(folder.filePath(QStringLiteral("tokenizer_config.json")), R"({"chat_template":"x","eos_token":"<mine>"})").has_value());
        const auto files = huggingFaceFiles(golden::tokenizerOf(QStringLiteral("gpt2")), {});
        QVERIFY(writeTokenizerFiles(folder.path(), *files).has_value());
        const auto config = QJsonDocument::fromJson(*readFile(folder.filePath(QStringLiteral("tokenizer_config.json")))).object();
        QCOMPARE(config[QLatin1String("eos_token")].toString(), QStringLiteral("<mine>"));
        QCOMPARE(config[QLatin1String("chat_template")].toString(), QStringLiteral("x"));
        QVERIFY(config.contains(QLatin1String("tokenizer_class")));
        QVERIFY(readTokenizer(folder.path()).has_value());
        QVERIFY(!writeTokenizerFiles(QStringLiteral("/proc/nowhere"), *files).has_value());
    }

    void names()
    {
        QTemporaryDir folder;
        QCOMPARE(nameForTokenizer(folder.path()), QFileInfo(folder.path()).fileName());
        QCOMPARE(nameForTokenizer(folder.filePath(QStringLiteral("tokenizer.json"))), QFileInfo(folder.path()).fileName());
        QCOMPARE(nameForTokenizer(folder.filePath(QStringLiteral("mine.model"))), QStringLiteral("mine"));
    }
};

QTEST_GUILESS_MAIN(TestTokenizerFiles)
#include "test_tokenizer_files.moc"
