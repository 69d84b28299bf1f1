// Curating again: what was read and measured before is taken from the cache, and the outcome is the same to the byte.
#include "core/base/atomic_file.h"
#include "core/corpus/curate_handler.h"
#include "tests/core/corpus/curate_context.h"
#include "tests/support/zstandard.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace athanor;
using namespace athanor::corpus;
using test::prose;
using test::unzstandard;

namespace {

/// Names of the files in a folder that somebody opened since.
class OpenedFiles {
public:
    explicit OpenedFiles(const QString &folder) : m_descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))
    {
        ::inotify_add_watch(m_descriptor, QFile::encodeName(folder).constData(), IN_OPEN | IN_ACCESS);
    }
    ~OpenedFiles() { ::close(m_descriptor); }
    QSet<QByteArray> names() const
    {
        QSet<QByteArray> names;
        alignas(inotify_event) char buffer[16384];
        for (ssize_t count = 0; (count = ::read(m_descriptor, buffer, sizeof(buffer))) > 0;)
            for (ssize_t at = 0; at < count;) {
                const auto *event = reinterpret_cast<const inotify_event *>(buffer + at);
                if (!(event->mask & IN_ISDIR) && event->len > 0)
                    names.insert(QByteArray(event->name));
                at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            }
        return names;
    }

private:
    int m_descriptor;
};

struct Outcome {
    QJsonObject result;
    QByteArray documents;  // the list, unpacked
    QStringList logs;
    int reused() const { return result.value(QLatin1String("reusedFiles")).toInt(); }
    QString hash() const { return result.value(QLatin1String("corpusSha256")).toString(); }
};

const QString kDefault = QStringLiteral(R"([{"plugin":"cleaner.unicode"},{"plugin":"cleaner.boilerplate"},{"plugin":"filter.length"},
    {"plugin":"filter.gopher_quality"},{"plugin":"filter.gopher_repetition"},{"plugin":"deduplicator.exact"},{"plugin":"deduplicator.minhash"}])");
// Other limits, so that other documents go.
const QString kOther = QStringLiteral(R"([{"plugin":"cleaner.unicode"},{"plugin":"cleaner.boilerplate"},{"plugin":"filter.length","settings":{"least_words":33}},
    {"plugin":"filter.gopher_quality","settings":{"most_mean_word":5,"least_stop_words":4}},{"plugin":"filter.gopher_repetition","settings":{"top_2":0.05}},
    {"plugin":"deduplicator.exact"},{"plugin":"deduplicator.minhash"}])");

}  // namespace

