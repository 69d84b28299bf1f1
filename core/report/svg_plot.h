// Curves as inline SVG. Role: axes with round numbers, down-sampling that keeps minimum and maximum, gaps at NaN,
// marks at restarts. Used by this room and its test. Thread: safe.
#pragma once

#include "core/job/metrics.h"

namespace athanor::report {

struct Curve {
    QString title;                        // in the legend
    const job::Series *series = nullptr;  // not null
    int style = 1;                        // 1–4: colour and dash of the style sheet
    bool smooth = false;                  // draws a running mean, with the raw values faint behind
};

/// A horizontal line to compare with: "gzip −9".
struct Level {
    QString title;
    double value = 0;
};

struct Plot {
    QString title;        // read out by screen readers
    QString unit;         // beside the vertical axis
    std::vector<Curve> curves;
    std::vector<Level> levels;
};

/// <figure> with the picture and its legend; empty when no curve has a finite value.
ATHANOR_EXPORT QString svgPlot(const Plot &plot);

/// At most `limit` round values that span [low, high]; the step is 1, 2 or 5 times a power of ten.
ATHANOR_EXPORT std::vector<double> roundTicks(double low, double high, int limit);

}  // namespace athanor::report
