// Which weights of a model learn: all, an adapter beside them, the head, or those that patterns name. Role: from the job
// parameters "adapter" and "learns" to frozen and free tensors. Thread: one.
#pragma once

#include "core/adapt/adapters.h"
#include "core/network/model.h"
#include "core/plugin/catalogue.h"

#include <optional>

namespace athanor::train {

enum class Learns { All, Adapter, Head, Chosen };

struct Learning {
    Learns what = Learns::All;
    std::optional<adapt::AdapterSettings> adapter;
    QStringList patterns;  // for Chosen

    /// "learns" is a word, a text of patterns with commas, or a list of them; absent: the adapter where there is one,
    /// else all. InvalidInput when the two contradict each other.
    ATHANOR_EXPORT static Result<Learning> fromJson(const QJsonObject &adapter, const QJsonValue &learns);
};

/// Freezes and frees the model's weights and puts adapters on. A head for labels always learns.
/// InvalidInput names the modules or weights that exist when a target or pattern means none.
ATHANOR_EXPORT Status applyLearning(plugin::Catalogue &plugins, network::Model &model, const Learning &learning,
                                    quint64 seed);

}  // namespace athanor::train
