// An encoder and a decoder with relative positions and one embedding.
// The count is that of T5-small, v1.0 (Raffel et al. 2020).
#include "tests/plugins/architecture/family.h"

class TestT5 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("t5", {{"width", 512}, {"layers", 6}, {"heads", 8}, {"context", 512}, {"feed_forward", 2048}, {"gated", false}}, 32128);
        QCOMPARE(family.parameters(), qint64(60'506'624));
        QVERIFY(family.hasEncoder() && family.has("layer.relative_positions"));
        QVERIFY(!family.first("layer.attention").value(QLatin1String("scaled")).toBool(true));
    }
};

QTEST_GUILESS_MAIN(TestT5)
#include "test_t5.moc"
