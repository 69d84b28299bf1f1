// What the menu does with the project as a whole: check it, free disk space, bring things back from the trash.
// Thread: the window's; long answers are waited for with a busy cursor.
#pragma once

#include <QMenu>

namespace athanor::shell {

class MainWindow;
class Session;

/// Adds the entries; they are greyed while no project is open.
void addProjectActions(MainWindow &window, Session &session, QMenu *menu);

}  // namespace athanor::shell
