// dataset signals: what the filters measured, how it is distributed, and what each limit removes.
#pragma once

#include "core/command/session.h"

namespace athanor::command {

Status showSignals(Session &session);

}  // namespace athanor::command
