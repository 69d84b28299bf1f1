// What a run needs of the machine's memory, by the planner's arithmetic. Role: how many layers are checkpointed, and what
// to do when memory ran out all the same. Thread: pure but for looking at the machine.
#pragma once

#include "core/model/architecture.h"
#include "core/train/run_inputs.h"

namespace athanor::train {

/// What the planner knows of this run, without checkpointed layers. `precision`: "bf16" or "f32".
ATHANOR_EXPORT Result<model::TrainingShape> shapeOf(const plugin::Catalogue &plugins, const RunInputs &inputs, const QString &precision);

/// Layers that are computed twice: as the settings say, or as many as it takes to fit what is free now and what this
/// process holds already.
Result<qint64> chooseRecomputed(const plugin::Catalogue &plugins, const RunInputs &inputs, const QString &precision);

/// An error of code OutOfMemory (of one sequence at a time: larger updates are divided) with numbers; others as they are.
ATHANOR_EXPORT Error withMemoryAdvice(Error error, const plugin::Catalogue &plugins, const RunInputs &inputs, const QString &precision);

}  // namespace athanor::train
