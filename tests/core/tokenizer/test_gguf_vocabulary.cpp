// Tokenizers into the values of a GGUF file and back: the same ids; damaged values are refused.
#include "core/tokenizer/gguf_vocabulary.h"
#include "core/base/atomic_file.h"
#include "tests/core/tokenizer/golden.h"
#include "tests/core/tokenizer/model_maker.h"
#include "tests/core/tokenizer/samples.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace athanor;
using namespace athanor::tokenizer;
using Change = std::function<void(GgufVocabulary &)>;
Q_DECLARE_METATYPE(Change)

namespace {

// A recorded tokenizer without the added tokens that strip spaces, which GGUF cannot say.
QByteArray plain(const QString &name)
{
    QJsonObject json = golden::read(name)[QLatin1String("tokenizer")].toObject();
    QJsonArray kept;
    for (const QJsonValue &value : json[QLatin1String("added_tokens")].toArray()) {
        const QJsonObject token = value.toObject();
        if (token[QLatin1String("special")].toBool() || token[QLatin1String("content")] == QLatin1String("<extra>"))
            kept.append(token);
    }
    json[QLatin1String("added_tokens")] = kept;
    return golden::bytesOf(json);
}

Result<GgufVocabulary> vocabularyOf(const QByteArray &tokenizer, qint64 rows = 0)
{
    QTemporaryDir folder;
    if (auto saved = writeFileAtomically(folder.path() + QLatin1Char('/') + tokenizerFileName(tokenizer), tokenizer); !saved)
        return fail(saved.error());
    return ggufVocabularyOf(folder.path(), rows);
}

}  // namespace

