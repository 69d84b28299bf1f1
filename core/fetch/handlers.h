// The job kinds `lookup` and `download`. Thread: the worker's.
#pragma once

#include "core/fetch/transfer.h"
#include "core/job/context.h"

namespace athanor::fetch {

/// `lookup`: {"address","file"?} → toJson(Offer, Fit). Fetches nothing but lists.
ATHANOR_EXPORT std::unique_ptr<job::Handler> makeLookUpHandler();
/// `download`: {"address","file"?} → {"source": folder or GGUF file relative to the project, "origin": {"location",
/// "revision"}, "licence","format","bytes","files":[{name,bytes,sha256}]}. Files lie in jobs/<id>/files.
ATHANOR_EXPORT std::unique_ptr<job::Handler> makeDownloadHandler(const TransferOptions &options = {});

}  // namespace athanor::fetch

/// The one symbol by which the worker finds the handlers when it loads this library.
extern "C" ATHANOR_EXPORT void athanorAddFetchHandlers(athanor::job::HandlerTable *table);
