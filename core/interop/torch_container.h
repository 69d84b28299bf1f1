// Inside the reader of PyTorch's checkpoints: from a file to the tree of its pickle and the bytes of its storages.
// Thread: pure functions.
#pragma once

#include "core/interop/pickle_reader.h"

namespace athanor::interop {

struct TorchContents {
    PickleTree tree;
    QHash<QString, QByteArrayView> storages;  // by key, into the file
};

/// Either form, told by the first bytes. The sizes of the storages are as the pickle says.
ATHANOR_EXPORT Result<TorchContents> readTorchFile(QByteArrayView file);

}  // namespace athanor::interop
