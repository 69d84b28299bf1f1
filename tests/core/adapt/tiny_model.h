// A small LLaMA with its family's names, for tests of adapters and records. Thread: one.
#pragma once

#include "core/adapt/adapters.h"
#include "core/adapt/family_names.h"
#include "core/model/architecture.h"
#include "core/network/model.h"

#include <QTest>

namespace athanor::test {

inline plugin::Catalogue &plugins()
{
    static plugin::Catalogue catalogue;
    static const bool scanned = (catalogue.scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")}), true);
    Q_UNUSED(scanned)
    return catalogue;
}

inline QJsonObject smallLlama(bool tied = true)
{
    const QJsonObject choices{{QStringLiteral("width"), 16},   {QStringLiteral("layers"), 2},       {QStringLiteral("heads"), 4},
                              {QStringLiteral("context"), 48}, {QStringLiteral("key_value_heads"), 2}, {QStringLiteral("feed_forward"), 24},
                              {QStringLiteral("tied"), tied}};
    const auto made = model::expandArchitecture(plugins(), QStringLiteral("architecture.llama"), choices, 40);
    return made ? *made : QJsonObject();
}

inline std::shared_ptr<network::Model> built(const QJsonObject &architecture, quint64 seed = 1)
{
    const auto model = network::Model::build(plugins(), architecture, {at::kFloat, seed});
    return model ? *model : nullptr;
}

inline std::vector<adapt::Module> modules(const network::Model &model)
{
    const auto family = adapt::familyMatrices(plugins(), model.architecture());
    return adapt::modulesOf(model, family ? *family : std::vector<adapt::FamilyMatrix>());
}

inline torch::Tensor someIds(int64_t b, int64_t t)
{
    return (torch::arange(b * t, torch::kInt64) * 7 + 3).remainder(40).view({b, t});
}

inline double largestDifference(const torch::Tensor &a, const torch::Tensor &b)
{
    return (a - b).abs().max().item<double>();
}

}  // namespace athanor::test
