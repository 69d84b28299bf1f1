// The job kinds `lookup`, `download` and `fetch`. Thread: the worker's.
#pragma once

#include "core/fetch/transfer.h"
#include "core/job/context.h"

namespace athanor::fetch {

/// `lookup`: {"address","file"?} → toJson(Offer, Fit). Fetches nothing but lists.
ATHANOR_EXPORT std::unique_ptr<job::Handler> makeLookUpHandler();
/// `download`: {"address","file"?} → {"source": folder or GGUF file relative to the project, "origin": {"location",
/// "revision"}, "licence","format","bytes","files":[{name,bytes,sha256}]}. Files lie in jobs/<id>/files.
ATHANOR_EXPORT std::unique_ptr<job::Handler> makeDownloadHandler(const TransferOptions &options = {});

/// `fetch`, one document: {"address","licence"?} → {"source": the file relative to the project, "address" (after redirects),
/// "bytes","sha256"}. The file lies in jobs/<id>/files under the name that the address ends with; where that has no ending,
/// the type that the server names gives it one.
ATHANOR_EXPORT std::unique_ptr<job::Handler> makeFetchHandler(const TransferOptions &options = {});

}  // namespace athanor::fetch

/// The one symbol by which the worker finds the handlers when it loads this library.
extern "C" ATHANOR_EXPORT void athanorAddFetchHandlers(athanor::job::HandlerTable *table);
