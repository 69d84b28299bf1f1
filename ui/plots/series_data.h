// What a line is drawn from: values by step, with tokens and time beside each. Thread: values.
#pragma once

#include "core/base/export.h"
#include "core/job/metrics.h"

#include <vector>

namespace athanor::plots {

struct SeriesData {
    std::vector<double> steps;     // ascending
    std::vector<double> tokens;    // same length, or empty when unknown
    std::vector<double> seconds;   // since the run began, same length, or empty
    std::vector<double> values;    // NaN stands for a NaN of the run and is marked
    std::vector<double> restarts;  // steps at which an attempt began anew
};

/// From the metrics of a run. `tokens` is the run's series of that name, or null.
ATHANOR_EXPORT SeriesData seriesFrom(const job::Series &series, const job::Series *tokens = nullptr);

}  // namespace athanor::plots
