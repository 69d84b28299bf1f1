// Reads both ways; a head for hidden words.
// The count is that of BERT base, uncased, with its head for masked tokens (Devlin et al. 2019).
#include "tests/plugins/architecture/family.h"

class TestBert : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("bert", {{"width", 768}, {"layers", 12}, {"heads", 12}, {"context", 512}, {"next_sentence", false}}, 30522);
        QCOMPARE(family.parameters(), qint64(109'514'298));
        QVERIFY(!family.first("layer.attention").value(QLatin1String("causal")).toBool(true));
        QVERIFY(family.has("layer.token_types"));
    }
};

QTEST_GUILESS_MAIN(TestBert)
#include "test_bert.moc"
