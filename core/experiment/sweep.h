// Several settings tried: which values, and in which combinations. Role: reads what a person writes, makes the list of
// runs; a draw is a function of (seed, number of the run, setting). Thread: pure.
#pragma once

#include "core/base/error.h"

#include <QJsonValue>
#include <QStringList>

#include <functional>
#include <vector>

namespace athanor::experiment {

/// A value of a setting from its text, checked as --set checks it.
using ReadValue = std::function<Result<QJsonValue>(const QString &key, const QString &text)>;

/// "batch=4,8,16", "learning_rate=1e-4..1e-2:log" or "weight_decay=0..0.2:5" (":5": so many points of a grid).
struct SweepAxis {
    QString key;
    std::vector<QJsonValue> values;  // of a list
    double low = 0, high = 0;        // of a range
    bool isRange = false, isLog = false;
    int points = 4;
};
inline constexpr int kMostSweepRuns = 200, kMostAxisPoints = 50;

/// InvalidInput names what cannot be read, with an example.
ATHANOR_EXPORT Result<SweepAxis> sweepAxis(const QString &text, const ReadValue &read);

struct SweepPlan {
    std::vector<SweepAxis> axes;
    int draws = 0;  // random combinations; 0: a grid of all
    quint64 seed = 1;
};
/// The settings of each run. InvalidInput where there are none, more than kMostSweepRuns, or a setting twice.
ATHANOR_EXPORT Result<std::vector<QJsonObject>> sweepSettings(const SweepPlan &plan, const ReadValue &read);

}  // namespace athanor::experiment
