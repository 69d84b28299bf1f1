// A run that is one of several tried together: at a quarter and at half of its way it compares itself with the others and
// may find itself hopeless. Role: notes its loss at each rung in jobs/<id>/rungs.json and reads the others' notes, so that
// no window and no other program has to watch. A run's place among them depends on which ran before: they run in the
// queue's order. Thread: one.
#pragma once

#include "core/job/context.h"

namespace athanor::train {

class ATHANOR_EXPORT SweepRungs {
public:
    /// The job parameter "sweep": {"id", "stops": whether hopeless runs end}; without it nothing is hopeless.
    explicit SweepRungs(const job::Context &context);
    /// After a measurement at `step` of `steps`: true where the run is hopeless. Each rung is looked at once.
    bool isHopeless(qint64 step, qint64 steps, double loss);

private:
    std::vector<double> othersAt(const QString &rung) const;
    void note(const QString &rung, double loss, bool isHopeless) const;
    QString m_sweep, m_jobs, m_own;
    bool m_stops = false;
};

}  // namespace athanor::train
