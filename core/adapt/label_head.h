// A head that sorts texts, in place of the one that writes. Role: a change of the architecture's data.
// Thread: pure functions.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QStringList>

namespace athanor::adapt {

inline constexpr char kLabelLayer[] = "labels";  // its weights: "labels.weight", "labels.bias"

/// The architecture with scores for the labels instead of its heads: a matrix on the last token where the model reads
/// forwards only, on the first where it reads both ways (after its pooler, where it has one). "labels" lists them in the
/// order of their scores. InvalidInput for fewer than two, or for an encoder-decoder.
ATHANOR_EXPORT Result<QJsonObject> withLabelHead(const QJsonObject &architecture, const QStringList &labels);

}  // namespace athanor::adapt
