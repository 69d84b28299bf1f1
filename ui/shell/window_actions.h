// Actions, shortcuts and the menu of the window. Thread: the window's.
#pragma once

#include "ui/shell/page.h"

class QMenu;

namespace athanor::shell {

class MainWindow;
class Session;

void addWindowActions(MainWindow &window, Session &session, const std::vector<StageEntry> &stages, QMenu *menu);

}  // namespace athanor::shell
