// The model of 2017: an encoder and a decoder, sinusoidal positions, norms behind the sums.
// The count is that of the base model of Vaswani et al. 2017 (37,000 pieces, one embedding). By hand: V·C + 6·(4·(C² + C) + 8·C² + 5·C + 4·C)
// for the encoder + 6·(8·(C² + C) + 8·C² + 5·C + 6·C) for the decoder; the paper says 65 million.
#include "tests/plugins/architecture/family.h"

class TestTransformer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("transformer", {{"width", 512}, {"layers", 6}, {"heads", 8}, {"context", 512}}, 37000);
        QCOMPARE(family.parameters(), qint64(63'082'496));
        QVERIFY(family.hasEncoder() && family.has("layer.sinusoidal_positions"));
        QVERIFY(!family.has("layer.learned_positions"));
    }
    void theNormIsAChoice()
    {
        const fixture::Family family("transformer", {{"width", 512}, {"layers", 6}, {"heads", 8}, {"context", 512}, {"norm", QStringLiteral("layer.batch_norm")}}, 37000);
        QCOMPARE(family.parameters(), qint64(63'082'496));
        QVERIFY(family.has("layer.batch_norm") && !family.has("layer.layer_norm"));
    }
};

QTEST_GUILESS_MAIN(TestTransformer)
#include "test_transformer.moc"
