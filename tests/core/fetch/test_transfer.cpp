// Downloads from a server with faults: nothing half is kept, nothing whole is fetched twice.
#include "core/fetch/handlers.h"
#include "tests/core/fetch/loopback_server.h"
#include "tests/support/fake_context.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::fetch;
using athanor::test::LoopbackServer;
using athanor::test::Page;

namespace {

QByteArray noise(qsizetype bytes)
{
    QByteArray text(bytes, Qt::Uninitialized);
    quint32 state = 1;
    for (char &letter : text)
        letter = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
    return text;
}

TransferOptions quick()
{
    return {3, std::chrono::milliseconds(5)};
}

}  // namespace

class TestTransfer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void wholeFileArrives();
    void fileOfAnotherRevisionIsFetchedAgain();
    void emptyFileArrives();
    void cutLineGoesOn();
    void cutJobIsResumedWhereItEnded();
    void changedFileStartsAnew();
    void serverWithoutRangesStartsAnew();
    void wrongHashIsRemoved_data();
    void wrongHashIsRemoved();
    void longerThanAnnouncedIsRemoved_data();
    void longerThanAnnouncedIsRemoved();
    void largerThanTheDiskIsRefused();
    void redirectsAreFollowed();
    void redirectsAreRefused_data();
    void redirectsAreRefused();
    void refusalsAreSaid_data();
    void refusalsAreSaid();
    void silenceEnds();
    void cancelIsHeard();
    void repositoryBecomesAFolder();
    void repositoryWithSeveralGgufAsksWhich();
    void lookUpFetchesNothing();
    void repositoryLargerThanTheDiskIsRefused();
    void revisionWithASlashIsAskedForAsItIs();
    void pauseKeepsWhatHasCome();
    void fileThatTheServerMovedIsSaid();
    void documentOfAServerWithoutHead();

private:
    Result<QString> fetch(const QString &path, RemoteFile file = {})
    {
        if (file.name.isEmpty())
            file.name = QStringLiteral("model.gguf");
        file.url = m_server->url(path);
        HttpClient client(m_cancel);
        client.patience = std::chrono::milliseconds(400);
        return transfer(client, m_folder->path(), file, m_cancel, [this](qint64 bytes) { m_seen = bytes; if (m_onProgress) m_onProgress(bytes); }, quick());
    }
    QByteArray stored(const QString &name = QStringLiteral("model.gguf")) const { return readFile(m_folder->filePath(name)).value_or(QByteArray()); }
    QStringList entries() const { return QDir(m_folder->path()).entryList(QDir::Files, QDir::Name); }
    void addRepository(const QByteArray &weights, const QString &weightsHash, qint64 announced = -1);

    std::unique_ptr<LoopbackServer> m_server;
    std::unique_ptr<QTemporaryDir> m_folder;
    CancelToken m_cancel;
    std::function<void(qint64)> m_onProgress;
    qint64 m_seen = 0;

private Q_SLOTS:
    void init()
    {
        m_server = std::make_unique<LoopbackServer>();
        m_folder = std::make_unique<QTemporaryDir>();
        m_cancel = {};
        m_onProgress = {};
        m_seen = 0;
    }
    void cleanup() { qunsetenv("HF_ENDPOINT"); }
};

void TestTransfer::wholeFileArrives()
{
    const QByteArray body = noise(300000);
    m_server->pages["/a"] = {body};
    const auto hash = fetch(QStringLiteral("/a"), {{}, body.size(), sha256(body), {}, {}});
    QVERIFY2(hash, hash ? "" : qPrintable(hash.error().message));
    QCOMPARE(*hash, sha256(body));
    QCOMPARE(stored(), body);
    QCOMPARE(m_seen, body.size());
    QCOMPARE(entries(), QStringList{QStringLiteral("model.gguf")});
    QVERIFY(fetch(QStringLiteral("/a"), {{}, body.size(), sha256(body), {}, {}}));
    QCOMPARE(m_server->count("/a"), 1);  // what is there is not fetched again
}

void TestTransfer::fileOfAnotherRevisionIsFetchedAgain()
{
    const QByteArray before = noise(3000), now = noise(3001);
    m_server->pages["/a"] = {before};
    QVERIFY(fetch(QStringLiteral("/a"), {{}, before.size(), sha256(before), {}, {}}));
    m_server->pages["/a"] = {now};
    const auto hash = fetch(QStringLiteral("/a"), {{}, now.size(), sha256(now), {}, {}});
    QVERIFY2(hash, hash ? "" : qPrintable(hash.error().message));
    QCOMPARE(stored(), now);
}

