// A model made ready to write: weights in the format that was asked for, and its manners. Thread: one.
#pragma once

#include "core/generate/checkpoint_model.h"
#include "core/generate/manners.h"

namespace athanor::generate {

enum class WeightFormat {
    Auto,  // bf16 where the file holds bf16, else f32
    F32,
    Bf16,
    Int8,
    Int4,
};

/// "auto", "f32", "bf16", "int8", "int4" or nothing (auto). InvalidInput.
ATHANOR_EXPORT Result<WeightFormat> weightFormatFrom(const QString &name);

struct ReadyModel {
    LoadedModel loaded;
    Manners manners;
    QString weights;  // "f32", "bf16", "int8", "int4"
};

/// Errors of loadModel() and readManners(). Adapters are merged.
ATHANOR_EXPORT Result<ReadyModel> readyModel(plugin::Catalogue &plugins, const QString &folder,
                                             WeightFormat format = WeightFormat::Auto);

}  // namespace athanor::generate