class TestCurateAgain : public QObject {
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
        m_prepare = nullptr;
        m_readers = {};
        for (int i = 0; i < 12; ++i)
            write(QStringLiteral("%1.txt").arg(i), prose(i) + QByteArray(i, 'x') + QByteArray(" long").repeated(i) + '\n');
        for (int i = 0; i < 12; ++i)
            write(QStringLiteral("%1.html").arg(i), "<nav><a href=x>menu and of it</a></nav><p>Copyright of the page</p><p>" + prose(50 + i) + "</p><p><a href=y>"
                                                        + QByteArray("link ").repeated(i) + "</a></p>");
        write(QStringLiteral("many.jsonl"), "{\"text\":\"" + prose(90).trimmed() + "\"}\n{\"text\":3}\n{\"text\":\"tiny\"}\n{\"text\":\"" + prose(91).trimmed() + "\"}\n");
        write(QStringLiteral("copy.txt"), prose(3));
        write(QStringLiteral("binary.txt"), QByteArray(5000, '\0'));
        write(QStringLiteral("picture.png"), "\x89PNG");
        settle();
    }

    // The same recipe, then other limits: no file is opened, and what comes out is what a project without a cache gets.
    void limitsWithoutReading()
    {
        const Outcome first = curate(QStringLiteral("p"), kDefault);
        QCOMPARE(first.reused(), 0);
        for (const QString &steps : {kDefault, kOther}) {
            const OpenedFiles opened(source());
            const Outcome again = curate(QStringLiteral("p"), steps);
            QCOMPARE(opened.names(), QSet<QByteArray>());
            QCOMPARE(again.reused(), 28);
            QVERIFY(again.logs.join(QLatin1Char('\n')).contains(QStringLiteral("28 of 28 files taken from what was read before")));
            const Outcome fresh = curate(QStringLiteral("fresh-") + QString::number(steps.size()), steps);
            QCOMPARE(fresh.reused(), 0);
            QCOMPARE(again.hash(), fresh.hash());
            QCOMPARE(again.documents, fresh.documents);
            for (const char *key : {"reasons", "stages", "skipped", "kept", "removed", "unreadable", "splits"})
                QCOMPARE(again.result.value(QLatin1String(key)), fresh.result.value(QLatin1String(key)));
            QCOMPARE(again.hash() == first.hash(), steps == kDefault);
        }
    }

    void whatChangedIsReadAgain()
    {
        curate(QStringLiteral("p"), kDefault);
        write(QStringLiteral("3.txt"), prose(1003));
        QFile::remove(source() + QStringLiteral("/4.txt"));
        write(QStringLiteral("new.txt"), prose(1004));
        settle();
        const OpenedFiles opened(source());
        const Outcome again = curate(QStringLiteral("p"), kDefault);
        QCOMPARE(opened.names(), (QSet<QByteArray>{"3.txt", "new.txt"}));
        QCOMPARE(again.reused(), 26);
        QCOMPARE(again.documents, curate(QStringLiteral("fresh"), kDefault).documents);
    }

    // The clock of the contents is turned back; that of the inode tells.
    void changeThatHidesIsSeen()
    {
        curate(QStringLiteral("p"), kDefault);
        const QByteArray file = QFile::encodeName(source() + QStringLiteral("/3.txt"));
        struct stat before{};
        QCOMPARE(::stat(file.constData(), &before), 0);
        QFile altered(source() + QStringLiteral("/3.txt"));
        QVERIFY(altered.open(QIODevice::ReadWrite));
        altered.write("Our");
        altered.close();
        const timespec times[] = {before.st_atim, before.st_mtim};
        QCOMPARE(::utimensat(AT_FDCWD, file.constData(), times, 0), 0);
        settle();
        const Outcome again = curate(QStringLiteral("p"), kDefault);
        QCOMPARE(again.reused(), 27);
        QCOMPARE(again.documents, curate(QStringLiteral("fresh"), kDefault).documents);
    }

    // Changed a moment ago: another change might bear the same time, so it is not taken from the cache later.
    void justChangedIsReadAgain()
    {
        write(QStringLiteral("3.txt"), prose(1003));
        curate(QStringLiteral("p"), kDefault);
        settle();
        QCOMPARE(curate(QStringLiteral("p"), kDefault).reused(), 27);
        QCOMPARE(curate(QStringLiteral("p"), kDefault).reused(), 28);
    }

    void otherReaderSettings()
    {
        curate(QStringLiteral("p"), kDefault);
        m_readers = QJsonDocument::fromJson(R"({"reader.html":{"keep_navigation":true}})").object();
        const Outcome again = curate(QStringLiteral("p"), kDefault);
        QCOMPARE(again.reused(), 28 - 12 - 1);  // the pages, and the picture that each reader was asked about
        QCOMPARE(again.documents, curate(QStringLiteral("fresh"), kDefault).documents);
    }

    void otherDatasetOfTheProject()
    {
        curate(QStringLiteral("p"), kDefault);
        QCOMPARE(curate(QStringLiteral("p"), kDefault, QStringLiteral("other")).reused(), 28);
    }

    void damagedCache_data()
    {
        QTest::addColumn<int>("damage");
        for (int damage = 0; damage < 6; ++damage)
            QTest::addRow("%d", damage) << damage;
    }
    void damagedCache()
    {
        QFETCH(int, damage);
        const Outcome first = curate(QStringLiteral("p"), kDefault);
        int files = 0;
        for (const char *kind : {"reading", "signals"}) {
            const QDir folder(project(QStringLiteral("p")) + QStringLiteral("/cache/") + QLatin1String(kind));
            for (const QFileInfo &entry : folder.entryInfoList({QStringLiteral("*.blobs"), QStringLiteral("*.zst")}, QDir::Files)) {
                QByteArray bytes = readFile(entry.filePath()).value_or(QByteArray());
                QVERIFY(bytes.size() > 100);
                spoil(bytes, damage);
                QVERIFY(writeFileAtomically(entry.filePath(), bytes));
                ++files;
            }
        }
        QCOMPARE(files, 4);
        const Outcome again = curate(QStringLiteral("p"), kDefault);
        QVERIFY(again.reused() < 28);
        QCOMPARE(again.hash(), first.hash());
        QCOMPARE(again.documents, first.documents);
        QCOMPARE(curate(QStringLiteral("p"), kDefault).reused(), 28);  // repaired on the way
    }

    void stoppedJobKeepsWhatItRead()
    {
        m_prepare = [](const Progress &progress, test::CurateContext &context) {
            if (progress.phase == QLatin1String("Reading") && progress.done == 10)
                context.cancel.cancel();
        };
        QCOMPARE(curate(QStringLiteral("p"), kDefault).hash(), QString());
        m_prepare = nullptr;
        const Outcome again = curate(QStringLiteral("p"), kDefault);
        QVERIFY(again.reused() >= 10 && again.reused() < 28);
        QCOMPARE(again.documents, curate(QStringLiteral("fresh"), kDefault).documents);
    }

    // Pieces without their end are not taken: nothing of them goes to the disk before the file is read.
    void filesKeptInPartAreReadOnce()
    {
        for (const QString &name : QDir(source()).entryList(QDir::Files))
            QFile::remove(source() + QLatin1Char('/') + name);
        QByteArray lines;
        for (int i = 0; i < 6; ++i)
            lines += "{\"text\":\"" + prose(i).trimmed().repeated(12000) + "\"}\n";
        write(QStringLiteral("large.jsonl"), lines);
        settle();
        qint64 spooled = 0;
        m_prepare = [&](const Progress &progress, test::CurateContext &) {
            if (progress.phase == QLatin1String("Repairing") && spooled == 0)
                spooled = spoolBytes();
        };
        const auto spooledBy = [&](Outcome &outcome) {
            spooled = 0;
            outcome = curate(QStringLiteral("p"), QStringLiteral(R"([{"plugin":"cleaner.unicode"}])"));
            return spooled;
        };
        Outcome first, again, third;
        const qint64 whole = spooledBy(first);
        QVERIFY(whole > (8 << 20));
        const QDir folder(project(QStringLiteral("p")) + QStringLiteral("/cache/reading"));
        QFile blobs(folder.filePath(folder.entryList({QStringLiteral("*.blobs")}, QDir::Files).value(0)));
        QVERIFY(blobs.resize(blobs.size() - 1));
        QCOMPARE(spooledBy(again), whole);
        QCOMPARE(again.reused(), 0);
        QCOMPARE(again.documents, first.documents);
        QCOMPARE(spooledBy(third), whole);
        QCOMPARE(third.reused(), 1);
        QCOMPARE(third.hash(), first.hash());
    }

    // What was measured before a stop is not measured again, and nothing older is lost by it.
    void stoppedJobKeepsWhatItMeasured()
    {
        m_prepare = [](const Progress &progress, test::CurateContext &context) {
            if (progress.phase == QLatin1String("Judging") && progress.done == 10)
                context.cancel.cancel();
        };
        QCOMPARE(curate(QStringLiteral("p"), kDefault).hash(), QString());
        const qint64 some = signalBytes();
        QVERIFY(some > 0);
        m_prepare = nullptr;
        const Outcome again = curate(QStringLiteral("p"), kDefault);
        QVERIFY(signalBytes() > some);
        QCOMPARE(again.documents, curate(QStringLiteral("fresh"), kDefault).documents);
    }

    // What belongs to files that are gone does not stay for ever.
    void cacheDoesNotGrowForEver()
    {
        QByteArray noise;
        quint32 state = 1;
        for (int i = 0; i < 400000; ++i)
            noise += QByteArray::number((state = state * 1664525u + 1013904223u) >> 8, 36) + (i % 9 ? ' ' : '\n');
        write(QStringLiteral("large.txt"), noise);
        settle();
        curate(QStringLiteral("p"), kDefault);
        const qint64 before = cacheBytes();
        QVERIFY(before > 1500000);
        QFile::remove(source() + QStringLiteral("/large.txt"));
        const Outcome again = curate(QStringLiteral("p"), kDefault);
        QVERIFY2(cacheBytes() < 100000, qPrintable(QString::number(cacheBytes())));
        QCOMPARE(curate(QStringLiteral("p"), kDefault).reused(), 28);
        QCOMPARE(again.documents, curate(QStringLiteral("fresh"), kDefault).documents);
    }

    void cacheThatCannotBeWritten()
    {
        QDir().mkpath(project(QStringLiteral("p")));
        QVERIFY(writeFileAtomically(project(QStringLiteral("p")) + QStringLiteral("/cache"), "a file stands here"));
        const Outcome first = curate(QStringLiteral("p"), kDefault);
        QCOMPARE(first.documents, curate(QStringLiteral("fresh"), kDefault).documents);
        QCOMPARE(curate(QStringLiteral("p"), kDefault).reused(), 0);
    }

    void recordsToo()
    {
        write(QStringLiteral("questions.csv"), "question,answer\nWhat is the first?,The one\nAnd the second?,\nWhat else?,That\n");
        settle();
        const auto curateRecords = [&](const QString &name) {
            m_content = QStringLiteral("records");
            const Outcome outcome = curate(name, QStringLiteral(R"([{"plugin":"filter.length","settings":{"least_words":1}},{"plugin":"deduplicator.exact"}])"));
            m_content.clear();
            return outcome;
        };
        for (const QString &name : QDir(source()).entryList({QStringLiteral("*.jsonl")}))
            QFile::remove(source() + QLatin1Char('/') + name);
        const Outcome first = curateRecords(QStringLiteral("p"));
        QVERIFY(!first.hash().isEmpty());
        const Outcome again = curateRecords(QStringLiteral("p"));
        QVERIFY(again.reused() > 20);
        QCOMPARE(again.documents, first.documents);
        QCOMPARE(again.hash(), first.hash());
        for (const char *key : {"kind", "columns", "files", "labels", "recordFormat"})
            QCOMPARE(again.result.value(QLatin1String(key)), first.result.value(QLatin1String(key)));
    }

