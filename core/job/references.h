// References from one job's parameters to another's result: "@job:<id>/<key>". Role: a whole chain of jobs can be
// queued at once although later ones need what earlier ones make. Resolved by the worker when it starts, when all
// jobs in `after` have finished; the resolved parameters are what the handler sees. Thread: safe.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

namespace athanor::job {

/// "@job:<id>/<key>".
ATHANOR_EXPORT QString referenceTo(const QString &jobId, const QString &key);

/// `parameters` with every reference replaced by the value from that job's result. NotFound when the job has not
/// finished or its result has no such key.
ATHANOR_EXPORT Result<QJsonObject> resolveReferences(const QString &projectPath, const QJsonObject &parameters);

}  // namespace athanor::job
