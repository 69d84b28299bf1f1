// safetensors: 8 bytes header length (little-endian), a JSON header, then the tensors' bytes without holes.
// Role: a memory-mapped reader that makes every check of the format's reference before a byte is used, and a
// streaming writer whose file appears whole or not at all. Source: huggingface/safetensors, README "Format".
// Limits: header at most 100,000,000 bytes, rank at most 32. Thread: a reader is const after open() and may be shared.
#pragma once

#include "core/base/atomic_file.h"
#include "core/base/hash.h"

#include <QByteArrayView>
#include <QMap>

#include <memory>
#include <vector>

namespace athanor::interop {

enum class ElementType { Bool, U8, I8, F8E4M3, F8E5M2, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64 };

ATHANOR_EXPORT qint64 elementBytes(ElementType type);
ATHANOR_EXPORT QString elementTypeName(ElementType type);  // as it stands in the file: "BF16", "F8_E4M3"

struct TensorEntry {
    QString name;
    ElementType type = ElementType::F32;
    std::vector<qint64> shape;  // empty: a scalar
    qint64 begin = 0;           // from the first byte after the header
    qint64 byteCount = 0;
};

/// Elements of a shape; LimitExceeded when negative or when the product does not fit into 63 bits.
ATHANOR_EXPORT Result<qint64> elementCount(const std::vector<qint64> &shape);

class ATHANOR_EXPORT SafetensorsReader {
public:
    /// Maps the file and checks its whole header. Errors: NotFound, Unreadable, Corrupt (what contradicts what),
    /// LimitExceeded, Unsupported (an element type that Athanor does not know).
    static Result<SafetensorsReader> open(const QString &path);
    SafetensorsReader(SafetensorsReader &&) noexcept;
    ~SafetensorsReader();

    const std::vector<TensorEntry> &tensors() const;        // in the order of their bytes
    const TensorEntry *find(const QString &name) const;     // nullptr when there is none
    const QMap<QString, QString> &metadata() const;         // "__metadata__"
    QByteArrayView bytes(const TensorEntry &entry) const;   // into the map; valid while the reader lives
    QString path() const;

private:
    struct Impl;
    explicit SafetensorsReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// What open() does with the header, without a file: `header` is the JSON, `dataBytes` what follows it.
/// Entries come back in the order of their bytes.
ATHANOR_EXPORT Status parseSafetensorsHeader(QByteArrayView header, qint64 dataBytes, std::vector<TensorEntry> &entries,
                                             QMap<QString, QString> &metadata);

/// Declares all tensors first, then takes their bytes in the declared order.
class ATHANOR_EXPORT SafetensorsWriter {
public:
    struct Declaration {
        QString name;
        ElementType type = ElementType::F32;
        std::vector<qint64> shape;
    };
    /// Writes the header. InvalidInput for doubled or empty names; otherwise as AtomicFile.
    static Result<SafetensorsWriter> create(const QString &path, const std::vector<Declaration> &declarations,
                                            const QMap<QString, QString> &metadata = {});
    /// The next bytes; may be called with any piece sizes.
    Status write(QByteArrayView bytes);
    /// Internal when fewer or more bytes came than declared. Returns the SHA-256 of the whole file.
    Result<QString> finish();

private:
    SafetensorsWriter(AtomicFile file, qint64 dataBytes) : m_file(std::move(file)), m_declaredBytes(dataBytes) {}
    AtomicFile m_file;
    std::unique_ptr<Sha256> m_hash = std::make_unique<Sha256>();
    qint64 m_declaredBytes = 0;
    qint64 m_writtenBytes = 0;
};

}  // namespace athanor::interop
