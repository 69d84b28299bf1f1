// What small runs of a project say about a larger one. Role: takes sizes, tokens and losses from finished runs, and the
// machine's speed with them; the fit is core/experiment's. Thread: the program's main thread.
#pragma once

#include "core/experiment/scaling_law.h"
#include "core/plugin/parameter_schema.h"
#include "core/project/project.h"

namespace athanor::workbench {

struct ForecastRequest {
    QStringList runs;       // ids; at least experiment::kFewestRuns
    double parameters = 0;  // of the larger model
    double tokens = 0;      // that it is to see; 0: as many as suit its size
};

struct RunForecast {
    std::vector<experiment::SizedRun> runs;
    experiment::ScalingFit fit;
    double parameters = 0, tokens = 0;
    double suitableTokens = 0;   // for its size, by these runs
    experiment::Forecast loss;
    double flopsPerSecond = 0;   // that the largest of the runs was trained with
    double seconds = 0;          // of training, at that rate
    QStringList notes;
};

/// "parameters" and "tokens", as --set and a form take them (20M, 2B).
ATHANOR_EXPORT const plugin::ParameterSchema &forecastSchema();
/// The ids of the runs that can be used together with most others: finished, measured, same data and tokenizer.
ATHANOR_EXPORT QStringList runsForForecast(const QList<project::Run> &runs);
/// Errors: those of experiment::fitScaling(); InvalidInput for runs that cannot be compared, NotFound for unknown ones.
ATHANOR_EXPORT Result<RunForecast> forecastRuns(const QList<project::Run> &runs, const ForecastRequest &request);
/// {"loss","low","high","parameters","tokens","suitableTokens","seconds","flopsPerSecond","law":{…},"runs":[…],"notes":[…]}
ATHANOR_EXPORT QJsonObject toJson(const RunForecast &forecast);
/// For people: the loss with its interval, tokens and hours.
ATHANOR_EXPORT QStringList forecastWords(const RunForecast &forecast);
ATHANOR_EXPORT QString forecastCommand(const ForecastRequest &request);

}  // namespace athanor::workbench
