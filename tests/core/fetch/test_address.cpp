// What people write for a model elsewhere, what a hub lists, and which of it is needed.
#include "core/fetch/offer.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::fetch;

namespace {

const QUrl kHub(QStringLiteral("https://huggingface.co"));

QList<RemoteFile> files(const QStringList &names)
{
    QList<RemoteFile> all;
    for (const QString &name : names)
        all += {name, 10, {}, {}, {}};
    return all;
}

QStringList namesOf(const QList<RemoteFile> &all)
{
    QStringList names;
    for (const RemoteFile &file : all)
        names += file.name;
    names.sort();
    return names;
}

}  // namespace

class TestAddress : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void addressesAreUnderstood_data();
    void addressesAreUnderstood();
    void addressesAreRefused_data();
    void addressesAreRefused();
    void hubCanBeAMirror();
    void namesStayInTheirFolder_data();
    void namesStayInTheirFolder();
    void neededFilesAreChosen_data();
    void neededFilesAreChosen();
    void ggufMustBeChosen();
    void nothingToReadIsSaid();
    void listingIsRead();
    void listingOfNonsenseIsRefused_data();
    void listingOfNonsenseIsRefused();
    void fitIsSaid();
};

void TestAddress::addressesAreUnderstood_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("repository");
    QTest::addColumn<QString>("revision");
    QTest::addColumn<QString>("file");
    const auto row = [](const char *name, const char *text, const char *repository, const char *revision, const char *file) {
        QTest::newRow(name) << QString::fromUtf8(text) << QString::fromUtf8(repository) << QString::fromUtf8(revision) << QString::fromUtf8(file);
    };
    row("repository", "HuggingFaceTB/SmolLM2-135M", "HuggingFaceTB/SmolLM2-135M", "main", "");
    row("revision", "owner/name@v1.0", "owner/name", "v1.0", "");
    row("branch with a slash", "owner/name@refs/pr/3", "owner/name", "refs/pr/3", "");
    row("page of the hub", "https://huggingface.co/owner/name", "owner/name", "main", "");
    row("tree", "https://huggingface.co/owner/name/tree/dev", "owner/name", "dev", "");
    row("file of the hub", "https://huggingface.co/owner/name/resolve/main/model-q8.gguf", "owner/name", "main", "model-q8.gguf");
    row("file as shown", "https://huggingface.co/owner/name/blob/main/model-q8.gguf?download=true", "owner/name", "main", "model-q8.gguf");
    row("plain address", "https://example.org/models/small.gguf", "", "", "small.gguf");
    row("plain with a port", "http://127.0.0.1:8080/small.gguf", "", "", "small.gguf");
}

void TestAddress::addressesAreUnderstood()
{
    QFETCH(const QString, text);
    const auto address = parseAddress(text, kHub);
    QVERIFY2(address, address ? "" : qPrintable(address.error().message));
    QTEST(address->repository, "repository");
    QTEST(address->file, "file");
    QFETCH(const QString, revision);
    QCOMPARE(address->isRepository() ? address->revision : QString(), revision);
}

void TestAddress::addressesAreRefused_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"", "name", "file:///etc/passwd", "ftp://example.org/a.gguf", "https://", "https://example.org/", "https://example.org",
                             "owner/../name", "../owner/name", "owner/name/more", "owner/name@", "http:///a.gguf", "javascript://x/a.gguf",
                             "https://example.org/a b.gguf", "owner/na me"})
        QTest::newRow(text) << QString::fromUtf8(text);
}

void TestAddress::addressesAreRefused()
{
    QFETCH(const QString, text);
    const auto address = parseAddress(text, kHub);
    QVERIFY(!address);
    QVERIFY(address.error().code == ErrorCode::InvalidInput || address.error().code == ErrorCode::Unsupported);
    QVERIFY(!address.error().message.isEmpty() && !address.error().hint.isEmpty());
}

void TestAddress::hubCanBeAMirror()
{
    const QUrl mirror(QStringLiteral("http://mirror.local:8000/hub"));
    QCOMPARE(parseAddress(QStringLiteral("http://mirror.local:8000/hub/owner/name"), mirror)->repository, QStringLiteral("owner/name"));
    QVERIFY(!parseAddress(QStringLiteral("http://mirror.local:8001/hub/owner/name.gguf"), mirror)->isRepository());
    QCOMPARE(parseAddress(QStringLiteral("owner/name"), QUrl(QStringLiteral("file:///models"))).error().code, ErrorCode::InvalidInput);
    qputenv("HF_ENDPOINT", "http://mirror.local:8000/");
    QCOMPARE(hubAddress(), QUrl(QStringLiteral("http://mirror.local:8000")));
    qunsetenv("HF_ENDPOINT");
    QCOMPARE(hubAddress().scheme(), QStringLiteral("https"));
}

