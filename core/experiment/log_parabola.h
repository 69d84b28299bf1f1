// The best value of a setting that was tried at several sizes: a parabola through the losses over the setting's logarithm.
// Role: where a row of runs has its lowest loss, between the values tried. Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <optional>
#include <vector>

namespace athanor::experiment {

struct TriedValue {
    double value = 0;  // above 0
    double loss = 0;   // not a number or infinite: it diverged
};

struct BestValue {
    double value = 0;
    double loss = 0;      // of the parabola there
    bool isInside = true; // false: the lowest loss stands at the edge of what was tried, the best may lie beyond
};

/// The least-squares parabola through the lowest loss and up to two neighbours on each side, in the logarithm of the
/// value. Empty where fewer than three values gave a loss.
ATHANOR_EXPORT std::optional<BestValue> bestValue(std::vector<TriedValue> tried);

}  // namespace athanor::experiment
