#include "core/train/phase_clock.h"

#include <numeric>

namespace athanor::train {

QMap<QString, double> PhaseClock::take()
{
    if (m_steps == 0)
        return {};
    const double wall = double(m_wall.nsecsElapsed()) * 1e-9;
    m_wall.restart();
    const double known = std::accumulate(m_seconds.begin(), m_seconds.end(), 0.0);
    m_seconds[size_t(insight::Phase::Other)] += std::max(0.0, wall - known);
    QMap<QString, double> means{{QLatin1String(insight::kStepSeries), std::max(wall, known) / double(m_steps)}};
    for (const insight::Phase phase : insight::kPhases)
        means.insert(insight::phaseSeries(phase), m_seconds[size_t(phase)] / double(m_steps));
    m_seconds.fill(0);
    m_steps = 0;
    return means;
}

}  // namespace athanor::train
