// The matrices of a model by the names that its family gives them: "q_proj" is some rows of our fused "qkv".
// Role: from projections and the family's weight map (core/interop/exchange.h) to modules, and from what a person
// wrote ("q_proj", "all", "layers.0.*") to the modules that are meant. Thread: pure functions of their arguments.
#pragma once

#include "core/network/model.h"

#include <QStringList>

namespace athanor::adapt {

/// A matrix of the family: rows [rowBegin, rowEnd) of a weight of ours.
struct FamilyMatrix {
    QString ours;              // "blocks.0.attention.qkv_weight"
    QString path;              // "model.layers.0.self_attn.q_proj"
    int64_t rowBegin = 0;
    int64_t rowEnd = 0;
    bool isTransposed = false;      // theirs is (I, O)
    std::vector<int64_t> rowOrder;  // row rowBegin + r of ours is row rowOrder[r] of theirs; empty: the same
};

/// Rows [rowBegin, rowEnd) of one projection.
struct Module {
    size_t projection = 0;        // index in Model::projections()
    std::string name;             // "q_proj"; ours ("qkv") where the family has none
    QString path;                 // "model.layers.0.self_attn.q_proj"; empty: the family has none
    int64_t rowBegin = 0;
    int64_t rowEnd = 0;
    bool isTransposed = false;
    bool isHead = false;          // scores of tokens or labels
    std::vector<int64_t> rowOrder;  // as above
};

/// All modules of the model, in the order of its projections. Matrices that `family` does not have (an own
/// architecture, a new head) are modules under our names.
ATHANOR_EXPORT std::vector<Module> modulesOf(const network::Model &model, const std::vector<FamilyMatrix> &family);

/// The indices of the modules that `targets` mean: a module's name, the end of its path, our name of its projection, or
/// a pattern of those with * and ?; "all" means every matrix but heads. InvalidInput when one means none: the message
/// names those that exist.
ATHANOR_EXPORT Result<std::vector<size_t>> chosenModules(const network::Model &model, const std::vector<Module> &modules,
                                                         const QStringList &targets);

}  // namespace athanor::adapt
