// The labels of a model that sorts texts, from a config of transformers. Private to the room. Thread: pure.
#pragma once

#include "core/interop/exchange.h"

namespace athanor::interop {

/// How many labels the tensors have scores for; 0: none of them says so. `exchange`: the whole exchange file.
qint64 rowsOfScores(const QJsonObject &exchange, const TensorRows &tensors);

/// Their names in the order of the scores: "id2label", or "LABEL_0" … where the config leaves them out, as transformers
/// does with names that nobody chose. `count`: from the tensors; 0: unknown. Unsupported for one number instead of labels
/// and for labels that are judged each on its own; Corrupt where names and scores do not fit.
Result<QStringList> labelsOfConfig(const QJsonObject &config, qint64 count);

}  // namespace athanor::interop
