// Where the wall time of a run goes. Role: a stopwatch over the steps: what is not added to a phase is the rest, so
// that the phases always make the whole. Thread: one.
#pragma once

#include "core/insight/names.h"

#include <QElapsedTimer>
#include <QMap>

namespace athanor::train {

class ATHANOR_EXPORT PhaseClock {
public:
    PhaseClock() { m_wall.start(); }
    void add(insight::Phase phase, double seconds) { m_seconds[size_t(phase)] += seconds; }
    void stepDone() { ++m_steps; }
    /// Mean seconds of a step since the last take, by series ("time/data" … "time/step"); empty before a step is done.
    QMap<QString, double> take();

    /// Adds the time that it lives to a phase.
    class ATHANOR_EXPORT Timed {
    public:
        Timed(PhaseClock &clock, insight::Phase phase) : m_clock(clock), m_phase(phase) { m_timer.start(); }
        ~Timed() { m_clock.add(m_phase, double(m_timer.nsecsElapsed()) * 1e-9); }
        Timed(const Timed &) = delete;
        Timed &operator=(const Timed &) = delete;

    private:
        PhaseClock &m_clock;
        insight::Phase m_phase;
        QElapsedTimer m_timer;
    };

private:
    QElapsedTimer m_wall;
    std::array<double, insight::kPhaseCount> m_seconds{};
    qint64 m_steps = 0;
};

}  // namespace athanor::train