void TestAddress::namesStayInTheirFolder_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("isSafe");
    QTest::newRow("plain") << QStringLiteral("model-00001-of-00002.safetensors") << true;
    QTest::newRow("below") << QStringLiteral("additional_chat_templates/rag.jinja") << true;
    for (const char *name : {"", "..", "../model.bin", "a/../../b", "/etc/passwd", "a//b", "C:\\x", "a\nb", "name\n", ".hidden", "a/.ssh", "x.part", "~/x", "a b"})
        QTest::newRow(name) << QString::fromUtf8(name) << false;
    QTest::newRow("nul") << QString(QChar(0)) << false;
    QTest::newRow("long") << QString(300, QLatin1Char('a')) << false;
}

void TestAddress::namesStayInTheirFolder()
{
    QFETCH(const QString, name);
    QTEST(isSafeName(name), "isSafe");
}

void TestAddress::neededFilesAreChosen_data()
{
    QTest::addColumn<QStringList>("all");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QStringList>("needed");
    QTest::newRow("safetensors before the rest")
        << QStringList{QStringLiteral("config.json"), QStringLiteral("model.safetensors"), QStringLiteral("pytorch_model.bin"), QStringLiteral("onnx/model.onnx"), QStringLiteral("tokenizer.json"), QStringLiteral("tf_model.h5"), QStringLiteral("model-q8.gguf")}
        << QStringLiteral("huggingface") << QStringList{QStringLiteral("config.json"), QStringLiteral("model.safetensors"), QStringLiteral("tokenizer.json")};
    QTest::newRow("shards with their index")
        << QStringList{QStringLiteral("config.json"), QStringLiteral("model-00001-of-00002.safetensors"), QStringLiteral("model-00002-of-00002.safetensors"), QStringLiteral("model.safetensors.index.json"), QStringLiteral("consolidated.safetensors")}
        << QStringLiteral("huggingface") << QStringList{QStringLiteral("config.json"), QStringLiteral("model-00001-of-00002.safetensors"), QStringLiteral("model-00002-of-00002.safetensors"), QStringLiteral("model.safetensors.index.json")};
    QTest::newRow("pickles where there is nothing else")
        << QStringList{QStringLiteral("config.json"), QStringLiteral("pytorch_model.bin"), QStringLiteral("vocab.txt"), QStringLiteral("training_args.bin")}
        << QStringLiteral("pytorch") << QStringList{QStringLiteral("config.json"), QStringLiteral("pytorch_model.bin"), QStringLiteral("vocab.txt")};
    QTest::newRow("templates") << QStringList{QStringLiteral("config.json"), QStringLiteral("model.safetensors"), QStringLiteral("additional_chat_templates/rag.jinja"), QStringLiteral("runs/rag.jinja")}
                               << QStringLiteral("huggingface") << QStringList{QStringLiteral("additional_chat_templates/rag.jinja"), QStringLiteral("config.json"), QStringLiteral("model.safetensors")};
    QTest::newRow("an adapter, beside what a trainer left")
        << QStringList{QStringLiteral("adapter_config.json"), QStringLiteral("adapter_model.safetensors"), QStringLiteral("adapter_model.bin"), QStringLiteral("config.json"), QStringLiteral("labels.json"), QStringLiteral("training_args.bin")}
        << QStringLiteral("adapter") << QStringList{QStringLiteral("adapter_config.json"), QStringLiteral("adapter_model.safetensors"), QStringLiteral("labels.json")};
    QTest::newRow("an older adapter") << QStringList{QStringLiteral("adapter_config.json"), QStringLiteral("adapter_model.bin"), QStringLiteral("tokenizer.json")}
                                      << QStringLiteral("adapter") << QStringList{QStringLiteral("adapter_config.json"), QStringLiteral("adapter_model.bin"), QStringLiteral("tokenizer.json")};
    QTest::newRow("a model, though an adapter lies beside it")
        << QStringList{QStringLiteral("adapter_config.json"), QStringLiteral("adapter_model.safetensors"), QStringLiteral("config.json"), QStringLiteral("model.safetensors")}
        << QStringLiteral("huggingface") << QStringList{QStringLiteral("config.json"), QStringLiteral("model.safetensors")};
    QTest::newRow("a gguf, though an adapter lies beside it") << QStringList{QStringLiteral("a.gguf"), QStringLiteral("adapter_config.json"), QStringLiteral("adapter_model.safetensors")}
                                                              << QStringLiteral("gguf") << QStringList{QStringLiteral("a.gguf")};
    QTest::newRow("one gguf") << QStringList{QStringLiteral("README.md"), QStringLiteral("a.gguf")} << QStringLiteral("gguf") << QStringList{QStringLiteral("a.gguf")};
}

void TestAddress::neededFilesAreChosen()
{
    QFETCH(const QStringList, all);
    const auto selection = selectFiles(files(all), {});
    QVERIFY(selection);
    QTEST(selection->format, "format");
    QTEST(namesOf(selection->files), "needed");
    QVERIFY(selection->choices.isEmpty());
}

