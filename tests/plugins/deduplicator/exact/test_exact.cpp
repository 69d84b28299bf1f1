#include "plugins/deduplicator/exact/exact.h"
#include "tests/plugins/deduplicator/find_duplicates.h"

#include <QTest>

using namespace athanor::corpus;
using athanor::test::findDuplicates;

class TestExact : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theFirstStays()
    {
        const auto found = findDuplicates(ExactDeduplicator(), {"a b", "c", "a b", "a  b\n", "A b", "c"});
        QCOMPARE(found.size(), size_t(3));
        QCOMPARE(found[0].index, 2);
        QCOMPARE(found[0].original, 0);
        QCOMPARE(found[1].index, 3);
        QCOMPARE(found[1].original, 0);
        QCOMPARE(found[2].index, 5);
        QCOMPARE(found[2].original, 1);
        QVERIFY(found[0].detail.contains(QLatin1String("%1")));
    }

    void settings()
    {
        QCOMPARE(findDuplicates(ExactDeduplicator(), {"a b", "a  b"}, {{QStringLiteral("ignore_space"), false}}).size(), size_t(0));
        QCOMPARE(findDuplicates(ExactDeduplicator(), {"a b", "A B"}, {{QStringLiteral("ignore_case"), true}}).size(), size_t(1));
    }

    void wordBoundariesCount() { QVERIFY(findDuplicates(ExactDeduplicator(), {"ab c", "a bc", "abc"}).empty()); }

    void documentsNotShownAreNoCopies()
    {
        QVERIFY(findDuplicates(ExactDeduplicator(), {QByteArray(), QByteArray(), "x"}).empty());
        QCOMPARE(findDuplicates(ExactDeduplicator(), {"", ""}).size(), size_t(1));
    }

    void longTexts()
    {
        const QByteArray text = QByteArray("many words of a long text ").repeated(20000);
        QCOMPARE(findDuplicates(ExactDeduplicator(), {text, text + "x", text}).size(), size_t(1));
    }
};

QTEST_APPLESS_MAIN(TestExact)
#include "test_exact.moc"
