#include "core/job/metrics.h"

#include "core/base/atomic_file.h"
#include "core/job/event.h"
#include "core/job/line_file.h"
#include "core/job/metrics_format.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <fcntl.h>
#include <map>
#include <unistd.h>

namespace athanor::job {

// ---- writer

struct MetricsWriter::Impl {
    int descriptor = -1;
    QString path;
    std::map<QString, quint16> names;

    ~Impl()
    {
        if (descriptor >= 0)
            ::close(descriptor);
    }
};

MetricsWriter::MetricsWriter(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
MetricsWriter::MetricsWriter(MetricsWriter &&) noexcept = default;
MetricsWriter::~MetricsWriter() = default;

namespace {

// metrics.bin as the events beside it tell it.
QByteArray rebuiltFromEvents(const QString &path)
{
    QByteArray bytes = metrics_format::header();
    std::map<QString, quint16> names;
    qint64 offset = 0;
    readWholeLines(QFileInfo(path).absolutePath() + QStringLiteral("/events.jsonl"), offset, [&](QByteArrayView line) {
        const auto event = line.startsWith("{\"type\":\"metric\"") ? eventFromLine(line) : Result<Event>(fail(ErrorCode::NotFound, {}));
        if (!event)
            return;
        metrics_format::Record record{event->attempt, event->step, event->utc.toMSecsSinceEpoch(), {}};
        const QJsonObject values = event->data.value(QLatin1String("values")).toObject();
        for (auto it = values.begin(); it != values.end(); ++it) {
            const auto [name, isNew] = names.try_emplace(it.key(), static_cast<quint16>(names.size()));
            if (isNew)
                bytes += metrics_format::nameFrame(name->second, it.key());
            record.values.emplace_back(name->second, metrics_format::numberOf(it.value()));
        }
        bytes += metrics_format::recordFrame(record);
    });
    return bytes;
}

}  // namespace

Result<MetricsWriter> MetricsWriter::open(const QString &path)
{
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    QByteArray bytes;
    if (QFile file(path); file.exists()) {
        if (!file.open(QIODevice::ReadOnly))
            return fail(systemError(errno, QCoreApplication::translate("athanor", "Cannot read"), path));
        bytes = file.readAll();
    }
    metrics_format::FrameSink sink;
    sink.name = [&](quint16 id, const QString &name) { impl->names[name] = id; };
    metrics_format::Reading reading;
    if (metrics_format::hasHeader(bytes))
        reading = metrics_format::readFrames(QByteArrayView(bytes).sliced(metrics_format::kHeaderBytes), sink);
    // What a killed attempt left half written goes; what is damaged further up is made again from the events.
    if (reading.isBroken || !metrics_format::hasHeader(bytes)) {
        bytes = rebuiltFromEvents(path);
        ATHANOR_TRY(writeFileAtomically(path, bytes));
        impl->names.clear();
        reading = metrics_format::readFrames(QByteArrayView(bytes).sliced(metrics_format::kHeaderBytes), sink);
    }
    impl->descriptor = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CLOEXEC);
    const qint64 whole = metrics_format::kHeaderBytes + reading.bytes;
    if (impl->descriptor < 0 || ::ftruncate(impl->descriptor, whole) != 0 || ::lseek(impl->descriptor, whole, SEEK_SET) < 0)
        return fail(systemError(errno, QCoreApplication::translate("athanor", "Cannot write"), path));
    return MetricsWriter(std::move(impl));
}

Status MetricsWriter::append(int attempt, qint64 step, qint64 utcMs, const QMap<QString, double> &values)
{
    metrics_format::Record record{attempt, step, utcMs, {}};
    QByteArray bytes;
    const size_t knownNames = m_impl->names.size();
    for (auto it = values.begin(); it != values.end(); ++it) {
        const auto [entry, isNew] = m_impl->names.try_emplace(it.key(), static_cast<quint16>(m_impl->names.size()));
        if (isNew)
            bytes += metrics_format::nameFrame(entry->second, it.key());
        record.values.emplace_back(entry->second, it.value());
    }
    bytes += metrics_format::recordFrame(record);
    const off_t start = ::lseek(m_impl->descriptor, 0, SEEK_CUR);
    const ssize_t count = ::write(m_impl->descriptor, bytes.constData(), static_cast<size_t>(bytes.size()));
    if (count == bytes.size())
        return {};
    const int error = count < 0 ? errno : ENOSPC;
    // Nothing of a half-written record may stay: the next one goes to the same place.
    if (start >= 0 && ::ftruncate(m_impl->descriptor, start) == 0)
        ::lseek(m_impl->descriptor, start, SEEK_SET);
    for (auto it = m_impl->names.begin(); it != m_impl->names.end();)
        it = it->second >= knownNames ? m_impl->names.erase(it) : std::next(it);
    return fail(systemError(error, QCoreApplication::translate("athanor", "Cannot write"), m_impl->path));
}

// ---- reader

struct MetricsReader::Impl {
    QString path;
    qint64 offset = 0;
    bool isFromEvents = false;  // metrics.bin is absent or broken
    int lastAttempt = 0;
    int newRecords = 0;
    std::vector<Series *> seriesOfId;
    std::map<QString, Series> series;

    Series *restartSeries = nullptr;

