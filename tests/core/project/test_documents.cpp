// Looking into a dataset: documents page by page, filtered, searched, and counted by the reason of their removal.
#include "tests/core/project/project_fixture.h"

using namespace athanor;
using namespace athanor::project;

class TestDocuments : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void pagesThroughDocuments();
    void filters_data();
    void filters();
    void searchTakesNothingAsALanguage_data();
    void searchTakesNothingAsALanguage();
    void reasonsAreCounted();
};

void TestDocuments::pagesThroughDocuments()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"), 25);
    REQUIRE_OK(fixture.project->ingestJobs());
    DocumentFilter filter;
    filter.dataset = fixture.project->datasets()->first().rowId;
    QSet<QString> seen;
    qint64 after = 0;
    int pages = 0;
    do {
        const auto page = fixture.project->documents(filter, after, 10);
        REQUIRE_OK(page);
        for (const Document &document : page->rows)
            seen.insert(document.id);
        after = page->next;
        ++pages;
    } while (after >= 0);
    QCOMPARE(pages, 3);
    QCOMPARE(seen.size(), 25);
    const Document first = *fixture.project->document(filter.dataset, Fixture::shaOf(QStringLiteral("doc4")));
    QCOMPARE(first.path, QStringLiteral("library/doc-4.html"));
    QCOMPARE(first.status, QStringLiteral("removed"));
    QCOMPARE(first.reasonTitle, QStringLiteral("Copy of another"));
    QCOMPARE(first.detail, QStringLiteral("4 words"));
    QCOMPARE(first.licence, QStringLiteral("PSF-2.0"));
    QCOMPARE(first.bytes, 104);
    QCOMPARE(first.textSha256, Fixture::shaOf(QStringLiteral("text4")));
    QCOMPARE(first.signalValues.value(QLatin1String("words")).toInt(), 4);
    QCOMPARE(fixture.project->document(filter.dataset, QStringLiteral("nothing")).error().code, ErrorCode::NotFound);
}

void TestDocuments::filters_data()
{
    QTest::addColumn<QString>("status");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("split");
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("count");
    const QString none;
    QTest::newRow("all") << none << none << none << none << 100;
    QTest::newRow("kept") << QStringLiteral("kept") << none << none << none << 80;
    QTest::newRow("removed") << QStringLiteral("removed") << none << none << none << 20;
    QTest::newRow("unreadable") << QStringLiteral("unreadable") << none << none << none << 0;
    QTest::newRow("reason") << none << QStringLiteral("too-short") << none << none << 10;
    QTest::newRow("unknown reason") << none << QStringLiteral("no such") << none << none << 0;
    QTest::newRow("validation") << none << none << QStringLiteral("validation") << none << 10;
    QTest::newRow("word") << none << none << none << QStringLiteral("html") << 100;
    QTest::newRow("two words") << none << none << none << QStringLiteral("doc 42") << 1;
    QTest::newRow("beginning") << none << none << none << QStringLiteral("libr") << 100;
    QTest::newRow("word and status") << QStringLiteral("removed") << none << none << QStringLiteral("doc 4") << 3;
    QTest::newRow("absent word") << none << none << none << QStringLiteral("zebra") << 0;
}

void TestDocuments::filters()
{
    static Fixture fixture;
    if (fixture.project->datasets()->isEmpty()) {
        fixture.curate(QStringLiteral("data"), QStringLiteral("one"), 100);
        REQUIRE_OK(fixture.project->ingestJobs());
    }
    QFETCH(QString, status);
    QFETCH(QString, reason);
    QFETCH(QString, split);
    QFETCH(QString, text);
    QFETCH(int, count);
    const DocumentFilter filter{fixture.project->datasets()->first().rowId, status, reason, split, text};
    QCOMPARE(fixture.project->documentCount(filter).value(), count);
    qint64 after = 0;
    int rows = 0;
    do {
        const auto page = fixture.project->documents(filter, after, 7);
        REQUIRE_OK(page);
        rows += static_cast<int>(page->rows.size());
        after = page->next;
    } while (after >= 0);
    QCOMPARE(rows, count);
}

void TestDocuments::searchTakesNothingAsALanguage_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"\"", "'", "*", "AND", "NEAR(", "path:doc", "doc* OR", "(((", "%", "doc\" OR \"1", "-", "^", "{}"})
        QTest::newRow(text) << QString::fromUtf8(text);
}

void TestDocuments::searchTakesNothingAsALanguage()
{
    static Fixture fixture;
    if (fixture.project->datasets()->isEmpty()) {
        fixture.curate(QStringLiteral("data"), QStringLiteral("one"), 10);
        REQUIRE_OK(fixture.project->ingestJobs());
    }
    QFETCH(QString, text);
    REQUIRE_OK(fixture.project->searchDocuments(text));
    REQUIRE_OK(fixture.project->documents({fixture.project->datasets()->first().rowId, {}, {}, {}, text}));
}

void TestDocuments::reasonsAreCounted()
{
    Fixture fixture;
    fixture.curate(QStringLiteral("data"), QStringLiteral("one"), 50);
    REQUIRE_OK(fixture.project->ingestJobs());
    const auto counts = fixture.project->reasonCounts(fixture.project->datasets()->first().rowId);
    QCOMPARE(counts->size(), 2);
    QCOMPARE(counts->at(0).count + counts->at(1).count, 10);
    QCOMPARE(counts->at(0).title, QStringLiteral("Copy of another"));
}

QTEST_GUILESS_MAIN(TestDocuments)
#include "test_documents.moc"
