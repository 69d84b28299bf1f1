// What a checkpoint's own state.json says beyond the project's row of it. Thread: safe, reads files.
#pragma once

#include "core/project/project.h"

#include <QSet>

namespace athanor::project {

/// Paths of those whose model file holds the mean of a run's weights instead of the weights of its step.
ATHANOR_EXPORT QSet<QString> meansAmong(const QList<Checkpoint> &checkpoints, const QString &projectPath);

}  // namespace athanor::project
