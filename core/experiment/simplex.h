// A minimum without derivatives: the simplex of Nelder and Mead (1965). Role: for smooth functions of a few numbers.
// Thread: pure.
#pragma once

#include "core/base/export.h"

#include <functional>
#include <vector>

namespace athanor::experiment {

struct Minimum {
    std::vector<double> at;
    double value = 0;
};

/// From `start`, first steps of `size` along each axis, until the simplex is smaller than `tolerance` or `evaluations` are
/// used up. Values that are no numbers count as infinite.
ATHANOR_EXPORT Minimum minimum(const std::function<double(const std::vector<double> &)> &function, std::vector<double> start,
                               double size, double tolerance = 1e-10, int evaluations = 4000);

}  // namespace athanor::experiment
