// Whether the files of a dataset are still as they were when it was curated, for project info and dataset show.
#pragma once

#include "core/command/session.h"

namespace athanor::command {

/// Looks at the sources of the newest dataset, for a few seconds at most, and tells the project.
void lookAtSources(workbench::Workbench &bench);
/// Prints what changed since the dataset was curated, and adds "files" to `object`:
/// {"changed","new","gone","examples","complete","outOfDate"}, or {"problem"} where they could not be looked at.
void showSourceCheck(Session &session, workbench::Workbench &bench, const project::Dataset &dataset, QJsonObject &object);

}  // namespace athanor::command
