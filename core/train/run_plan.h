// What a run is, fixed before its first step: number of steps, device, threads, precision, when it validates. Role: a budget
// in minutes becomes steps by a short measurement, corrected a few times by what the steps really cost (the machine may
// have been busy while it was measured). Every correction is stored before its first step; resume and reproduce read
// the same plan with its corrections, and so end with the same bits.
// File: jobs/<id>/plan.json. Thread: values.
#pragma once

#include "core/base/error.h"
#include "core/model/architecture.h"
#include "core/train/left_out.h"
#include "core/train/run_inputs.h"
#include "core/train/trainer.h"
#include "core/train/validator.h"

namespace athanor::train {

inline constexpr int kPlanFormat = 2;  // 1 knows no data that are left out

inline constexpr int kValidations = model::kUsualValidations;

/// A correction: from the step after `afterStep` on, the run has `steps` steps in all.
struct PlanRevision {
    qint64 afterStep = 0;
    qint64 steps = 1;
    qint64 validationEvery = 1;
};

struct RunPlan {
    qint64 steps = 1;            // as planned at first
    int threads = 1;
    QString precision = QStringLiteral("f32");
    qint64 validationEvery = 1;
    double secondsPerStep = 0;  // measured; 0 when nothing had to be measured
    int validations = kValidations;  // wanted over the run, where the settings do not say
    double validationShare = 1;      // of the usual held-out rows that each reads
    std::vector<PlanRevision> revisions = {};  // ascending in afterStep
    qint64 recomputedBlocks = 0;     // of the model: the first so many (activation checkpointing)
    std::vector<LeftOut> leftOut = {};         // in the order in which it was noticed
    QString device = QStringLiteral("cpu");
    std::vector<MicroBatch> microBatches = {};  // ascending in afterStep: where memory ran out

    /// What holds while `step` is made.
    ATHANOR_EXPORT PlanRevision at(qint64 step) const;
    /// All that at() knows of the number of steps.
    ATHANOR_EXPORT StepCourse course() const;
    /// After all revisions.
    qint64 lastStep() const { return revisions.empty() ? steps : revisions.back().steps; }
};

ATHANOR_EXPORT QJsonObject toJson(const RunPlan &plan);
/// Corrupt or NewerVersion when it cannot be used.
ATHANOR_EXPORT Result<RunPlan> planFromJson(const QJsonObject &object);

/// Cost of what a run does beside its steps, seconds.
struct Overheads {
    double measuring = 0;   // already spent
    double validation = 0;  // each
    int validations = kValidations;
};
/// How often and on how much a run measures itself, so that this takes a tenth of a budget in minutes at most, as far
/// as that can be with a quarter of the usual rows and two measurements. `seconds`: one measurement on all of them.
struct ValidationPlan {
    int count = kValidations;
    double share = 1;
};
ATHANOR_EXPORT ValidationPlan validationPlan(double budgetSeconds, double seconds);
/// Steps that the budget comes to, at least 1. InvalidInput when a budget is not positive or beyond all bounds.
ATHANOR_EXPORT Result<qint64> stepsForBudget(const RunSettings &settings, double tokensPerStep, double tokensPerPass,
                                             double secondsPerStep, const Overheads &overheads);
/// So many validations a run when the settings say 0.
ATHANOR_EXPORT qint64 validationInterval(const RunSettings &settings, qint64 steps, int validations = kValidations);

/// The stored plan, the expected one of a reproduction, or a new one (measured, then stored). Sets the threads.
ATHANOR_EXPORT Result<RunPlan> makePlan(job::Context &context, const RunInputs &inputs);

/// Threads (set here), precision and checkpointed layers: what a measurement must know; the rest of a plan stands on it.
Result<RunPlan> planToMeasure(job::Context &context, const RunInputs &inputs);

/// A better number of steps for a budget in minutes, after `step` steps took `seconds`, the last ones `secondsPerStep`
/// each with everything that stands between them; empty when the plan is near enough (5 %) or the budget is no time.
ATHANOR_EXPORT std::optional<PlanRevision> revise(const RunPlan &plan, const RunSettings &settings, qint64 step,
                                                  double seconds, double secondsPerStep);
/// Stores the plan with its revisions, durably.
ATHANOR_EXPORT Status storePlan(const job::Context &context, const RunPlan &plan);

/// What measures the model during the run; the inputs must have something held out, and outlive it.
ATHANOR_EXPORT Result<Validator> validatorOf(const RunInputs &inputs, const Trainer &trainer, const RunPlan &plan,
                                             Validator::Extent extent = Validator::Extent::Some);

/// Says in the log that memory ran out, and how updates are divided from there on.
ATHANOR_EXPORT void tellSmaller(job::Context &context, const MicroBatch &smaller);
/// "NVIDIA H200 (cuda:0)"; "cpu".
ATHANOR_EXPORT QString wordsForDevice(const QString &device);

/// Parts for a trainer of this plan.
ATHANOR_EXPORT Result<TrainerParts> trainerParts(job::Context &context, const RunInputs &inputs, const RunPlan &plan);

}  // namespace athanor::train
