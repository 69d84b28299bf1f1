// The objective against its definition on the model's own logits.
#include "plugins/objective/next_token/next_token.h"

#include "tests/support/tiny_training.h"

#include <QtTest>

using namespace athanor;

class TestNextToken : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::shared_ptr<network::Model> m_model;

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
        network::Pass pass;
        const auto loss = train::nextTokenLoss(*m_model, windows, pass);
        QVERIFY2(loss, loss ? "" : qPrintable(loss.error().message));
        const auto logits = m_model->logits(windows.slice(1, 0, 16).contiguous());
        QVERIFY(logits);
        double sum = 0;
        const torch::Tensor logProbabilities = torch::log_softmax(*logits, -1);
        for (int b = 0; b < 3; ++b) {
            for (int t = 0; t < 16; ++t)
                sum -= logProbabilities[b][t][windows[b][t + 1].item<int64_t>()].item<float>();
        }
        QVERIFY(qAbs(loss->item<float>() - sum / 48) < 1e-4);
    }
    void hasGradientsForEveryParameter()
    {
        network::Pass pass;
        const auto loss = train::nextTokenLoss(*m_model, torch::ones({2, 9}, torch::kInt64), pass);
        QVERIFY(loss);
        loss->backward();
        for (const auto &parameter : m_model->parameters())
            QVERIFY2(parameter.value.grad().defined(), parameter.name.c_str());
        m_model->clearGradients();
    }
    void windowsWithoutATargetAreRefused()
    {
        network::Pass pass;
        QCOMPARE(train::nextTokenLoss(*m_model, torch::ones({2, 1}, torch::kInt64), pass).error().code, ErrorCode::InvalidInput);
        QCOMPARE(train::nextTokenLoss(*m_model, torch::ones({5}, torch::kInt64), pass).error().code, ErrorCode::InvalidInput);
    }
    void idsBeyondTheVocabularyAreRefused()
    {
        network::Pass pass;
        QVERIFY(!train::nextTokenLoss(*m_model, torch::full({1, 9}, 100'000, torch::kInt64), pass));
    }
};

QTEST_APPLESS_MAIN(TestNextToken)
#include "test_next_token.moc"