    Series *declare(const QString &name);
    void add(int attempt, qint64 step);
    void cutFrom(qint64 step);
    static void put(Series &series, qint64 step, qint64 utcMs, double value);
    void takeRecord(const metrics_format::Record &record);
    void pollBinary();
    void pollEvents();
    void startOver(bool fromEvents);
};

// A later attempt starts again behind its checkpoint: what earlier ones had from that step on is replaced.
void MetricsReader::Impl::add(int attempt, qint64 step)
{
    ++newRecords;
    if (attempt <= lastAttempt)
        return;
    if (lastAttempt > 0)
        cutFrom(step);
    lastAttempt = attempt;
}

void MetricsReader::Impl::cutFrom(qint64 step)
{
    for (auto &[name, one] : series) {
        const auto keep = std::lower_bound(one.steps.begin(), one.steps.end(), step) - one.steps.begin();
        one.steps.resize(static_cast<size_t>(keep));
        one.utcMs.resize(static_cast<size_t>(keep));
        one.values.resize(static_cast<size_t>(keep));
        one.restarts.push_back(step);
    }
}

Series *MetricsReader::Impl::declare(const QString &name)
{
    Series *declared = &series[name];
    if (name == QLatin1String(kRestartSeries))
        restartSeries = declared;
    return declared;
}

void MetricsReader::Impl::put(Series &series, qint64 step, qint64 utcMs, double value)
{
    if (series.steps.empty() || step > series.steps.back()) {
        series.steps.push_back(step);
        series.utcMs.push_back(utcMs);
        series.values.push_back(value);
        return;
    }
    const auto at = std::lower_bound(series.steps.begin(), series.steps.end(), step) - series.steps.begin();
    if (series.steps[static_cast<size_t>(at)] != step) {
        series.steps.insert(series.steps.begin() + at, step);
        series.utcMs.insert(series.utcMs.begin() + at, utcMs);
        series.values.insert(series.values.begin() + at, value);
        return;
    }
    series.utcMs[static_cast<size_t>(at)] = utcMs;
    series.values[static_cast<size_t>(at)] = value;
}

void MetricsReader::Impl::takeRecord(const metrics_format::Record &record)
{
    add(record.attempt, record.step);
    for (const auto &[id, value] : record.values)
        if (id < seriesOfId.size() && seriesOfId[id] && seriesOfId[id] == restartSeries)
            cutFrom(record.step);
    for (const auto &[id, value] : record.values)
        if (id < seriesOfId.size() && seriesOfId[id])
            put(*seriesOfId[id], record.step, record.utcMs, value);
}

void MetricsReader::Impl::startOver(bool fromEvents)
{
    isFromEvents = fromEvents;
    offset = 0;
    lastAttempt = 0;
    seriesOfId.clear();
    restartSeries = nullptr;
    series.clear();
}

void MetricsReader::Impl::pollBinary()
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return;
    if (file.size() < offset)
        return startOver(true);
    if (offset == 0) {
        const QByteArray head = file.read(metrics_format::kHeaderBytes);
        if (head.size() < metrics_format::kHeaderBytes)
            return;
        if (!metrics_format::hasHeader(head))
            return startOver(true);
        offset = metrics_format::kHeaderBytes;
    }
    metrics_format::FrameSink sink;
    sink.name = [this](quint16 id, const QString &name) {
        if (seriesOfId.size() <= id)
            seriesOfId.resize(static_cast<size_t>(id) + 1, nullptr);
        seriesOfId[id] = declare(name);
    };
    sink.record = [this](const metrics_format::Record &record) { takeRecord(record); };
    file.seek(offset);
    QByteArray buffer;
    for (QByteArray block = file.read(8 << 20); !block.isEmpty(); block = file.read(8 << 20)) {
        buffer += block;
        const metrics_format::Reading reading = metrics_format::readFrames(buffer, sink);
        offset += reading.bytes;
        buffer.remove(0, reading.bytes);
        if (reading.isBroken)
            return startOver(true);
    }
}

void MetricsReader::Impl::pollEvents()
{
    const QString events = QFileInfo(path).absolutePath() + QStringLiteral("/events.jsonl");
    readWholeLines(events, offset, [this](QByteArrayView line) {
        if (!line.startsWith("{\"type\":\"metric\""))
            return;
        const auto event = eventFromLine(line);
        if (!event)
            return;
        add(event->attempt, event->step);
        const QJsonObject values = event->data.value(QLatin1String("values")).toObject();
        if (values.contains(QLatin1String(kRestartSeries)))
            cutFrom(event->step);
        for (auto it = values.begin(); it != values.end(); ++it)
            put(*declare(it.key()), event->step, event->utc.toMSecsSinceEpoch(), metrics_format::numberOf(it.value()));
    });
}

MetricsReader::MetricsReader(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
MetricsReader::MetricsReader(MetricsReader &&) noexcept = default;
MetricsReader::~MetricsReader() = default;

Result<MetricsReader> MetricsReader::open(const QString &path)
{
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    const QString folder = QFileInfo(path).absolutePath();
    if (!QFileInfo(folder).isDir())
        return fail(ErrorCode::NotFound,
                    QCoreApplication::translate("athanor", "There is no job folder “%1”.").arg(folder));
    MetricsReader reader(std::move(impl));
    reader.poll();
    return reader;
}

int MetricsReader::poll()
{
    m_impl->newRecords = 0;
    if (!m_impl->isFromEvents) {
        if (!QFileInfo::exists(m_impl->path) && QFileInfo::exists(QFileInfo(m_impl->path).absolutePath()
                                                                  + QStringLiteral("/events.jsonl"))) {
            // The worker makes metrics.bin before its first metric event: events without it mean it was removed.
            m_impl->startOver(true);
        } else {
            m_impl->pollBinary();
        }
    }
    if (m_impl->isFromEvents)
        m_impl->pollEvents();
    return m_impl->newRecords;
}

QStringList MetricsReader::names() const
{
    QStringList names;
    for (const auto &[name, series] : m_impl->series)
        names += name;
    return names;
}

const Series &MetricsReader::series(const QString &name) const
{
    static const Series kEmpty;
    const auto found = m_impl->series.find(name);
    return found == m_impl->series.end() ? kEmpty : found->second;
}

}  // namespace athanor::job
