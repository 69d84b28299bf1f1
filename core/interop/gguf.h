// GGUF: "GGUF", version, counts, keys with values, the tensors' names, types, sizes and places, then their bytes, each
// at a multiple of the alignment. Reads versions 2 and 3, writes version 3. Source: ggml, docs/gguf.md.
// Role: a mapped reader that checks every length against the file before it is used, and a streaming writer whose file
// appears whole or not at all. Limits: keys 65,535 bytes, names 1,024 bytes, rank 4, no lists in lists.
// Thread: a reader is const after open() and may be shared; a writer belongs to one thread.
#pragma once

#include "core/base/atomic_file.h"
#include "core/interop/gguf_blocks.h"
#include "core/interop/weight_source.h"

namespace athanor::interop {

enum class GgufKind : quint32 { U8, I8, U16, I16, U32, I32, F32, Bool, Text, List, U64, I64, F64 };

/// A value of the header, as bytes of the map: valid while the reader lives. Wrong kinds give no value, never an error.
class ATHANOR_EXPORT GgufValue {
public:
    GgufKind kind() const { return m_kind; }  // of a list: of its elements
    bool isList() const { return m_isList; }
    qint64 count() const { return m_count; }  // elements of a list, otherwise 1

    std::optional<qint64> integer() const;  // whole numbers that fit into 63 bits, booleans
    std::optional<double> number() const;   // integer(), F32, F64
    std::optional<bool> boolean() const;
    std::optional<QString> text() const;
    /// Elements of a list as they stand (UTF-8, or what the writer took for it). Empty when it is no list of texts.
    std::vector<QByteArrayView> texts() const;
    std::vector<qint64> integers() const;
    std::vector<float> numbers() const;
    /// As in the file: a text without its length, of a list the elements one after the other, texts with their lengths.
    QByteArrayView raw() const { return m_bytes; }

private:
    friend class GgufParser;
    GgufKind m_kind = GgufKind::U8;
    bool m_isList = false;
    qint64 m_count = 1;
    QByteArrayView m_bytes;
};

struct GgufTensor {
    QString name;
    const GgufType *type = nullptr;
    std::vector<qint64> shape;  // PyTorch's order: the last size varies fastest
    qint64 begin = 0;           // from the first byte of the data
    qint64 byteCount = 0;
};

class ATHANOR_EXPORT GgufReader {
public:
    /// Maps the file and checks the whole header. Errors: NotFound, Unreadable, Corrupt (what contradicts what),
    /// LimitExceeded, Unsupported (version 1, big-endian, a number format that Athanor does not read, a part of several).
    static Result<GgufReader> open(const QString &path);
    /// The same for bytes in memory, which must outlive the reader.
    static Result<GgufReader> parse(QByteArrayView file);
    GgufReader(GgufReader &&) noexcept;
    ~GgufReader();

    int version() const;
    const QStringList &keys() const;  // as they stand in the file
    const GgufValue *value(const QString &key) const;
    /// The value when there is one of that kind, otherwise `otherwise`.
    QString text(const QString &key, const QString &otherwise = {}) const;
    qint64 integer(const QString &key, qint64 otherwise) const;
    double number(const QString &key, double otherwise) const;

    const std::vector<GgufTensor> &tensors() const;  // as they stand in the file
    const GgufTensor *find(const QString &name) const;
    QByteArrayView bytes(const GgufTensor &tensor) const;  // into the map; valid while the reader lives

private:
    struct Impl;
    explicit GgufReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// The file as weights. Errors: as GgufReader::open().
ATHANOR_EXPORT Result<std::unique_ptr<WeightSource>> openGguf(const QString &path);

/// Keys and values of a file to be written, in the order of the calls. A key said twice is refused by the writer.
class ATHANOR_EXPORT GgufMetadata {
public:
    void addText(const QString &key, const QString &text);
    void addU32(const QString &key, quint32 value);
    void addI32(const QString &key, qint32 value);
    void addU64(const QString &key, quint64 value);
    void addF32(const QString &key, float value);
    void addBool(const QString &key, bool value);
    void addTexts(const QString &key, const std::vector<QByteArray> &texts);
    void addF32s(const QString &key, const std::vector<float> &values);
    void addI32s(const QString &key, const std::vector<qint32> &values);
    void addBools(const QString &key, const std::vector<bool> &values);
    /// A value of another file, unchanged.
    void addCopy(const QString &key, const GgufValue &value);

    const QByteArray &bytes() const { return m_bytes; }
    const QStringList &keys() const { return m_keys; }

private:
    void begin(const QString &key, GgufKind kind);
    void beginList(const QString &key, GgufKind kind, qint64 count);
    QByteArray m_bytes;
    QStringList m_keys;
};

class ATHANOR_EXPORT GgufWriter {
public:
    struct Declaration {
        QString name;
        QString type = QStringLiteral("F32");  // F32, F16, BF16, Q8_0, or another type when its blocks are given whole
        std::vector<qint64> shape;             // PyTorch's order
    };
    /// Writes the header. InvalidInput (doubled keys or names, a row that is no multiple of the block, rank over 4),
    /// Unsupported (type), otherwise as AtomicFile. "general.alignment" must not be among the metadata: it is 32.
    static Result<GgufWriter> create(const QString &path, const GgufMetadata &metadata,
                                     const std::vector<Declaration> &declarations);
    /// The next bytes as they will stand in the file, in pieces of any size, without padding.
    Status write(QByteArrayView bytes);
    /// The next numbers of the tensor at hand, in its type; whole blocks only. InvalidInput for NaN or infinity in Q8_0.
    Status writeF32(const float *values, qint64 count);
    /// Internal when fewer bytes came than declared. Returns the SHA-256 of the whole file.
    Result<QString> finish();

private:
    struct Part {
        QString name;
        const GgufType *type;
        qint64 byteCount;
    };
    explicit GgufWriter(AtomicFile file) : m_file(std::move(file)) {}
    Status put(QByteArrayView bytes);
    Status pad();
    Status settle();  // closes full tensors, so that m_part is the one that takes the next bytes

    AtomicFile m_file;
    std::unique_ptr<Sha256> m_hash = std::make_unique<Sha256>();
    std::vector<Part> m_parts;
    size_t m_part = 0;
    qint64 m_written = 0;  // of the part
    QByteArray m_converted;
};

}  // namespace athanor::interop
