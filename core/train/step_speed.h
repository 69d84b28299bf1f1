// How fast a run's steps are by themselves: what a forecast from a few measured steps is compared with. Role: a step
// beside which a checkpoint is written or the inside looked at, and the first of an attempt, says what happened beside
// it; such steps count only where there are no others. Thread: one.
#pragma once

#include <QtGlobal>

namespace athanor::train {

class StepSpeed {
public:
    enum class Beside { Nothing, Something };
    void add(qint64 tokens, double seconds, Beside beside)
    {
        m_all.add(tokens, seconds);
        if (beside == Beside::Nothing && m_all.steps > 1)
            m_alone.add(tokens, seconds);
    }
    /// 0 before the first step.
    double tokensPerSecond() const { return stepsAlone() > 0 ? m_alone.speed() : m_all.speed(); }
    /// How many steps that is measured on; 0: too few were by themselves, so it is of all, with what happened beside them.
    qint64 stepsAlone() const { return m_alone.steps >= kEnough ? m_alone.steps : 0; }

private:
    static constexpr qint64 kEnough = 2;
    struct Sum {
        double tokens = 0, seconds = 0;
        qint64 steps = 0;
        void add(qint64 more, double took)
        {
            tokens += double(more);
            seconds += took;
            ++steps;
        }
        double speed() const { return seconds > 0 ? tokens / seconds : 0; }
    };
    Sum m_all, m_alone;
};

}  // namespace athanor::train
