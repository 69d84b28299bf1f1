// A run in small: what its parts cost here and now, on real data with a model that is thrown away. Role: the steps that
// fit a budget in minutes (run_plan), and the job kind "measure", from whose result the planner
// says how long the whole takes and how much memory it needs. Thread: one.
#pragma once

#include "core/job/context.h"
#include "core/model/architecture.h"
#include "core/train/run_plan.h"

namespace athanor::train {

/// Three steps to warm up, then for `seconds`; a step that takes longer than four times that is measured alone. Where memory
/// runs out, `plan` divides the updates for the run, from its first one on. Cancelled when the job is asked to stop.
Result<double> measureSteps(job::Context &context, Trainer &trainer, RunPlan &plan, double seconds);

/// One measurement on held-out rows, as long as all the usual ones take; 0 where nothing is held out. Of a model that takes
/// long only as many rows are read as an estimate needs.
Result<double> measureValidation(const RunInputs &inputs, Trainer &trainer, double secondsPerStep);

/// Every part of a run. Cancelled when the job is asked to stop.
ATHANOR_EXPORT Result<model::MeasuredRun> measureRun(job::Context &context);

}  // namespace athanor::train
