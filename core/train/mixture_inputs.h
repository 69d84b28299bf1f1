// The sources of a run in the shares that its settings ask for. Role: a part of openInputs(). Thread: one.
#pragma once

#include "core/train/run_inputs.h"

namespace athanor::train {

/// InvalidInput where the settings of what is read when do not go with what is taught.
Status checkReading(const RunInputs &inputs);
/// Fills `mixture`, or `recordMixture`, where the settings ask for one; the training tokens, or records, are open already,
/// and stand in `folder`. Errors: InvalidInput (no mixture of these sources), and those of reading the corpus.
Status openMixture(job::Context &context, const QString &folder, RunInputs &inputs);
/// How often a run of `tokens` tokens reads each source, in the log; a warning where one is read too often.
void tellMixture(job::Context &context, const RunInputs &inputs, double tokens);

}  // namespace athanor::train
