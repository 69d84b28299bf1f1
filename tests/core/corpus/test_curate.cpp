// The curate job from sources to corpus, run without a worker on small folders, most of them bad.
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/corpus/corpus_file.h"
#include "core/corpus/curate_handler.h"
#include "core/corpus/recipe.h"
#include "core/corpus/split.h"
#include "tests/core/corpus/curate_context.h"
#include "tests/support/zstandard.h"

#include <QDir>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <thread>
#include <zlib.h>

using namespace athanor;
using namespace athanor::corpus;
using test::prose;
using test::unzstandard;
using test::zstandard;

namespace {

const QString kTrain = QStringLiteral("train");
const QString kValidation = QStringLiteral("validation");

QByteArray gzipped(const QByteArray &bytes)
{
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    QByteArray out(static_cast<qsizetype>(deflateBound(&stream, static_cast<uLong>(bytes.size()))) + 64, Qt::Uninitialized);
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.constData()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.truncate(static_cast<qsizetype>(stream.total_out));
    deflateEnd(&stream);
    return out;
}

}  // namespace

class TestCurate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_catalogue.scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")});
        QVERIFY(m_catalogue.find(QStringLiteral("source.files")));
    }
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QDir().mkpath(source());
        m_recipe = QJsonValue();
        m_prepare = nullptr;
    }

    void fromFolderToCorpus()
    {
        writeProse(20);
        write("copy of 3.md", "  " + prose(3));
        write("tiny.txt", "no");
        write("name 'with' \"quotes\" ü漢.txt", prose(100));
        const QJsonObject result = curate();
        QCOMPARE(result.value(QLatin1String("documents")).toInt(), 23);
        QCOMPARE(result.value(QLatin1String("kept")).toInt(), 21);
        QCOMPARE(result.value(QLatin1String("removed")).toInt(), 2);
        QCOMPARE(result.value(QLatin1String("unreadable")).toInt(), 0);
        QCOMPARE(m_phases, (QStringList{QStringLiteral("Reading"), QStringLiteral("Repairing"), QStringLiteral("Judging"),
                                        QStringLiteral("Removing duplicates"), QStringLiteral("Writing")}));
        auto reader = CorpusReader::open(project() + QLatin1Char('/') + result.value(QLatin1String("corpus")).toString());
        QVERIFY(reader);
        QVERIFY(reader->documentCount(kValidation) >= 1);
        QCOMPARE(reader->documentCount(kTrain) + reader->documentCount(kValidation), 21);
        const QJsonObject kept = documentNamed(QStringLiteral("name 'with' \"quotes\" ü漢.txt"));
        QCOMPARE(kept.value(QLatin1String("status")).toString(), QStringLiteral("kept"));
        QCOMPARE(kept.value(QLatin1String("language")).toString(), QStringLiteral("en"));
        QCOMPARE(kept.value(QLatin1String("licence")).toString(), QStringLiteral("CC0"));
        QCOMPARE(kept.value(QLatin1String("id")).toString(), sha256("s1\n" + prose(100)));
        QCOMPARE(kept.value(QLatin1String("textSha256")).toString(), sha256(prose(100)));
        QVERIFY(kept.value(QLatin1String("signals")).toObject().contains(QLatin1String("words")));
        QCOMPARE(documentNamed(QStringLiteral("tiny.txt")).value(QLatin1String("detail")).toString(), QStringLiteral("1 words (at least 20)"));
        QCOMPARE(CorpusReader::open(job() + QStringLiteral("/extracted"))->documentCount(QStringLiteral("all")), 23);
        QCOMPARE(CorpusReader::open(job() + QStringLiteral("/removed"))->documentCount(QStringLiteral("all")), 2);
        QVERIFY(QDir(project() + QStringLiteral("/objects/corpora")).entryList({QStringLiteral(".tmp*")}, QDir::Dirs | QDir::Hidden).isEmpty());
    }

    void sameResultWithAnyNumberOfThreads()
    {
        writeProse(40);
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

    void againGivesTheSameCorpus()
    {
        writeProse(10);
        const QString first = curate().value(QLatin1String("corpus")).toString();
        QCOMPARE(curate().value(QLatin1String("corpus")).toString(), first);
    }

    void copiesStandOnOneSide()
    {
        for (int i = 0; i < 30; ++i) {
            write("a" + QByteArray::number(i) + ".txt", prose(i));
            write("b" + QByteArray::number(i) + ".txt", prose(i) + "\n\n");
        }
        m_recipe = QJsonDocument::fromJson(R"({"steps":[{"plugin":"deduplicator.exact"}],"split":{"validation_share":0.5}})").object();
        curate();
        QMap<QString, QSet<QString>> sides;
        for (const QJsonObject &document : documents()) {
            const QString split = document.value(QLatin1String("split")).toString();
            QCOMPARE(split.isEmpty(), document.value(QLatin1String("status")).toString() != QLatin1String("kept"));
            if (!split.isEmpty())
                sides[document.value(QLatin1String("cluster")).toString()].insert(split);
        }
        QCOMPARE(sides.size(), 30);
        for (const QSet<QString> &side : sides)
            QCOMPARE(side.size(), 1);
    }

    void copiesStandOnOneSideWithoutDeduplicator()
    {
        for (int i = 0; i < 20; ++i) {
            write("a" + QByteArray::number(i) + ".txt", prose(i));
            write("b" + QByteArray::number(i) + ".txt.gz", gzipped(prose(i)));
        }
        m_recipe = QJsonDocument::fromJson(R"({"steps":[],"split":{"validation_share":0.5}})").object();
        QCOMPARE(curate().value(QLatin1String("kept")).toInt(), 40);
        for (int i = 0; i < 20; ++i)
            QCOMPARE(documentNamed(QStringLiteral("a%1.txt").arg(i)).value(QLatin1String("split")),
                     documentNamed(QStringLiteral("b%1.txt.gz").arg(i)).value(QLatin1String("split")));
    }

    void identicalFilesHaveDifferentIds()
    {
        writeProse(3);
        write("copy/0.txt", prose(0));
        curate();
        QSet<QString> ids;
        for (const QJsonObject &document : documents())
            ids.insert(document.value(QLatin1String("id")).toString());
        QCOMPARE(ids.size(), 4);
    }

    void emptyFolder()
    {
        const Error error = failing();
        QCOMPARE(error.code, ErrorCode::InvalidInput);
        QVERIFY(error.message.contains(QLatin1String("no files")));
    }

    void onlyOtherFormats()
    {
        write("a.png", "\x89PNG");
        QVERIFY(failing().message.contains(QLatin1String("None of the files")));
    }

    void missingSource()
    {
        QDir(source()).removeRecursively();
        QCOMPARE(failing().code, ErrorCode::NotFound);
    }

    // A person overrules a rule, but not that a copy is a copy.
    void keptAgainstTheRules()
    {
        writeProse(20);
        write("copy of 3.md", prose(3));
        write("tiny.txt", "no");
        const QJsonObject before = curate();
        QCOMPARE(before.value(QLatin1String("kept")).toInt(), 20);
        const QString tiny = documentNamed(QStringLiteral("tiny.txt")).value(QLatin1String("id")).toString();
        const QString copied = documentNamed(QStringLiteral("copy of 3.md")).value(QLatin1String("id")).toString();
        const QJsonObject plain = QJsonDocument::fromJson(R"({"steps":[{"plugin":"filter.length"},{"plugin":"deduplicator.exact"}]})").object();
        m_recipe = recipeKeeping(plain, {tiny, copied}, true);
        const QJsonObject after = curate();
        QCOMPARE(after.value(QLatin1String("kept")).toInt(), 21);
        const QJsonObject kept = documentNamed(QStringLiteral("tiny.txt"));
        QCOMPARE(kept.value(QLatin1String("status")).toString(), QStringLiteral("kept"));
        QVERIFY(kept.value(QLatin1String("detail")).toString().contains(QStringLiteral("chose to keep")));
        QVERIFY(after.value(QLatin1String("corpusSha256")) != before.value(QLatin1String("corpusSha256")));
        QCOMPARE(recipeKeeping(m_recipe.toObject(), {copied, tiny}, false), plain);
        const auto checked = checkRecipe(m_recipe.toObject(), m_catalogue);
        QVERIFY(checked);
        QCOMPARE(checked->value(QLatin1String("keep")).toArray().size(), 2);
        QVERIFY(!checkRecipe({{QStringLiteral("steps"), QJsonArray()}, {QStringLiteral("keep"), 3}}, m_catalogue));
        QVERIFY(!checkRecipe({{QStringLiteral("steps"), QJsonArray()}, {QStringLiteral("keep"), QJsonArray{QString()}}}, m_catalogue));
    }

    void nothingLeft()
    {
        write("a.txt", "too short");
        write("b.txt", "also");
        write("c.txt.gz", gzipped(prose(1)).chopped(5));
        const Error error = failing();
        QVERIFY2(error.message.contains(QLatin1String("No document is left of 3")), qPrintable(error.message));
        QVERIFY(error.message.contains(QLatin1String("Too short: 2")));
        QVERIFY(error.message.contains(QLatin1String("Cut off: 1")));
        QCOMPARE(documents().size(), 3);
    }

    void unreadableFilesAreNamed_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        QTest::newRow("cut gz") << "x.txt.gz" << gzipped(prose(1).repeated(50)).chopped(20) << "unreadable.truncated";
        QTest::newRow("cut zst") << "x.txt.zst" << zstandard(prose(1).repeated(50)).chopped(3) << "unreadable.truncated";
        QTest::newRow("broken gz") << "x.txt.gz" << gzipped(prose(1)).first(10) + QByteArray(50, '\x55') << "unreadable.broken";
        QTest::newRow("gz bomb") << "x.txt.gz" << gzipped(QByteArray(40 << 20, 'a')) << "unreadable.bomb";
        QTest::newRow("zst bomb") << "x.jsonl.zst" << zstandard(QByteArray(40 << 20, 'a')) << "unreadable.bomb";
        QTest::newRow("binary") << "x.txt" << QByteArray(5000, '\0') << "unreadable.encoding";
        QTest::newRow("deep html") << "x.html" << QByteArray("<div>").repeated(5000) << "unreadable.broken";
        QTest::newRow("null text") << "x.jsonl" << QByteArray("{\"text\":null}\n") << "unreadable.line";
        QTest::newRow("cut line") << "x.jsonl" << QByteArray("{\"text\":\"abc") << "unreadable.truncated";
    }
    void unreadableFilesAreNamed()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        writeProse(3);
        write(name.toUtf8(), bytes);
        const QJsonObject result = curate();
        QCOMPARE(result.value(QLatin1String("kept")).toInt(), 3);
        QCOMPARE(result.value(QLatin1String("unreadable")).toInt(), 1);
        for (const QJsonObject &document : documents()) {
            if (document.value(QLatin1String("status")).toString() != QLatin1String("unreadable"))
                continue;
            QCOMPARE(document.value(QLatin1String("reason")).toString(), reason);
            QVERIFY(document.value(QLatin1String("path")).toString().startsWith(name));
            QVERIFY(!document.value(QLatin1String("detail")).toString().isEmpty());
            QVERIFY(!document.value(QLatin1String("reasonTitle")).toString().isEmpty());
        }
    }

    void compressedFilesAreRead()
    {
        write("a.txt.gz", gzipped(prose(1)));
        write("b.html.zst", zstandard("<p>" + prose(2) + "</p>"));
        write("c.jsonl.GZ", gzipped("{\"text\":\"" + prose(3).trimmed() + "\"}\n") + gzipped("{\"text\":\"" + prose(4).trimmed() + "\"}\n"));
        QCOMPARE(curate().value(QLatin1String("kept")).toInt(), 4);
        QVERIFY(!documentNamed(QStringLiteral("c.jsonl.GZ, line 2")).isEmpty());
    }

    void vanishedFile()
    {
        writeProse(5);
        write("gone.txt", prose(50));
        m_prepare = [&](const Progress &progress) {
            if (progress.phase == QLatin1String("Reading") && progress.total > 0 && progress.done == 0)
                QFile::remove(source() + QStringLiteral("/gone.txt"));
        };
        QCOMPARE(curate().value(QLatin1String("kept")).toInt(), 5);
        QCOMPARE(documentNamed(QStringLiteral("gone.txt")).value(QLatin1String("reason")).toString(), QStringLiteral("unreadable.vanished"));
    }

    void fileThatChangesWhileItIsRead_data()
    {
        QTest::addColumn<qint64>("size");
        QTest::newRow("grows") << qint64(2000000);
        QTest::newRow("shrinks") << qint64(600000);
    }
    void fileThatChangesWhileItIsRead()
    {
        QFETCH(qint64, size);
        write("a.txt", QByteArray(1000000, 'a'));
        const QString path = source() + QStringLiteral("/a.txt");
        auto stream = ByteStream::open(path);
        QVERIFY(stream);
        QVERIFY((*stream)->read(1000));
        QVERIFY(QFile::resize(path, size));
        const auto rest = (*stream)->readAll(10000000);
        QVERIFY(!rest);
        QCOMPARE(problemReason(rest.error()), QStringLiteral("changed"));
    }

    void streamLimits()
    {
        write("a.txt", QByteArray(100000, 'a'));
        const QString path = source() + QStringLiteral("/a.txt");
        QCOMPARE(problemReason((*ByteStream::open(path))->readAll(99999).error()), QStringLiteral("too_large"));
        QCOMPARE((*ByteStream::open(path))->readAll(100000)->size(), 100000);
        StreamLimits limits;
        limits.plainBytes = 5000;
        QCOMPARE(problemReason((*ByteStream::open(path, limits))->readAll(1000000).error()), QStringLiteral("too_large"));
        QCOMPARE(problemReason(ByteStream::open(source()).error()), QStringLiteral("format"));
        auto stream = ByteStream::open(path);
        (*stream)->startRawHash("p");
        QCOMPARE((*stream)->peek(10)->size(), 10);
        QCOMPARE((*stream)->read(4)->size(), 4);
        QCOMPARE((*stream)->readAll(1000000)->size(), 99996);
        QCOMPARE(*(*stream)->finishRawHash(), sha256("p" + QByteArray(100000, 'a')));
    }

    void lineOfTwoHundredMegabytes()
    {
        writeProse(3);
        write("large.jsonl", "{\"text\":\"" + prose(9).trimmed() + "\"}\n{\"text\":\"");
        QFile file(source() + QStringLiteral("/large.jsonl"));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.resize(200 << 20));  // a hole: takes no space on disk
        file.seek(file.size());
        file.write("\n{\"text\":\"" + prose(10).trimmed() + "\"}\n");
        file.close();
        QCOMPARE(curate().value(QLatin1String("kept")).toInt(), 5);
        QCOMPARE(documentNamed(QStringLiteral("large.jsonl, line 2")).value(QLatin1String("reason")).toString(), QStringLiteral("unreadable.too_large"));
    }

    void cancelAndPause()
    {
        writeProse(50);
        for (const bool isPause : {false, true}) {
            for (const char *phase : {"Reading", "Repairing", "Judging", "Removing duplicates", "Writing"}) {
                QDir(project()).removeRecursively();
                test::CurateContext *context = nullptr;
                m_prepare = [&](const Progress &progress) {
                    if (progress.phase == QLatin1String(phase) && progress.done > 2)
                        isPause ? context->pause.store(true) : context->cancel.cancel();
                };
                const Result<QJsonObject> result = run(&context);
                QVERIFY(!result);
                QCOMPARE(result.error().code, ErrorCode::Cancelled);
                QVERIFY(!result.error().message.isEmpty());
                QVERIFY(QDir(project() + QStringLiteral("/objects/corpora")).entryList({QStringLiteral("[0-9a-f]*")}, QDir::Dirs).isEmpty());
            }
        }
        m_prepare = nullptr;
        QCOMPARE(curate().value(QLatin1String("kept")).toInt(), 50);  // the same job folder, resumed
    }

    void readerSettingsOfTheRecipe()
    {
        write("a.jsonl", "{\"words\":\"" + prose(1).trimmed() + "\"}\n");
        m_recipe = QJsonDocument::fromJson(R"({"steps":[],"readers":{"reader.jsonl":{"text_field":"words"}}})").object();
        QCOMPARE(curate().value(QLatin1String("kept")).toInt(), 1);
    }

