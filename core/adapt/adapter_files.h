// adapter.json and adapter.safetensors: what a checkpoint holds where only an adapter (and a new head) learned.
// Role: reading and writing them, and finding the base model that they stand on. Thread: one.
//
// {"format":1,"base":"path relative to the project or absolute","baseWeightsSha256":"…",
//  "settings":{"method","rank","alpha","dropout","rslora","dora","targets"}}
#pragma once

#include "core/adapt/adapters.h"

namespace athanor::adapt {

inline constexpr int kAdapterFormat = 1;
inline constexpr char kAdapterFacts[] = "/adapter.json";
inline constexpr char kAdapterWeights[] = "/adapter.safetensors";

struct AdapterFacts {
    QString base;               // as written
    QString baseWeightsSha256;  // of the base's model.safetensors, or adapter.safetensors
    AdapterSettings settings;
};

ATHANOR_EXPORT QJsonObject toJson(const AdapterFacts &facts);
ATHANOR_EXPORT bool isAdapterFolder(const QString &folder);
/// Errors: NotFound, Corrupt, NewerVersion, InvalidInput (settings).
ATHANOR_EXPORT Result<AdapterFacts> readAdapterFacts(const QString &folder);
/// The file that holds a model folder's weights: adapter.safetensors where it is an adapter's.
ATHANOR_EXPORT QString weightsFileOf(const QString &folder);
/// The base's folder: absolute as it stands, or below the nearest folder above `folder` that has it. NotFound.
ATHANOR_EXPORT Result<QString> findBase(const QString &folder, const AdapterFacts &facts);
/// Corrupt when the base's weights are not those that the adapter was made on.
ATHANOR_EXPORT Status checkBase(const QString &baseFolder, const AdapterFacts &facts);

/// The tensors of a folder's adapter.safetensors into `tensors` by name. Missing, surplus and misshapen ones are named.
ATHANOR_EXPORT Status readAdapterWeights(const QString &folder, const std::vector<network::NamedParameter> &tensors);

}  // namespace athanor::adapt
