// A model where the kernels of the processor do not reach: LibTorch's operations, f16, and a device without numbers. And who
// watches a pass.
#include "tests/core/network/model_fixture.h"
#include "tests/support/meta_device.h"

#include "core/network/observer.h"
#include "core/tensor/compatibility.h"
#include "core/tensor/device.h"
#include "core/tensor/guard.h"

#include <QTest>

#include <cmath>
#include <set>

using namespace athanor;
using namespace athanor::network::fixture;
using network::Model;
using torch::Tensor;

namespace {

/// Writes down what it is told.
struct Notebook final : network::PassObserver {
    void stream(const std::string &name, const Tensor &x) override { streams.emplace_back(name, x); }
    void units(const Tensor &activations) override { hidden.push_back(activations); }
    void attention(const Tensor &entropies) override { looks.push_back(entropies); }
    void crossAttention(const Tensor &) override { QFAIL("there is no encoder"); }
    std::vector<std::pair<std::string, Tensor>> streams;
    std::vector<Tensor> hidden, looks;
};

}  // namespace

class TestElsewhere : public QObject, network::fixture::ModelMaker {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { findPlugins(); }

    // Loss and gradients by the kernels and by LibTorch's operations, as a graphics card computes them.
    void theOperationsSayTheSame_data() { families(); }
    void theOperationsSayTheSame()
    {
        QFETCH(QJsonObject, architecture);
        network::Batch batch;
        batch.ids = idsOf(2, 24, 1);
        batch.targets = idsOf(2, 24, 2);
        batch.segments = torch::arange(24, at::kLong).div(7, "floor").expand({2, 24}).contiguous();
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const auto model = built(architecture, dtype);
            const auto lossAndGradients = [&] {
                network::Pass pass{true};
                const Tensor loss = *model->loss(batch, pass);
                loss.backward();
                std::vector<Tensor> all{loss.detach()};
                for (const auto &parameter : model->parameters())
                    all.push_back(parameter.value.grad().to(at::kFloat));
                model->clearGradients();
                return all;
            };
            const std::vector<Tensor> fast = lossAndGradients();
            const tensor::PlainKernels plain;
            const std::vector<Tensor> operations = lossAndGradients();
            const double bound = dtype == at::kFloat ? 1e-5 : 3e-2;
            for (size_t i = 0; i < fast.size(); ++i) {
                const double distance = (fast[i] - operations[i]).norm().item<double>() / fast[i].norm().item<double>();
                QVERIFY2(distance < bound, qPrintable(QStringLiteral("%1: %2").arg(i).arg(distance)));
            }
        }
    }

    // f16, as a card without bf16 computes; the processor can do it for a test with a newer LibTorch.
    void theOperationsWorkInF16_data() { families(); }
    void theOperationsWorkInF16()
    {
        if (!tensor::kProcessorMultipliesF16)
            QSKIP("this LibTorch multiplies no f16 on the processor");
        QFETCH(QJsonObject, architecture);
        const tensor::PlainKernels plain;
        const auto exact = built(architecture), half = built(architecture, at::kHalf);
        const auto lossOf = [&](Model &model, double factor) {
            network::Pass pass{true};
            const Tensor loss = *model.loss(idsOf(2, 24, 1), idsOf(2, 24, 2), pass);
            (loss * factor).backward();
            return loss.item<double>();
        };
        const double expected = lossOf(*exact, 1);
        QVERIFY(std::abs(lossOf(*half, 1024) - expected) < 1e-2 * expected);
        for (size_t i = 0; i < exact->parameters().size(); ++i) {
            const Tensor gradient = exact->parameters()[i].value.grad();
            const Tensor scaled = half->parameters()[i].value.grad().to(at::kFloat) / 1024;
            const double distance = (scaled - gradient).norm().item<double>() / gradient.norm().item<double>();
            QVERIFY2(distance < 2e-2, qPrintable(QStringLiteral("%1: %2").arg(QString::fromStdString(exact->parameters()[i].name)).arg(distance)));
        }
    }

    // On the device "meta" there are no numbers to fetch, and what was left on the processor is refused beside it.
    void aPassStaysOnItsDevice_data() { families(); }
    void aPassStaysOnItsDevice()
    {
        QFETCH(QJsonObject, architecture);
        const auto model = Model::build(*m_plugins, architecture, {at::kBFloat16, 1, at::kMeta});
        QVERIFY2(model, qPrintable(model ? QString() : model.error().detail));
        network::Batch batch;
        batch.ids = idsOf(2, 24, 1);
        batch.targets = idsOf(2, 24, 2);
        batch.segments = torch::zeros({2, 24}, at::kLong);
        batch.positions = torch::arange(24, at::kLong).expand({2, 24});
        network::Pass pass{true};
        const auto loss = (*model)->loss(batch, pass);
        QVERIFY2(loss, qPrintable(loss ? QString() : loss.error().detail));
        QVERIFY(loss->is_meta());
        QVERIFY(tensor::backward(*loss));
        for (const auto &parameter : (*model)->parameters())
            QVERIFY2(parameter.value.grad().is_meta(), parameter.name.c_str());
        batch.ids = torch::full({2, 24}, 40, at::kLong);
        const auto refused = (*model)->loss(batch, pass);
        QVERIFY(!refused && refused.error().message.contains(QStringLiteral("not below the vocabulary")));
        batch.ids = torch::full({2, 24}, -1, at::kLong);
        const auto negative = (*model)->loss(batch, pass);
        QVERIFY(!negative && negative.error().message.contains(QStringLiteral("is negative")));
    }

    void whoWatchesSeesEachBlockAndChangesNothing_data() { families(); }
    void whoWatchesSeesEachBlockAndChangesNothing()
    {
        QFETCH(QJsonObject, architecture);
        for (const auto dtype : {at::kFloat, at::kBFloat16}) {
            const auto model = built(architecture, dtype);
            network::Batch batch;
            batch.ids = idsOf(2, 9, 1);
            batch.targets = idsOf(2, 9, 2);
            Notebook notebook;
            const auto alone = model->perTokenLoss(batch);
            const network::ObserverGuard guard(&notebook);
            const auto watched = model->perTokenLoss(batch);
            QVERIFY(watched && alone);
            QVERIFY(torch::equal(*watched, *alone));
            std::set<std::string> names;
            for (const auto &[name, x] : notebook.streams) {
                names.insert(name);
                QCOMPARE(x.sizes(), at::IntArrayRef({2, 9, 16}));
            }
            QVERIFY(names.count("tok") && names.count("blocks.0") && names.count("blocks.1") && names.count("norm"));
            QCOMPARE(notebook.hidden.size(), size_t(2));
            QCOMPARE(notebook.looks.size(), size_t(2));
            for (const Tensor &entropies : notebook.looks) {
                QVERIFY(entropies.dim() == 1 && entropies.min().item<double>() > 0);
                QVERIFY(entropies.max().item<double>() < std::log(9.0));
            }
        }
    }

    void whatIsWatchedIsWhatGoesOn()
    {
        const auto model = built(llama());
        Notebook notebook;
        network::Pass pass;
        {
            const network::ObserverGuard guard(&notebook);
            const auto last = model->hidden(idsOf(1, 5, 1), pass);
            QVERIFY(last);
            QVERIFY(difference(*last, notebook.streams.back().second) < 1e-6);  // behind the last norm, in front of the head
            notebook.streams.clear();
            const network::ObserverGuard nobody(nullptr);
            pass = {};
            QVERIFY(model->hidden(idsOf(1, 5, 1), pass));
            QVERIFY(notebook.streams.empty());
        }
        pass = {};
        QVERIFY(model->hidden(idsOf(1, 5, 1), pass));
        QVERIFY(notebook.streams.empty());
    }
};

QTEST_GUILESS_MAIN(TestElsewhere)
#include "test_elsewhere.moc"
