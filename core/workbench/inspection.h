// What a model on the disk is. Private to the room. Thread: any.
#pragma once

#include "core/plugin/catalogue.h"
#include "core/workbench/workbench.h"

namespace athanor::workbench {

/// Reads headers only. A model that cannot be brought in is an answer too: isReadable is false, with the reason.
ModelInspection inspectionOf(const QString &path, const plugin::Catalogue &plugins);

}  // namespace athanor::workbench
