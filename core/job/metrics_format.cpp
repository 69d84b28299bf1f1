#include "core/job/metrics_format.h"

#include "core/job/metrics.h"

#include <QtEndian>

#include <cmath>
#include <cstring>
#include <limits>
#include <zlib.h>

namespace athanor::job::metrics_format {

namespace {

constexpr char kMagic[8] = {'A', 'T', 'H', 'M', 'E', 'T', 'R', '\0'};
constexpr quint32 kPayloadLimit = 1 << 20;
constexpr qsizetype kFrameHeaderBytes = 8;
constexpr qsizetype kRecordHeaderBytes = 21;
constexpr qsizetype kValueBytes = 10;

template <typename T> void put(QByteArray &bytes, T value)
{
    char raw[sizeof(T)];
    qToLittleEndian(value, raw);
    bytes.append(raw, sizeof(T));
}

template <typename T> T take(const char *at)
{
    return qFromLittleEndian<T>(at);
}

quint32 checksum(QByteArrayView bytes)
{
    return static_cast<quint32>(
        ::crc32(0, reinterpret_cast<const Bytef *>(bytes.data()), static_cast<uInt>(bytes.size())));
}

QByteArray frame(const QByteArray &payload)
{
    QByteArray bytes;
    put(bytes, static_cast<quint32>(payload.size()));
    put(bytes, checksum(payload));
    return bytes + payload;
}

bool readPayload(QByteArrayView payload, const FrameSink &sink, Record &record)
{
    if (payload[0] == 1 && payload.size() >= 3) {
        if (sink.name)
            sink.name(take<quint16>(payload.data() + 1), QString::fromUtf8(payload.sliced(3)));
        return true;
    }
    if (payload[0] != 2 || payload.size() < kRecordHeaderBytes || (payload.size() - kRecordHeaderBytes) % kValueBytes)
        return false;
    if (!sink.record)
        return true;
    record.attempt = take<qint32>(payload.data() + 1);
    record.step = take<qint64>(payload.data() + 5);
    record.utcMs = take<qint64>(payload.data() + 13);
    record.values.clear();
    for (qsizetype at = kRecordHeaderBytes; at < payload.size(); at += kValueBytes) {
        const quint64 bits = take<quint64>(payload.data() + at + 2);
        double value;
        std::memcpy(&value, &bits, sizeof value);
        record.values.emplace_back(take<quint16>(payload.data() + at), value);
    }
    sink.record(record);
    return true;
}

}  // namespace

QByteArray header()
{
    QByteArray bytes(kMagic, sizeof kMagic);
    put(bytes, static_cast<quint32>(kMetricsFormat));
    put(bytes, static_cast<quint32>(kHeaderBytes));
    return bytes;
}

bool hasHeader(QByteArrayView bytes)
{
    return bytes.size() >= kHeaderBytes && bytes.first(kHeaderBytes) == QByteArrayView(header());
}

QByteArray nameFrame(quint16 id, const QString &name)
{
    QByteArray payload(1, 1);
    put(payload, id);
    return frame(payload + name.toUtf8());
}

QByteArray recordFrame(const Record &record)
{
    QByteArray payload(1, 2);
    put(payload, static_cast<qint32>(record.attempt));
    put(payload, record.step);
    put(payload, record.utcMs);
    for (const auto &[id, value] : record.values) {
        quint64 bits;
        std::memcpy(&bits, &value, sizeof bits);
        put(payload, id);
        put(payload, bits);
    }
    return frame(payload);
}

Reading readFrames(QByteArrayView bytes, const FrameSink &sink)
{
    Reading reading;
    Record record;
    while (bytes.size() - reading.bytes >= kFrameHeaderBytes) {
        const char *at = bytes.data() + reading.bytes;
        const quint32 length = take<quint32>(at);
        if (length == 0 || length > kPayloadLimit) {
            reading.isBroken = true;
            return reading;
        }
        if (bytes.size() - reading.bytes - kFrameHeaderBytes < static_cast<qsizetype>(length))
            return reading;
        const QByteArrayView payload = bytes.sliced(reading.bytes + kFrameHeaderBytes, length);
        if (checksum(payload) != take<quint32>(at + 4) || !readPayload(payload, sink, record)) {
            reading.isBroken = true;
            return reading;
        }
        reading.bytes += kFrameHeaderBytes + length;
    }
    return reading;
}

QJsonValue numberValue(double number)
{
    if (std::isnan(number))
        return QStringLiteral("nan");
    if (std::isinf(number))
        return number > 0 ? QStringLiteral("inf") : QStringLiteral("-inf");
    return number;
}

double numberOf(const QJsonValue &value)
{
    if (value.isDouble())
        return value.toDouble();
    const QString text = value.toString();
    if (text == QLatin1String("inf"))
        return std::numeric_limits<double>::infinity();
    if (text == QLatin1String("-inf"))
        return -std::numeric_limits<double>::infinity();
    return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace athanor::job::metrics_format
