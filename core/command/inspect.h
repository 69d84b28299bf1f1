// dataset inspect: one record as a model will see it, token by token. Thread: the program's.
#pragma once

#include "core/command/verb.h"

namespace athanor::command {

Status inspectRecord(Session &session);
QList<Option> inspectOptions();

}  // namespace athanor::command
