// See halving.h.
#include "core/experiment/halving.h"

#include <algorithm>
#include <cmath>

namespace athanor::experiment {

bool isHopeless(double loss, const std::vector<double> &others)
{
    if (!std::isfinite(loss))
        return true;
    const size_t count = others.size() + 1;
    if (count < size_t(kReduction))
        return false;
    const auto better = std::count_if(others.begin(), others.end(), [loss](double other) { return other < loss; });
    return size_t(better) >= std::max<size_t>(1, count / kReduction);
}

}  // namespace athanor::experiment
