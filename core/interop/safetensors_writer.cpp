// Writing safetensors, tensor after tensor, hashed on the way. Thread: one.
#include "core/interop/safetensors.h"

#include <QCoreApplication>
#include <QSet>
#include <QtEndian>

#include <nlohmann/json.hpp>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

/// The header, padded with spaces so that the first tensor lies on a multiple of 8 bytes.
Result<QByteArray> makeHeader(const std::vector<SafetensorsWriter::Declaration> &declarations,
                              const QMap<QString, QString> &metadata, qint64 &dataBytes)
{
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    for (auto it = metadata.cbegin(); it != metadata.cend(); ++it)
        header["__metadata__"][it.key().toStdString()] = it.value().toStdString();
    QSet<QString> names;
    dataBytes = 0;
    for (const auto &declaration : declarations) {
        if (declaration.name.isEmpty() || declaration.name == QLatin1String("__metadata__")
            || names.contains(declaration.name))
            return fail(ErrorCode::InvalidInput,
                        tr("“%1” cannot be the name of a tensor here, or is twice.").arg(declaration.name));
        names.insert(declaration.name);
        ATHANOR_ASSIGN(const qint64 count, elementCount(declaration.shape));
        qint64 bytes = 0, end = 0;
        if (__builtin_mul_overflow(count, elementBytes(declaration.type), &bytes)
            || __builtin_add_overflow(dataBytes, bytes, &end))
            return fail(ErrorCode::LimitExceeded, tr("“%1” is too large for a file.").arg(declaration.name));
        header[declaration.name.toStdString()] = {{"dtype", elementTypeName(declaration.type).toStdString()},
                                                  {"shape", declaration.shape},
                                                  {"data_offsets", {dataBytes, end}}};
        dataBytes = end;
    }
    QByteArray text = QByteArray::fromStdString(header.dump());
    while (text.size() % 8 != 0)
        text += ' ';
    return text;
}

}  // namespace

Result<SafetensorsWriter> SafetensorsWriter::create(const QString &path, const std::vector<Declaration> &declarations,
                                                    const QMap<QString, QString> &metadata)
{
    qint64 dataBytes = 0;
    ATHANOR_ASSIGN(const QByteArray header, makeHeader(declarations, metadata, dataBytes));
    ATHANOR_ASSIGN(AtomicFile file, AtomicFile::create(path));
    SafetensorsWriter writer(std::move(file), dataBytes);
    const quint64 length = qToLittleEndian(quint64(header.size()));
    const QByteArray start = QByteArray(reinterpret_cast<const char *>(&length), 8) + header;
    ATHANOR_TRY(writer.m_file.write(start));
    writer.m_hash->add(start);
    return {std::move(writer)};
}

Status SafetensorsWriter::write(QByteArrayView bytes)
{
    ATHANOR_TRY(m_file.write(bytes));
    m_hash->add(bytes);
    m_writtenBytes += bytes.size();
    return {};
}

Result<QString> SafetensorsWriter::finish()
{
    if (m_writtenBytes != m_declaredBytes)
        return fail(ErrorCode::Internal, tr("%1 bytes of tensors were declared and %2 written.")
                                             .arg(m_declaredBytes).arg(m_writtenBytes));
    ATHANOR_TRY(m_file.commit());
    return m_hash->finish();
}

}  // namespace athanor::interop