void TestTransfer::emptyFileArrives()
{
    m_server->pages["/empty"] = {QByteArray()};
    const auto hash = fetch(QStringLiteral("/empty"), {{}, 0, {}, {}, {}});
    QVERIFY2(hash, hash ? "" : qPrintable(hash.error().message));
    QCOMPARE(*hash, sha256(QByteArray()));
    QCOMPARE(entries(), QStringList{QStringLiteral("model.gguf")});
}

void TestTransfer::cutLineGoesOn()
{
    const QByteArray body = noise(300000);
    Page page{body};
    page.tag = "\"one\"";
    page.cutAfter = 100000;
    page.cuts = 2;
    m_server->pages["/a"] = page;
    const auto hash = fetch(QStringLiteral("/a"), {{}, body.size(), sha256(body), {}, {}});
    QVERIFY2(hash, hash ? "" : qPrintable(hash.error().message));
    QCOMPARE(stored(), body);
    // A line cut before its first byte was heard is asked again by Qt itself, without a range.
    QVERIFY(m_server->asked.size() >= 3);
    const auto &last = m_server->asked.last().headers;
    QVERIFY(last.value("range").startsWith("bytes="));
    QVERIFY(last.value("range") != "bytes=0-");
    QCOMPARE(last.value("if-range"), QByteArray("\"one\""));
}

void TestTransfer::cutJobIsResumedWhereItEnded()
{
    const QByteArray body = noise(300000);
    Page page{body};
    page.tag = "\"one\"";
    page.cutAfter = 0;
    page.cuts = 1000;
    m_server->pages["/a"] = page;
    m_server->pages["/a"].cutAfter = 50000;
    m_server->pages["/a"].cuts = 1;
    m_onProgress = [&](qint64 bytes) {
        if (bytes >= 50000)
            m_server->pages["/a"].isSilent = true;  // and then the server is gone
    };
    const RemoteFile file{{}, body.size(), sha256(body), {}, {}};
    const auto lost = fetch(QStringLiteral("/a"), file);
    QCOMPARE(lost.error().code, ErrorCode::External);
    QVERIFY(!lost.error().hint.isEmpty());
    QVERIFY(!QFileInfo::exists(m_folder->filePath(QStringLiteral("model.gguf"))));
    QCOMPARE(QFileInfo(m_folder->filePath(QStringLiteral("model.gguf.part"))).size(), 50000);
    m_onProgress = {};
    m_server->pages["/a"].isSilent = false;
    m_server->asked.clear();
    QVERIFY(fetch(QStringLiteral("/a"), file));
    QCOMPARE(stored(), body);
    QCOMPARE(m_server->asked.size(), 1);
    QCOMPARE(m_server->asked[0].headers.value("range"), QByteArray("bytes=50000-"));
    QCOMPARE(entries(), QStringList{QStringLiteral("model.gguf")});
}

void TestTransfer::changedFileStartsAnew()
{
    const QByteArray before = noise(200000);
    QByteArray after = noise(200000);
    after.fill('x', 100);
    after.resize(200000, 'y');
    Page page{before};
    page.tag = "\"one\"";
    page.cutAfter = 80000;
    page.cuts = 1;
    m_server->pages["/a"] = page;
    m_onProgress = [&](qint64 bytes) {
        if (bytes >= 80000) {
            m_server->pages["/a"].body = after;
            m_server->pages["/a"].tag = "\"two\"";
        }
    };
    const auto hash = fetch(QStringLiteral("/a"), {{}, after.size(), sha256(after), {}, {}});
    QVERIFY2(hash, hash ? "" : qPrintable(hash.error().message));
    QCOMPARE(stored(), after);
}

void TestTransfer::serverWithoutRangesStartsAnew()
{
    const QByteArray body = noise(200000);
    Page page{body};
    page.tag = "\"one\"";
    page.knowsRanges = false;
    page.cutAfter = 80000;
    page.cuts = 1;
    m_server->pages["/a"] = page;
    QVERIFY(fetch(QStringLiteral("/a"), {{}, body.size(), sha256(body), {}, {}}));
    QCOMPARE(stored(), body);
    QVERIFY(m_server->asked.size() >= 2);
}

