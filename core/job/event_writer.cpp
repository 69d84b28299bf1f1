#include "core/job/event_writer.h"

#include "core/job/line_file.h"

#include <QCoreApplication>
#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

namespace athanor::job {

namespace {

constexpr qsizetype kPendingLimit = 8 << 20;  // beyond this, only states and artifacts are still kept

}  // namespace

struct EventWriter::Impl {
    std::mutex mutex;
    int descriptor = -1;
    int attempt = 1;
    qint64 sequence = 0;
    qint64 controlNumber = 0;
    QByteArray pending;
    QElapsedTimer clock;

    ~Impl()
    {
        if (descriptor >= 0)
            ::close(descriptor);
    }

    void flush()
    {
        while (!pending.isEmpty()) {
            const ssize_t count = ::write(descriptor, pending.constData(), static_cast<size_t>(pending.size()));
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                return;
            pending.remove(0, count);
        }
    }
};

EventWriter::EventWriter(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
EventWriter::EventWriter(EventWriter &&) noexcept = default;
EventWriter &EventWriter::operator=(EventWriter &&) noexcept = default;
EventWriter::~EventWriter() = default;

Result<EventWriter> EventWriter::open(const QString &path, int attempt)
{
    auto impl = std::make_unique<Impl>();
    qint64 wholeBytes = 0;
    int lastAttempt = 0;
    const auto learn = [&](QByteArrayView line) {
        const auto event = eventFromLine(line);
        if (!event)
            return;
        impl->sequence = std::max(impl->sequence, event->sequence);
        lastAttempt = std::max(lastAttempt, event->attempt);
        if (event->type == EventType::Control)
            impl->controlNumber =
                std::max(impl->controlNumber, event->data.value(QLatin1String("number")).toInteger());
    };
    readWholeLines(path, wholeBytes, learn);
    impl->descriptor = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (impl->descriptor < 0)
        return fail(systemError(errno, QCoreApplication::translate("athanor", "Cannot write"), path));
    struct stat facts{};
    if (::fstat(impl->descriptor, &facts) == 0 && facts.st_size > wholeBytes) {
        // Perhaps only the line feed is missing: then it is an event after all.
        QByteArray torn(std::min<qint64>(facts.st_size - wholeBytes, kLineLimit), Qt::Uninitialized);
        const ssize_t count = ::pread(impl->descriptor, torn.data(), static_cast<size_t>(torn.size()), wholeBytes);
        learn(QByteArrayView(torn).first(std::max<ssize_t>(count, 0)));
        impl->pending = "\n";
    }
    impl->attempt = attempt > 0 ? attempt : lastAttempt + 1;
    impl->clock.start();
    impl->flush();
    return EventWriter(std::move(impl));
}

int EventWriter::attempt() const
{
    return m_impl->attempt;
}

qint64 EventWriter::lastControlNumber() const
{
    return m_impl->controlNumber;
}

void EventWriter::append(EventType type, const QJsonObject &data, qint64 step)
{
    const bool isPrecious = type == EventType::State || type == EventType::Artifact;
    const std::lock_guard guard(m_impl->mutex);
    if (m_impl->pending.size() > kPendingLimit && !isPrecious)
        return;
    Event event;
    event.sequence = ++m_impl->sequence;
    event.attempt = m_impl->attempt;
    event.step = step;
    event.utc = QDateTime::currentDateTimeUtc();
    event.monotonicMs = m_impl->clock.elapsed();
    event.type = type;
    event.data = data;
    m_impl->pending += toLine(event);
    m_impl->flush();
    if (isPrecious)
        ::fdatasync(m_impl->descriptor);
}

bool EventWriter::isWritten() const
{
    const std::lock_guard guard(m_impl->mutex);
    m_impl->flush();
    return m_impl->pending.isEmpty();
}

}  // namespace athanor::job
