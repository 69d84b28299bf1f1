// The job of kind "import": a model of another program becomes a model folder of ours.
// Parameters: {"source": folder or file, "name", "licence"?, "origin"?: where it was downloaded from}.
// Result: {"name","family","checkpoint":"jobs/<id>/model","architecture","weightsSha256","parameters","licence",
// "hasChatTemplate","tokenizer"?:{"path","sha256","type","vocabulary","lossless"},"warnings"}.
#pragma once

#include "core/job/context.h"

namespace athanor::interop {

/// Converts one tensor after the other from the mapped file, in the type it is stored in (blocks of GGUF become f16); a
/// cancel takes effect between tensors, and nothing half stands there. Errors: those of openModelSource(), DiskFull
/// before anything is written.
ATHANOR_EXPORT std::unique_ptr<job::Handler> makeImportHandler();

}  // namespace athanor::interop
