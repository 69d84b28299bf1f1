// The job kinds that need the network, by name only: their library (and QtNetwork with it) is loaded when one runs.
#pragma once

#include "core/job/context.h"

namespace athanor::worker {

/// A handler for `lookup` or `download` that loads the library of core/fetch and hands the job on to it.
std::unique_ptr<job::Handler> makeFetchHandler(const QString &kind);

}  // namespace athanor::worker
