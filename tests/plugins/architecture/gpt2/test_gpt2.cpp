// GPT-2 of 2019: learned positions, LayerNorm with biases, GELU, a head that is the embedding.
// The count is that of Radford et al. 2019, the smallest of the four.
#include "tests/plugins/architecture/family.h"

class TestGpt2 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("gpt2", {{"width", 768}, {"layers", 12}, {"heads", 12}, {"context", 1024}}, 50257);
        QCOMPARE(family.parameters(), qint64(124'439'808));
        QVERIFY(family.has("layer.learned_positions") && family.has("layer.gelu_mlp"));
        QVERIFY(!family.has("layer.rms_norm") && !family.hasBranches() && !family.hasEncoder());
    }
};

QTEST_GUILESS_MAIN(TestGpt2)
#include "test_gpt2.moc"
