// The head for labels beside an adapter of PEFT (its "modules_to_save"). Role: whole tensors under the family's names.
// Thread: one.
#pragma once

#include "core/adapt/family_names.h"
#include "core/interop/weight_source.h"

#include <QSet>

namespace athanor::adapt {

inline constexpr char kPeftPrefix[] = "base_model.model.";
inline constexpr char kLabelNames[] = "/labels.json";  // beside an adapter: {"format":1,"labels":[…]}; PEFT has no place for them

/// A tensor as f32.
ATHANOR_EXPORT Result<torch::Tensor> readTensor(const interop::WeightSource &file, const interop::WeightEntry &entry);

/// Copies the head's tensors that the file has into the model; their names in the file go into `used`. Corrupt where
/// shapes differ.
ATHANOR_EXPORT Status readPeftHead(const interop::WeightSource &file, const FamilyHead &head, const network::Model &model,
                                   QSet<QString> &used);
/// The head's tensors under the file's names. Unsupported where the family has no words for them all.
ATHANOR_EXPORT Result<std::vector<std::pair<QString, torch::Tensor>>> peftHead(const FamilyHead &head, const network::Model &model);

/// The labels that an adapter of PEFT was taught, which stands on a model of this architecture: the names in labels.json
/// beside it, those of the architecture where it has as many, else "LABEL_0" …; empty where it brings no scores for labels.
/// Corrupt where labels.json names another count.
ATHANOR_EXPORT Result<QStringList> labelsOfPeft(const plugin::Catalogue &plugins, const QString &folder,
                                                const interop::WeightSource &file, const QJsonObject &architecture);

}  // namespace athanor::adapt
