// PyTorch's checkpoints (.bin, .pt, .pth) as weights, without any way to run code: the zip archives of torch.save since
// version 1.6 and the plain pickles before it.
// Role: the pickle says which tensors there are (pickle_reader.h), the storages behind them are mapped in place. Takes a
// dictionary of names and tensors, also one inside "state_dict", "model_state_dict", "model", "module" or "weights".
// Limits: rank 32; a tensor that repeats its storage has at most 1,048,576 elements. Thread: see WeightSource.
// Source: PyTorch, torch/serialization.py (layout of both forms).
#pragma once

#include "core/interop/weight_source.h"

namespace athanor::interop {

/// Errors: NotFound, Unreadable, Corrupt (what contradicts what), LimitExceeded, Unsupported (a name in the pickle that
/// weights do not need, TorchScript, big-endian, tar files, compressed entries), InvalidInput (no weights in it).
ATHANOR_EXPORT Result<std::unique_ptr<WeightSource>> openTorchCheckpoint(const QString &path);
/// pytorch_model.bin.index.json and its files.
ATHANOR_EXPORT Result<std::unique_ptr<WeightSource>> openShardedTorchCheckpoint(const QString &indexPath);

}  // namespace athanor::interop
