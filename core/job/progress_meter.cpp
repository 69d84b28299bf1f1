#include "core/job/progress_meter.h"

#include <algorithm>
#include <cmath>

namespace athanor::job {

namespace {

constexpr qint64 kInterval = 100;
constexpr double kSmoothingSeconds = 10;

}  // namespace

std::optional<QJsonObject> ProgressMeter::take(const Progress &progress, qint64 nowMs)
{
    const bool isNewPhase = !m_hasPhase || progress.phase != m_phase;
    const bool isEnd = progress.total > 0 && progress.done >= progress.total && m_lastDone < progress.total;
    if (!isNewPhase && !isEnd && nowMs - m_lastMs < kInterval)
        return std::nullopt;
    if (isNewPhase) {
        m_phase = progress.phase;
        m_hasPhase = true;
        m_rate = 0;
    } else if (nowMs > m_lastMs) {
        const double seconds = static_cast<double>(nowMs - m_lastMs) / 1000;
        const double rate = std::max(0.0, static_cast<double>(progress.done - m_lastDone) / seconds);
        const double weight = m_rate > 0 ? 1 - std::exp(-seconds / kSmoothingSeconds) : 1;
        m_rate += weight * (rate - m_rate);
    }
    m_lastMs = nowMs;
    m_lastDone = progress.done;
    QJsonObject data{{QStringLiteral("phase"), progress.phase},
                     {QStringLiteral("done"), progress.done},
                     {QStringLiteral("total"), progress.total},
                     {QStringLiteral("unit"), progress.unit}};
    if (m_rate > 0)
        data.insert(QStringLiteral("rate"), m_rate);
    if (m_rate > 0 && progress.total > 0)
        data.insert(QStringLiteral("etaSeconds"), static_cast<double>(progress.total - progress.done) / m_rate);
    return data;
}

}  // namespace athanor::job
