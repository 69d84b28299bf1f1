// One text from another: what is read, what is written, and what the decoder sees of it.
#include "plugins/objective/sequence_to_sequence/sequence_to_sequence.h"

#include "tests/support/objective_context.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::train;

class TestSequenceToSequence : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsTheFirstPartAndWritesTheRest()
    {
        const torch::Tensor windows = test::windows(3, 20);
        const auto batch = sequenceToSequenceBatch(windows, test::objectiveContext({{QStringLiteral("source_share"), 0.25}}));
        QVERIFY(batch);
        QVERIFY(torch::equal(batch->encoderIds, windows.slice(1, 0, 5)));
        QVERIFY(torch::equal(batch->targets, windows.slice(1, 5, 20)));
        QVERIFY(batch->ids.select(1, 0).eq(5).all().item<bool>());
        QVERIFY(torch::equal(batch->ids.slice(1, 1), batch->targets.slice(1, 0, 14)));
    }
    void bothPartsHaveATokenAtLeast()
    {
        const auto batch = sequenceToSequenceBatch(test::windows(1, 2), test::objectiveContext({{QStringLiteral("source_share"), 0.95}}));
        QVERIFY(batch);
        QCOMPARE(batch->encoderIds.size(1), int64_t(1));
        QCOMPARE(batch->targets.size(1), int64_t(1));
    }
    void whatHasNoBeginningIsRefused()
    {
        ObjectiveContext context = test::objectiveContext();
        QCOMPARE(sequenceToSequenceBatch(test::windows(2, 1), context).error().code, ErrorCode::InvalidInput);
        context.ids.decoderStart = -1;
        QCOMPARE(sequenceToSequenceBatch(test::windows(2, 8), context).error().code, ErrorCode::InvalidInput);
    }
};

QTEST_APPLESS_MAIN(TestSequenceToSequence)
#include "test_sequence_to_sequence.moc"
