// What a run is, fixed before its first step: number of steps, threads, precision, when it validates. Role: a budget
// in minutes becomes steps by a short measurement; resume and reproduce read the same plan and so end with the same bits.
// File: jobs/<id>/plan.json. Thread: values.
#pragma once

#include "core/base/error.h"
#include "core/train/run_inputs.h"
#include "core/train/trainer.h"

namespace athanor::train {

inline constexpr int kPlanFormat = 1;

struct RunPlan {
    qint64 steps = 1;
    int threads = 1;
    QString precision = QStringLiteral("f32");
    qint64 validationEvery = 1;
    double secondsPerStep = 0;  // measured; 0 when nothing had to be measured
};

ATHANOR_EXPORT QJsonObject toJson(const RunPlan &plan);
/// Corrupt or NewerVersion when it cannot be used.
ATHANOR_EXPORT Result<RunPlan> planFromJson(const QJsonObject &object);

/// Cost of what a run does beside its steps, seconds.
struct Overheads {
    double measuring = 0;   // already spent
    double validation = 0;  // each
};
/// Steps that the budget comes to, at least 1. InvalidInput when a budget is not positive or beyond all bounds.
ATHANOR_EXPORT Result<qint64> stepsForBudget(const RunSettings &settings, qint64 tokensPerStep, qint64 streamTokens,
                                             double secondsPerStep, const Overheads &overheads);
/// About twenty validations a run when the settings say 0.
ATHANOR_EXPORT qint64 validationInterval(const RunSettings &settings, qint64 steps);

/// The stored plan, the expected one of a reproduction, or a new one (measured, then stored). Sets the threads.
ATHANOR_EXPORT Result<RunPlan> makePlan(job::Context &context, const RunInputs &inputs);

/// Parts for a trainer of this plan.
ATHANOR_EXPORT Result<TrainerParts> trainerParts(job::Context &context, const RunInputs &inputs, const RunPlan &plan);

}  // namespace athanor::train
