#include "core/base/atomic_file.h"
#include "plugins/source/files/files.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace athanor;
using namespace athanor::corpus;

class TestFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void everythingBelow()
    {
        write(QStringLiteral("a.txt"));
        write(QStringLiteral("b/c/d.html"));
        write(QStringLiteral("b/e f 'g' \"h\" ü漢 %20 ;$(x).txt"));
        write(QStringLiteral("new\nline.txt"));
        QCOMPARE(paths(), (QStringList{QStringLiteral("a.txt"), QStringLiteral("b/c/d.html"), QStringLiteral("b/e f 'g' \"h\" ü漢 %20 ;$(x).txt"), QStringLiteral("new\nline.txt")}));
        for (const SourceItem &item : m_items) {
            QCOMPARE(item.bytes, 5);
            QVERIFY(item.modifiedNs > 1600000000000000000 && item.changedNs > 1600000000000000000);
            QVERIFY(QFile::exists(item.file));
            QVERIFY(!item.isNamed);
        }
    }

    void notRecursive()
    {
        write(QStringLiteral("a.txt"));
        write(QStringLiteral("b/c.txt"));
        QCOMPARE(paths({{QStringLiteral("recursive"), false}}), QStringList{QStringLiteral("a.txt")});
    }

    void leftOut()
    {
        for (const char *name : {"a.txt", ".hidden", ".git/x", "_sources/a.rst.txt", "x/_static/b.txt", "x/y.txt"})
            write(QString::fromUtf8(name));
        QCOMPARE(paths({{QStringLiteral("skip"), QStringLiteral(".*, _sources,_static ")}}), (QStringList{QStringLiteral("a.txt"), QStringLiteral("x/y.txt")}));
        QCOMPARE(paths({{QStringLiteral("skip"), QStringLiteral("*.txt")}}).size(), 2);
    }

    void emptyFolder() { QVERIFY(paths().isEmpty()); }

    void loopsEnd()
    {
        write(QStringLiteral("a/x.txt"));
        QVERIFY(QFile::link(m_folder->path(), m_folder->filePath(QStringLiteral("a/up"))));
        QVERIFY(QFile::link(m_folder->filePath(QStringLiteral("a")), m_folder->filePath(QStringLiteral("a/self"))));
        QCOMPARE(paths(), QStringList{QStringLiteral("a/x.txt")});
    }

    void realPathBeforeLink()
    {
        write(QStringLiteral("z/x.txt"));
        QVERIFY(QFile::link(m_folder->filePath(QStringLiteral("z")), m_folder->filePath(QStringLiteral("a"))));
        QCOMPARE(paths(), QStringList{QStringLiteral("z/x.txt")});
    }

    void brokenLinksAreReported()
    {
        QVERIFY(QFile::link(QStringLiteral("/no/such/file"), m_folder->filePath(QStringLiteral("b.txt"))));
        QCOMPARE(paths(), QStringList{QStringLiteral("b.txt")});
        QCOMPARE(problemReason(m_items[0].problem), QStringLiteral("vanished"));
    }

    void pipesAreNotRead()
    {
        QCOMPARE(::mkfifo(QFile::encodeName(m_folder->filePath(QStringLiteral("p.txt"))).constData(), 0600), 0);
        QVERIFY(paths().isEmpty());
    }

    void namesThatAreNotUtf8()
    {
        const QByteArray name = QFile::encodeName(m_folder->path()) + "/caf\xe9.txt";
        FILE *file = std::fopen(name.constData(), "w");
        QVERIFY(file);
        std::fclose(file);
        QCOMPARE(paths().size(), 1);
        QVERIFY(!m_items[0].problem.message.isEmpty());
        ::unlink(name.constData());
    }

    void forbiddenFolder()
    {
        if (::geteuid() == 0)
            QSKIP("root may look into every folder");
        write(QStringLiteral("a/x.txt"));
        ::chmod(QFile::encodeName(m_folder->filePath(QStringLiteral("a"))).constData(), 0);
        QCOMPARE(paths().size(), 1);
        QCOMPARE(problemReason(m_items[0].problem), QStringLiteral("permission"));
        ::chmod(QFile::encodeName(m_folder->filePath(QStringLiteral("a"))).constData(), 0700);
    }

    void oneFile()
    {
        write(QStringLiteral("LICENSE"));
        QVERIFY(list(m_folder->filePath(QStringLiteral("LICENSE")), {}));
        QCOMPARE(m_items.size(), size_t(1));
        QVERIFY(m_items[0].isNamed);
        QCOMPARE(m_items[0].path, QStringLiteral("LICENSE"));
    }

    void missingLocation()
    {
        const Status status = list(m_folder->filePath(QStringLiteral("nothing")), {});
        QVERIFY(!status);
        QCOMPARE(status.error().code, ErrorCode::NotFound);
        QCOMPARE(list(QStringLiteral("/dev/null"), {}).error().code, ErrorCode::InvalidInput);
    }

    void cancelled()
    {
        write(QStringLiteral("a.txt"));
        CancelToken cancel;
        cancel.cancel();
        int count = 0;
        QVERIFY(FilesSource().list(m_folder->path(), {}, cancel, [&](SourceItem &&) { ++count; }));
        QCOMPARE(count, 0);
    }

private:
    void write(const QString &name)
    {
        const QString path = m_folder->filePath(name);
        QDir().mkpath(QFileInfo(path).path());
        QVERIFY(writeFileAtomically(path, "hello"));
    }
    Status list(const QString &location, const QJsonObject &settings)
    {
        m_items.clear();
        return FilesSource().list(location, settings, CancelToken(), [&](SourceItem &&item) { m_items.push_back(std::move(item)); });
    }
    QStringList paths(const QJsonObject &settings = {})
    {
        QStringList found;
        if (!list(m_folder->path(), settings))
            return {QStringLiteral("ERROR")};
        std::sort(m_items.begin(), m_items.end(), [](const SourceItem &a, const SourceItem &b) { return a.path < b.path; });
        for (const SourceItem &item : m_items)
            found += item.path;
        return found;
    }
    std::unique_ptr<QTemporaryDir> m_folder;
    std::vector<SourceItem> m_items;
};

QTEST_APPLESS_MAIN(TestFiles)
#include "test_files.moc"
