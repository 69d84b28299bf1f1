// Visibility of a room's public symbols. Everything else is hidden. Linux only, so one macro serves both sides.
#pragma once
#define ATHANOR_EXPORT __attribute__((visibility("default")))
