// Attention and feed-forward side by side, a quarter of each head turned, a head of its own.
// The count is that of Pythia-160m (Biderman et al. 2023).
#include "tests/plugins/architecture/family.h"

class TestGptNeox : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("gpt_neox", {{"width", 768}, {"layers", 12}, {"heads", 12}, {"context", 2048}}, 50304);
        QCOMPARE(family.parameters(), qint64(162'322'944));
        QVERIFY(family.hasBranches());
        QVERIFY(family.first("layer.attention").value(QLatin1String("rotary_share")).toDouble() == 0.25);
    }
};

QTEST_GUILESS_MAIN(TestGptNeox)
#include "test_gpt_neox.moc"
