// Hidden tokens: how many, what becomes of them, what is asked, and that a step can be repeated.
#include "plugins/objective/masked_tokens/masked_tokens.h"

#include "tests/support/objective_context.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::train;

namespace {

struct Tally {
    int64_t asked = 0, masked = 0, kept = 0, replaced = 0, wrong = 0;
};

Tally tally(const network::Batch &batch, const torch::Tensor &original, const ObjectiveContext &context)
{
    Tally result;
    for (int64_t i = 0; i < original.numel(); ++i) {
        const int64_t was = original.data_ptr<int64_t>()[i], is = batch.ids.data_ptr<int64_t>()[i],
                      target = batch.targets.data_ptr<int64_t>()[i];
        if (target < 0) {
            result.wrong += is != was;
            continue;
        }
        ++result.asked;
        result.wrong += target != was;
        result.masked += is == context.ids.mask;
        result.kept += is == was;
        result.replaced += is != was && is != context.ids.mask;
    }
    return result;
}

}  // namespace

class TestMaskedTokens : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hidesTheShareThatWasAskedFor()
    {
        ObjectiveContext context = test::objectiveContext();
        context.ids.begin = -1;
        const torch::Tensor windows = test::windows(64, 200);
        const auto batch = maskedTokensBatch(windows, context);
        QVERIFY(batch);
        const Tally counted = tally(*batch, windows, context);
        QCOMPARE(counted.wrong, int64_t(0));
        QCOMPARE(counted.asked, int64_t(64 * 30));
        QVERIFY(qAbs(double(counted.masked) / double(counted.asked) - 0.8) < 0.03);
        QVERIFY(qAbs(double(counted.replaced) / double(counted.asked) - 0.1) < 0.03);
        QVERIFY(qAbs(double(counted.kept) / double(counted.asked) - 0.1) < 0.03);
        QVERIFY(torch::equal(windows, test::windows(64, 200)));  // the stream's tokens are not written to
    }
    void marksStandAroundTheText()
    {
        const auto batch = maskedTokensBatch(test::windows(3, 12), test::objectiveContext());
        QVERIFY(batch);
        for (int row = 0; row < 3; ++row) {
            QCOMPARE(batch->ids[row][0].item<int64_t>(), int64_t(1));
            QCOMPARE(batch->ids[row][11].item<int64_t>(), int64_t(2));
            QCOMPARE(batch->targets[row][0].item<int64_t>(), int64_t(-1));
            QCOMPARE(batch->targets[row][11].item<int64_t>(), int64_t(-1));
        }
    }
    void specialTokensAreNeitherHiddenNorDrawn()
    {
        ObjectiveContext context = test::objectiveContext({{QStringLiteral("share"), 0.9}});
        std::vector<bool> special(900, true);
        for (int id = 10; id < 20; ++id)
            special[size_t(id)] = false;
        context.isSpecial = &special;
        torch::Tensor windows = test::windows(8, 100);
        windows.slice(1, 0, 50).fill_(3);      // ends of documents
        windows.slice(1, 50, 100).fill_(15);
        const auto batch = maskedTokensBatch(windows, context);
        QVERIFY(batch);
        QVERIFY((batch->ids.eq(3).sum().item<int64_t>()) == 8 * 50);
        const torch::Tensor asked = batch->targets.ge(0);
        QVERIFY(asked.sum().item<int64_t>() > 8 * 40);
        const torch::Tensor shown = batch->ids.masked_select(asked);
        QVERIFY((shown.eq(4) | (shown.ge(10) & shown.lt(20))).all().item<bool>());
    }
    void wholeWordsGoTogether()
    {
        ObjectiveContext context = test::objectiveContext({{QStringLiteral("whole_words"), true}});
        context.ids.begin = -1;
        std::vector<bool> continues(900);
        for (size_t id = 0; id < continues.size(); ++id)
            continues[id] = id % 2 == 1;  // pairs: 10 11, 12 13 …
        context.continuesWord = &continues;
        const auto batch = maskedTokensBatch(test::windows(16, 40), context);
        QVERIFY(batch);
        const torch::Tensor asked = batch->targets.ge(0).view({16, 20, 2});
        QVERIFY(torch::equal(asked.select(2, 0), asked.select(2, 1)));
        QCOMPARE(asked.sum().item<int64_t>(), int64_t(16 * 6));
    }
    void aStepCanBeRepeatedAndAnotherDiffers()
    {
        ObjectiveContext context = test::objectiveContext();
        const auto once = maskedTokensBatch(test::windows(4, 50), context), again = maskedTokensBatch(test::windows(4, 50), context);
        QVERIFY(torch::equal(once->ids, again->ids) && torch::equal(once->targets, again->targets));
        context.firstRow = 2;  // the second half of a batch is prepared alike on its own
        const auto half = maskedTokensBatch(test::windows(4, 50).slice(0, 2, 4), context);
        QVERIFY(torch::equal(once->targets.slice(0, 2, 4), half->targets));
        context.firstRow = 0;
        ++context.key.step;
        QVERIFY(!torch::equal(once->targets, maskedTokensBatch(test::windows(4, 50), context)->targets));
    }
    void whatCannotBeHiddenIsRefused()
    {
        ObjectiveContext context = test::objectiveContext();
        QCOMPARE(maskedTokensBatch(torch::ones({5}, torch::kInt64), context).error().code, ErrorCode::InvalidInput);
        QCOMPARE(maskedTokensBatch(torch::ones({2, 2}, torch::kInt64), context).error().code, ErrorCode::InvalidInput);
        context.ids.mask = -1;
        QCOMPARE(maskedTokensBatch(test::windows(2, 20), context).error().code, ErrorCode::InvalidInput);
    }
    void aWindowOfMarksAloneAsksNothing()
    {
        const auto batch = maskedTokensBatch(torch::full({2, 10}, 3, torch::kInt64), test::objectiveContext());
        QVERIFY(batch);
        QVERIFY(batch->targets.eq(-1).all().item<bool>());
    }
};

QTEST_APPLESS_MAIN(TestMaskedTokens)
#include "test_masked_tokens.moc"
