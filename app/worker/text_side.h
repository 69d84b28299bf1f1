// What is linked into the worker: handlers of the text side and helper processes. Thread: the main thread.
#pragma once

#include "core/job/context.h"

#include <optional>

namespace athanor::worker {

void addTextSide(job::HandlerTable &handlers);
/// Runs the helper process that argv[1] names and returns its exit code; nothing when it names none.
std::optional<int> runHelperProcess(int argc, char **argv);

}  // namespace athanor::worker