void TestTransfer::wrongHashIsRemoved_data()
{
    QTest::addColumn<QString>("sha256");
    QTest::addColumn<QString>("gitSha1");
    QTest::newRow("SHA-256") << QString(64, QLatin1Char('a')) << QString();
    QTest::newRow("git") << QString() << QString(40, QLatin1Char('a'));
}

void TestTransfer::wrongHashIsRemoved()
{
    QFETCH(const QString, sha256);
    QFETCH(const QString, gitSha1);
    m_server->pages["/a"] = {"hello"};
    const auto hash = fetch(QStringLiteral("/a"), {{}, 5, sha256, gitSha1, {}});
    QCOMPARE(hash.error().code, ErrorCode::Corrupt);
    QVERIFY(hash.error().message.contains(QStringLiteral("aaaaaaaa")));
    QVERIFY(entries().isEmpty());
    // git's own hash of these five bytes is right
    QVERIFY(fetch(QStringLiteral("/a"), {{}, 5, {}, QStringLiteral("b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"), {}}));
}

void TestTransfer::longerThanAnnouncedIsRemoved_data()
{
    QTest::addColumn<bool>("saysLength");
    QTest::newRow("the answer says so") << true;
    QTest::newRow("it comes without a length") << false;
}

void TestTransfer::longerThanAnnouncedIsRemoved()
{
    QFETCH(const bool, saysLength);
    Page page{noise(100000)};
    page.saysLength = saysLength;
    m_server->pages["/a"] = page;
    const auto hash = fetch(QStringLiteral("/a"), {{}, 5000, {}, {}, {}});
    QCOMPARE(hash.error().code, ErrorCode::LimitExceeded);
    QVERIFY(hash.error().message.contains(QStringLiteral("5000")));
    QVERIFY(entries().isEmpty());
}

void TestTransfer::largerThanTheDiskIsRefused()
{
    Page page{"the beginning"};
    page.saysLength = false;
    page.headers["Content-Length"] = QByteArray::number(qint64(1) << 55);
    m_server->pages["/a"] = page;
    const auto hash = fetch(QStringLiteral("/a"));
    QCOMPARE(hash.error().code, ErrorCode::DiskFull);
    QVERIFY(hash.error().message.contains(QStringLiteral("the disk has")));
    QVERIFY(entries().isEmpty());
    m_server->pages["/a"] = {"small"};
    QVERIFY(fetch(QStringLiteral("/a")));  // nothing stands in the way of a later one
}

void TestTransfer::redirectsAreFollowed()
{
    m_server->pages["/a"].redirect = "/b";
    m_server->pages["/a"].headers["X-Linked-Etag"] = "\"etag\"";
    m_server->pages["/b"].redirect = m_server->address(QStringLiteral("/c")).toUtf8();
    m_server->pages["/c"] = {"hello"};
    QVERIFY(fetch(QStringLiteral("/a")));
    QCOMPARE(stored(), QByteArray("hello"));
    HttpClient client(m_cancel);
    QCOMPARE(client.head(m_server->url(QStringLiteral("/a")))->header("x-linked-etag"), QByteArray("\"etag\""));
}

void TestTransfer::redirectsAreRefused_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::newRow("a file") << QByteArray("file:///etc/passwd");
    QTest::newRow("ftp") << QByteArray("ftp://example.org/a");
    QTest::newRow("no host") << QByteArray("http:///a");
    QTest::newRow("script") << QByteArray("javascript:alert(1)");
    QTest::newRow("in circles") << QByteArray("/a");
}

void TestTransfer::redirectsAreRefused()
{
    QFETCH(const QByteArray, target);
    m_server->pages["/a"].redirect = target;
    const auto hash = fetch(QStringLiteral("/a"));
    QCOMPARE(hash.error().code, ErrorCode::Unsupported);
    QVERIFY(!hash.error().message.isEmpty() && !hash.error().hint.isEmpty());
    QVERIFY(entries().isEmpty());
    QVERIFY(m_server->asked.size() <= kMostRedirects + 1);
}

void TestTransfer::refusalsAreSaid_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("not there") << 404 << ErrorCode::NotFound;
    QTest::newRow("not for everyone") << 401 << ErrorCode::Unreadable;
    QTest::newRow("forbidden") << 403 << ErrorCode::Unreadable;
    QTest::newRow("broken") << 500 << ErrorCode::External;
    QTest::newRow("strange") << 204 << ErrorCode::External;
}

