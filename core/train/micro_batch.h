// How an update is divided: rows that pass through the model at once, and how many such portions. Role: the answer to memory
// that runs out is the same update in smaller portions; what was decided stands in the run's plan, so that a resumed run
// divides its updates in the same way. Thread: values.
#pragma once

#include "core/base/error.h"

#include <QJsonArray>

#include <functional>
#include <optional>
#include <vector>

namespace athanor::train {

struct RunPlan;
class Trainer;
struct StepReport;

struct MicroBatch {
    qint64 afterStep = 0;  // holds from the next update on
    qint64 rows = 1;
    qint64 portions = 1;   // rows × portions is the update's whole batch, always

    bool operator==(const MicroBatch &) const = default;
};

/// The next smaller portions of the same update; empty where a portion is one row.
ATHANOR_EXPORT std::optional<MicroBatch> smallerThan(const MicroBatch &now, qint64 afterStep);
/// What holds while `step` is made; empty: the settings.
ATHANOR_EXPORT std::optional<MicroBatch> microBatchAt(const std::vector<MicroBatch> &decided, qint64 step);
/// Takes a decision in; later ones, made when more rows fitted, fall away.
ATHANOR_EXPORT void decide(std::vector<MicroBatch> &decided, const MicroBatch &smaller);

ATHANOR_EXPORT QJsonArray toJson(const std::vector<MicroBatch> &decided);
/// Empty when they contradict each other.
ATHANOR_EXPORT std::optional<std::vector<MicroBatch>> microBatchesFrom(const QJsonArray &array);

/// Update number `step`; where memory runs out, again in smaller portions, after `decided` has stored the plan with them.
/// OutOfMemory when one row is too much, or when the optimizer itself ran out: some weights have changed then, and only a
/// checkpoint is whole.
ATHANOR_EXPORT Result<StepReport> stepWithinMemory(Trainer &trainer, RunPlan &plan, qint64 step,
                                                   const std::function<Status(const MicroBatch &)> &decided);

}  // namespace athanor::train
