// The reference page, made from plugin metadata: what the forms and --set take. Thread: pure functions.
#pragma once

#include "core/plugin/catalogue.h"

namespace athanor::command {

/// Markdown of one parameter list.
QString referenceOfParameters(const plugin::ParameterSchema &schema);
/// Markdown of one plugin.
QString referenceOf(const plugin::Metadata &plugin);
/// The whole page: training settings, then every plugin by kind.
ATHANOR_EXPORT QString referencePage(const plugin::Catalogue &plugins);

}  // namespace athanor::command
