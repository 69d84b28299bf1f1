// The index beside a model in several files (model.safetensors.index.json, pytorch_model.bin.index.json):
// {"metadata": {"total_size": bytes, …}, "weight_map": {tensor: file, …}}.
// Role: reads it as hostile text. A shard's name is the name of a file in the same folder and nothing else.
// Limits: 100 MB, 32 levels, 10,000 shards. Thread: pure functions. Source: transformers, "Sharded checkpoints".
#pragma once

#include "core/base/error.h"

#include <QByteArrayView>
#include <QHash>
#include <QStringList>

namespace athanor::interop {

struct ShardIndex {
    QHash<QString, QString> fileOf;  // by tensor
    QStringList files;               // sorted, each once
    qint64 totalBytes = -1;          // -1: not told
};

/// Corrupt (no JSON, doubled tensors, other types), InvalidInput (a name that leaves the folder), LimitExceeded.
ATHANOR_EXPORT Result<ShardIndex> parseShardIndex(QByteArrayView json);

/// The shard's path. InvalidInput when it is a link that leads out of the folder (a download store's own layout,
/// snapshots/<revision> linking to blobs two folders up, is accepted); NotFound.
ATHANOR_EXPORT Result<QString> shardPath(const QString &folder, const QString &name);

}  // namespace athanor::interop