void TestTransfer::refusalsAreSaid()
{
    QFETCH(const int, status);
    m_server->pages["/a"].status = status;
    const auto hash = fetch(QStringLiteral("/a"));
    QVERIFY(!hash);
    QTEST(hash.error().code, "code");
    QVERIFY(!hash.error().message.isEmpty() && !hash.error().hint.isEmpty());
    QVERIFY(entries().isEmpty());
    QCOMPARE(m_server->count("/a"), status == 500 ? quick().attempts : 1);
}

void TestTransfer::silenceEnds()
{
    m_server->pages["/a"].isSilent = true;
    QElapsedTimer clock;
    clock.start();
    const auto hash = fetch(QStringLiteral("/a"));
    QCOMPARE(hash.error().code, ErrorCode::External);
    QVERIFY(clock.elapsed() < 10000);
}

void TestTransfer::cancelIsHeard()
{
    Page page{noise(1000000)};
    page.tag = "\"one\"";
    page.pieceBytes = 1000;
    page.pauseMs = 20;
    m_server->pages["/a"] = page;
    QElapsedTimer clock;
    m_onProgress = [&](qint64) {
        if (!m_cancel.isCancelled())
            clock.start();
        m_cancel.cancel();
    };
    const auto hash = fetch(QStringLiteral("/a"));
    QCOMPARE(hash.error().code, ErrorCode::Cancelled);
    QVERIFY(clock.elapsed() < 1000);
    QVERIFY(QFileInfo(m_folder->filePath(QStringLiteral("model.gguf.part"))).size() > 0);
}

// ---- jobs

void TestTransfer::addRepository(const QByteArray &weights, const QString &weightsHash, qint64 announced)
{
    const QString sha(40, QLatin1Char('c'));
    const QByteArray config = "{}";
    const QJsonObject listing{
        {QStringLiteral("sha"), sha},
        {QStringLiteral("cardData"), QJsonObject{{QStringLiteral("license"), QStringLiteral("mit")}}},
        {QStringLiteral("siblings"),
         QJsonArray{QJsonObject{{QStringLiteral("rfilename"), QStringLiteral("config.json")}, {QStringLiteral("size"), config.size()}},
                    QJsonObject{{QStringLiteral("rfilename"), QStringLiteral("model.safetensors")}, {QStringLiteral("size"), announced < 0 ? weights.size() : announced},
                                {QStringLiteral("lfs"), QJsonObject{{QStringLiteral("sha256"), weightsHash}}}},
                    QJsonObject{{QStringLiteral("rfilename"), QStringLiteral("flax_model.msgpack")}, {QStringLiteral("size"), 5}}}}};
    m_server->pages["/api/models/owner/name/revision/main?blobs=true"] = {QJsonDocument(listing).toJson()};
    const QByteArray below = "/owner/name/resolve/" + sha.toUtf8() + '/';
    m_server->pages[below + "config.json"] = {config};
    m_server->pages[below + "model.safetensors"] = {weights};
    m_server->pages[below + "model.safetensors"].tag = "\"weights\"";
    qputenv("HF_ENDPOINT", m_server->address().toUtf8());
}

namespace {

job::Spec specFor(const QString &kind, const QString &address, const QString &file = {})
{
    job::Spec spec;
    spec.id = QStringLiteral("job");
    spec.kind = kind;
    spec.parameters = {{QStringLiteral("address"), address}};
    if (!file.isEmpty())
        spec.parameters.insert(QStringLiteral("file"), file);
    return spec;
}

}  // namespace

void TestTransfer::repositoryBecomesAFolder()
{
    const QByteArray weights = noise(200000);
    addRepository(weights, sha256(weights));
    plugin::Catalogue plugins;
    test::FakeContext context(m_folder->path(), specFor(QStringLiteral("download"), QStringLiteral("owner/name")), plugins);
    const auto result = makeDownloadHandler(quick())->run(context);
    QVERIFY2(result, result ? "" : qPrintable(result.error().message));
    QCOMPARE(result->value(QLatin1String("source")).toString(), QStringLiteral("jobs/job/files"));
    QCOMPARE(result->value(QLatin1String("licence")).toString(), QStringLiteral("mit"));
    const QJsonObject origin = result->value(QLatin1String("origin")).toObject();
    QCOMPARE(origin.value(QLatin1String("location")).toString(), QStringLiteral("owner/name"));
    QCOMPARE(origin.value(QLatin1String("revision")).toString(), QString(40, QLatin1Char('c')));
    QCOMPARE(result->value(QLatin1String("files")).toArray().size(), 2);
    QCOMPARE(stored(QStringLiteral("jobs/job/files/model.safetensors")), weights);
    QVERIFY(!QFileInfo::exists(m_folder->filePath(QStringLiteral("jobs/job/files/flax_model.msgpack"))));
}

