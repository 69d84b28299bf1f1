// One key and value for many heads, branches side by side after one norm.
// The count is that of Falcon-7B (Almazrouei et al. 2023).
#include "tests/plugins/architecture/family.h"

class TestFalcon : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("falcon", {{"width", 4544}, {"layers", 32}, {"heads", 71}, {"context", 2048}}, 65024);
        QCOMPARE(family.parameters(), qint64(6'921'720'704));
        QVERIFY(family.hasBranches());
        QVERIFY(family.first("layer.attention").value(QLatin1String("key_value_heads")).toInt() == 1);
    }
};

QTEST_GUILESS_MAIN(TestFalcon)
#include "test_falcon.moc"
