// Reading an export as any importer would. Role: runs the import of core/interop on what was written, in a folder of
// its own below the job's. Thread: the job's.
#pragma once

#include "core/job/context.h"

namespace athanor::score {

/// Imports `source` (folder or GGUF file) into <job>/<name>/model. Returns the absolute model folder, which the caller
/// removes. Errors: those of the import.
ATHANOR_EXPORT Result<QString> importBack(job::Context &context, const QString &source, const QString &name);

}  // namespace athanor::score
