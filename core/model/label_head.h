// A head that sorts texts, in place of the one that writes. Role: a change of the architecture's data.
// Thread: pure functions.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QStringList>

namespace athanor::model {

inline constexpr char kLabelLayer[] = "labels";   // its weights: "labels.weight" (K, C), "labels.bias" (K)
inline constexpr char kPoolerLayer[] = "pooler";  // "pooler.weight" (C, C), "pooler.bias" (C)

/// The architecture with scores for K labels instead of its heads, as transformers' classes for sorting texts have them:
/// where the model reads forwards only, W·h of the last token; where it reads both ways, W·tanh(P·h + p) + b of the first
/// one, P being the pooler that it has already, or a new one. "labels" lists them in the order of their scores.
/// InvalidInput for fewer than two, or for an encoder-decoder.
/// Sources: Radford et al. 2018 (the last token), Devlin et al. 2019 (the pooler).
ATHANOR_EXPORT Result<QJsonObject> withLabelHead(const QJsonObject &architecture, const QStringList &labels);

/// Whether it has neither a head for tokens nor labels: an encoder that makes vectors of texts, to be taught labels.
ATHANOR_EXPORT bool isHeadless(const QJsonObject &architecture);

/// Whether a model folder's card (model.json) says that its labels came with it, so that texts are read as its config
/// has it rather than as a run here had it.
ATHANOR_EXPORT bool cameWithLabels(const QJsonObject &card);

/// The layers of an architecture's head for labels; none where it has no labels.
ATHANOR_EXPORT QStringList labelHeadLayers(const QJsonObject &architecture);

}  // namespace athanor::model