void TestTransfer::revisionWithASlashIsAskedForAsItIs()
{
    addRepository("weights", sha256(QByteArray("weights")));
    m_server->pages["/api/models/owner/name/revision/refs%2Fpr%2F3?blobs=true"] = m_server->pages["/api/models/owner/name/revision/main?blobs=true"];
    plugin::Catalogue plugins;
    test::FakeContext context(m_folder->path(), specFor(QStringLiteral("lookup"), QStringLiteral("owner/name@refs/pr/3")), plugins);
    const auto result = makeLookUpHandler()->run(context);
    QVERIFY2(result, result ? "" : qPrintable(result.error().message));
    QCOMPARE(m_server->count("/api/models/owner/name/revision/refs%2Fpr%2F3?blobs=true"), 1);
}

void TestTransfer::repositoryWithSeveralGgufAsksWhich()
{
    const QJsonObject listing{{QStringLiteral("siblings"), QJsonArray{QJsonObject{{QStringLiteral("rfilename"), QStringLiteral("a-q4.gguf")}, {QStringLiteral("size"), 4}},
                                                                      QJsonObject{{QStringLiteral("rfilename"), QStringLiteral("a-q8.gguf")}, {QStringLiteral("size"), 8}}}}};
    m_server->pages["/api/models/owner/name/revision/v2?blobs=true"] = {QJsonDocument(listing).toJson()};
    m_server->pages["/owner/name/resolve/v2/a-q8.gguf"] = {"12345678"};
    qputenv("HF_ENDPOINT", m_server->address().toUtf8());
    plugin::Catalogue plugins;
    test::FakeContext open(m_folder->path(), specFor(QStringLiteral("download"), QStringLiteral("owner/name@v2")), plugins);
    const auto refused = makeDownloadHandler(quick())->run(open);
    QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
    QVERIFY(refused.error().hint.contains(QStringLiteral("a-q4.gguf")));
    test::FakeContext chosen(m_folder->path(), specFor(QStringLiteral("download"), QStringLiteral("owner/name@v2"), QStringLiteral("a-q8.gguf")), plugins);
    const auto result = makeDownloadHandler(quick())->run(chosen);
    QVERIFY2(result, result ? "" : qPrintable(result.error().message));
    QCOMPARE(result->value(QLatin1String("source")).toString(), QStringLiteral("jobs/job/files/a-q8.gguf"));
}

void TestTransfer::lookUpFetchesNothing()
{
    addRepository(noise(1000), QString(64, QLatin1Char('b')));
    plugin::Catalogue plugins;
    test::FakeContext context(m_folder->path(), specFor(QStringLiteral("lookup"), QStringLiteral("owner/name")), plugins);
    const auto result = makeLookUpHandler()->run(context);
    QVERIFY2(result, result ? "" : qPrintable(result.error().message));
    QCOMPARE(result->value(QLatin1String("bytes")).toInteger(), 1002);
    QCOMPARE(result->value(QLatin1String("format")).toString(), QStringLiteral("huggingface"));
    QVERIFY(result->value(QLatin1String("fits")).toBool());
    QVERIFY(!result->value(QLatin1String("fitsText")).toString().isEmpty());
    QCOMPARE(m_server->asked.size(), 1);
    QVERIFY(!QFileInfo::exists(m_folder->filePath(QStringLiteral("jobs/job/files"))));
}

