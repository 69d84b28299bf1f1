// Where programs, plugins and shared files are: relative to the running program, so a build folder and an
// installed copy work alike. ATHANOR_HOME overrides the root. Thread: safe after QCoreApplication exists.
#pragma once

#include "core/base/export.h"

#include <QString>
#include <QStringList>

namespace athanor {

ATHANOR_EXPORT QString installationRoot();                      // the folder that holds bin/ and lib/athanor/
ATHANOR_EXPORT QString programPath(const QString &name);        // …/bin/<name>
ATHANOR_EXPORT QString moduleFolder();                          // …/lib/athanor
ATHANOR_EXPORT QStringList pluginFolders();                     // …/lib/athanor/plugins, then ATHANOR_PLUGIN_PATH, then the person's
ATHANOR_EXPORT QString shareFolder();                           // …/share/athanor
ATHANOR_EXPORT QString userDataFolder();                        // ~/.local/share/athanor
ATHANOR_EXPORT QString userConfigFile();                        // ~/.config/athanor/settings.ini

}  // namespace athanor
