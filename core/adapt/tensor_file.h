// Tensors of a safetensors file by name. Role: the small files of adapters; the weights of models have
// core/generate/checkpoint_model.h. Thread: pure functions of their arguments.
#pragma once

#include "core/interop/safetensors.h"
#include "core/network/model.h"

namespace athanor::adapt {

/// A tensor of the file as f32 (from F32, F16, BF16 or F64). Unsupported for others.
ATHANOR_EXPORT Result<torch::Tensor> readTensor(const interop::SafetensorsReader &file, const interop::TensorEntry &entry);
/// Into `destination`. Corrupt, with both shapes, when they differ.
ATHANOR_EXPORT Status readTensorInto(const interop::SafetensorsReader &file, const interop::TensorEntry &entry,
                                     torch::Tensor destination);
/// Writes all as F32; returns the file's SHA-256.
ATHANOR_EXPORT Result<QString> writeTensorFile(const QString &path,
                                               const std::vector<std::pair<QString, torch::Tensor>> &tensors);

}  // namespace athanor::adapt
