// How far a run is at each step. Role: a budget in minutes is corrected on the way (run_plan.h); what depends on the
// share of the run that is done asks here, and gets the same answer when the run is resumed. Thread: values.
#pragma once

#include <QtGlobal>

#include <vector>

namespace athanor::train {

/// From the step after `afterStep` on, the run has `steps` steps in all.
struct StepSpan {
    qint64 afterStep = 0;
    qint64 steps = 1;
};

/// Ascending in afterStep, the first from 0.
using StepCourse = std::vector<StepSpan>;

/// The share of the run that is done before `step` (from 1), 0 … 1.
inline double shareBefore(const StepCourse &course, qint64 step)
{
    qint64 steps = 1;
    for (const StepSpan &span : course)
        if (span.afterStep < step)
            steps = span.steps;
    const double share = double(step - 1) / double(steps);
    return share < 0 ? 0.0 : share > 1 ? 1.0 : share;
}

}  // namespace athanor::train
