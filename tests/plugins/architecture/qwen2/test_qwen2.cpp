// Like Llama, with biases where queries, keys and values are made, and only there.
// The count is that of Qwen2-0.5B (Yang et al. 2024).
#include "tests/plugins/architecture/family.h"

class TestQwen2 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAsPublishedAndIsItself()
    {
        const fixture::Family family("qwen2", {{"width", 896}, {"layers", 24}, {"heads", 14}, {"key_value_heads", 2}, {"feed_forward", 4864}, {"context", 32768}}, 151936);
        QCOMPARE(family.parameters(), qint64(494'032'768));
        QVERIFY(family.first("layer.attention").value(QLatin1String("qkv_bias")).toBool());
    }
};

QTEST_GUILESS_MAIN(TestQwen2)
#include "test_qwen2.moc"
