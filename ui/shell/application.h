// The program `athanor [PROJECT_DIR]`: everything between main() and the window. Thread: main.
#pragma once

#include "ui/shell/page.h"

namespace athanor::shell {

/// Runs the window until it is closed; the exit code. `stages` in the order of the rail.
ATHANOR_EXPORT int runDesktop(int argc, char **argv, const std::function<std::vector<StageEntry>()> &stages);

}  // namespace athanor::shell
