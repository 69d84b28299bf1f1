// Following text or not: shape, labels, and where the second passage comes from.
#include "plugins/objective/next_sentence/next_sentence.h"

#include "tests/support/objective_context.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::train;

class TestNextSentence : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void secondPassageFollowsOrComesFromElsewhere()
    {
        const torch::Tensor windows = (torch::arange(64, torch::kInt64) + 100).view({64, 1}).expand({64, 21}).contiguous();
        ObjectiveContext context = test::objectiveContext({{QStringLiteral("share"), 0.01}});
        const auto batch = nextSentenceBatch(windows, context);
        QVERIFY(batch);
        const torch::Tensor text = torch::where(batch->targets.ge(0), batch->targets, batch->ids);  // as it was
        int64_t others = 0;
        for (int row = 0; row < 64; ++row) {
            QCOMPARE(text[row][0].item<int64_t>(), int64_t(1));
            QCOMPARE(text[row][10].item<int64_t>(), int64_t(2));
            QCOMPARE(text[row][20].item<int64_t>(), int64_t(2));
            QVERIFY(text[row].slice(0, 1, 10).eq(100 + row).all().item<bool>());
            const bool isOther = text[row][11].item<int64_t>() != 100 + row;
            QCOMPARE(batch->labels[row].item<int64_t>(), int64_t(isOther));
            QVERIFY(text[row].slice(0, 11, 20).eq(text[row][11]).all().item<bool>());
            others += isOther;
        }
        QVERIFY(others > 16 && others < 48);
        QVERIFY(batch->tokenTypes.slice(1, 0, 11).eq(0).all().item<bool>());
        QVERIFY(batch->tokenTypes.slice(1, 11, 21).eq(1).all().item<bool>());
        QCOMPARE(batch->targets.ge(0).sum().item<int64_t>(), int64_t(64));
    }
    void aStepCanBeRepeated()
    {
        const ObjectiveContext context = test::objectiveContext();
        const auto once = nextSentenceBatch(test::windows(6, 30), context), again = nextSentenceBatch(test::windows(6, 30), context);
        QVERIFY(torch::equal(once->ids, again->ids) && torch::equal(once->labels, again->labels));
    }
    void oneRowOrNoMarksAreRefused()
    {
        ObjectiveContext context = test::objectiveContext();
        QCOMPARE(nextSentenceBatch(test::windows(1, 30), context).error().code, ErrorCode::InvalidInput);
        QCOMPARE(nextSentenceBatch(test::windows(4, 4), context).error().code, ErrorCode::InvalidInput);
        context.training = false;
        QCOMPARE(nextSentenceBatch(test::windows(1, 30), context)->labels[0].item<int64_t>(), int64_t(0));
        context.training = true;
        context.ids.separator = -1;
        QCOMPARE(nextSentenceBatch(test::windows(4, 30), context).error().code, ErrorCode::InvalidInput);
    }
};

QTEST_APPLESS_MAIN(TestNextSentence)
#include "test_next_sentence.moc"
