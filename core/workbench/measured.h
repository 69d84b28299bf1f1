// What was measured of a run on this machine, kept by what it depends on: objects/measured/<key>.json, written by the job
// kind "measure". Private to the room. Thread: pure but for reading the file.
#pragma once

#include "core/model/architecture.h"

namespace athanor::workbench {

/// 64 hexadecimal digits from a train job's parameters and this machine: equal keys, equal cost of the parts.
QString measureKey(const QJsonObject &trainParameters);
/// Empty when it was not measured, or the file is broken.
std::optional<model::MeasuredRun> measuredBefore(const QString &projectPath, const QString &key);

}  // namespace athanor::workbench
