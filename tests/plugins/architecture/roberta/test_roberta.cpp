// BERT trained on hidden words alone; positions begin at 2.
// The count is that of RoBERTa base with its head (Liu et al. 2019).
#include "tests/plugins/architecture/family.h"

class TestRoberta : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("roberta", {{"width", 768}, {"layers", 12}, {"heads", 12}, {"context", 512}}, 50265);
        QCOMPARE(family.parameters(), qint64(124'697'433));
        QVERIFY(!family.first("layer.attention").value(QLatin1String("causal")).toBool(true));
        QVERIFY(family.first("layer.learned_positions").value(QLatin1String("offset")).toInt() == 2);
    }
};

QTEST_GUILESS_MAIN(TestRoberta)
#include "test_roberta.moc"
