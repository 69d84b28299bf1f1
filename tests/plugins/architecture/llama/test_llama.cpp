// The modern decoder: RMSNorm, rotary positions, grouped queries, SwiGLU.
// The count is that of SmolLM2-135M.
#include "tests/plugins/architecture/family.h"

class TestLlama : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("llama", {{"width", 576}, {"layers", 30}, {"heads", 9}, {"key_value_heads", 3}, {"feed_forward", 1536}, {"context", 8192}}, 49152);
        QCOMPARE(family.parameters(), qint64(134'515'008));
        QVERIFY(family.has("layer.rms_norm") && family.has("layer.swiglu"));
        QVERIFY(family.first("layer.attention").value(QLatin1String("positions")) == QLatin1String("rotary"));
    }

    // V·C + L·(C·(Hq + 2·Hk)·D + C·C + 3·C·F + 2·C) + C for grouped queries
    void groupedQueriesAreCounted()
    {
        const qint64 c = 512, d = 64;
        const fixture::Family family("llama", {{"width", c}, {"layers", 4}, {"heads", 8}, {"key_value_heads", 2}, {"feed_forward", 1000}}, 1000);
        QCOMPARE(family.parameters(), 1000 * c + 4 * (c * (8 + 4) * d + c * c + 3 * c * 1000 + 2 * c) + c);
    }
};

QTEST_GUILESS_MAIN(TestLlama)
#include "test_llama.moc"
