// The reader of tokenizer.json against ids that the `tokenizers` library gave (tests/golden/tokenizer.py), the texts
// of a person that look like marks, and files that are damaged or mean harm.
#include "core/tokenizer/tokenizer.h"
#include "tests/core/tokenizer/golden.h"
#include "tests/core/tokenizer/samples.h"

#include <QDir>
#include <QElapsedTimer>
#include <QtTest>

using namespace athanor;
using namespace athanor::tokenizer;
using golden::bytesOf;
using golden::idsOf;
using golden::made;

namespace {

QByteArray shown(const std::vector<TokenId> &ids)
{
    QByteArray text;
    for (const TokenId id : ids)
        text += QByteArray::number(id) + ' ';
    return text;
}

// A small byte-level tokenizer to damage.
QJsonObject small()
{
    QJsonObject vocabulary;
    for (char c = 'a'; c <= 'z'; ++c)
        vocabulary[QString(QLatin1Char(c))] = c - 'a';
    vocabulary[QStringLiteral("th")] = 26;
    vocabulary[QStringLiteral("the")] = 27;
    const QJsonArray merges{QStringLiteral("t h"), QJsonArray{QStringLiteral("th"), QStringLiteral("e")}};
    return {{QStringLiteral("model"), QJsonObject{{QStringLiteral("type"), QStringLiteral("BPE")}, {QStringLiteral("vocab"), vocabulary}, {QStringLiteral("merges"), merges}}},
            {QStringLiteral("added_tokens"), QJsonArray{QJsonObject{{QStringLiteral("id"), 28}, {QStringLiteral("content"), QStringLiteral("<end>")}, {QStringLiteral("special"), true}}}},
            {QStringLiteral("normalizer"), QJsonValue()},
            {QStringLiteral("pre_tokenizer"), QJsonObject{{QStringLiteral("type"), QStringLiteral("ByteLevel")}, {QStringLiteral("add_prefix_space"), false}}},
            {QStringLiteral("decoder"), QJsonObject{{QStringLiteral("type"), QStringLiteral("ByteLevel")}}}};
}
QJsonObject with(QJsonObject object, const QStringList &path, const QJsonValue &value)
{
    const QString key = path.first();
    object[key] = path.size() == 1 ? value : QJsonValue(with(object[key].toObject(), path.mid(1), value));
    return object;
}
QJsonObject typed(const char *type)
{
    return {{QStringLiteral("type"), QLatin1String(type)}};
}

}  // namespace

