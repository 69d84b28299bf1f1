// From a checkpoint folder to a model that runs. Role: the one place where weights on disk become a Model's
// parameters; every name, shape and type is checked first. A folder holds architecture.json, model.safetensors,
// tokenizer.json or tokenizer.model and, from training, state.json. Thread: one.
#pragma once

#include "core/interop/safetensors.h"
#include "core/network/model.h"
#include "core/plugin/catalogue.h"
#include "core/tokenizer/tokenizer.h"

namespace athanor::generate {

struct LoadedModel {
    std::shared_ptr<network::Model> model;
    std::shared_ptr<const tokenizer::Tokenizer> tokenizer;
    QJsonObject state;  // state.json, empty when there is none
    QString folder;     // absolute
};

/// Which number format the weights get in memory.
enum class LoadPrecision {
    F32,        // what is stored, exactly
    AsTrained,  // bf16 when the run was bf16 and this machine computes it in hardware; otherwise f32
};

/// Errors: NotFound, Corrupt (missing, surplus or misshapen tensors are named), NewerVersion, InvalidInput when the
/// tokenizer has more pieces than the model, and those of Model::build.
ATHANOR_EXPORT Result<LoadedModel> loadModel(plugin::Catalogue &plugins, const QString &folder,
                                             LoadPrecision precision = LoadPrecision::F32);

/// Copies a file's tensors into `parameters` by name, converting F32, F16 and BF16. All names must match both ways.
ATHANOR_EXPORT Status loadWeights(const interop::SafetensorsReader &file,
                                  const std::vector<network::NamedParameter> &parameters);
/// One tensor of the file into `destination` (same shape, any floating type).
ATHANOR_EXPORT Status copyTensor(const interop::SafetensorsReader &file, const interop::TensorEntry &entry,
                                 torch::Tensor destination);

/// A checkpoint path of a job's parameters: absolute as it is, otherwise inside the project, never climbing out of it.
ATHANOR_EXPORT Result<QString> resolvePath(const QString &projectPath, const QString &path);

}  // namespace athanor::generate