void TestAddress::ggufMustBeChosen()
{
    const QList<RemoteFile> all = files({QStringLiteral("a-q4.gguf"), QStringLiteral("a-q8.gguf"), QStringLiteral("README.md")});
    const auto open = selectFiles(all, {});
    QCOMPARE(namesOf(open->choices), QStringList({QStringLiteral("a-q4.gguf"), QStringLiteral("a-q8.gguf")}));
    QVERIFY(open->files.isEmpty());
    QCOMPARE(namesOf(selectFiles(all, QStringLiteral("a-q8.gguf"))->files), QStringList{QStringLiteral("a-q8.gguf")});
    const auto missing = selectFiles(all, QStringLiteral("a-q2.gguf"));
    QCOMPARE(missing.error().code, ErrorCode::NotFound);
    QVERIFY(missing.error().hint.contains(QStringLiteral("a-q8.gguf")));
}

void TestAddress::nothingToReadIsSaid()
{
    const QStringList marian{QStringLiteral("config.json"), QStringLiteral("pytorch_model.bin"), QStringLiteral("source.spm"), QStringLiteral("target.spm"), QStringLiteral("vocab.json")};
    const auto translator = selectFiles(files(marian), {});
    QCOMPARE(translator.error().code, ErrorCode::Unsupported);
    QVERIFY(translator.error().message.contains(QStringLiteral("source.spm")) && !translator.error().hint.isEmpty());
    QVERIFY(selectFiles(files(marian + QStringList{QStringLiteral("tokenizer.json")}), {}));
    const auto none = selectFiles(files({QStringLiteral("README.md"), QStringLiteral("model.onnx"), QStringLiteral("model.safetensors")}), {});
    QCOMPARE(none.error().code, ErrorCode::NotFound);
    QVERIFY(none.error().hint.contains(QStringLiteral("config.json")));
}

void TestAddress::listingIsRead()
{
    const auto listing = parseListing(R"({"sha":"0123456789012345678901234567890123456789","cardData":{"license":"apache-2.0"},
        "safetensors":{"total":134515008},"siblings":[
        {"rfilename":"model.safetensors","size":269060552,"blobId":"aa","lfs":{"sha256":"1111111111111111111111111111111111111111111111111111111111111111","size":269060552}},
        {"rfilename":"config.json","size":704,"blobId":"2222222222222222222222222222222222222222"},
        {"rfilename":"../../evil.json","size":1},{"rfilename":"huge.bin","size":9e18}]})");
    QVERIFY(listing);
    QCOMPARE(listing->licence, QStringLiteral("apache-2.0"));
    QCOMPARE(listing->parameters, 134515008);
    QCOMPARE(listing->files.size(), 3);  // what climbs out is not listed
    QCOMPARE(listing->files[0].bytes, 269060552);
    QCOMPARE(listing->files[0].sha256.size(), 64);
    QVERIFY(listing->files[0].gitSha1.isEmpty());
    QCOMPARE(listing->files[1].gitSha1.size(), 40);
    QCOMPARE(listing->files[2].bytes, -1);
    QCOMPARE(parseListing(R"({"siblings":[],"tags":["pytorch","license:mit"]})")->licence, QStringLiteral("mit"));
    QCOMPARE(parseListing(R"({"siblings":[],"cardData":{"license":"other","license_name":"own-terms"}})")->licence, QStringLiteral("own-terms"));
    QVERIFY(parseListing(R"({"siblings":[]})")->licence.isEmpty());
}

void TestAddress::listingOfNonsenseIsRefused_data()
{
    QTest::addColumn<QByteArray>("json");
    for (const char *json : {"", "<html>Sign in</html>", "[]", "{}", R"({"siblings":{}})", R"({"siblings":null})"})
        QTest::newRow(json) << QByteArray(json);
}

void TestAddress::listingOfNonsenseIsRefused()
{
    QFETCH(const QByteArray, json);
    const auto listing = parseListing(json);
    QCOMPARE(listing.error().code, ErrorCode::Corrupt);
    QVERIFY(!listing.error().hint.isEmpty());
}

void TestAddress::fitIsSaid()
{
    Offer offer;
    offer.files = {{QStringLiteral("model.safetensors"), 1000000000, {}, {}, {}}};
    offer.parameters = 500000000;
    QVERIFY(fitOf(offer, 3000000000, 4000000000).fits);
    const Fit disk = fitOf(offer, 1500000000, 4000000000);
    QVERIFY(!disk.fits && disk.text.contains(QStringLiteral("disk")) && disk.text.contains(QStringLiteral("1.5 GB")));
    const Fit memory = fitOf(offer, 3000000000, 1000000000);
    QVERIFY(!memory.fits && memory.text.contains(QStringLiteral("memory")));
    offer.files[0].bytes = -1;
    QVERIFY(!fitOf(offer, 3000000000, 4000000000).fits);
}

QTEST_GUILESS_MAIN(TestAddress)
#include "test_address.moc"
