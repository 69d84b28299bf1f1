#include "ui/shell/start_clock.h"

#include "core/base/machine.h"

#include <cstdio>
#include <ctime>
#include <unistd.h>

namespace athanor::shell {

namespace {

constexpr qint64 kNsPerSecond = 1'000'000'000;

qint64 nowNs(clockid_t which)
{
    timespec time{};
    clock_gettime(which, &time);
    return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

// Field 22 of /proc/self/stat: ticks since boot. The name in field 2 may hold anything, so count from its end.
qint64 startFromSystem()
{
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly))
        return nowNs(CLOCK_MONOTONIC);
    const QByteArray line = file.readAll();
    const QList<QByteArray> fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    const qint64 sinceBoot = fields.value(19).toLongLong() * (kNsPerSecond / sysconf(_SC_CLK_TCK));
    return nowNs(CLOCK_MONOTONIC) - (nowNs(CLOCK_BOOTTIME) - sinceBoot);
}

class FirstPaint final : public QObject {
public:
    FirstPaint(QWidget &window, std::function<void()> painted) : QObject(&window), m_painted(std::move(painted))
    {
        window.installEventFilter(this);
    }
    bool eventFilter(QObject *, QEvent *event) override
    {
        if (event->type() == QEvent::Paint && !std::exchange(m_seen, true))
            QTimer::singleShot(0, this, [this] { m_painted(); });  // after this painting has reached the screen
        return false;
    }

private:
    std::function<void()> m_painted;
    bool m_seen = false;
};

}  // namespace

StartClock::StartClock()
{
    const qint64 given = qEnvironmentVariable("ATHANOR_START_NS").toLongLong();
    m_startNs = given > 0 ? given : startFromSystem();
}

double StartClock::elapsedMs() const { return static_cast<double>(nowNs(CLOCK_MONOTONIC) - m_startNs) / 1e6; }

void StartClock::reportFirstPaint(QWidget &window, std::function<void()> then) const
{
    new FirstPaint(window, [clock = *this, then = std::move(then)] {
        std::printf("{\"startMs\":%.1f,\"residentBytes\":%lld}\n", clock.elapsedMs(), static_cast<long long>(residentBytes()));
        std::fflush(stdout);
        then();
    });
}

}  // namespace athanor::shell
