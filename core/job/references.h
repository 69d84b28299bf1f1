// Results of other jobs in a job's parameters. Private to this room. Thread: functions safe.
#pragma once

#include "core/base/error.h"

namespace athanor::job {

/// Every {"fromJob", "result"} in `parameters` replaced by that entry of the finished job's result.
/// Errors: NotFound (no such job, or no such entry), Busy (it has not finished).
Result<QJsonObject> resolveReferences(const QString &projectPath, const QJsonObject &parameters);

}  // namespace athanor::job
