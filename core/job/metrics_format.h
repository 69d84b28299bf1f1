// The bytes of metrics.bin: a header of 16 bytes, then frames {u32 length, u32 crc32 of the payload, payload}, little
// endian. Payloads: 1 = name {u8 1, u16 id, UTF-8}, 2 = record {u8 2, i32 attempt, i64 step, i64 utcMs, n × {u16 id, f64}}.
// Private to this room. Thread: functions safe.
#pragma once

#include <QByteArray>
#include <QJsonValue>
#include <QString>

#include <functional>
#include <utility>
#include <vector>

namespace athanor::job::metrics_format {

inline constexpr int kHeaderBytes = 16;

struct Record {
    int attempt = 1;
    qint64 step = 0;
    qint64 utcMs = 0;
    std::vector<std::pair<quint16, double>> values;
};

struct FrameSink {
    std::function<void(quint16, const QString &)> name;
    std::function<void(const Record &)> record;
};

struct Reading {
    qint64 bytes = 0;       // of whole, sound frames
    bool isBroken = false;  // a whole frame follows that is not sound; what is merely incomplete is not broken
};

QByteArray header();
bool hasHeader(QByteArrayView bytes);
QByteArray nameFrame(quint16 id, const QString &name);
QByteArray recordFrame(const Record &record);
Reading readFrames(QByteArrayView bytes, const FrameSink &sink);

/// Numbers in events: JSON has no NaN and no infinities, so these are the strings "nan", "inf", "-inf".
QJsonValue numberValue(double number);
double numberOf(const QJsonValue &value);

}  // namespace athanor::job::metrics_format
