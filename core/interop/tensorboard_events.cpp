// See tensorboard_events.h. Numbers of fields: tensorflow's event.proto, summary.proto, tensor.proto.
#include "core/interop/tensorboard_events.h"

#include "core/base/atomic_file.h"
#include "core/interop/crc32c.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFile>
#include <QSysInfo>
#include <QtEndian>

#include <bit>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace athanor::interop {

namespace {

constexpr char kVersion[] = "brain.Event:2";
constexpr int kStarted = 1;     // SessionLog.status START
constexpr int kStringType = 7;  // DataType DT_STRING

// ---- the wire format of protocol buffers: {field << 3 | type, value}

void addVarint(QByteArray &bytes, quint64 value)
{
    for (; value >= 0x80; value >>= 7)
        bytes += char(quint8(value) | 0x80);
    bytes += char(value);
}

void addNumber(QByteArray &bytes, int field, qint64 value)
{
    addVarint(bytes, quint64(field) << 3);
    addVarint(bytes, quint64(value));
}

template <typename Number> void addFixed(QByteArray &bytes, Number number)
{
    const Number little = qToLittleEndian(number);
    bytes.append(reinterpret_cast<const char *>(&little), sizeof little);
}

void addDouble(QByteArray &bytes, int field, double value)
{
    addVarint(bytes, quint64(field) << 3 | 1);
    addFixed(bytes, std::bit_cast<quint64>(value));
}

void addFloat(QByteArray &bytes, int field, float value)
{
    addVarint(bytes, quint64(field) << 3 | 5);
    addFixed(bytes, std::bit_cast<quint32>(value));
}

void addBytes(QByteArray &bytes, int field, const QByteArray &value)
{
    addVarint(bytes, quint64(field) << 3 | 2);
    addVarint(bytes, quint64(value.size()));
    bytes += value;
}

// ---- messages

QByteArray eventOf(qint64 step, int field, const QByteArray &what)
{
    QByteArray event;
    addDouble(event, 1, double(QDateTime::currentMSecsSinceEpoch()) / 1000);
    addNumber(event, 2, step);
    addBytes(event, field, what);
    return event;
}

QByteArray sessionLog()
{
    QByteArray log;
    addNumber(log, 1, kStarted);
    return log;
}

QByteArray scalarValue(const QString &name, double number)
{
    QByteArray value;
    addBytes(value, 1, name.toUtf8());
    addFloat(value, 2, float(number));
    return value;
}

QByteArray stringTensor(const QByteArray &text)
{
    QByteArray dimension, shape, tensor;
    addNumber(dimension, 1, 1);
    addBytes(shape, 2, dimension);
    addNumber(tensor, 1, kStringType);
    addBytes(tensor, 2, shape);
    addBytes(tensor, 8, text);
    return tensor;
}

QByteArray textValue(const QString &name, const QByteArray &text)
{
    QByteArray plugin, metadata, value;
    addBytes(plugin, 1, "text");
    addBytes(metadata, 1, plugin);
    addBytes(value, 1, name.toUtf8());
    addBytes(value, 8, stringTensor(text));
    addBytes(value, 9, metadata);
    return value;
}

QByteArray recordOf(const QByteArray &event)
{
    QByteArray record;
    addFixed(record, quint64(event.size()));
    addFixed(record, maskedCrc32c(record));
    record += event;
    addFixed(record, maskedCrc32c(event));
    return record;
}

QString nameNow()
{
    return QStringLiteral("events.out.tfevents.%1.%2.%3")
        .arg(QDateTime::currentSecsSinceEpoch(), 10, 10, QLatin1Char('0'))
        .arg(QSysInfo::machineHostName().section(QLatin1Char('.'), 0, 0))
        .arg(QCoreApplication::applicationPid());
}

/// A new file of that name, or with ".1", ".2" … behind it: two attempts may begin in one second.
int openNew(const QString &stem, QString &path)
{
    for (int number = 0;; ++number) {
        path = number == 0 ? stem : stem + QStringLiteral(".%1").arg(number);
        const int descriptor = ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
        if (descriptor >= 0 || errno != EEXIST)
            return descriptor;
    }
}

}  // namespace

Result<EventFileWriter> EventFileWriter::create(const QString &folder, qint64 firstStep)
{
    ATHANOR_TRY(makeFolder(folder));
    QString path;
    const int descriptor = openNew(folder + QLatin1Char('/') + nameNow(), path);
    if (descriptor < 0)
        return fail(systemError(errno, QCoreApplication::translate("athanor", "Cannot write"), path));
    EventFileWriter writer(descriptor, path);
    ATHANOR_TRY(writer.write(eventOf(0, 3, kVersion)));
    ATHANOR_TRY(writer.write(eventOf(firstStep, 7, sessionLog())));
    return writer;
}

EventFileWriter::EventFileWriter(EventFileWriter &&other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)), m_path(std::move(other.m_path))
{
}

EventFileWriter::~EventFileWriter()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

/// Nothing of a half-written record may stay in front of the next one.
Status EventFileWriter::write(const QByteArray &event)
{
    const QByteArray record = recordOf(event);
    const off_t start = ::lseek(m_descriptor, 0, SEEK_END);
    const ssize_t count = ::write(m_descriptor, record.constData(), size_t(record.size()));
    if (count == record.size())
        return {};
    const int error = count < 0 ? errno : ENOSPC;
    if (start >= 0)
        [[maybe_unused]] const int cut = ::ftruncate(m_descriptor, start);
    return fail(systemError(error, QCoreApplication::translate("athanor", "Cannot write"), m_path));
}

Status EventFileWriter::scalars(qint64 step, const QMap<QString, double> &values)
{
    QByteArray summary;
    for (auto it = values.begin(); it != values.end(); ++it)
        addBytes(summary, 1, scalarValue(it.key(), it.value()));
    return write(eventOf(step, 5, summary));
}

Status EventFileWriter::text(qint64 step, const QString &name, const QString &text)
{
    QByteArray summary;
    addBytes(summary, 1, textValue(name, text.toUtf8()));
    return write(eventOf(step, 5, summary));
}

}  // namespace athanor::interop
