// The command-line program: `athanor-cli [--project DIR] [--json] <noun> <verb> …`.
// Exit: 0 done · 1 failed (one-line reason, hint) · 2 usage · 130 cancelled.
#pragma once

#include "core/base/export.h"
#include "core/plugin/catalogue.h"

#include <QStringList>

namespace athanor::command {

/// `words` without the program's name.
ATHANOR_EXPORT int runCommandLine(const QStringList &words, plugin::Catalogue &plugins);

}  // namespace athanor::command
