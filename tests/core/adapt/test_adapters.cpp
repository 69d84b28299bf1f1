// Adapters on a model: which matrices they reach, how they begin, merging, and the head for labels.
#include "core/model/architecture.h"
#include "core/model/label_head.h"
#include "core/tensor/random.h"
#include "tests/core/adapt/tiny_model.h"

#include <cmath>
#include <map>

using namespace athanor;
using namespace athanor::test;
using adapt::AdapterSettings;

namespace {

AdapterSettings settings(const QStringList &targets, bool dora = false)
{
    AdapterSettings made;
    made.rank = 4;
    made.alpha = 8;
    made.dora = dora;
    made.targets = targets;
    return made;
}

void disturb(network::Model &model)
{
    torch::NoGradGuard noGradients;
    int64_t number = 0;
    for (const network::NamedParameter &parameter : adapt::adapterTensors(model))
        parameter.value.detach().add_(tensor::normalTensor(parameter.value.sizes(), 0.2, {5, 0, uint64_t(++number)}));
}

}  // namespace

class TestAdapters : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fusedMatricesAreCalledAsTheFamilyCallsThem()
    {
        const auto model = built(smallLlama());
        const auto all = modules(*model);
        QStringList names;
        for (const adapt::Module &module : all)
            names += QStringLiteral("%1 %2-%3").arg(module.path).arg(module.rowBegin).arg(module.rowEnd);
        QVERIFY2(names.contains(QStringLiteral("model.layers.0.self_attn.q_proj 0-16")), qPrintable(names.join(u'\n')));
        QVERIFY(names.contains(QStringLiteral("model.layers.0.self_attn.k_proj 16-24")));
        QVERIFY(names.contains(QStringLiteral("model.layers.1.self_attn.v_proj 24-32")));
        QVERIFY(names.contains(QStringLiteral("model.layers.1.mlp.up_proj 24-48")));
        QCOMPARE(std::count_if(all.begin(), all.end(), [](const auto &module) { return module.isHead; }), 1);
    }

    void targetsAreFound_data()
    {
        QTest::addColumn<QStringList>("targets");
        QTest::addColumn<int>("count");
        QTest::newRow("a name") << QStringList{QStringLiteral("q_proj")} << 2;
        QTest::newRow("two names") << QStringList{QStringLiteral("q_proj"), QStringLiteral("v_proj")} << 4;
        QTest::newRow("all but the head") << QStringList{QStringLiteral("all")} << 14;
        QTest::newRow("the end of a path") << QStringList{QStringLiteral("layers.1.mlp.down_proj")} << 1;
        QTest::newRow("a pattern") << QStringList{QStringLiteral("*.0.mlp.*")} << 3;
        QTest::newRow("our name") << QStringList{QStringLiteral("blocks.0.attention.qkv")} << 3;
        QTest::newRow("named twice") << QStringList{QStringLiteral("q_proj"), QStringLiteral("q_*")} << 2;
    }
    void targetsAreFound()
    {
        QFETCH(QStringList, targets);
        QFETCH(int, count);
        const auto model = built(smallLlama());
        const auto placed = adapt::placeAdapters(*model, modules(*model), settings(targets), 1);
        QVERIFY2(placed, placed ? "" : qPrintable(placed.error().message));
        QCOMPARE(int(placed->size()), count);
        QCOMPARE(int(adapt::adapterTensors(*model).size()), 2 * count);
    }

    void wrongTargetsAreRefusedWithTheNamesThatExist()
    {
        const auto model = built(smallLlama());
        const auto placed = adapt::placeAdapters(*model, modules(*model), settings({QStringLiteral("q_proj"), QStringLiteral("query")}), 1);
        QVERIFY(!placed);
        QCOMPARE(placed.error().code, ErrorCode::InvalidInput);
        QVERIFY(placed.error().message.contains(QStringLiteral("query")));
        for (const char *name : {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"})
            QVERIFY2(placed.error().hint.contains(QLatin1String(name)), qPrintable(placed.error().hint));
        QVERIFY(!adapt::hasAdapters(*model));
    }
    void settingsOutsideTheirLimitsAreRefused_data()
    {
        QTest::addColumn<QJsonObject>("values");
        QTest::newRow("rank 0") << QJsonObject{{QStringLiteral("rank"), 0}};
        QTest::newRow("rank of text") << QJsonObject{{QStringLiteral("rank"), QStringLiteral("eight")}};
        QTest::newRow("negative alpha") << QJsonObject{{QStringLiteral("alpha"), -1}};
        QTest::newRow("all dropped") << QJsonObject{{QStringLiteral("dropout"), 1}};
        QTest::newRow("unknown method") << QJsonObject{{QStringLiteral("method"), QStringLiteral("ia3")}};
        QTest::newRow("unknown key") << QJsonObject{{QStringLiteral("ranks"), 4}};
        QTest::newRow("no targets") << QJsonObject{{QStringLiteral("targets"), QJsonArray()}};
        QTest::newRow("empty targets") << QJsonObject{{QStringLiteral("targets"), QStringLiteral(" , ")}};
    }
    void settingsOutsideTheirLimitsAreRefused()
    {
        QFETCH(QJsonObject, values);
        const auto made = AdapterSettings::fromJson(values);
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::InvalidInput);
    }
    void settingsGoThroughJson()
    {
        const auto made = AdapterSettings::fromJson({{QStringLiteral("rank"), 16}, {QStringLiteral("rslora"), true},
                                                     {QStringLiteral("targets"), QStringLiteral("q_proj, v_proj")}});
        QVERIFY(made);
        QCOMPARE(made->targets, QStringList({QStringLiteral("q_proj"), QStringLiteral("v_proj")}));
        QCOMPARE(made->scale(), 16 / 4.0);
        const auto again = AdapterSettings::fromJson(made->toJson());
        QVERIFY(again && *again == *made);
    }

    void aNewAdapterChangesNothing_data()
    {
        QTest::addColumn<bool>("dora");
        QTest::newRow("LoRA") << false;
        QTest::newRow("DoRA") << true;
    }
    void aNewAdapterChangesNothing()
    {
        QFETCH(bool, dora);
        const auto model = built(smallLlama());
        const torch::Tensor before = *model->logits(someIds(2, 7));
        QVERIFY(adapt::placeAdapters(*model, modules(*model), settings({QStringLiteral("all")}, dora), 1));
        QVERIFY(largestDifference(before, *model->logits(someIds(2, 7))) < 1e-5);
        // Only the adapter learns.
        for (const network::NamedParameter &parameter : model->parameters())
            QVERIFY2(!parameter.value.requires_grad(), parameter.name.c_str());
        QCOMPARE(model->trainable().size(), adapt::adapterTensors(*model).size());
    }

    void theFirstValuesDependOnSeedAndNameAlone()
    {
        const auto one = built(smallLlama()), two = built(smallLlama(), 9);
        const auto some = adapt::placeAdapters(*one, modules(*one), settings({QStringLiteral("v_proj")}), 7);
        const auto all = adapt::placeAdapters(*two, modules(*two), settings({QStringLiteral("all")}), 7);
        QVERIFY(some && all);
        std::map<std::string, torch::Tensor> values;
        for (const network::NamedParameter &parameter : adapt::adapterTensors(*two))
            values[parameter.name] = parameter.value;
        for (const network::NamedParameter &parameter : adapt::adapterTensors(*one))
            QVERIFY2(torch::equal(values.at(parameter.name), parameter.value), parameter.name.c_str());
        for (const auto &[name, value] : values) {
            const bool isB = name.ends_with("lora_B");
            const double bound = 1 / std::sqrt(double(value.size(1)));
            const double largest = value.abs().max().item<double>();
            QVERIFY2(isB ? largest == 0 : largest <= bound && largest > 0.8 * bound, name.c_str());
        }
        QCOMPARE(values.size(), size_t(28));
    }

    void mergingKeepsTheAnswers_data() { aNewAdapterChangesNothing_data(); }
    void mergingKeepsTheAnswers()
    {
        QFETCH(bool, dora);
        const auto model = built(smallLlama());
        const torch::Tensor plain = *model->logits(someIds(2, 7));
        QVERIFY(adapt::placeAdapters(*model, modules(*model), settings({QStringLiteral("all")}, dora), 1));
        disturb(*model);
        const torch::Tensor adapted = *model->logits(someIds(2, 7));
        QVERIFY(largestDifference(plain, adapted) > 1e-3);
        QVERIFY(adapt::mergeAdapters(*model));
        QVERIFY(!adapt::hasAdapters(*model));
        QVERIFY2(largestDifference(adapted, *model->logits(someIds(2, 7))) < 1e-5,
                 qPrintable(QString::number(largestDifference(adapted, *model->logits(someIds(2, 7))))));
    }
    void aSecondAdapterIsRefused()
    {
        const auto model = built(smallLlama());
        QVERIFY(adapt::placeAdapters(*model, modules(*model), settings({QStringLiteral("q_proj")}), 1));
        QVERIFY(!adapt::placeAdapters(*model, modules(*model), settings({QStringLiteral("v_proj")}), 1));
    }

    void aHeadForLabelsReplacesTheOther()
    {
        const auto changed = model::withLabelHead(smallLlama(), {QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")});
        QVERIFY(changed);
        QCOMPARE(model::labelsOf(*changed).size(), 3);
        const auto model = built(*changed);
        QVERIFY(model);
        QVERIFY(model->hasLabelHead());
        network::Batch batch;
        batch.ids = someIds(2, 6);
        batch.segments = torch::zeros({2, 6}, torch::kInt64);
        batch.segments[0].slice(0, 4, 6).fill_(-1);
        const auto padded = model->labelLogits(batch);
        QVERIFY2(padded, padded ? "" : qPrintable(padded.error().message));
        QCOMPARE(padded->size(1), 3);
        // The last token is the last that is no padding.
        network::Batch alone;
        alone.ids = batch.ids.slice(0, 0, 1).slice(1, 0, 4).contiguous();
        QVERIFY(largestDifference((*padded)[0], (*model->labelLogits(alone))[0]) < 1e-5);
        // Once more with other labels: the old head goes.
        const auto again = model::withLabelHead(*changed, {QStringLiteral("x"), QStringLiteral("y")});
        QVERIFY(again);
        QCOMPARE(built(*again)->labelLogits(alone)->size(1), 2);
    }
    void oneLabelIsTooFew()
    {
        QVERIFY(!model::withLabelHead(smallLlama(), {QStringLiteral("only")}));
        QJsonObject both = smallLlama();
        both[QStringLiteral("encoder")] = QJsonObject{{QStringLiteral("layers"), QJsonArray()}};
        QVERIFY(!model::withLabelHead(both, {QStringLiteral("a"), QStringLiteral("b")}));
    }
};

QTEST_GUILESS_MAIN(TestAdapters)
#include "test_adapters.moc"
