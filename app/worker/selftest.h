// A job that only counts, kind "selftest". Role: shows that launching, events, metrics, control and resuming work on
// this computer (athanor-cli doctor, tests of processes). Parameters: "steps" (20), "stepMs" (10), "failAt" (-1: a
// step that fails), "crashAt" (-1: a step at which the process dies). Its safe point is a step; a resumed attempt goes
// on behind the last one kept in selftest.json. Result: {"steps", "sum"}.
#pragma once

#include "core/job/context.h"

namespace athanor::worker {

std::unique_ptr<job::Handler> makeSelftestHandler();

}  // namespace athanor::worker
