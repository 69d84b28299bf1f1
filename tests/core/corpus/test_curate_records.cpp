// The curate job on records: from files of every form to canonical documents, facts and reasons.
#include "core/base/atomic_file.h"
#include "core/corpus/corpus_file.h"
#include "core/corpus/curate_handler.h"
#include "core/corpus/recipe.h"
#include "tests/core/corpus/curate_context.h"
#include "tests/support/zstandard.h"

#include <QDir>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::corpus;
using test::unzstandard;
using test::zstandard;

namespace {

QByteArray questions(int count, const QByteArray &prefix = {})
{
    QByteArray lines;
    for (int i = 0; i < count; ++i)
        lines += "{\"question\":\"" + prefix + "What is " + QByteArray::number(i) + "?\",\"answer\":\"A number.\"}" + '\n';
    return lines;
}

}  // namespace

class TestCurateRecords : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_catalogue.scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")});
        QVERIFY(m_catalogue.find(QStringLiteral("reader.table")) && m_catalogue.find(QStringLiteral("reader.json")));
    }
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_records = QJsonObject();
    }

    void everyFormOfChat()
    {
        write("a.jsonl", questions(12));
        write("b.json", R"([{"conversations":[{"from":"human","value":"Hello"},{"from":"gpt","value":"Hi"}]},)"
                        "\n" R"({"conversations":[{"from":"human","value":"Bye"},{"from":"gpt","value":"See you"}]}])");
        write("c.csv.zst", zstandard("prompt,completion\n\"one, two\",three\n"));
        write("d.tsv", "instruction\tinput\toutput\nAdd\t1 and 1\t2\n");
        write("notes.txt", "Not a record.");
        const QJsonObject result = curate();
        QCOMPARE(result.value(QLatin1String("kept")).toInt(), 16);
        QCOMPARE(result.value(QLatin1String("content")).toString(), QStringLiteral("records"));
        QCOMPARE(result.value(QLatin1String("kind")).toString(), QStringLiteral("chat"));
        QCOMPARE(result.value(QLatin1String("recordFormat")).toString(), QStringLiteral("mixed"));
        QCOMPARE(result.value(QLatin1String("files")).toArray().size(), 4);
        QCOMPARE(result.value(QLatin1String("files")).toArray().at(1).toObject().value(QLatin1String("format")).toString(), QStringLiteral("sharegpt"));
        QCOMPARE(result.value(QLatin1String("skipped")).toArray().at(0).toObject().value(QLatin1String("extension")).toString(), QStringLiteral("txt"));
        const auto corpus = CorpusReader::open(project() + QLatin1Char('/') + result.value(QLatin1String("corpus")).toString());
        QCOMPARE(corpus->facts().value(QLatin1String("kind")).toString(), QStringLiteral("chat"));
        QVERIFY(corpus->documentCount(QStringLiteral("validation")) >= 1);
        QByteArrayList texts;
        for (const QString &split : {QStringLiteral("train"), QStringLiteral("validation")})
            for (qint64 i = 0; i < corpus->documentCount(split); ++i)
                texts += corpus->document(split, i)->text;
        QVERIFY(texts.contains(R"({"messages":[{"role":"user","content":"one, two"},{"role":"assistant","content":"three"}]})"));
        QVERIFY(texts.contains(R"({"messages":[{"role":"user","content":"Add\n\n1 and 1"},{"role":"assistant","content":"2"}]})"));
        QVERIFY(m_logs.join(QLatin1Char('\n')).contains(QLatin1String("a.jsonl: Questions and answers (the first 12 records have the columns")));
    }

    void badRecordsAreNamed()
    {
        write("a.jsonl", questions(25) + "{\"question\":\"x\"}\n{\"question\":\"x\",\"answer\":\"\"}\n{\"question\":5,\"answer\":\"y\"}\nnonsense\n[1]\n" + questions(1)
                             + "{\"question\":\"cut");
        const QJsonObject result = curate();
        QCOMPARE(result.value(QLatin1String("documents")).toInt(), 32);
        QCOMPARE(result.value(QLatin1String("kept")).toInt(), 25);
        QCOMPARE(result.value(QLatin1String("removed")).toInt(), 4);
        QCOMPARE(result.value(QLatin1String("unreadable")).toInt(), 3);
        const QJsonObject missing = named(QStringLiteral("a.jsonl, line 26"));
        QCOMPARE(missing.value(QLatin1String("reason")).toString(), QStringLiteral("records.missing_column"));
        QVERIFY(missing.value(QLatin1String("detail")).toString().contains(QStringLiteral("“answer”; it has: question")));
        QCOMPARE(named(QStringLiteral("a.jsonl, line 27")).value(QLatin1String("reason")).toString(), QStringLiteral("records.empty_answer"));
        QCOMPARE(named(QStringLiteral("a.jsonl, line 28")).value(QLatin1String("reason")).toString(), QStringLiteral("records.wrong_type"));
        QCOMPARE(named(QStringLiteral("a.jsonl, line 29")).value(QLatin1String("reason")).toString(), QStringLiteral("unreadable.line"));
        QCOMPARE(named(QStringLiteral("a.jsonl, line 32")).value(QLatin1String("reason")).toString(), QStringLiteral("unreadable.truncated"));
        QVERIFY(result.value(QLatin1String("stages")).toArray().at(1).toObject().value(QLatin1String("removed")).toInt() == 3);
        const auto removed = CorpusReader::open(job() + QStringLiteral("/removed"));
        QCOMPARE(removed->documentCount(QStringLiteral("all")), 4);
        const auto extracted = CorpusReader::open(job() + QStringLiteral("/extracted"));
        QVERIFY(extracted->document(QStringLiteral("all"), 0)->text.contains("\"question\""));  // as it stood in the file
    }

    void sameRecordInOtherWordsOfJsonIsACopy()
    {
        write("a.jsonl", questions(3) + R"({ "answer" : "A number.", "question":"What is 1?", "id": 9 })" + "\n" + R"({"question":"What  is 1?","answer":"A number."})");
        const QJsonObject result = curate();
        QCOMPARE(result.value(QLatin1String("kept")).toInt(), 4);  // blanks inside a text do count
        QCOMPARE(result.value(QLatin1String("reasons")).toArray().at(0).toObject().value(QLatin1String("id")).toString(), QStringLiteral("deduplicator.exact"));
    }

    void labels()
    {
        write("a.csv", "text,label\none,10\ntwo,9\nthree,10\nfour,\nfive,9\n");
        const QJsonObject result = curate();
        QCOMPARE(result.value(QLatin1String("kind")).toString(), QStringLiteral("labels"));
        QCOMPARE(result.value(QLatin1String("labels")).toArray(), (QJsonArray{QStringLiteral("9"), QStringLiteral("10")}));
        QCOMPARE(result.value(QLatin1String("labelCounts")).toArray(), (QJsonArray{2, 2}));
        QCOMPARE(named(QStringLiteral("a.csv, line 5")).value(QLatin1String("reason")).toString(), QStringLiteral("records.no_label"));
        const auto corpus = CorpusReader::open(project() + QLatin1Char('/') + result.value(QLatin1String("corpus")).toString());
        QCOMPARE(corpus->facts().value(QLatin1String("labels")), result.value(QLatin1String("labels")));
    }

    void sameResultWithAnyNumberOfThreads()
    {
        write("a.jsonl", questions(60));
        write("b.jsonl", questions(60, "Well. "));
        QStringList hashes;
        for (const int threads : {1, 2, 7}) {
            m_threads = threads;
            hashes += curate().value(QLatin1String("corpusSha256")).toString();
            QDir(project()).removeRecursively();
        }
        m_threads = 0;
        QCOMPARE(hashes[0].size(), 64);
        QCOMPARE(hashes.count(hashes[0]), 3);
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<QByteArray>("records");
        QTest::addColumn<QStringList>("says");
        const auto row = [](const char *name, const QByteArray &first, const QByteArray &second, const QByteArray &records, const QStringList &says) {
            QTest::newRow(name) << first << second << records << says;
        };
        row("could be two things", R"({"messages":[{"role":"user","content":"a"}],"question":"a","answer":"b"})", {}, "{}", {QStringLiteral("a.jsonl"), QStringLiteral("could be read as"), QStringLiteral("“messages”")});
        row("unknown columns", R"({"Q":"a","A":"b"})", {}, "{}", {QStringLiteral("No document is left"), QStringLiteral("“Q”, “A”")});
        row("mapped column is not there", questions(3), {}, R"({"columns":{"prompt":"Frage"}})", {QStringLiteral("“Frage”"), QStringLiteral("“question”, “answer”")});
        row("two kinds", questions(3), R"({"text":"a","label":"b"})", "{}", {QStringLiteral("one or the other"), QStringLiteral("b.jsonl")});
        row("one label", R"({"text":"a","label":"b"})", R"({"text":"c","label":"b"})", "{}", {QStringLiteral("the same label, “b”")});
        row("too many labels", "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":2}\n{\"text\":\"c\",\"label\":3}", {}, R"({"most_labels":2})", {QStringLiteral("3 different labels, more than 2")});
        row("only bad records", R"({"question":"a","answer":" "})", {}, "{}", {QStringLiteral("Empty answer: 1"), QStringLiteral("a.jsonl, line 1")});
        row("empty file", {}, {}, "{}", {QStringLiteral("are empty")});
    }
    void refused()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(QByteArray, records);
        QFETCH(QStringList, says);
        write("a.jsonl", first);
        if (!second.isEmpty())
            write("b.jsonl", second);
        m_records = QJsonDocument::fromJson(records).object();
        const Result<QJsonObject> result = run();
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::InvalidInput);
        for (const QString &part : says)
            QVERIFY2(result.error().message.contains(part), qPrintable(result.error().message));
        QVERIFY(!result.error().hint.isEmpty());
    }

    void aFileThatBreaksOff()
    {
        write("a.jsonl.zst", zstandard(questions(10)).chopped(3));
        write("b.jsonl", questions(5, "Other. "));
        const QJsonObject result = curate();
        QVERIFY(result.value(QLatin1String("kept")).toInt() >= 5);
        QCOMPARE(named(QStringLiteral("a.jsonl.zst")).value(QLatin1String("reason")).toString(), QStringLiteral("unreadable.truncated"));
    }

    void cancelled()
    {
        write("a.jsonl", questions(100));
        m_cancel = true;
        const Result<QJsonObject> result = run();
        m_cancel = false;
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Cancelled);
    }

    void recipes()
    {
        const QJsonObject usual = defaultRecordRecipe(m_catalogue);
        const auto checked = checkRecipe(usual, m_catalogue);
        QVERIFY(checked.has_value());
        QCOMPARE(*checked, usual);
        QCOMPARE(usual.value(QLatin1String("steps")).toArray().size(), 1);
        QCOMPARE(*checkRecipe(QJsonDocument::fromJson(R"({"content":"records"})").object(), m_catalogue), usual);
        QVERIFY(!checkRecipe(defaultRecipe(m_catalogue), m_catalogue)->contains(QLatin1String("content")));
        const auto text = checkRecipe(QJsonDocument::fromJson(R"({"content":"text","steps":[]})").object(), m_catalogue);
        QCOMPARE(recipeHash(*text), recipeHash(*checkRecipe(QJsonDocument::fromJson(R"({"steps":[]})").object(), m_catalogue)));
    }
    void badRecipes_data()
    {
        QTest::addColumn<QByteArray>("recipe");
        QTest::newRow("unknown content") << QByteArray(R"({"content":"pictures","steps":[]})");
        QTest::newRow("content a number") << QByteArray(R"({"content":1,"steps":[]})");
        QTest::newRow("records without content") << QByteArray(R"({"records":{"format":"auto"},"steps":[]})");
        QTest::newRow("repairs records") << QByteArray(R"({"content":"records","steps":[{"plugin":"cleaner.unicode"}]})");
        QTest::newRow("unknown format") << QByteArray(R"({"content":"records","records":{"format":"xml"}})");
        QTest::newRow("steps an object") << QByteArray(R"({"content":"records","steps":{}})");
    }
    void badRecipes()
    {
        QFETCH(QByteArray, recipe);
        const auto checked = checkRecipe(QJsonDocument::fromJson(recipe).object(), m_catalogue);
        QVERIFY(!checked);
        QCOMPARE(checked.error().code, ErrorCode::InvalidInput);
    }

    void assignments()
    {
        const QJsonObject text = defaultRecipe(m_catalogue);
        const auto made = recipeWith(text, {QStringLiteral("content=records"), QStringLiteral("format=prompt"), QStringLiteral("prompt=Frage"), QStringLiteral("validation_share=0.2")}, m_catalogue);
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().message));
        QCOMPARE(made->value(QLatin1String("records")).toObject(),
                 QJsonDocument::fromJson(R"({"format":"prompt","columns":{"prompt":"Frage"},"most_labels":1000})").object());
        QCOMPARE(made->value(QLatin1String("split")).toObject().value(QLatin1String("validation_share")).toDouble(), 0.2);
        QCOMPARE(made->value(QLatin1String("steps")).toArray().size(), 1);
        const auto more = recipeWith(*made, {QStringLiteral("completion=Antwort"), QStringLiteral("prompt=")}, m_catalogue);
        QCOMPARE(more->value(QLatin1String("records")).toObject().value(QLatin1String("columns")).toObject(), (QJsonObject{{QStringLiteral("completion"), QStringLiteral("Antwort")}}));
        QCOMPARE(*recipeWith(*more, {QStringLiteral("content=text")}, m_catalogue), text);
        for (const char *bad : {"content=pictures", "promt=x", "format=xml", "validation_share=2", "prompt"})
            QVERIFY2(!recipeWith(text, {QLatin1String(bad)}, m_catalogue), bad);
    }