private:
    QString source() const { return m_folder->filePath(QStringLiteral("documents")); }
    QString project(const QString &name) const { return m_folder->filePath(name); }
    qint64 cacheBytes() const
    {
        qint64 bytes = 0;
        for (const QFileInfo &entry : QDir(project(QStringLiteral("p")) + QStringLiteral("/cache/reading")).entryInfoList(QDir::Files))
            bytes += entry.size();
        return bytes;
    }
    qint64 signalBytes() const
    {
        qint64 bytes = 0;
        for (const QFileInfo &entry : QDir(project(QStringLiteral("p")) + QStringLiteral("/cache/signals")).entryInfoList(QDir::Files))
            bytes += entry.size();
        return bytes;
    }
    /// Of this process's open files, the spool, which has no name.
    static qint64 spoolBytes()
    {
        for (const QString &number : QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot)) {
            char target[4096] = {};
            struct stat facts{};
            if (::readlink(QFile::encodeName(QStringLiteral("/proc/self/fd/") + number).constData(), target, sizeof(target) - 1) > 0
                && QByteArray(target).contains("/spool-") && ::fstat(number.toInt(), &facts) == 0)
                return facts.st_size;
        }
        return 0;
    }
    void write(const QString &name, const QByteArray &bytes) { QVERIFY(writeFileAtomically(source() + QLatin1Char('/') + name, bytes)); }
    /// Longer than a tick of the file system's clock.
    static void settle() { QTest::qSleep(80); }

    static void spoil(QByteArray &bytes, int damage)
    {
        switch (damage) {
        case 0: bytes.truncate(bytes.size() - 7); break;
        case 1: bytes[bytes.size() / 2] = char(bytes[bytes.size() / 2] ^ 0x10); break;
        case 2: bytes[9] = char(bytes[9] ^ 1); break;
        case 3: bytes.fill('\0'); break;
        case 4: bytes[bytes.size() - 5] = char(bytes[bytes.size() - 5] ^ 0x80); bytes[60] = char(bytes[60] ^ 0x40); break;
        default: bytes = QByteArray("ATHBLOB\n\1\0\0\0\0\0\0\0", 16) + QByteArray(3000, '\xff');
        }
    }

    Outcome curate(const QString &name, const QString &steps, const QString &dataset = QStringLiteral("d"))
    {
        QDir().mkpath(project(name) + QStringLiteral("/jobs/job1"));
        QJsonObject recipe{{QStringLiteral("steps"), QJsonDocument::fromJson(steps.toUtf8()).array()}, {QStringLiteral("readers"), m_readers}};
        if (!m_content.isEmpty())
            recipe.insert(QStringLiteral("content"), m_content);
        const QJsonObject sourceSpec{{QStringLiteral("id"), QStringLiteral("s1")}, {QStringLiteral("location"), source()}};
        test::CurateContext context(m_catalogue, project(name),
                                    {{QStringLiteral("dataset"), dataset}, {QStringLiteral("sources"), QJsonArray{sourceSpec}}, {QStringLiteral("recipe"), recipe}});
        if (m_prepare)
            context.onReport = [&](const Progress &progress) { m_prepare(progress, context); };
        const Result<QJsonObject> result = makeCurateHandler()->run(context);
        if (!result && result.error().code != ErrorCode::Cancelled)
            qWarning() << result.error().message << result.error().detail;
        return {result.value_or(QJsonObject()),
                unzstandard(readFile(project(name) + QStringLiteral("/jobs/job1/documents.jsonl.zst")).value_or(QByteArray())), context.logs};
    }

    plugin::Catalogue m_catalogue;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::function<void(const Progress &, test::CurateContext &)> m_prepare;
    QJsonObject m_readers;
    QString m_content;
};

QTEST_GUILESS_MAIN(TestCurateAgain)
#include "test_curate_again.moc"
