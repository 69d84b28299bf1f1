// Inside the GGUF reader: the header from the first byte to the last, every length checked before it is used.
// Thread: one object, one file.
#pragma once

#include "core/interop/gguf.h"

namespace athanor::interop {

class GgufParser {
public:
    explicit GgufParser(QByteArrayView file) : m_file(file) {}
    Status parse();

    int version = 0;
    QStringList keys;
    QHash<QString, GgufValue> values;
    std::vector<GgufTensor> tensors;
    QHash<QString, size_t> byName;
    qint64 dataStart = 0;

private:
    template <typename T> Result<T> number(const char *what);
    Result<QByteArrayView> take(quint64 byteCount, const QString &what);
    Result<QByteArrayView> counted(const QString &what);
    Result<QString> name(qint64 mostBytes, const QString &what);
    Status parseStart(quint64 &tensorCount, quint64 &valueCount);
    Status parseValue();
    Status parseScalar(const QString &key, quint32 kind, GgufValue &value);
    Status parseList(const QString &key, GgufValue &value);
    Status parseTensor();
    Status takeShape(GgufTensor &tensor, quint32 rank);
    Status placeData();
    Status checkLayout(qint64 alignment) const;
    Status refuseParts() const;

    QByteArrayView m_file;
    qsizetype m_at = 0;
};

}  // namespace athanor::interop
