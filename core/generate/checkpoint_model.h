// From a model folder to a model that runs. Role: the one place where weights on disk become a Model's parameters; every
// name, shape and type is checked first. A folder holds architecture.json, model.safetensors, tokenizer.json or
// tokenizer.model and, from training, state.json; one of an adapter has adapter.json and adapter.safetensors instead of
// the weights, and stands on the folder that adapter.json names. Thread: one.
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
    QString base;       // absolute; of the model that an adapter stands on, else empty
};

/// Which number format the weights get in memory.
enum class LoadPrecision {
    F32,        // what is stored, exactly
    AsTrained,  // bf16 or f16 when the run was and the device computes it in hardware; otherwise f32
    Bf16,       // half the memory; what is stored as bf16 stays exact
};

/// Of an adapter's folder: the base model with the adapter on it, not merged (adapt::mergeAdapters() does that).
/// Errors: NotFound, Corrupt (missing, surplus or misshapen tensors are named; a base that is not the one that the
/// adapter was made on; files that are not as the run wrote them), NewerVersion, InvalidInput when the tokenizer has more pieces than the model, and those of
/// Model::build.
ATHANOR_EXPORT Result<LoadedModel> loadModel(plugin::Catalogue &plugins, const QString &folder,
                                             LoadPrecision precision = LoadPrecision::F32, at::Device device = at::kCPU);

/// Copies a file's tensors into `parameters` by name, converting F32, F16 and BF16. All names must match both ways.
ATHANOR_EXPORT Status loadWeights(const interop::SafetensorsReader &file,
                                  const std::vector<network::NamedParameter> &parameters);
/// The weights of a model folder into `destinations` by name, whatever their format: those of a run that begins with
/// it. A base that is an adapter's folder is merged first. Names that the folder lacks or has beyond these are allowed
/// where `mayDiffer` says so (a head that is new, or gone). Corrupt also when a file is not as its run wrote it.
ATHANOR_EXPORT Status loadBaseWeights(plugin::Catalogue &plugins, const QString &folder,
                                      const std::vector<network::NamedParameter> &destinations,
                                      const std::function<bool(const QString &)> &mayDiffer = {});
/// One tensor of the file into `destination` (same shape, any floating type).
ATHANOR_EXPORT Status copyTensor(const interop::SafetensorsReader &file, const interop::TensorEntry &entry,
                                 torch::Tensor destination);

/// A checkpoint path of a job's parameters: absolute as it is, otherwise inside the project, never climbing out of it.
ATHANOR_EXPORT Result<QString> resolvePath(const QString &projectPath, const QString &path);

}  // namespace athanor::generate