void TestTransfer::repositoryLargerThanTheDiskIsRefused()
{
    addRepository("weights", sha256("weights"), qint64(1) << 45);
    plugin::Catalogue plugins;
    test::FakeContext look(m_folder->path(), specFor(QStringLiteral("lookup"), QStringLiteral("owner/name")), plugins);
    const auto offered = makeLookUpHandler()->run(look);
    QVERIFY2(offered, offered ? "" : qPrintable(offered.error().message));
    QVERIFY(!offered->value(QLatin1String("fits")).toBool());
    QVERIFY(offered->value(QLatin1String("fitsText")).toString().contains(QStringLiteral("does not fit on the disk")));
    test::FakeContext context(m_folder->path(), specFor(QStringLiteral("download"), QStringLiteral("owner/name")), plugins);
    const auto result = makeDownloadHandler(quick())->run(context);
    QCOMPARE(result.error().code, ErrorCode::DiskFull);
    QVERIFY(result.error().message.contains(QStringLiteral("35.2 TB")) && !result.error().hint.isEmpty());
    QVERIFY(QDir(m_folder->filePath(QStringLiteral("jobs/job/files"))).isEmpty());
    QVERIFY(std::none_of(m_server->asked.cbegin(), m_server->asked.cend(), [](const test::Asked &one) { return one.path.contains("/resolve/"); }));
}

void TestTransfer::pauseKeepsWhatHasCome()
{
    const QByteArray weights = noise(400000);
    addRepository(weights, sha256(weights));
    const QByteArray path = "/owner/name/resolve/" + QByteArray(40, 'c') + "/model.safetensors";
    m_server->pages[path].pieceBytes = 4000;
    m_server->pages[path].pauseMs = 10;
    plugin::Catalogue plugins;
    test::FakeContext paused(m_folder->path(), specFor(QStringLiteral("download"), QStringLiteral("owner/name")), plugins);
    paused.onProgress = [&](const Progress &progress) {
        if (progress.done > 20000)
            paused.pauseFromTheStart = true;
    };
    const auto stopped = makeDownloadHandler(quick())->run(paused);
    QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
    QVERIFY(stopped.error().message.contains(QStringLiteral("kept")));
    const qint64 kept = QFileInfo(m_folder->filePath(QStringLiteral("jobs/job/files/model.safetensors.part"))).size();
    QVERIFY(kept > 0 && kept < weights.size());
    m_server->pages[path].pieceBytes = 0;
    test::FakeContext resumed(m_folder->path(), specFor(QStringLiteral("download"), QStringLiteral("owner/name")), plugins);
    QVERIFY(makeDownloadHandler(quick())->run(resumed));
    QCOMPARE(stored(QStringLiteral("jobs/job/files/model.safetensors")), weights);
    QCOMPARE(m_server->asked.last().headers.value("range"), "bytes=" + QByteArray::number(kept) + '-');
}

void TestTransfer::fileThatTheServerMovedIsSaid()
{
    addRepository("weights", sha256("weights"));
    m_server->pages.remove("/owner/name/resolve/" + QByteArray(40, 'c') + "/model.safetensors");
    plugin::Catalogue plugins;
    test::FakeContext context(m_folder->path(), specFor(QStringLiteral("download"), QStringLiteral("owner/name")), plugins);
    const auto result = makeDownloadHandler(quick())->run(context);
    QCOMPARE(result.error().code, ErrorCode::NotFound);
    QVERIFY(result.error().message.contains(QStringLiteral("model.safetensors")));
    test::FakeContext missing(m_folder->path(), specFor(QStringLiteral("download"), QStringLiteral("owner/other")), plugins);
    QCOMPARE(makeDownloadHandler(quick())->run(missing).error().code, ErrorCode::NotFound);
}

void TestTransfer::documentOfAServerWithoutHead()
{
    plugin::Catalogue plugins;
    for (const int status : {400, 403, 404, 405, 500}) {
        Page page{"<p>A page.</p>"};
        page.headStatus = status;
        m_server->pages["/page.html"] = page;
        test::FakeContext context(m_folder->path(), specFor(QStringLiteral("fetch"), m_server->address(QStringLiteral("/page.html"))), plugins);
        const auto result = makeFetchHandler(quick())->run(context);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QCOMPARE(stored(result->value(QLatin1String("source")).toString()), page.body);
        QVERIFY(QFile::remove(m_folder->filePath(result->value(QLatin1String("source")).toString())));
    }
    test::FakeContext missing(m_folder->path(), specFor(QStringLiteral("fetch"), m_server->address(QStringLiteral("/none.html"))), plugins);
    QCOMPARE(makeFetchHandler(quick())->run(missing).error().code, ErrorCode::NotFound);
}

QTEST_GUILESS_MAIN(TestTransfer)
#include "test_transfer.moc"