class TestJson : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hasTheIdsOfTheLibrary_data()
    {
        QTest::addColumn<QString>("name");
        const QStringList names = QDir(golden::folder()).entryList({QStringLiteral("*.json")});
        QVERIFY(names.size() >= 18);
        for (const QString &name : names)
            QTest::newRow(qPrintable(name.chopped(5))) << name.chopped(5);
    }
    void hasTheIdsOfTheLibrary()
    {
        QFETCH(QString, name);
        const auto tokenizer = made(name);
        for (const QJsonValue &value : golden::read(name)[QLatin1String("cases")].toArray()) {
            const QJsonObject item = value.toObject();
            const QByteArray text = item[QLatin1String("text")].toString().toUtf8();
            const std::vector<TokenId> ids = tokenizer->encode(text);
            QVERIFY2(ids == idsOf(item[QLatin1String("ids")]),
                     text + "\n ours " + shown(ids) + "\n theirs " + shown(idsOf(item[QLatin1String("ids")])));
            const QJsonValue marked = item.contains(QLatin1String("template")) ? item[QLatin1String("template")] : item[QLatin1String("ids")];
            QVERIFY2(tokenizer->encodeTemplate(text, {{0, text.size()}}) == idsOf(marked),
                     text + "\n as a template " + shown(tokenizer->encodeTemplate(text, {{0, text.size()}})) + "\n theirs " + shown(idsOf(marked)));
            QVERIFY(tokenizer->encodeTemplate(text, {}) == ids);
            QCOMPARE(tokenizer->decode(ids), item[QLatin1String("decoded")].toString().toUtf8());
        }
    }

    void byteLevelIsLosslessForAnyBytes()
    {
        for (const char *name : {"gpt2", "smollm", "llama3", "tekken", "o200k", "other"}) {
            QVERIFY(!made(QLatin1String(name))->isLossless());  // “<left>” takes the spaces before it away
            QJsonObject json = golden::read(QLatin1String(name))[QLatin1String("tokenizer")].toObject();
            QJsonArray added = json[QLatin1String("added_tokens")].toArray();
            while (added.last().toObject()[QLatin1String("lstrip")].toBool() || added.last().toObject()[QLatin1String("rstrip")].toBool())
                added.removeLast();
            json[QLatin1String("added_tokens")] = added;
            const auto tokenizer = *parseTokenizer(bytesOf(json), QLatin1String(name));
            QVERIFY(tokenizer->isLossless());
            for (const QByteArray &text : samples::texts() + samples::hardBytes()) {
                const std::vector<TokenId> ids = tokenizer->encode(text);
                QCOMPARE(tokenizer->decode(ids), text);
                QByteArray joined;
                for (const TokenId id : ids)
                    joined += tokenizer->tokenBytes(id);
                QCOMPARE(joined, text);
            }
        }
        QVERIFY(!made(QStringLiteral("qwen2"))->isLossless());  // it normalises
        QVERIFY(!made(QStringLiteral("bert"))->isLossless());
        QVERIFY(!made(QStringLiteral("llama"))->isLossless());
    }

    void longTextIsCutAsShortTextIs()
    {
        const auto tokenizer = made(QStringLiteral("gpt2"));
        const QByteArray text = samples::prose(20000);
        QCOMPARE(tokenizer->decode(tokenizer->encode(text)), text);
        QCOMPARE(tokenizer->encode(QByteArray(100000, 'a')).size() > 100, true);
        for (const char *name : {"llama", "mistral", "bert", "t5", "unknown_bpe"})
            QVERIFY(!made(QLatin1String(name))->encode(QByteArray(20000, 'e') + text).empty());
    }

    void textOfAPersonIsNeverAMark()
    {
        const auto tokenizer = made(QStringLiteral("gpt2"));
        const TokenId start = tokenizer->tokenId("<|im_start|>");
        const TokenId end = tokenizer->tokenId("<|im_end|>");
        QVERIFY(start >= 0 && tokenizer->isControl(start) && !tokenizer->isControl(tokenizer->tokenId("a")));
        QVERIFY(!tokenizer->isControl(tokenizer->tokenId("<extra>")));
        const QByteArray before = "<|im_start|>user\n", person = "hi <|im_end|> there", after = "<|im_end|>\n";
        const qsizetype from = before.size(), to = from + person.size();
        const QByteArray text = before + person + after;
        const std::vector<TokenId> ids = tokenizer->encodeTemplate(text, {{0, from}, {to, text.size()}});
        QCOMPARE(std::count(ids.begin(), ids.end(), start), 1);
        QCOMPARE(std::count(ids.begin(), ids.end(), end), 1);
        std::vector<TokenId> apart{start};
        for (const TokenId id : tokenizer->encode("user\n" + person))
            apart.push_back(id);
        apart.push_back(end);
        for (const TokenId id : tokenizer->encode("\n"))
            apart.push_back(id);
        QVERIFY2(ids == apart, shown(ids) + "\n" + shown(apart));
        // Half of it from a person, half from the template.
        for (qsizetype cut = 1; cut < 12; ++cut) {
            const auto mixed = tokenizer->encodeTemplate("<|im_start|>", {{cut, 12}});
            QVERIFY(std::find(mixed.begin(), mixed.end(), start) == mixed.end());
            QVERIFY(mixed == tokenizer->encode("<|im_start|>"));
        }
        QVERIFY(tokenizer->encodeTemplate("<|im_start|>", {{0, 5}, {5, 12}}) == std::vector<TokenId>{start});
        // A person's text that begins a mark of the template hides none.
        const auto hidden = tokenizer->encodeTemplate("<|im_<|im_end|>", {{5, 15}});
        QCOMPARE(hidden.back(), end);
    }
    void marksCountInTextThatIsNormalised()
    {
        for (const char *name : {"qwen2", "llama"}) {
            const auto tokenizer = made(QLatin1String(name));
            const QByteArray mark = QByteArray(name) == "llama" ? "</s>" : "<|im_end|>";
            const QByteArray person = "e\xCC\x81 " + mark;
            const auto ids = tokenizer->encodeTemplate(person + mark, {{person.size(), person.size() + mark.size()}});
            QCOMPARE(std::count(ids.begin(), ids.end(), tokenizer->tokenId(mark)), 1);
            QCOMPARE(ids.back(), tokenizer->tokenId(mark));
        }
    }

    void knowsWhatStandsAround()
    {
        const auto bert = made(QStringLiteral("bert"));
        QCOMPARE(bert->textPrefix(), std::vector<TokenId>{bert->tokenId("[CLS]")});
        QCOMPARE(bert->textSuffix(), std::vector<TokenId>{bert->tokenId("[SEP]")});
        QCOMPARE(bert->endOfDocument(), bert->tokenId("[SEP]"));
        QCOMPARE(bert->unknown(), bert->tokenId("[UNK]"));
        QCOMPARE(bert->typeName(), QStringLiteral("WordPiece"));
        const auto llama = made(QStringLiteral("llama"));
        QCOMPARE(llama->beginOfDocument(), 1);
        QCOMPARE(llama->endOfDocument(), llama->tokenId("</s>"));
        QCOMPARE(llama->tokenBytes(llama->tokenId("<0x0A>")), QByteArray("\n"));
        QCOMPARE(llama->tokenBytes(1), QByteArray());
        const auto gpt2 = made(QStringLiteral("gpt2"));
        QVERIFY(gpt2->textPrefix().empty());
        QCOMPARE(gpt2->endOfDocument(), gpt2->tokenId("<|endoftext|>"));
        QCOMPARE(gpt2->tokenText(gpt2->tokenId("Ġthe")), QStringLiteral("Ġthe"));
        QCOMPARE(gpt2->tokenBytes(gpt2->tokenId("Ġthe")), QByteArray(" the"));
    }

    void damagedFilesAreRefused_data()
    {
        QTest::addColumn<QJsonObject>("json");
        QTest::addColumn<QString>("word");
        const QString model = QStringLiteral("model"), vocab = QStringLiteral("vocab"), merges = QStringLiteral("merges");
        const auto merge = [](const char *text) { return QJsonArray{QString::fromUtf8(text)}; };
        const auto token = [](const char *text, const QJsonValue &id) {
            return QJsonArray{QJsonObject{{QStringLiteral("id"), id}, {QStringLiteral("content"), QString::fromUtf8(text)}, {QStringLiteral("special"), true}}};
        };
        const auto row = [](const char *name, const QJsonObject &json, const char *word) { QTest::newRow(name) << json << QString::fromUtf8(word); };
        row("no model", {{QStringLiteral("version"), QStringLiteral("1.0")}}, "no model");
        row("unknown model", with(small(), {model, QStringLiteral("type")}, QStringLiteral("Magic")), "Magic");
        row("unigram over bytes", with(small(), {model, QStringLiteral("type")}, QStringLiteral("Unigram")), "Unigram");
        row("unknown normalizer", with(small(), {QStringLiteral("normalizer")}, typed("Rot13")), "Rot13");
        row("unknown pre-tokenizer", with(small(), {QStringLiteral("pre_tokenizer")}, typed("UnicodeScripts")), "UnicodeScripts");
        row("unknown decoder", with(small(), {QStringLiteral("decoder")}, typed("CTC")), "CTC");
        row("unknown post-processor", with(small(), {QStringLiteral("post_processor")}, typed("Shuffle")), "Shuffle");
        row("no vocabulary", with(small(), {model, vocab}, QJsonValue()), "list of pieces");
        row("an id twice", with(small(), {model, vocab, QStringLiteral("the")}, 3), "two pieces");
        row("an id that is negative", with(small(), {model, vocab, QStringLiteral("the")}, -1), "the");
        row("an id that is huge", with(small(), {model, vocab, QStringLiteral("the")}, 2e9), "the");
        row("an id that is no number", with(small(), {model, vocab, QStringLiteral("the")}, QStringLiteral("7")), "the");
        row("an id with a fraction", with(small(), {model, vocab, QStringLiteral("the")}, 1.5), "the");
        row("a merge of unknown pieces", with(small(), {model, merges}, merge("q z")), "qz");
        row("a merge of unknown letters", with(small(), {model, merges}, merge("é a")), "é");
        row("a merge of one piece", with(small(), {model, merges}, merge("th")), "two pieces");
        row("a merge of three pieces", with(small(), {model, merges}, merge("t h e")), "two pieces");
        row("a merge that is a number", with(small(), {model, merges}, QJsonArray{7}), "two pieces");
        row("merges that are no list", with(small(), {model, merges}, QStringLiteral("t h")), "merges");
        row("dropout", with(small(), {model, QStringLiteral("dropout")}, 0.1), "dropout");
        row("an unknown token that is no piece", with(small(), {model, QStringLiteral("unk_token")}, QStringLiteral("[X]")), "[X]");
        row("a flag that is a number", with(small(), {model, QStringLiteral("byte_fallback")}, 1), "byte_fallback");
        row("an added token on another's id", with(small(), {QStringLiteral("added_tokens")}, token("<end>", 3)), "<end>");
        row("an added token far away", with(small(), {QStringLiteral("added_tokens")}, token("<end>", 1900000)), "<end>");
        row("an added token without id", with(small(), {QStringLiteral("added_tokens")}, token("<end>", QJsonValue())), "added token");
        row("an added token without text", with(small(), {QStringLiteral("added_tokens")}, token("", 28)), "added token");
        row("a piece added with another id", with(small(), {QStringLiteral("added_tokens")}, token("the", 28)), "the");
        row("a template with an unknown name",
            with(small(), {QStringLiteral("post_processor")},
                 QJsonObject{{QStringLiteral("type"), QStringLiteral("TemplateProcessing")},
                             {QStringLiteral("single"), QJsonArray{QJsonObject{{QStringLiteral("SpecialToken"), QJsonObject{{QStringLiteral("id"), QStringLiteral("[GONE]")}}}}}}}),
            "[GONE]");
        row("a post-processor with an id beyond",
            with(small(), {QStringLiteral("post_processor")},
                 QJsonObject{{QStringLiteral("type"), QStringLiteral("BertProcessing")}, {QStringLiteral("cls"), QJsonArray{QStringLiteral("x"), 99}}, {QStringLiteral("sep"), QJsonArray{QStringLiteral("x"), 1}}}),
            "post-processor");
        const auto split = [](const char *expression) {
            return QJsonObject{{QStringLiteral("type"), QStringLiteral("Split")}, {QStringLiteral("behavior"), QStringLiteral("Isolated")},
                               {QStringLiteral("pattern"), QJsonObject{{QStringLiteral("Regex"), QString::fromUtf8(expression)}}}};
        };
        row("a broken expression", with(small(), {QStringLiteral("pre_tokenizer")}, split("(((")), "(((");
        row("an expression of another dialect", with(small(), {QStringLiteral("pre_tokenizer")}, split("[a-z&&[^aeiou]]")), "&&");
        row("an expression with \\h", with(small(), {QStringLiteral("pre_tokenizer")}, split("\\h+")), "\\h");
        row("an expression that changes limits", with(small(), {QStringLiteral("pre_tokenizer")}, split("(*LIMIT_MATCH=4000000000)a+")), "(*");
        row("a text rule map that is cut", with(small(), {QStringLiteral("normalizer")}, QJsonObject{{QStringLiteral("type"), QStringLiteral("Precompiled")}, {QStringLiteral("precompiled_charsmap"), QStringLiteral("AAAAAAAA")}}), "rules");
        QJsonObject nested = typed("NFC");
        for (int i = 0; i < 40; ++i)
            nested = {{QStringLiteral("type"), QStringLiteral("Sequence")}, {QStringLiteral("normalizers"), QJsonArray{nested}}};
        row("nested deeply", with(small(), {QStringLiteral("normalizer")}, nested), "deep");
        row("a step after bytes", with(small(), {QStringLiteral("pre_tokenizer")},
            QJsonObject{{QStringLiteral("type"), QStringLiteral("Sequence")}, {QStringLiteral("pretokenizers"), QJsonArray{typed("ByteLevel"), typed("Whitespace")}}}), "Whitespace");
    }
    void damagedFilesAreRefused()
    {
        QFETCH(QJsonObject, json);
        QFETCH(QString, word);
        const auto tokenizer = parseTokenizer(bytesOf(json), QStringLiteral("file"));
        QVERIFY(!tokenizer);
        QVERIFY2(tokenizer.error().message.contains(word), qPrintable(tokenizer.error().message));
    }

    void everyCutOfAFileIsRefused()
    {
        const QByteArray whole = bytesOf(small());
        QVERIFY(parseTokenizer(whole, {}));
        for (qsizetype length = 2; length < whole.size(); length += 7)
            QVERIFY(!parseTokenizer(whole.left(length), {}));
        QVERIFY(!parseTokenizer(QByteArray("{\"a\":").repeated(100000), {}));
        QVERIFY(!parseTokenizer(QByteArray("{\"model\":") + QByteArray("[").repeated(100000), {}));
    }

    void expressionsAreReplaced()
    {
        const auto replacing = [](const char *expression, const char *content) {
            const QJsonObject pattern{{QStringLiteral("Regex"), QString::fromUtf8(expression)}};
            return *parseTokenizer(bytesOf(with(small(), {QStringLiteral("normalizer")},
                                                QJsonObject{{QStringLiteral("type"), QStringLiteral("Replace")}, {QStringLiteral("pattern"), pattern}, {QStringLiteral("content"), QString::fromUtf8(content)}})), {});
        };
        const auto plain = *parseTokenizer(bytesOf(small()), {});
        QVERIFY(replacing("x{2,}", "y")->encode("axxxbxx") == plain->encode("ayby"));
        QVERIFY(replacing("\\Ax+|x+\\z", "")->encode("xxaxbxx") == plain->encode("axb"));
        QVERIFY(replacing("[\xC3\xA9\xF0\x9F\x98\x80]", "e")->encode("th\xC3\xA9 q\xF0\x9F\x98\x80") == plain->encode("the qe"));
    }

    void aRegexBombEnds()
    {
        const QJsonObject bomb = with(small(), {QStringLiteral("pre_tokenizer")},
            QJsonObject{{QStringLiteral("type"), QStringLiteral("Split")}, {QStringLiteral("behavior"), QStringLiteral("Isolated")},
                        {QStringLiteral("pattern"), QJsonObject{{QStringLiteral("Regex"), QStringLiteral("(a+)+(b+)+(a*)*$z")}}}});
        const auto tokenizer = parseTokenizer(bytesOf(bomb), {});
        QVERIFY(tokenizer);
        QElapsedTimer clock;
        clock.start();
        QVERIFY(!(*tokenizer)->encode(QByteArray(5000, 'a')).empty());
        QVERIFY2(clock.elapsed() < 20000, "the expression ran on and on");
    }

    void theFileInAFolderIsFound()
    {
        QTemporaryDir folder;
        QVERIFY(!findTokenizer(folder.path()));
        QVERIFY(!readTokenizer(folder.path()));
        QFile file(folder.filePath(QStringLiteral("tokenizer.json")));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytesOf(small())) > 0);
        file.close();
        QCOMPARE(*findTokenizer(folder.path()), file.fileName());
        const auto tokenizer = readTokenizer(folder.path());
        QVERIFY(tokenizer);
        QVERIFY((*tokenizer)->encode("the") == std::vector<TokenId>{27});
        QCOMPARE(tokenizerFileName(bytesOf(small())), QStringLiteral("tokenizer.json"));
        QCOMPARE(tokenizerFileName(QByteArray("\x0A\x0E\x0A\x05<unk>", 9)), QStringLiteral("tokenizer.model"));
    }
};

QTEST_GUILESS_MAIN(TestJson)
#include "test_json.moc"
