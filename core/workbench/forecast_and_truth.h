// What a run was forecast to need, beside what it needed. Role: one reading of the two JSON objects for the command line,
// the window and the report. Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <QJsonObject>
#include <QList>
#include <QString>

namespace athanor::workbench {

struct ForecastLine {
    // Speed is that of the steps by themselves; OverallSpeed counts everything that was waited for, as Time does.
    enum class What { Memory, Speed, OverallSpeed, Time } what = What::Memory;
    QString title;        // "Peak memory"
    double forecast = 0;  // bytes, tokens a second, seconds
    double measured = 0;
    QString forecastText, measuredText;  // "1.20 GiB"
    double ratio() const { return forecast > 0 ? measured / forecast : 0; }
};

/// Of a run's parameters (their "forecast": model::toJson(Plan)) and its result; only what both know.
ATHANOR_EXPORT QList<ForecastLine> forecastBesideTruth(const QJsonObject &parameters, const QJsonObject &result);

}  // namespace athanor::workbench
