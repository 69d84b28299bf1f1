// What is known of a run's inside, as lines and tables for people. Thread: one.
#pragma once

#include "core/command/session.h"
#include "core/insight/summary.h"

namespace athanor::command {

/// Where the time went with the share of the machine's limit, and the hints; nothing for runs that were not looked at.
void printOutline(const Session &session, const insight::RunInside &inside);
/// Each layer's newest figures, and the sample text with the loss of each token.
void printInside(const Session &session, const insight::RunInside &inside);

}  // namespace athanor::command
