// The settings of a training run, declared once: the form in the window, `--set` of the command line, validation
// and the reference page come from this schema, as a plugin's do from its plugin.json. Thread: safe.
#pragma once

#include "core/plugin/parameter_schema.h"

namespace athanor::model {

/// The five that matter are plain; everything else is marked advanced.
ATHANOR_EXPORT const plugin::ParameterSchema &trainingSchema();

}  // namespace athanor::model
