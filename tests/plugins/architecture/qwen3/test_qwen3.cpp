// Like Llama, with a norm over each head's query and key, and heads wider than the model.
// The count is that of Qwen3-0.6B (Yang et al. 2025).
#include "tests/plugins/architecture/family.h"

class TestQwen3 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("qwen3", {{"width", 1024}, {"layers", 28}, {"heads", 16}, {"key_value_heads", 8}, {"head_size", 128}, {"feed_forward", 3072}, {"context", 40960}}, 151936);
        QCOMPARE(family.parameters(), qint64(596'049'920));
        QVERIFY(family.first("layer.attention").value(QLatin1String("head_norm")).toBool());
    }
};

QTEST_GUILESS_MAIN(TestQwen3)
#include "test_qwen3.moc"