private:
    QString source() const { return m_folder->filePath(QStringLiteral("documents")); }
    QString project() const { return m_folder->filePath(QStringLiteral("project")); }
    QString job() const { return project() + QStringLiteral("/jobs/job1"); }

    void write(const QByteArray &name, const QByteArray &bytes)
    {
        const QString path = source() + QLatin1Char('/') + QString::fromUtf8(name);
        QDir().mkpath(QFileInfo(path).path());
        QVERIFY(writeFileAtomically(path, bytes));
    }
    void writeProse(int count)
    {
        for (int i = 0; i < count; ++i)
            write(QByteArray::number(i) + ".txt", prose(i));
    }

    Result<QJsonObject> run(test::CurateContext **out = nullptr)
    {
        QDir().mkpath(job());
        QJsonObject parameters{{QStringLiteral("dataset"), QStringLiteral("d")},
                               {QStringLiteral("sources"), QJsonArray{QJsonObject{{QStringLiteral("id"), QStringLiteral("s1")},
                                                                                  {QStringLiteral("plugin"), QStringLiteral("source.files")},
                                                                                  {QStringLiteral("location"), source()},
                                                                                  {QStringLiteral("licence"), QStringLiteral("CC0")}}}}};
        // Near copies are left in: the texts of these tests differ in two words.
        parameters[QStringLiteral("recipe")] = m_recipe.isObject() ? m_recipe.toObject()
            : QJsonDocument::fromJson(R"({"steps":[{"plugin":"cleaner.unicode"},{"plugin":"filter.length"},{"plugin":"filter.gopher_quality"},
                                        {"plugin":"deduplicator.exact"}]})").object();
        test::CurateContext context(m_catalogue, project(), parameters);
        if (out)
            *out = &context;
        context.onReport = m_prepare;
        CurateOptions options;
        options.threadCount = m_threads;
        const Result<QJsonObject> result = makeCurateHandler(options)->run(context);
        m_phases = context.phases;
        return result;
    }
    QJsonObject curate()
    {
        const Result<QJsonObject> result = run();
        if (!result)
            qWarning() << result.error().message << result.error().detail;
        return result.value_or(QJsonObject());
    }
    Error failing()
    {
        const Result<QJsonObject> result = run();
        return result ? Error{ErrorCode::Internal, QStringLiteral("it did not fail"), {}, {}} : result.error();
    }
    QList<QJsonObject> documents() const
    {
        QList<QJsonObject> all;
        const QByteArray bytes = unzstandard(readFile(job() + QStringLiteral("/documents.jsonl.zst")).value_or(QByteArray()));
        for (const QByteArray &line : bytes.split('\n'))
            if (!line.isEmpty())
                all += QJsonDocument::fromJson(line).object();
        return all;
    }
    QJsonObject documentNamed(const QString &path) const
    {
        for (const QJsonObject &document : documents())
            if (document.value(QLatin1String("path")).toString() == path)
                return document;
        return {};
    }

    plugin::Catalogue m_catalogue;
    std::unique_ptr<QTemporaryDir> m_folder;
    QJsonValue m_recipe;
    std::function<void(const Progress &)> m_prepare;
    QStringList m_phases;
    int m_threads = 0;
};

QTEST_GUILESS_MAIN(TestCurate)
#include "test_curate.moc"