private:
    QString source() const { return m_folder->filePath(QStringLiteral("documents")); }
    QString project() const { return m_folder->filePath(QStringLiteral("project")); }
    QString job() const { return project() + QStringLiteral("/jobs/job1"); }
    void write(const QByteArray &name, const QByteArray &bytes)
    {
        QDir().mkpath(source());
        QVERIFY(writeFileAtomically(source() + QLatin1Char('/') + QString::fromUtf8(name), bytes).has_value());
    }
    Result<QJsonObject> run()
    {
        QDir().mkpath(job());
        QJsonObject recipe{{QStringLiteral("content"), QStringLiteral("records")}};
        if (!m_records.isEmpty())
            recipe.insert(QStringLiteral("records"), m_records);
        const QJsonObject parameters{{QStringLiteral("dataset"), QStringLiteral("d")}, {QStringLiteral("recipe"), recipe},
                                     {QStringLiteral("sources"), QJsonArray{QJsonObject{{QStringLiteral("id"), QStringLiteral("s1")}, {QStringLiteral("location"), source()}}}}};
        test::CurateContext context(m_catalogue, project(), parameters);
        if (m_cancel)
            context.onReport = [&](const Progress &progress) {
                if (progress.phase == QLatin1String("Removing duplicates"))
                    context.cancel.cancel();
            };
        CurateOptions options;
        options.threadCount = m_threads;
        const Result<QJsonObject> result = makeCurateHandler(options)->run(context);
        m_logs = context.logs;
        return result;
    }
    QJsonObject curate()
    {
        const Result<QJsonObject> result = run();
        if (!result)
            qWarning() << result.error().message << result.error().hint << result.error().detail;
        return result.value_or(QJsonObject());
    }
    QJsonObject named(const QString &path) const
    {
        const QByteArray bytes = unzstandard(readFile(job() + QStringLiteral("/documents.jsonl.zst")).value_or(QByteArray()));
        for (const QByteArray &line : bytes.split('\n'))
            if (const QJsonObject document = QJsonDocument::fromJson(line).object(); document.value(QLatin1String("path")).toString() == path)
                return document;
        return {};
    }

    plugin::Catalogue m_catalogue;
    std::unique_ptr<QTemporaryDir> m_folder;
    QJsonObject m_records;
    QStringList m_logs;
    int m_threads = 0;
    bool m_cancel = false;
};

QTEST_GUILESS_MAIN(TestCurateRecords)
#include "test_curate_records.moc"
