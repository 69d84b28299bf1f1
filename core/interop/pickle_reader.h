// Python's pickle, as far as PyTorch's checkpoints need it: a reader that cannot run code.
// Role: interprets the opcodes into a tree of plain values. It knows by name the few things that a checkpoint of weights
// asks for (dictionaries, shapes, storages, putting a tensor together) and makes data of them; every other name is refused
// before anything else happens, with the name. There is no way from a pickle to a function of this program.
// Limits: 256 MiB, 4,000,000 values, 1,000,000 on the stack, 1,000 marks, texts of 1 MiB.
// Thread: one object, one pickle. Source: CPython, Lib/pickletools.py (opcodes); PyTorch, torch/_utils.py (what is asked for).
#pragma once

#include "core/interop/safetensors.h"

#include <QHash>

#include <optional>

namespace athanor::interop {

enum class PickleKind { None, Bool, Whole, Large, Real, Text, Bytes, Tuple, List, Dictionary, Set, Name, Storage, Tensor };

struct PickleNode {
    PickleKind kind = PickleKind::None;
    std::optional<ElementType> element;  // Storage; Name of a storage or a dtype. None: bytes of any type
    qint64 whole = 0;                    // Bool, Whole; Storage: its elements; Tensor: first element in its storage
    double real = 0;
    QString text;                        // Text; Name: "module.name"; Storage: its key
    QByteArrayView bytes;                // Bytes; Large: the number, little-endian
    std::vector<quint32> items;          // of lists; Dictionary: key, value, key, value …; Tensor: storage, shape, strides
};

/// Values refer to each other by their place; lists may contain themselves.
struct PickleTree {
    std::vector<PickleNode> nodes;
    quint32 root = 0;
    qsizetype consumed = 0;  // bytes up to the end of the pickle

    const PickleNode &operator[](quint32 place) const { return nodes[place]; }
    /// Value of a text key; the last when there are several.
    const PickleNode *value(const PickleNode &dictionary, const QString &key) const;
    /// Whole numbers of a tuple or list; none when something else is in it.
    std::optional<std::vector<qint64>> wholes(const PickleNode &list) const;
};

/// Errors: Unsupported (a name or an opcode that weights do not need, named), Corrupt (what is missing where),
/// LimitExceeded. Bytes after the pickle's end are left alone.
ATHANOR_EXPORT Result<PickleTree> readPickle(QByteArrayView bytes);

}  // namespace athanor::interop
