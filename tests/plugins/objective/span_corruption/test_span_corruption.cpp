// Missing passages: putting them back gives the window, and the counts are those of the paper's code.
#include "plugins/objective/span_corruption/span_corruption.h"

#include "tests/support/objective_context.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::train;

namespace {

bool isSentinel(int64_t id) { return id >= 900; }

// The encoder's text with each sentinel replaced by what the decoder writes for it.
std::vector<int64_t> restored(const torch::Tensor &encoder, const torch::Tensor &targets)
{
    std::vector<int64_t> text;
    for (int64_t i = 0; i + 1 < encoder.size(0); ++i) {
        const int64_t id = encoder[i].item<int64_t>();
        if (!isSentinel(id)) {
            text.push_back(id);
            continue;
        }
        int64_t at = 0;
        while (targets[at].item<int64_t>() != id)
            ++at;
        for (++at; at + 1 < targets.size(0) && !isSentinel(targets[at].item<int64_t>()); ++at)
            text.push_back(targets[at].item<int64_t>());
    }
    return text;
}

}  // namespace

class TestSpanCorruption : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void passagesGoBackIntoTheirPlaces()
    {
        const torch::Tensor windows = test::windows(5, 100);
        const auto batch = spanCorruptionBatch(windows, test::objectiveContext());
        QVERIFY(batch);
        QCOMPARE(batch->encoderIds.size(1), int64_t(100 - 15 + 5 + 1));
        QCOMPARE(batch->targets.size(1), int64_t(15 + 5 + 1));
        for (int row = 0; row < 5; ++row) {
            const std::vector<int64_t> text = restored(batch->encoderIds[row], batch->targets[row]);
            QCOMPARE(text.size(), size_t(100));
            for (int64_t t = 0; t < 100; ++t)
                QCOMPARE(text[size_t(t)], windows[row][t].item<int64_t>());
            QCOMPARE(batch->encoderIds[row][90].item<int64_t>(), int64_t(2));
            QCOMPARE(batch->targets[row][20].item<int64_t>(), int64_t(2));
            QCOMPARE(batch->ids[row][0].item<int64_t>(), int64_t(5));
        }
        QVERIFY(torch::equal(batch->ids.slice(1, 1), batch->targets.slice(1, 0, 20)));
        QVERIFY(batch->targets.select(1, 0).eq(900).all().item<bool>());
    }
    void everyLengthGivesABatch()
    {
        for (int64_t length = 4; length < 60; ++length) {
            const auto batch = spanCorruptionBatch(test::windows(2, length), test::objectiveContext());
            QVERIFY(batch);
            QCOMPARE(restored(batch->encoderIds[0], batch->targets[0]).size(), size_t(length));
        }
    }
    void aStepCanBeRepeatedAndRowsDiffer()
    {
        ObjectiveContext context = test::objectiveContext();
        const torch::Tensor same = test::windows(1, 64).expand({2, 64}).contiguous();
        const auto once = spanCorruptionBatch(same, context), again = spanCorruptionBatch(same, context);
        QVERIFY(torch::equal(once->encoderIds, again->encoderIds));
        QVERIFY(!torch::equal(once->encoderIds[0], once->encoderIds[1]));
        ++context.key.seed;
        QVERIFY(!torch::equal(once->encoderIds, spanCorruptionBatch(same, context)->encoderIds));
    }
    void tooFewMarksAreRefused()
    {
        ObjectiveContext context = test::objectiveContext();
        QCOMPARE(spanCorruptionBatch(test::windows(2, 3), context).error().code, ErrorCode::InvalidInput);
        context.ids.sentinels.resize(2);
        QCOMPARE(spanCorruptionBatch(test::windows(2, 100), context).error().code, ErrorCode::InvalidInput);
        context.ids.sentinels.resize(5);
        QVERIFY(spanCorruptionBatch(test::windows(2, 100), context));
    }
};

QTEST_APPLESS_MAIN(TestSpanCorruption)
#include "test_span_corruption.moc"
