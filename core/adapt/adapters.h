// Putting low-rank adapters on a model, and taking them in. Thread: one at a time for each model.
#pragma once

#include "core/adapt/adapter_settings.h"
#include "core/adapt/module_names.h"

namespace athanor::adapt {

/// Puts a new adapter on every module that the settings' targets mean, and freezes the model's own weights. A is
/// uniform in ±1/√I (Kaiming's for a = √5, as PEFT), a function of (seed, name); B is zero; a magnitude (DoRA) is the
/// length of each row, so that the model answers as before. Returns the modules that got one.
/// InvalidInput when a target means nothing, or where the model has adapters already.
ATHANOR_EXPORT Result<std::vector<Module>> placeAdapters(network::Model &model, const std::vector<Module> &modules,
                                                         const AdapterSettings &settings, uint64_t seed);

/// The adapters' tensors alone, named as in Model::trainable().
ATHANOR_EXPORT std::vector<network::NamedParameter> adapterTensors(const network::Model &model);
ATHANOR_EXPORT bool hasAdapters(const network::Model &model);

/// After the weights were changed from outside: the magnitudes (DoRA) are again the lengths of their rows.
ATHANOR_EXPORT Status resetMagnitudes(network::Model &model);

/// Adds all adapters into the weights, f32 arithmetic, and removes them. InvalidInput for one on a tied head, whose
/// weight is the embedding's too.
ATHANOR_EXPORT Status mergeAdapters(network::Model &model);

}  // namespace athanor::adapt
