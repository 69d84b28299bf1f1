// Values of a GGUF header: as they are read, and as they are written. Thread: pure functions.
#include "core/interop/gguf.h"

#include <QtEndian>

#include <cstring>

namespace athanor::interop {
namespace {

template <typename T> T load(const char *bytes) { return qFromLittleEndian<T>(bytes); }

std::optional<qint64> integerAt(GgufKind kind, const char *bytes)
{
    switch (kind) {
    case GgufKind::U8:
    case GgufKind::Bool:
        return quint8(*bytes);
    case GgufKind::I8:
        return qint8(*bytes);
    case GgufKind::U16:
        return load<quint16>(bytes);
    case GgufKind::I16:
        return load<qint16>(bytes);
    case GgufKind::U32:
        return load<quint32>(bytes);
    case GgufKind::I32:
        return load<qint32>(bytes);
    case GgufKind::I64:
        return load<qint64>(bytes);
    case GgufKind::U64:
        if (const quint64 value = load<quint64>(bytes); value <= quint64(std::numeric_limits<qint64>::max()))
            return qint64(value);
        return {};
    default:
        return {};
    }
}

std::optional<double> numberAt(GgufKind kind, const char *bytes)
{
    if (kind == GgufKind::F32)
        return load<float>(bytes);
    if (kind == GgufKind::F64)
        return load<double>(bytes);
    if (const auto whole = integerAt(kind, bytes))
        return double(*whole);
    return {};
}

template <typename T> QByteArray stored(T value)
{
    const T little = qToLittleEndian(value);
    return {reinterpret_cast<const char *>(&little), qsizetype(sizeof(T))};
}
QByteArray storedText(QByteArrayView text) { return stored(quint64(text.size())) + text.toByteArray(); }

}  // namespace

std::optional<qint64> GgufValue::integer() const
{
    return m_isList || kind() == GgufKind::Text ? std::nullopt : integerAt(m_kind, m_bytes.data());
}

std::optional<double> GgufValue::number() const
{
    return m_isList || kind() == GgufKind::Text ? std::nullopt : numberAt(m_kind, m_bytes.data());
}

std::optional<bool> GgufValue::boolean() const
{
    return m_isList || m_kind != GgufKind::Bool ? std::nullopt : std::optional(m_bytes[0] != 0);
}

std::optional<QString> GgufValue::text() const
{
    return m_isList || m_kind != GgufKind::Text ? std::nullopt : std::optional(QString::fromUtf8(m_bytes));
}

std::vector<QByteArrayView> GgufValue::texts() const
{
    std::vector<QByteArrayView> texts;
    if (!m_isList || m_kind != GgufKind::Text)
        return texts;
    texts.reserve(size_t(m_count));
    QByteArrayView left = m_bytes;
    for (qint64 i = 0; i < m_count; ++i) {  // the lengths were checked when the file was opened
        const auto length = qsizetype(load<quint64>(left.data()));
        texts.push_back(left.sliced(8, length));
        left = left.sliced(8 + length);
    }
    return texts;
}

std::vector<qint64> GgufValue::integers() const
{
    std::vector<qint64> values;
    if (!m_isList || m_count == 0 || !integerAt(m_kind, m_bytes.data()))
        return values;
    const qint64 bytes = m_bytes.size() / m_count;
    for (qint64 i = 0; i < m_count; ++i) {
        const auto value = integerAt(m_kind, m_bytes.data() + i * bytes);
        if (!value)
            return {};
        values.push_back(*value);
    }
    return values;
}

std::vector<float> GgufValue::numbers() const
{
    std::vector<float> values;
    if (!m_isList || m_count == 0 || m_kind == GgufKind::Text)
        return values;
    const qint64 bytes = m_bytes.size() / m_count;
    for (qint64 i = 0; i < m_count; ++i)
        values.push_back(float(numberAt(m_kind, m_bytes.data() + i * bytes).value_or(0)));
    return values;
}

void GgufMetadata::begin(const QString &key, GgufKind kind)
{
    m_keys.append(key);
    m_bytes += storedText(key.toUtf8()) + stored(quint32(kind));
}

void GgufMetadata::beginList(const QString &key, GgufKind kind, qint64 count)
{
    begin(key, GgufKind::List);
    m_bytes += stored(quint32(kind)) + stored(quint64(count));
}

void GgufMetadata::addText(const QString &key, const QString &text)
{
    begin(key, GgufKind::Text);
    m_bytes += storedText(text.toUtf8());
}

void GgufMetadata::addU32(const QString &key, quint32 value)
{
    begin(key, GgufKind::U32);
    m_bytes += stored(value);
}

void GgufMetadata::addI32(const QString &key, qint32 value)
{
    begin(key, GgufKind::I32);
    m_bytes += stored(value);
}

void GgufMetadata::addU64(const QString &key, quint64 value)
{
    begin(key, GgufKind::U64);
    m_bytes += stored(value);
}

void GgufMetadata::addF32(const QString &key, float value)
{
    begin(key, GgufKind::F32);
    m_bytes += stored(value);
}

void GgufMetadata::addBool(const QString &key, bool value)
{
    begin(key, GgufKind::Bool);
    m_bytes += char(value ? 1 : 0);
}

void GgufMetadata::addTexts(const QString &key, const std::vector<QByteArray> &texts)
{
    beginList(key, GgufKind::Text, qint64(texts.size()));
    for (const QByteArray &text : texts)
        m_bytes += storedText(text);
}

void GgufMetadata::addF32s(const QString &key, const std::vector<float> &values)
{
    beginList(key, GgufKind::F32, qint64(values.size()));
    for (const float value : values)
        m_bytes += stored(value);
}

void GgufMetadata::addI32s(const QString &key, const std::vector<qint32> &values)
{
    beginList(key, GgufKind::I32, qint64(values.size()));
    for (const qint32 value : values)
        m_bytes += stored(value);
}

void GgufMetadata::addBools(const QString &key, const std::vector<bool> &values)
{
    beginList(key, GgufKind::Bool, qint64(values.size()));
    for (const bool value : values)
        m_bytes += char(value ? 1 : 0);
}

void GgufMetadata::addCopy(const QString &key, const GgufValue &value)
{
    if (value.isList())
        beginList(key, value.kind(), value.count());
    else
        begin(key, value.kind());
    m_bytes += value.kind() == GgufKind::Text && !value.isList() ? storedText(value.raw()) : value.raw().toByteArray();
}

}  // namespace athanor::interop
