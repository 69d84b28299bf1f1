// What the learning rate of a run will be, before it starts. Thread: as the catalogue.
#pragma once

#include "core/plugin/catalogue.h"

#include <vector>

namespace athanor::model {

/// The rate at `points` (at least 2) steps of a run, evenly from its first to its last, for the training settings
/// `settings` (may be partial). Errors: those of the settings; NotFound or what else keeps the schedule from loading.
ATHANOR_EXPORT Result<std::vector<double>> scheduleCourse(plugin::Catalogue &plugins, const QJsonObject &settings, int points);

}  // namespace athanor::model
