// The weights of a model in any file that Athanor reads: safetensors (one file, or a folder of shards with its index),
// PyTorch's checkpoints, GGUF.
// Role: names, shapes and bytes behind one face, so that whoever maps names need not know the format. Files are mapped:
// opening reads headers only, and bytes are read from the disk when they are touched.
// Shapes are PyTorch's everywhere, the last size varying fastest (those of a GGUF file are turned round).
// Thread: const after openWeights(); several threads may read.
#pragma once

#include "core/interop/safetensors.h"

#include <QHash>
#include <QStringList>

#include <optional>

namespace athanor::interop {

enum class WeightFormat { Safetensors, Torch, Gguf };

struct WeightEntry {
    QString name;
    std::optional<ElementType> element;  // none: blocks of a GGUF file, for readF32() only
    QString typeName;                    // "BF16", "Q4_K": for people
    std::vector<qint64> shape;           // empty: a scalar
    qint64 byteCount = 0;                // as stored
    qint64 elementCount = 0;
    size_t index = 0;                    // its place in entries()
};

class ATHANOR_EXPORT WeightSource {
public:
    virtual ~WeightSource();

    WeightFormat format() const { return m_format; }
    /// Every file that was opened (the index of shards too), as absolute paths.
    const QStringList &files() const { return m_files; }
    const std::vector<WeightEntry> &entries() const { return m_entries; }
    const WeightEntry *find(const QString &name) const;  // nullptr when there is none
    /// What a person should know about the file and that is no error (entries that are no tensors …).
    const QStringList &notes() const { return m_notes; }

    /// All elements, little-endian, row after row; valid while the source lives. Into the map where the file stores them
    /// so; a transposed or strided PyTorch tensor is gathered once and kept. Unsupported for blocks (use readF32()).
    virtual Result<QByteArrayView> bytes(const WeightEntry &entry) const = 0;
    /// Elements [first, first + count) as f32 into `out`; whole numbers and f64 are rounded to the nearest f32.
    /// InvalidInput when the range leaves the tensor. Any first and count, also inside a block.
    Status readF32(const WeightEntry &entry, qint64 first, qint64 count, float *out) const;

protected:
    explicit WeightSource(WeightFormat format) : m_format(format) {}
    /// Sets index and elementCount. Corrupt when the name is taken, LimitExceeded for a shape beyond 63 bits.
    Status add(WeightEntry entry);
    void addFile(const QString &path);
    void note(const QString &text) { m_notes.append(text); }
    /// As readF32(), the range already checked. Here: through bytes().
    virtual Status readRange(const WeightEntry &entry, qint64 first, qint64 count, float *out) const;

private:
    WeightFormat m_format;
    QStringList m_files;
    QStringList m_notes;
    std::vector<WeightEntry> m_entries;
    QHash<QString, size_t> m_byName;
};

/// Opens a .safetensors, .gguf, .bin, .pt or .pth file (told by its first bytes, not its name), or a folder with
/// model.safetensors, model.safetensors.index.json, pytorch_model.bin or pytorch_model.bin.index.json, in this order.
/// Errors: NotFound (nothing to read there, with what was looked for), Unreadable, Corrupt (what contradicts what),
/// LimitExceeded, Unsupported (a format, version or type, and what to do).
ATHANOR_EXPORT Result<std::unique_ptr<WeightSource>> openWeights(const QString &path);

}  // namespace athanor::interop
