// How a model's family calls its weights, by its exchange (core/interop/exchange.h). Thread: pure function.
#pragma once

#include "core/adapt/module_names.h"
#include "core/plugin/catalogue.h"

namespace athanor::adapt {

/// The matrices of an expanded architecture in its family's words; empty where the family is known here only, or where
/// the architecture does not hold the choices that it was made with. Corrupt for an exchange that contradicts itself.
ATHANOR_EXPORT Result<std::vector<FamilyMatrix>> familyMatrices(const plugin::Catalogue &plugins,
                                                                const QJsonObject &architecture);

/// A head for labels in the family's words.
struct FamilyHead {
    std::vector<std::pair<QString, QString>> tensors;  // ours ("labels.weight") and theirs ("score.weight"): the same numbers
    QStringList modules;                               // what PEFT saves beside an adapter ("score")
};

/// Of an architecture with labels; empty for others, and where the family has no words for such a head.
ATHANOR_EXPORT Result<FamilyHead> familyLabelHead(const plugin::Catalogue &plugins, const QJsonObject &architecture);

}  // namespace athanor::adapt
