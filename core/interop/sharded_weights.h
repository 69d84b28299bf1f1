// A model in several files of one format, with its index, as one source of weights.
// Role: every tensor of the index is in the file that it names and in no other. Thread: see WeightSource.
#pragma once

#include "core/interop/weight_source.h"

#include <functional>

namespace athanor::interop {

using WeightOpener = std::function<Result<std::unique_ptr<WeightSource>>(const QString &path)>;

/// Opens the index and its files beside it. Tensors that the index does not name are left out, with a note. Errors: as
/// parseShardIndex(), shardPath() and `open`; Corrupt when index and files disagree.
ATHANOR_EXPORT Result<std::unique_ptr<WeightSource>> openShards(const QString &indexPath, const WeightOpener &open);

}  // namespace athanor::interop
