// Reads the wire format of protocol buffers from memory, field by field. Role: bounds are checked here and nowhere
// else; every length is compared with what is left before it is used. Thread: each object for one thread.
#pragma once

#include <QByteArrayView>

#include <cstring>
#include <optional>

namespace athanor::tokenizer {

class ProtobufReader {
public:
    enum class Wire { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };
    struct Field {
        int number = 0;
        Wire wire = Wire::Varint;
        quint64 integer = 0;   // Varint, Fixed32, Fixed64
        QByteArrayView bytes;  // Bytes
        float real() const
        {
            const auto bits = static_cast<quint32>(integer);
            float value = 0;
            std::memcpy(&value, &bits, sizeof value);
            return value;
        }
    };

    explicit ProtobufReader(QByteArrayView bytes, qsizetype offsetInFile = 0) : m_bytes(bytes), m_start(offsetInFile) {}

    bool atEnd() const { return m_position >= m_bytes.size(); }
    /// Place in the file, for error messages.
    qsizetype offset() const { return m_start + m_position; }
    qsizetype offsetOf(QByteArrayView part) const { return m_start + (part.data() - m_bytes.data()); }

    /// The next field, or nothing when the bytes are not of the format.
    std::optional<Field> next()
    {
        Field field;
        quint64 tag = 0;
        if (!readVarint(tag) || (tag >> 3) == 0 || (tag >> 3) > 0x1FFFFFFF)
            return std::nullopt;
        field.number = static_cast<int>(tag >> 3);
        switch (tag & 7) {
        case 0:
            return readVarint(field.integer) ? std::optional<Field>(field) : std::nullopt;
        case 1:
            field.wire = Wire::Fixed64;
            return readFixed(8, field.integer) ? std::optional<Field>(field) : std::nullopt;
        case 2:
            field.wire = Wire::Bytes;
            return readBytes(field.bytes) ? std::optional<Field>(field) : std::nullopt;
        case 5:
            field.wire = Wire::Fixed32;
            return readFixed(4, field.integer) ? std::optional<Field>(field) : std::nullopt;
        default:  // groups were given up long before this format began
            return std::nullopt;
        }
    }

private:
    bool readVarint(quint64 &value)
    {
        value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (atEnd())
                return false;
            const auto byte = static_cast<quint8>(m_bytes[m_position++]);
            value |= static_cast<quint64>(byte & 0x7F) << shift;
            if (!(byte & 0x80))
                return true;
        }
        return false;
    }
    bool readFixed(qsizetype count, quint64 &value)
    {
        if (m_bytes.size() - m_position < count)
            return false;
        value = 0;
        for (qsizetype i = 0; i < count; ++i)
            value |= static_cast<quint64>(static_cast<quint8>(m_bytes[m_position++])) << (8 * i);
        return true;
    }
    bool readBytes(QByteArrayView &bytes)
    {
        quint64 length = 0;
        if (!readVarint(length) || length > static_cast<quint64>(m_bytes.size() - m_position))
            return false;
        bytes = m_bytes.sliced(m_position, static_cast<qsizetype>(length));
        m_position += static_cast<qsizetype>(length);
        return true;
    }

    QByteArrayView m_bytes;
    qsizetype m_start = 0;
    qsizetype m_position = 0;
};

}  // namespace athanor::tokenizer
