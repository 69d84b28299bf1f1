// Writing GGUF version 3, tensor after tensor, hashed on the way. Thread: one.
#include "core/interop/gguf.h"

#include "core/interop/element_conversion.h"

#include <QCoreApplication>
#include <QSet>
#include <QtEndian>

namespace athanor::interop {
namespace {

constexpr qint64 kAlignment = 32;
constexpr qint64 kBatch = 8192;  // numbers converted at once; a multiple of every block

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

template <typename T> QByteArray stored(T value)
{
    const T little = qToLittleEndian(value);
    return {reinterpret_cast<const char *>(&little), qsizetype(sizeof(T))};
}

qint64 aligned(qint64 position) { return (position + kAlignment - 1) / kAlignment * kAlignment; }

tl::unexpected<Error> invalid(const QString &what) { return fail(ErrorCode::InvalidInput, what); }

Result<qint64> bytesOf(const GgufWriter::Declaration &declaration, const GgufType *type)
{
    if (!type)
        return fail(ErrorCode::Unsupported, tr("GGUF files are not written with %1.").arg(declaration.type),
                    tr("Choose F32, F16, BF16 or Q8_0."));
    ATHANOR_ASSIGN(const qint64 count, elementCount(declaration.shape));
    const qint64 row = declaration.shape.empty() ? 1 : declaration.shape.back();
    if (row % type->blockElements != 0)
        return invalid(tr("A row of “%1” has %2 elements, and %3 comes in blocks of %4.")
                           .arg(declaration.name).arg(row).arg(declaration.type).arg(type->blockElements));
    qint64 bytes = 0;
    if (__builtin_mul_overflow(count / type->blockElements, type->blockBytes, &bytes))
        return fail(ErrorCode::LimitExceeded, tr("“%1” is too large for a file.").arg(declaration.name));
    return bytes;
}

Status checkNames(const GgufMetadata &metadata, const std::vector<GgufWriter::Declaration> &declarations)
{
    QSet<QString> known;
    for (const QString &key : metadata.keys()) {
        if (key.isEmpty() || known.contains(key) || key == QLatin1String("general.alignment"))
            return invalid(tr("“%1” cannot be a key here, or is twice.").arg(key));
        known.insert(key);
    }
    known.clear();
    for (const auto &declaration : declarations) {
        if (declaration.name.isEmpty() || known.contains(declaration.name))
            return invalid(tr("“%1” cannot be the name of a tensor here, or is twice.").arg(declaration.name));
        if (declaration.shape.size() > 4)
            return invalid(tr("“%1” has %2 dimensions, and GGUF knows at most 4.")
                               .arg(declaration.name).arg(declaration.shape.size()));
        known.insert(declaration.name);
    }
    return {};
}

QByteArray tensorInfo(const GgufWriter::Declaration &declaration, const GgufType &type, qint64 begin)
{
    const QByteArray name = declaration.name.toUtf8();
    QByteArray info = stored(quint64(name.size())) + name + stored(quint32(declaration.shape.size()));
    for (auto size = declaration.shape.rbegin(); size != declaration.shape.rend(); ++size)
        info += stored(quint64(*size));
    return info + stored(type.id) + stored(quint64(begin));
}

}  // namespace

Result<GgufWriter> GgufWriter::create(const QString &path, const GgufMetadata &metadata,
                                      const std::vector<Declaration> &declarations)
{
    ATHANOR_TRY(checkNames(metadata, declarations));
    QByteArray header = QByteArray("GGUF", 4) + stored(quint32(3)) + stored(quint64(declarations.size()))
                        + stored(quint64(metadata.keys().size())) + metadata.bytes();
    std::vector<Part> parts;
    qint64 begin = 0;
    for (const Declaration &declaration : declarations) {
        const GgufType *type = ggufType(declaration.type);
        ATHANOR_ASSIGN(const qint64 bytes, bytesOf(declaration, type));
        header += tensorInfo(declaration, *type, begin);
        parts.push_back({declaration.name, type, bytes});
        if (__builtin_add_overflow(begin, bytes, &begin) || begin > std::numeric_limits<qint64>::max() - kAlignment)
            return fail(ErrorCode::LimitExceeded, tr("“%1” is too large for a file.").arg(declaration.name));
        begin = aligned(begin);
    }
    ATHANOR_ASSIGN(AtomicFile file, AtomicFile::create(path));
    GgufWriter writer(std::move(file));
    writer.m_parts = std::move(parts);
    ATHANOR_TRY(writer.put(header));
    ATHANOR_TRY(writer.pad());
    return {std::move(writer)};
}

Status GgufWriter::put(QByteArrayView bytes)
{
    ATHANOR_TRY(m_file.write(bytes));
    m_hash->add(bytes);
    return {};
}

Status GgufWriter::pad()
{
    const qint64 missing = aligned(m_file.position()) - m_file.position();
    return missing == 0 ? Status() : put(QByteArray(missing, '\0'));
}

Status GgufWriter::settle()
{
    while (m_part < m_parts.size() && m_written == m_parts[m_part].byteCount) {
        ATHANOR_TRY(pad());
        ++m_part;
        m_written = 0;
    }
    return {};
}

Status GgufWriter::write(QByteArrayView bytes)
{
    ATHANOR_TRY(settle());
    while (!bytes.isEmpty()) {
        if (m_part == m_parts.size())
            return fail(ErrorCode::Internal, tr("More bytes of tensors were written than declared."));
        const qint64 left = m_parts[m_part].byteCount - m_written;
        const QByteArrayView piece = bytes.first(qMin(bytes.size(), qsizetype(left)));
        ATHANOR_TRY(put(piece));
        m_written += piece.size();
        bytes = bytes.sliced(piece.size());
        ATHANOR_TRY(settle());
    }
    return {};
}

Status GgufWriter::writeF32(const float *values, qint64 count)
{
    ATHANOR_TRY(settle());
    if (count == 0)
        return {};
    if (m_part == m_parts.size())
        return fail(ErrorCode::Internal, tr("More numbers were written than declared."));
    const Part part = m_parts[m_part];
    if (count % part.type->blockElements != 0
        || count / part.type->blockElements > (part.byteCount - m_written) / part.type->blockBytes)
        return fail(ErrorCode::Internal, tr("%1 numbers do not fit into what is left of “%2”.").arg(count).arg(part.name));
    while (count > 0) {
        const qint64 batch = qMin(count, kBatch);
        m_converted.resize(batch / part.type->blockElements * part.type->blockBytes);
        if (part.type->element)
            ATHANOR_TRY(convertFromF32(values, batch, *part.type->element, m_converted.data()));
        else if (part.type->id != ggufType(QStringLiteral("Q8_0"))->id)
            return fail(ErrorCode::Unsupported, tr("“%1” cannot be made %2 here.")
                                                    .arg(part.name, QLatin1String(part.type->name)),
                        tr("Choose F32, F16, BF16 or Q8_0."));
        else if (!quantizeQ8(values, batch / kQ8BlockElements, m_converted.data()))
            return invalid(tr("“%1” holds numbers that are not finite, and Q8_0 cannot store them.").arg(part.name));
        ATHANOR_TRY(write(m_converted));
        values += batch;
        count -= batch;
    }
    return {};
}

Result<QString> GgufWriter::finish()
{
    ATHANOR_TRY(settle());
    if (m_part != m_parts.size())
        return fail(ErrorCode::Internal, tr("“%1” was declared with %2 bytes, and %3 were written.")
                                             .arg(m_parts[m_part].name).arg(m_parts[m_part].byteCount).arg(m_written));
    ATHANOR_TRY(m_file.commit());
    return m_hash->finish();
}

}  // namespace athanor::interop
