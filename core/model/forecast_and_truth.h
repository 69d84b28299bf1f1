// What a run was forecast to need, beside what it needed. Role: one reading of the two JSON objects for the command line,
// the window and the report. Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <QJsonObject>
#include <QList>
#include <QString>

namespace athanor::model {

struct ForecastLine {
    // Speed is that of the steps by themselves; OverallSpeed counts everything that was waited for, as Time does.
    enum class What { Memory, Speed, OverallSpeed, Time, Tokens } what = What::Memory;
    QString title;        // "Peak memory"
    double forecast = 0;  // bytes, tokens a second, seconds, tokens; 0: not known
    double measured = 0;
    QString forecastText, measuredText;  // "1.20 GiB"; empty: not known
    bool isWhole() const { return forecast > 0 && measured > 0; }
    double ratio() const { return forecast > 0 ? measured / forecast : 0; }
};

/// Of a run's parameters (their "forecast": toJson(Plan)) and its result: what either of them knows. Empty where nothing was
/// forecast.
ATHANOR_EXPORT QList<ForecastLine> forecastLines(const QJsonObject &parameters, const QJsonObject &result);
/// Those that both know.
ATHANOR_EXPORT QList<ForecastLine> forecastBesideTruth(const QJsonObject &parameters, const QJsonObject &result);

}  // namespace athanor::model
