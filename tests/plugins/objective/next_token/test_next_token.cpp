// The objective against its definition on the model's own logits.
#include "plugins/objective/next_token/next_token.h"

#include "core/network/model.h"
#include "tests/support/tiny_training.h"

#include <QtTest>

using namespace athanor;

class TestNextToken : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::shared_ptr<network::Model> m_model;

    Result<torch::Tensor> loss(const torch::Tensor &windows) const
    {
        ATHANOR_ASSIGN(const network::Batch batch, train::nextTokenBatch(windows));
        network::Pass pass;
        return m_model->loss(batch, pass);
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_plugins = test::builtPlugins();
        auto model = network::Model::build(*m_plugins, test::tinyArchitecture(1, 16), {at::kFloat, 3});
        QVERIFY2(model, model ? "" : qPrintable(model.error().message));
        m_model = *model;
    }
    void isTheMeanSurpriseOfTheNextToken()
    {
        const torch::Tensor windows = torch::arange(3 * 17, torch::kInt64).remainder(290).view({3, 17});
        const auto mean = loss(windows);
        QVERIFY2(mean, mean ? "" : qPrintable(mean.error().message));
        const auto logits = m_model->logits(windows.slice(1, 0, 16).contiguous());
        QVERIFY(logits);
        double sum = 0;
        const torch::Tensor logProbabilities = torch::log_softmax(*logits, -1);
        for (int b = 0; b < 3; ++b) {
            for (int t = 0; t < 16; ++t)
                sum -= logProbabilities[b][t][windows[b][t + 1].item<int64_t>()].item<float>();
        }
        QVERIFY(qAbs(mean->item<float>() - sum / 48) < 1e-4);
        m_model->clearGradients();
    }
    void readsAllButTheLastAndAsksForAllButTheFirst()
    {
        const auto batch = train::nextTokenBatch(torch::arange(10, torch::kInt64).view({2, 5}));
        QVERIFY(batch);
        QVERIFY(torch::equal(batch->ids, torch::tensor({0, 1, 2, 3, 5, 6, 7, 8}, torch::kInt64).view({2, 4})));
        QVERIFY(torch::equal(batch->targets, torch::tensor({1, 2, 3, 4, 6, 7, 8, 9}, torch::kInt64).view({2, 4})));
        QVERIFY(batch->ids.is_contiguous() && batch->targets.is_contiguous());
        QVERIFY(!batch->encoderIds.defined() && !batch->labels.defined());
    }
    void hasGradientsForEveryParameter()
    {
        const auto mean = loss(torch::ones({2, 9}, torch::kInt64));
        QVERIFY(mean);
        mean->backward();
        for (const auto &parameter : m_model->parameters())
            QVERIFY2(parameter.value.grad().defined(), parameter.name.c_str());
        m_model->clearGradients();
    }
    void windowsWithoutATargetAreRefused()
    {
        QCOMPARE(train::nextTokenBatch(torch::ones({2, 1}, torch::kInt64)).error().code, ErrorCode::InvalidInput);
        QCOMPARE(train::nextTokenBatch(torch::ones({5}, torch::kInt64)).error().code, ErrorCode::InvalidInput);
    }
    void idsBeyondTheVocabularyAreRefused() { QVERIFY(!loss(torch::full({1, 9}, 100'000, torch::kInt64))); }
};

QTEST_APPLESS_MAIN(TestNextToken)
#include "test_next_token.moc"
