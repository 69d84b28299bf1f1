// See disk_watch.h.
#include "core/train/disk_watch.h"

#include "core/base/format.h"

#include <QCoreApplication>

#include <limits>

namespace athanor::train {
namespace {

constexpr qint64 kBesideBytes = 4 << 20;   // events, metrics, log
constexpr double kTrendSeconds = 1800;     // that a trend is taken from, and
constexpr double kLeastTrendSeconds = 120; // that it needs: a checkpoint comes and goes
constexpr int kFewCheckpoints = 3;

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

}  // namespace

qint64 DiskWatch::neededBytes() const { return m_checkpointBytes + kBesideBytes; }

bool DiskWatch::fitsOne() const
{
    const qint64 there = m_freeBytes();
    return there < 0 || there >= neededBytes();
}

double DiskWatch::bytesPerSecond() const
{
    const double seconds = m_looks.back().seconds - m_looks.front().seconds;
    return seconds < kLeastTrendSeconds ? 0 : double(m_looks.front().freeBytes - m_looks.back().freeBytes) / seconds;
}

std::optional<QString> DiskWatch::look(double seconds, double secondsToEnd)
{
    const qint64 there = m_freeBytes();
    if (there < 0)
        return std::nullopt;
    m_looks.push_back({seconds, there});
    while (m_looks.front().seconds < seconds - kTrendSeconds)
        m_looks.pop_front();
    const double rate = bytesPerSecond();
    const double untilFull = rate > 0 ? double(there) / rate : std::numeric_limits<double>::infinity();
    const bool isShort = there < kFewCheckpoints * neededBytes() || untilFull < secondsToEnd;
    if (!isShort) {
        m_toldAt = -1;
        return std::nullopt;
    }
    if (m_toldAt >= 0 && there > m_toldAt / 2)
        return std::nullopt;
    m_toldAt = there;
    const QString numbers = tr("The disk has %1 left, and a checkpoint takes %2.").arg(formatBytes(there), formatBytes(m_checkpointBytes));
    if (untilFull < secondsToEnd)
        return numbers + QLatin1Char(' ') + tr("At the present rate it is full in %1, before the run ends in %2. Free some space until then.")
                                                .arg(formatDuration(untilFull), formatDuration(secondsToEnd));
    return numbers + QLatin1Char(' ') + tr("Free some space before the run ends in %1.").arg(formatDuration(secondsToEnd));
}

}  // namespace athanor::train
