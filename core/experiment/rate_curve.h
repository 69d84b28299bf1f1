// The test of learning rates: the rate rises from step to step and the loss tells which rates teach (Smith 2017). Role: the
// rates, when to stop, and what the curve suggests; steps are made by core/train. Thread: values.
#pragma once

#include "core/plugin/parameter_schema.h"

#include <limits>
#include <vector>

namespace athanor::experiment {

/// From `lowest` to `highest`, each step the same factor more.
struct RateRange {
    double lowest = 1e-6;
    double highest = 1;
    qint64 steps = 100;

    ATHANOR_EXPORT double rateAt(qint64 step) const;  // from 1
};

/// The range as settings: the form in the window comes from here, and the limits of the options.
ATHANOR_EXPORT const plugin::ParameterSchema &rateRangeSchema();
ATHANOR_EXPORT QJsonObject toJson(const RateRange &range);
/// Absent keys keep their defaults. InvalidInput names the value and its limits.
ATHANOR_EXPORT Result<RateRange> rateRangeFromJson(const QJsonObject &object);

struct RatePoint {
    double rate = 0;
    double loss = 0;      // of the step, before its update
    double smoothed = 0;  // mean over the neighbours on both sides
};

/// What the curve says. Rates that it does not say are not a number.
struct RateAdvice {
    double suggested = std::numeric_limits<double>::quiet_NaN();
    double steepest = std::numeric_limits<double>::quiet_NaN();  // where the loss falls fastest
    double lowest = std::numeric_limits<double>::quiet_NaN();    // where it stands lowest
    double startLoss = 0, lowestLoss = 0;
    bool isOpen = false;  // it still fell at the end: larger rates were not tried
    bool isClear = false; // the fall is more than the noise; without it nothing is suggested
};

class ATHANOR_EXPORT RateCurve {
public:
    /// False: the loss is not a number or far above its best, and larger rates have nothing to tell.
    bool add(double rate, double loss);
    const std::vector<RatePoint> &points() const { return m_points; }
    bool isDiverged() const { return m_diverged; }
    /// Fills in the smoothed losses.
    RateAdvice advice();

private:
    std::vector<RatePoint> m_points;
    double m_running = 0, m_best = std::numeric_limits<double>::infinity();
    bool m_diverged = false;
};

/// The result of a job of kind "find_rate": {"points":[[rate, loss, smoothed], …], "suggestedRate", "steepestRate",
/// "lowestRate" (null where there is none), "startLoss", "lowestLoss", "isOpen", "isClear", "diverged"}.
ATHANOR_EXPORT QJsonObject toJson(const std::vector<RatePoint> &points, const RateAdvice &advice, bool diverged);
ATHANOR_EXPORT std::vector<RatePoint> ratePointsFrom(const QJsonObject &result);
ATHANOR_EXPORT RateAdvice rateAdviceFrom(const QJsonObject &result);
/// For people: what is suggested and why, or why nothing is and what to do.
ATHANOR_EXPORT QString rateWords(const RateAdvice &advice);

}  // namespace athanor::experiment
