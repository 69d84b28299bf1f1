// A model's parameters as the bytes of its file: no copy in memory where the file stores what the model computes with.
// Role: the fast half of loading; names, shapes and types were checked before. Thread: one.
#pragma once

#include "core/interop/safetensors.h"
#include "core/network/model.h"
#include "core/plugin/catalogue.h"

namespace athanor::generate {

/// Every parameter is in the file, and nothing else, apart from what may differ. Corrupt names what is not.
Status checkNames(const interop::SafetensorsReader &file, const std::vector<network::NamedParameter> &parameters,
                  const std::function<bool(const QString &)> &mayDiffer = {});

/// Each parameter becomes a view into a private map of the file (copied by the system only where it is written to), or,
/// stored in another type, is converted once. Every parameter must have its tensor in the file.
/// Errors: Unreadable, Corrupt (shape), Unsupported (type).
Status mapWeights(const interop::SafetensorsReader &file, const std::vector<network::NamedParameter> &parameters);

/// The model of a folder with model.safetensors (not of an adapter), without its tokenizer. On a device that is not the
/// processor the weights are copied there.
ATHANOR_EXPORT Result<std::shared_ptr<network::Model>> loadModelWeights(plugin::Catalogue &plugins, const QString &folder,
                                                                        at::ScalarType dtype, at::Device device = at::kCPU);

}  // namespace athanor::generate
