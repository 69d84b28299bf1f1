// Like Llama, with attention that looks back a fixed number of tokens.
// The count is that of Mistral 7B v0.1 (Jiang et al. 2023).
#include "tests/plugins/architecture/family.h"

class TestMistral : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("mistral", {{"width", 4096}, {"layers", 32}, {"heads", 32}, {"key_value_heads", 8}, {"feed_forward", 14336}, {"context", 32768}, {"window", 4096}, {"tied", false}}, 32000);
        QCOMPARE(family.parameters(), qint64(7'241'732'096));
        QVERIFY(family.first("layer.attention").value(QLatin1String("window")).toInt() == 4096);
    }
};

QTEST_GUILESS_MAIN(TestMistral)
#include "test_mistral.moc"