class TestGgufVocabulary : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void thereAndBack_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("pre");
        const std::array<const char *, 3> kRows[] = {{"gpt2", "gpt2", "gpt-2"},   {"smollm", "gpt2", "smollm"},      {"llama3", "gpt2", "llama-bpe"},
                                                     {"qwen2", "gpt2", "qwen2"},  {"o200k", "gpt2", "gpt-4o"},       {"llama", "llama", "default"},
                                                     {"bert", "bert", "default"}, {"bert_cased", "bert", "default"}};
        for (const auto &[name, model, pre] : kRows)
            QTest::newRow(name) << QString::fromLatin1(name) << QString::fromLatin1(model) << QString::fromLatin1(pre);
    }
    void thereAndBack()
    {
        QFETCH(QString, name);
        QFETCH(QString, model);
        QFETCH(QString, pre);
        const QByteArray bytes = plain(name);
        const auto before = *parseTokenizer(bytes, name);
        const auto values = vocabularyOf(bytes, before->vocabularySize() + 30);
        QVERIFY2(values.has_value(), values ? "" : qPrintable(values.error().message));
        QCOMPARE(values->model, model);
        QCOMPARE(values->pre, pre);
        QCOMPARE(qint32(values->tokens.size()), before->vocabularySize() + 30);
        QCOMPARE(values->types.back(), qint32(GgufVocabulary::Unused));
        QCOMPARE(values->end, before->endOfDocument());
        const auto files = tokenizerFilesFromGguf(*values);
        QVERIFY2(files.has_value(), files ? "" : qPrintable(files.error().message));
        const auto after = *parseTokenizer(files->tokenizerJson, name);
        QCOMPARE(after->vocabularySize(), before->vocabularySize());
        QCOMPARE(after->typeName(), before->typeName());
        QCOMPARE(after->isLossless(), before->isLossless());
        QVERIFY(after->textPrefix() == before->textPrefix() && after->textSuffix() == before->textSuffix());
        for (const QJsonValue &value : golden::read(name)[QLatin1String("cases")].toArray()) {
            const QByteArray text = value[QLatin1String("text")].toString().toUtf8();
            if (model == QLatin1String("bert") && (text.contains(QByteArray(41, 'a')) || text.contains("\xE2\x96\x81")))
                continue;  // GGUF does not say how long a word may be, and marks the beginning of words with U+2581
            QVERIFY2(after->encode(text) == before->encode(text), text);
            const std::vector<TextSpan> all{{0, text.size()}};
            QVERIFY2(after->encodeTemplate(text, all) == before->encodeTemplate(text, all), text);
            QCOMPARE(after->decode(after->encode(text)), before->decode(before->encode(text)));
        }
        const auto again = vocabularyOf(files->tokenizerJson, before->vocabularySize() + 30);
        QVERIFY(again.has_value());
        QVERIFY(again->tokens == values->tokens && again->types == values->types && again->pre == values->pre);
        QVERIFY(name == QLatin1String("llama") || again->merges == values->merges);
    }

    void aModelFileThereAndBack()
    {
        for (const int type : {1, 2})
            for (const bool lossless : {true, false}) {
                maker::Options options;
                options.type = type;
                options.lossless = lossless;
                const auto before = *parseTokenizer(maker::model(options), {});
                const auto values = vocabularyOf(maker::model(options));
                QVERIFY(values.has_value());
                QCOMPARE(values->model, type == 1 ? QStringLiteral("t5") : QStringLiteral("llama"));
                QCOMPARE(*values->addSpacePrefix, !lossless);
                QCOMPARE(values->scores.size(), values->tokens.size());
                const auto files = tokenizerFilesFromGguf(*values);
                QVERIFY2(files.has_value(), files ? "" : qPrintable(files.error().message));
                const auto after = *parseTokenizer(files->tokenizerJson, {});
                QCOMPARE(after->isLossless(), lossless);
                for (const QByteArray &text : samples::texts())
                    QVERIFY2(after->encode(text) == before->encode(text), text);
            }
    }

    void templatesAndMarksComeAlong()
    {
        GgufVocabulary values = *vocabularyOf(plain(QStringLiteral("gpt2")));
        values.chatTemplate = QStringLiteral("{{ messages }}");
        values.begin = values.end;
        values.addBegin = true;
        auto files = tokenizerFilesFromGguf(values);
        QVERIFY(files.has_value());
        QCOMPARE(files->tokenizerConfig[QLatin1String("chat_template")].toString(), values.chatTemplate);
        QCOMPARE(files->tokenizerConfig[QLatin1String("bos_token")].toString(), QStringLiteral("<|endoftext|>"));
        const auto tokenizer = *parseTokenizer(files->tokenizerJson, {});
        QVERIFY(tokenizer->textPrefix() == std::vector<TokenId>{values.begin});
        QTemporaryDir folder;
        QVERIFY(writeTokenizerFiles(folder.path(), *files).has_value());
        const auto again = ggufVocabularyOf(folder.path());
        QCOMPARE(again->chatTemplate, values.chatTemplate);
        QCOMPARE(again->begin, values.begin);
        QVERIFY(*again->addBegin);
        values.namedTemplates[QStringLiteral("tool_use")] = QStringLiteral("{{ tools }}");
        files = tokenizerFilesFromGguf(values);
        QCOMPARE(files->tokenizerConfig[QLatin1String("chat_template")].toArray().size(), 2);
        QVERIFY(writeTokenizerFiles(folder.path() + QStringLiteral("/b"), *files).has_value());
        QCOMPARE(ggufVocabularyOf(folder.path() + QStringLiteral("/b"))->namedTemplates, values.namedTemplates);
    }

    void whatGgufCannotSayIsRefused()
    {
        QCOMPARE(vocabularyOf(plain(QStringLiteral("other"))).error().code, ErrorCode::Unsupported);
        QCOMPARE(vocabularyOf(plain(QStringLiteral("words"))).error().code, ErrorCode::Unsupported);
        QCOMPARE(vocabularyOf(plain(QStringLiteral("unknown_bpe"))).error().code, ErrorCode::Unsupported);
        QCOMPARE(vocabularyOf(plain(QStringLiteral("gpt2")), 10).error().code, ErrorCode::InvalidInput);
        QCOMPARE(ggufVocabularyOf(QStringLiteral("/nowhere")).error().code, ErrorCode::NotFound);
    }

    void damagedValuesAreRefused_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("word");
        const auto row = [](const char *title, const char *name, const char *word, Change change) {
            QTest::newRow(title) << QString::fromLatin1(name) << std::move(change) << QString::fromUtf8(word);
        };
        row("no tokens", "gpt2", "no tokens", [](GgufVocabulary &v) { v.tokens.clear(); });
        row("fewer types than tokens", "gpt2", "types", [](GgufVocabulary &v) { v.types.pop_back(); });
        row("more scores than tokens", "gpt2", "scores", [](GgufVocabulary &v) { v.scores = {1, 2, 3}; });
        row("an end beyond", "gpt2", "100000", [](GgufVocabulary &v) { v.end = 100000; });
        row("a negative mark", "gpt2", "-7", [](GgufVocabulary &v) { v.padding = -7; });
        row("an unknown kind of token", "gpt2", "unknown kind", [](GgufVocabulary &v) { v.types[3] = 77; });
        row("a token that is no UTF-8", "gpt2", "UTF-8", [](GgufVocabulary &v) { v.tokens[3] = "\xFF"; });
        row("a token that is too long", "gpt2", "longer", [](GgufVocabulary &v) { v.tokens[3] = QByteArray(5000, 'a'); });
        row("unknown rules", "gpt2", "martian", [](GgufVocabulary &v) { v.pre = QStringLiteral("martian"); });
        row("an unknown tokenizer", "gpt2", "rwkv", [](GgufVocabulary &v) { v.model = QStringLiteral("rwkv"); });
        row("a merge of one piece", "gpt2", "two pieces", [](GgufVocabulary &v) { v.merges[0] = "th"; });
        row("a merge of pieces that are not there", "gpt2", "not among", [](GgufVocabulary &v) { v.merges[0] = "qq zz"; });
        row("no scores", "llama", "scores", [](GgufVocabulary &v) { v.scores.clear(); });
        row("no unknown word", "bert", "unknown words", [](GgufVocabulary &v) { v.unknown = -1; });
    }
    void damagedValuesAreRefused()
    {
        QFETCH(QString, name);
        QFETCH(Change, change);
        QFETCH(QString, word);
        GgufVocabulary values = *vocabularyOf(plain(name));
        change(values);
        const auto files = tokenizerFilesFromGguf(values);
        QVERIFY(!files.has_value());
        QVERIFY2(files.error().message.contains(word), qPrintable(files.error().message));
    }
};

QTEST_GUILESS_MAIN(TestGgufVocabulary)
#include "test_gguf_vocabulary.moc"
